//! What travels on the desk road: online reads that do not belong on a phone, and administration.
//!
//! Casework is never written here; that is the field road's (`domain::sync`). The functions are in
//! [`crate::server_fns`], the server's side of them in `ports`.

mod cases;
mod error;
mod lost;
mod people;
mod places;

pub use cases::{CaseFile, CasePage, CaseQuery, CaseRow, CaseState, KnownQuestion, TeamMember};
pub use error::DeskError;
pub use lost::{LostDeviceView, LostView, QuarantinedView};
pub use people::{DeviceView, SessionView, UserForm, UserView};
pub use places::{CommunityForm, RegionForm, SchoolForm};
