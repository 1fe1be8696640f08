//! The server from outside: through its real router, on a real PostgreSQL, each test in a database of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod helpers;

mod account;
mod administration;
mod attachments;
mod demo;
mod desk;
mod documents;
mod journal;
mod privacy;
mod rls;
mod sealed;
mod sign_in;
mod sync_bad_input;
mod sync_faults;
mod sync_peers;
mod sync_pull;
mod sync_push;
mod sync_restore;
