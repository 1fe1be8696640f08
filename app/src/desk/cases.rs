//! The region's cases, one client's file, the team.

use chrono::NaiveDate;
use domain::attachment::Attachment;
use domain::client::Client;
use domain::clock::Moment;
use domain::contact::ContactNote;
use domain::ids::{ClientId, SchoolId, UserId};
use serde::{Deserialize, Serialize};

/// Which cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseState {
    /// The work goes on.
    #[default]
    Active,
    /// The episode has ended.
    Closed,
    /// Both.
    Any,
}

/// What a supervisor looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseQuery {
    /// Words of name, nickname or reference number; all cases where empty. A slip is forgiven.
    pub query: String,
    /// Only this officer's.
    pub officer: Option<UserId>,
    /// Which.
    pub state: CaseState,
    /// [`CasePage::next`] of the page before.
    pub after: Option<String>,
}

/// One case in the supervisor's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Whose.
    pub client: ClientId,
    /// The number by which people call the file.
    pub reference: String,
    /// First and last name.
    pub name: String,
    /// What friends call them.
    pub nickname: Option<String>,
    /// Date of birth.
    pub date_of_birth: NaiveDate,
    /// School attended, where it is one of the listed ones.
    pub school: Option<SchoolId>,
    /// Who has the case.
    pub officer: UserId,
    /// That officer's name.
    pub officer_name: String,
    /// Whether the work goes on.
    pub active: bool,
    /// When the referral was accepted.
    pub opened_at: Moment,
    /// When somebody last had contact, or tried.
    pub last_contact: Option<Moment>,
    /// Fields for which two people gave different values, not yet settled.
    pub conflicts: u32,
}

/// A page of cases, by last name, first name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// The cases.
    pub rows: Vec<CaseRow>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// Whether nothing has these words, and these are the nearest.
    pub near: bool,
}

/// A client's file, as a supervisor reads it. Reading it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// Profile and case.
    pub client: Client,
    /// Contact notes, the latest contact first.
    pub notes: Vec<ContactNote>,
    /// Photos and signatures, newest first.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Whether there are older notes than these.
    pub older_notes: bool,
}

/// What an officer carries, and how their phone does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMember {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Whether the account is closed.
    pub disabled: bool,
    /// Active cases.
    pub active: u32,
    /// Closed cases.
    pub closed: u32,
    /// Cases opened in the last 30 days.
    pub opened_30_days: u32,
    /// The latest contact with any of their clients.
    pub last_contact: Option<Moment>,
    /// Of their active clients, the one longest without contact: when that was, or when the case opened.
    pub longest_quiet: Option<Moment>,
    /// When one of their devices last spoke with the server.
    pub last_sync: Option<Moment>,
    /// How many items waited on their devices at that time.
    pub unsent: u32,
}

/// Whether a young person may be known already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownQuestion {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Nickname, or nothing.
    pub nickname: String,
    /// Date of birth, as typed or picked.
    pub date_of_birth: String,
    /// Student registration number, or nothing.
    pub srn: String,
}
