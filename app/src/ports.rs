//! What the server does for the server functions.
//!
//! The server provides a [`Desk`] as context with each call of a server function; it knows who asks. While a
//! page is rendered there is none: pages carry no personal data, and ask from the browser.

use crate::desk::{
    CaseFile, CasePage, CaseQuery, CommunityForm, DeskError, DeviceView, KnownQuestion, LostView, RegionForm,
    SchoolForm, SessionView, TeamMember, UserForm, UserView,
};
use async_trait::async_trait;
use domain::ids::{ClientId, CommunityId, DeviceId, OpId, RegionId, SchoolId, UserId};
use domain::site::Sites;
use std::sync::Arc;
use uuid::Uuid;

/// Accounts; administrators only.
#[async_trait]
pub trait Users: Send + Sync {
    /// All accounts, open ones first, by name.
    async fn list_users(&self) -> Result<Vec<UserView>, DeskError>;
    /// Makes an account.
    async fn create_user(&self, form: UserForm, password: String) -> Result<UserId, DeskError>;
    /// Changes an account.
    async fn update_user(&self, user: UserId, form: UserForm) -> Result<(), DeskError>;
    /// Gives an account a new password and ends its sessions.
    async fn set_password(&self, user: UserId, password: String) -> Result<(), DeskError>;
    /// Closes an account and ends its sessions, or reopens it.
    async fn set_disabled(&self, user: UserId, disabled: bool) -> Result<(), DeskError>;
}

/// Places; administrators only.
#[async_trait]
pub trait Places: Send + Sync {
    /// All places.
    async fn list_sites(&self) -> Result<Sites, DeskError>;
    /// Makes or changes a region.
    async fn save_region(&self, form: RegionForm) -> Result<RegionId, DeskError>;
    /// Makes or changes a school.
    async fn save_school(&self, form: SchoolForm) -> Result<SchoolId, DeskError>;
    /// Makes or changes a community.
    async fn save_community(&self, form: CommunityForm) -> Result<CommunityId, DeskError>;
}

/// The region's casework; supervisors only.
#[async_trait]
pub trait Cases: Send + Sync {
    /// A page of the region's cases.
    async fn search_cases(&self, query: CaseQuery) -> Result<CasePage, DeskError>;
    /// A client's file; that it was read is written down.
    async fn case_file(&self, client: ClientId) -> Result<CaseFile, DeskError>;
    /// What each officer of the region carries.
    async fn team(&self) -> Result<Vec<TeamMember>, DeskError>;
    /// The devices of the region's officers, the most worrying first.
    async fn team_devices(&self) -> Result<Vec<DeviceView>, DeskError>;
}

/// Devices that are lost: one's own, and for supervisors those of the region's officers.
#[async_trait]
pub trait Lost: Send + Sync {
    /// Reports a device lost: its person's other sessions end, and at the next contact its key is destroyed.
    async fn report_lost_device(&self, device: DeviceId) -> Result<(), DeskError>;
    /// What the region's lost devices leave to be settled; supervisors only.
    async fn lost_devices(&self) -> Result<LostView, DeskError>;
    /// Takes up what a lost device still had to say, as its person's, or puts it aside; supervisors only.
    async fn settle_quarantined(&self, op: OpId, take_up: bool) -> Result<(), DeskError>;
    /// Writes down whether a lost device put personal data into wrong hands; fields in refusals: `reason`.
    async fn find_breach(&self, device: DeviceId, is_breach: bool, reason: String) -> Result<(), DeskError>;
}

/// For those who send referrals.
#[async_trait]
pub trait Known: Send + Sync {
    /// Whether a young person may be known already; nothing else is told.
    async fn may_be_known(&self, question: KnownQuestion) -> Result<bool, DeskError>;
}

/// One's own account.
#[async_trait]
pub trait Account: Send + Sync {
    /// One's own sessions.
    async fn my_sessions(&self) -> Result<Vec<SessionView>, DeskError>;
    /// One's own devices.
    async fn my_devices(&self) -> Result<Vec<DeviceView>, DeskError>;
    /// Ends one of one's own sessions.
    async fn revoke_session(&self, session: Uuid) -> Result<(), DeskError>;
    /// Changes one's own password and ends one's other sessions.
    async fn change_password(&self, current: String, new: String) -> Result<(), DeskError>;
}

/// Everything that a person can ask of the desk.
pub trait Desk: Users + Places + Cases + Known + Account + Lost {}

impl<T: Users + Places + Cases + Known + Account + Lost> Desk for T {}

/// The desk of the person who asks.
pub fn desk() -> Result<Arc<dyn Desk>, DeskError> {
    leptos::prelude::use_context::<Arc<dyn Desk>>().ok_or(DeskError::Unreachable)
}
