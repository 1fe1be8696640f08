//! The desk road's functions: called in the browser, done on the server.
//!
//! Paths are explicit and stay the same for ever (`/api/desk/<name>`): a browser that slept through a
//! release still finds them. Call them from the browser only (in an `Effect`, an `Action` or a
//! `LocalResource`); while a page is rendered on the server they answer [`crate::desk::DeskError::Unreachable`].

mod account;
mod cases;
mod lost;
mod places;
mod users;

pub use account::{
    ChangePassword, MyDevices, MySessions, RevokeSession, change_password, my_devices, my_sessions, revoke_session,
};
pub use cases::{
    CaseFileOf, MayBeKnown, SearchCases, Team, TeamDevices, case_file, may_be_known, search_cases, team, team_devices,
};
pub use lost::{
    FindBreach, LostDevices, ReportLostDevice, SettleQuarantined, find_breach, lost_devices, report_lost_device,
    settle_quarantined,
};
pub use places::{
    ListSites, SaveCommunity, SaveRegion, SaveSchool, list_sites, save_community, save_region, save_school,
};
pub use users::{
    CreateUser, ListUsers, SetDisabled, SetPassword, UpdateUser, create_user, list_users, set_disabled, set_password,
    update_user,
};
