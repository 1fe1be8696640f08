//! What the server does for people: transaction, access, journal, database.

pub mod account;
pub mod cases;
pub mod contents;
pub mod desk;
pub mod envelopes;
pub mod epoch;
pub mod known;
pub mod lost;
pub mod seal;
pub mod sites;
pub mod sync;
pub mod team;
pub mod users;
pub mod verify;
