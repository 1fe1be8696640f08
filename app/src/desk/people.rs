//! Accounts and sessions.

use domain::access::Role;
use domain::clock::Moment;
use domain::ids::{DeviceId, RegionId, SchoolId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An account in the administrator's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// Which.
    pub id: UserId,
    /// The name to sign in with.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Their post, for example "Dean of discipline".
    pub post: String,
    /// The region of an officer or a supervisor.
    pub region: Option<RegionId>,
    /// The school of a counsellor.
    pub school: Option<SchoolId>,
    /// Whether the account is closed.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last used, to within some minutes.
    pub last_seen: Option<Moment>,
}

/// An account, as filled in. The fields are named as in refusals: `username`, `name`, `role`, `region`,
/// `school`, `post`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserForm {
    /// The name to sign in with: letters, digits, dots and dashes.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// The role's stable word, see [`Role::code`].
    pub role: String,
    /// The region's id, for an officer or a supervisor.
    pub region: String,
    /// The school's id, for a counsellor.
    pub school: String,
    /// The post; may be empty.
    pub post: String,
}

impl From<&UserView> for UserForm {
    fn from(user: &UserView) -> Self {
        Self {
            username: user.username.clone(),
            name: user.name.clone(),
            role: user.role.code().to_owned(),
            region: user.region.map(|id| id.to_string()).unwrap_or_default(),
            school: user.school.map(|id| id.to_string()).unwrap_or_default(),
            post: user.post.clone(),
        }
    }
}

/// A device and how it does, as it said when it last spoke with the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Which.
    pub id: DeviceId,
    /// Whose: their name.
    pub person: String,
    /// What kind of browser, for example "Chrome on Android"; may be empty.
    pub browser: String,
    /// When it last spoke with the server.
    pub last_sync: Moment,
    /// How many items waited there then.
    pub unsent: u32,
    /// When the oldest of them was saved, by the device's clock.
    pub oldest_unsent: Option<Moment>,
    /// The app's version; empty where an old one did not say.
    pub version: String,
    /// Megabytes used, of so many allowed.
    pub storage: Option<(u32, u32)>,
    /// Whether the browser promised to keep them.
    pub kept: Option<bool>,
    /// Whether it was reported lost.
    #[serde(default)]
    pub lost: bool,
}

/// One of a person's own sessions: a browser in which they are signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Which.
    pub id: Uuid,
    /// What kind of browser, for example "Chrome on Android".
    pub browser: String,
    /// When they signed in there.
    pub created_at: Moment,
    /// When it was last used, to within some minutes.
    pub last_seen: Moment,
    /// Whether it is the one that asks.
    pub current: bool,
}
