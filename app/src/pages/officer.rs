//! The case officer's screens: a phone in one hand, a yard, a minute.

mod attach;
mod clients;
mod file;
mod profile;
mod record;
mod today;

pub use attach::Attach;
pub use clients::Clients;
pub use file::ClientFile;
pub use profile::EditProfile;
pub use record::{Record, RecordContact};
pub use today::Today;
