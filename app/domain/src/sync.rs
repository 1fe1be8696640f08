//! How a fact gets from a phone in a valley into Postgres, once, and how changes come back.
//!
//! * [`wire_v1`]: what travels. * [`op`]: what an op changes. * [`decide`]: whether it may.
//! * [`model`]: a device's picture, the server's snapshot with the pending ops on top.
//! * [`outbox`]: what waits, what is sent next, what a receipt does. * [`pull`]: where a pull begins and ends.
//! * [`receipt`], [`chain`]: the server's word for it, and how it can be proved later.

pub mod chain;
pub mod decide;
pub mod model;
pub mod op;
pub mod outbox;
pub mod pull;
pub mod receipt;
pub mod wire_v1;
