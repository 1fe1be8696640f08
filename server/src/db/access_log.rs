//! Who read which file, who signed in: append-only, identifiers without content.

use domain::ids::UserId;
use sqlx::PgExecutor;
use uuid::Uuid;

/// What is worth knowing afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Signed in.
    SignIn,
    /// Tried to sign in to an account that exists, and failed.
    SignInRefused,
    /// Signed out.
    SignOut,
    /// Ended a session from another device.
    RevokeSession,
    /// Changed their own password.
    ChangePassword,
    /// Read a client's file at the desk.
    ReadFile,
    /// Looked at a photo or a signature in a client's file.
    ReadAttachment,
    /// Searched the region's cases.
    SearchCases,
    /// Asked whether a young person may be known already.
    AskKnown,
    /// Made, changed, closed or reopened an account; the subject is the account.
    CreateUser,
    /// Changed an account.
    UpdateUser,
    /// Gave an account a new password.
    SetPassword,
    /// Closed an account.
    DisableUser,
    /// Reopened an account.
    EnableUser,
    /// Made or changed a region, school or community.
    SaveSite,
    /// Reported a device lost; the subject is the device.
    ReportLostDevice,
    /// Decided on what a lost device still had to say; the subject is the op.
    SettleQuarantined,
    /// Found that a lost device was a breach, or that it was none; the subject is the device.
    FindBreach,
}

impl Event {
    /// The stable word in the table.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignInRefused => "sign-in-refused",
            Self::SignOut => "sign-out",
            Self::RevokeSession => "revoke-session",
            Self::ChangePassword => "change-password",
            Self::ReadFile => "read-file",
            Self::ReadAttachment => "read-attachment",
            Self::SearchCases => "search-cases",
            Self::AskKnown => "ask-known",
            Self::CreateUser => "create-user",
            Self::UpdateUser => "update-user",
            Self::SetPassword => "set-password",
            Self::DisableUser => "disable-user",
            Self::EnableUser => "enable-user",
            Self::SaveSite => "save-site",
            Self::ReportLostDevice => "report-lost-device",
            Self::SettleQuarantined => "settle-quarantined",
            Self::FindBreach => "find-breach",
        }
    }
}

/// Writes an event down. `who` is nobody on the command line.
pub async fn note(
    db: impl PgExecutor<'_>,
    event: Event,
    who: Option<UserId>,
    subject: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO access_log (user_id, action, subject_id) VALUES ($1, $2, $3)",
        who.map(|user| user.0),
        event.code(),
        subject,
    )
    .execute(db)
    .await
    .map(|_| ())
}
