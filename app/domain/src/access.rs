//! Who sees what and who may do what: the one table that the interface, the server and the
//! database's row-level security are all held against. Deny by default.

use crate::ids::{RegionId, SchoolId, UserId};
use serde::{Deserialize, Serialize};

/// What a person is to the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A school's guidance counsellor, or the dean, vice principal or nurse who refers there [BCS].
    Counsellor,
    /// A case officer with a caseload.
    Officer,
    /// A regional or senior case management coordinator.
    Supervisor,
    /// Keeps users and sites; sees no casework.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Counsellor, Self::Officer, Self::Supervisor, Self::Administrator];

    /// The stable word for the database and the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Counsellor => "counsellor",
            Self::Officer => "officer",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
        }
    }

    /// The word that people use.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Counsellor => "Guidance counsellor",
            Self::Officer => "Case officer",
            Self::Supervisor => "Supervisor",
            Self::Administrator => "Administrator",
        }
    }

    /// Reads the stable word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether a user with this role belongs to a region.
    pub const fn needs_region(self) -> bool {
        matches!(self, Self::Officer | Self::Supervisor)
    }

    /// Whether a user with this role belongs to a school.
    pub const fn needs_school(self) -> bool {
        matches!(self, Self::Counsellor)
    }
}

/// The person who acts: always taken from the session, never from what a device sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// The person's name, as colleagues know it.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// The region of an officer or a supervisor; of a counsellor, the region of the school.
    pub region: Option<RegionId>,
    /// The school of a counsellor.
    pub school: Option<SchoolId>,
    /// Post at the school or in the ministry, for example "Dean of discipline".
    #[serde(default)]
    pub post: String,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Send a referral, or take down the intake of a walk-in.
    SendReferral,
    /// Answer what a supervisor asked about one's own referral.
    AnswerInformation,
    /// Ask, accept and assign, declare not eligible, refer elsewhere.
    Triage,
    /// Hand a case to another officer.
    TransferCase,
    /// Record a contact, amend one's own note, settle what was promised.
    RecordContact,
    /// Change a client's profile.
    EditProfile,
    /// Choose between two values that were given at the same time.
    SettleConflict,
    /// Create and disable users, set passwords.
    ManageUsers,
    /// Keep regions, schools and communities.
    ManageSites,
    /// See the team's caseloads.
    SeeTeam,
    /// Search the region's cases and read a file there.
    BrowseCases,
    /// Report the team's devices lost, decide on what they still had to say, confirm or deny a breach.
    SettleLostDevices,
}

/// Whether the role may do this at all; whether to *this* file is for [`sees`] and the rules.
pub const fn can(role: Role, action: Action) -> bool {
    match action {
        Action::SendReferral | Action::AnswerInformation => matches!(role, Role::Counsellor | Role::Officer),
        Action::Triage | Action::TransferCase | Action::SeeTeam | Action::BrowseCases | Action::SettleLostDevices => {
            matches!(role, Role::Supervisor)
        }
        Action::RecordContact => matches!(role, Role::Officer),
        Action::EditProfile | Action::SettleConflict => matches!(role, Role::Officer | Role::Supervisor),
        Action::ManageUsers | Action::ManageSites => matches!(role, Role::Administrator),
    }
}

/// A casework table whose rows are guarded one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// The head of every referral and client file: ids and versions, no names.
    Subjects,
    /// Referrals, with the particulars of the person referred.
    Referrals,
    /// Clients' profiles and current cases.
    Clients,
    /// Contact notes.
    ContactNotes,
    /// Photos and signatures, without their content.
    Attachments,
    /// Who had which client from when to when.
    Assignments,
    /// One row for each applied op.
    Journal,
    /// One row for each refused op.
    Refusals,
    /// Ops that came from a device after it was reported lost.
    Quarantine,
    /// What may have put personal data into wrong hands.
    Breaches,
}

impl Table {
    /// Every guarded table.
    pub const ALL: [Self; 10] = [
        Self::Subjects,
        Self::Referrals,
        Self::Clients,
        Self::ContactNotes,
        Self::Attachments,
        Self::Assignments,
        Self::Journal,
        Self::Refusals,
        Self::Quarantine,
        Self::Breaches,
    ];

    /// The table's name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subjects => "subjects",
            Self::Referrals => "referrals",
            Self::Clients => "clients",
            Self::ContactNotes => "contact_notes",
            Self::Attachments => "attachments",
            Self::Assignments => "assignments",
            Self::Journal => "journal",
            Self::Refusals => "refusals",
            Self::Quarantine => "quarantine",
            Self::Breaches => "breaches",
        }
    }
}

/// What a row says about whose it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFacts {
    /// The region that the row belongs to.
    pub region: Option<RegionId>,
    /// For what belongs to a referral: who sent it.
    pub referrer: Option<UserId>,
    /// For what belongs to a referral: the school it came from.
    pub school: Option<SchoolId>,
    /// For what belongs to a client: the case officer now.
    pub officer: Option<UserId>,
    /// For what belongs to a client: everyone who was case officer at some time.
    pub past_officers: Vec<UserId>,
    /// For a journal row or a refusal: who acted; for an assignment: who was assigned.
    pub person: Option<UserId>,
}

/// Whether this person may read such a row.
///
/// * A counsellor sees the referrals that they sent from the school where they are now.
/// * An officer sees their caseload whole, the intakes they took down, and of files that moved on
///   only the head (so that a late note can still arrive).
/// * A supervisor sees the region.
/// * An administrator sees no casework.
pub fn sees(actor: &Actor, table: Table, row: &RowFacts) -> bool {
    let me = Some(actor.user);
    let sent_by_me = row.referrer == me;
    match actor.role {
        Role::Administrator => false,
        Role::Supervisor => actor.region.is_some() && row.region == actor.region,
        Role::Counsellor => match table {
            Table::Subjects | Table::Referrals => sent_by_me && actor.school.is_some() && row.school == actor.school,
            Table::Journal | Table::Refusals => row.person == me,
            Table::Clients
            | Table::ContactNotes
            | Table::Attachments
            | Table::Assignments
            | Table::Quarantine
            | Table::Breaches => false,
        },
        Role::Officer => match table {
            Table::Subjects => sent_by_me || row.officer == me || row.past_officers.contains(&actor.user),
            Table::Referrals => sent_by_me,
            Table::Clients | Table::ContactNotes | Table::Attachments => row.officer == me,
            Table::Assignments | Table::Journal | Table::Refusals => row.person == me,
            Table::Quarantine | Table::Breaches => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_sees_no_casework_and_does_none() {
        let admin = Actor {
            user: UserId(uuid::Uuid::from_u128(1)),
            name: "A".into(),
            role: Role::Administrator,
            region: None,
            school: None,
            post: String::new(),
        };
        let everything = RowFacts {
            officer: Some(admin.user),
            referrer: Some(admin.user),
            person: Some(admin.user),
            ..RowFacts::default()
        };
        assert!(Table::ALL.into_iter().all(|table| !sees(&admin, table, &everything)));
        assert!(!can(Role::Administrator, Action::RecordContact) && !can(Role::Administrator, Action::Triage));
    }

    #[test]
    fn nobody_without_a_region_sees_rows_without_a_region() {
        let lost = Actor {
            user: UserId(uuid::Uuid::from_u128(1)),
            name: "S".into(),
            role: Role::Supervisor,
            region: None,
            school: None,
            post: String::new(),
        };
        assert!(Table::ALL.into_iter().all(|table| !sees(&lost, table, &RowFacts::default())));
    }

    #[test]
    fn a_counsellor_never_sees_a_client_file() {
        let me = UserId(uuid::Uuid::from_u128(1));
        let school = SchoolId(uuid::Uuid::from_u128(2));
        let actor = Actor {
            user: me,
            name: "C".into(),
            role: Role::Counsellor,
            region: None,
            school: Some(school),
            post: String::new(),
        };
        let row = RowFacts {
            referrer: Some(me),
            school: Some(school),
            officer: Some(me),
            person: Some(me),
            past_officers: vec![me],
            region: None,
        };
        for table in [Table::Clients, Table::ContactNotes, Table::Attachments, Table::Assignments] {
            assert!(!sees(&actor, table, &row));
        }
        assert!(sees(&actor, Table::Referrals, &row));
    }
}
