//! Version 1. Phones that were offline for half a year still speak it.

pub mod backpressure;
pub mod contents;
pub mod session;
pub mod sync;
