//! What a phone keeps, and what the server's answer does to it. No input or output: the browser's storage
//! stands behind it on a phone, a map in memory in the proof.
//!
//! * [`shelf`]: the parts of a person's store, and one change to it.
//! * [`stored`]: what lies there, and in which shape.
//! * [`arrival`]: what a sign-in gives the store to keep.
//! * [`departure`]: what signing out takes from it.
//! * [`take`]: plans what an answer changes, to be written in one transaction.
//! * [`usage`]: how much data that took.

pub mod arrival;
pub mod departure;
pub mod shelf;
pub mod stored;
pub mod take;
pub mod usage;
