//! The guidance counsellor's screens; officers use *Refer* for the intake of a walk-in.

mod home;
mod refer;
mod status;

pub use home::Home;
pub use refer::Refer;
pub use status::ReferralStatus;
