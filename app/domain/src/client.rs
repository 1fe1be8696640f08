//! A client's profile and current case, and how two people's changes to the same profile meet.
//!
//! The profile merges field by field: each edit says which value the person saw and which they set.
//! Where the value has changed meanwhile to something else, the later received is shown, both are
//! kept, and a person settles it. Nothing is dropped silently.

mod head;
mod profile;

pub use head::{FileHead, LastContact, Promise, Urgency};
pub use profile::{Education, Profile, ProfileField, Relation, Sex, Signature};
pub(crate) use profile::{birth_date, parish, school};

use crate::clock::Moment;
use crate::error::Refusal;
use crate::ids::{CaseId, ClientId, OpId, ReferralId, RegionId, SchoolId, UserId};
use crate::mutation::{Mutation, is_on};
use crate::reference::ReferenceNumber;
use serde::{Deserialize, Serialize};

/// A person whose referral was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Which; the same through every episode.
    pub id: ClientId,
    /// The number by which people call the file.
    pub reference: ReferenceNumber,
    /// The region whose supervisor answers for the file.
    pub region: RegionId,
    /// The referral that led here.
    pub referral: ReferralId,
    /// The school that referred, if one did.
    #[serde(default)]
    pub referring_school: Option<SchoolId>,
    /// Name, birth, school, family.
    pub profile: Profile,
    /// Fields for which people gave different values at the same time, not yet settled.
    #[serde(default)]
    pub conflicts: Vec<FieldConflict>,
    /// The current episode.
    pub case: Case,
}

/// One episode of work with a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Which.
    pub id: CaseId,
    /// Who answers for the client day to day.
    pub officer: UserId,
    /// That officer's name, for screens without a directory.
    pub officer_name: String,
    /// When the referral was accepted.
    pub opened_at: Moment,
    /// When this officer got the case.
    pub assigned_at: Moment,
    /// Whether the work goes on.
    pub status: CaseStatus,
}

/// Whether the work with a client goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum CaseStatus {
    /// The officer works with the client.
    Active,
    /// The episode has ended.
    Closed {
        /// Why, in the manual's words [S2].
        reason: String,
        /// When.
        at: Moment,
    },
}

impl CaseStatus {
    /// Whether the work goes on.
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active)
    }
}

/// One field of the profile, changed by a person who saw `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldEdit {
    /// Which field.
    pub field: ProfileField,
    /// The value on the screen when the person began.
    pub from: String,
    /// The value that they set.
    pub to: String,
}

/// Two values for one field, given from the same base.
///
/// Where three or more values clash there is one entry for each that is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// Which field.
    pub field: ProfileField,
    /// The value that is shown: the one received later.
    pub shown: Claim,
    /// The value that was there when the later one arrived.
    pub other: Claim,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The value.
    pub value: String,
    /// Who gave it; for the value that was there before, unknown to a device that has no history.
    pub by: String,
    /// When it was written down.
    pub at: Moment,
    /// The op that carried it.
    pub op: Option<OpId>,
}

/// Every value given for a field that is to be settled, the one that is shown first.
pub fn claims(conflicts: &[FieldConflict], field: ProfileField) -> Vec<Claim> {
    let of_field = || conflicts.iter().filter(move |conflict| conflict.field == field);
    let shown = of_field().take(1).map(|conflict| conflict.shown.clone());
    shown.chain(of_field().map(|conflict| conflict.other.clone())).collect()
}

impl Client {
    /// Applies edits to the profile and notes where they clash.
    ///
    /// The whole edit is refused if one new value is invalid: a form is saved whole or not at all.
    pub fn edit(mut self, edits: &[FieldEdit], by: &str, at: Moment, op: OpId) -> Result<Self, Refusal> {
        for edit in edits {
            let (from, to) = (edit.from.trim(), edit.to.trim());
            if from == to {
                continue;
            }
            let before = self.profile.get(edit.field);
            if before != to {
                self.profile.set(edit.field, to, crate::clock::jamaica_day(at))?;
            }
            // As the profile spells it: `555-0123` and `876-555-0123` are one answer, not a conflict.
            let value = self.profile.get(edit.field);
            self.weigh(edit.field, from, before, Claim { value, by: by.to_owned(), at, op: Some(op) });
        }
        Ok(self)
    }

    /// Keeps every value that nobody has knowingly replaced: the new one is shown, the others stand beside it.
    ///
    /// A person replaces the value that they saw (`from`), whether it is the one shown now or has
    /// become another side of a conflict. Any other value, they did not know of; it stays.
    fn weigh(&mut self, field: ProfileField, from: &str, before: String, new: Claim) {
        let (open, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.conflicts).into_iter().partition(|c| c.field == field);
        self.conflicts = rest;
        let shown_before = open.first().map(|c| c.shown.clone());
        let mut others: Vec<Claim> = open.into_iter().map(|c| c.other).collect();
        let shown = if before == new.value {
            shown_before.unwrap_or_else(|| new.clone())
        } else {
            if before != from && !is_on(Mutation::ConflictDropped) {
                let unknown = || Claim { value: before, by: "a colleague".to_owned(), at: new.at, op: None };
                others.push(shown_before.unwrap_or_else(unknown));
            }
            new
        };
        others.retain(|other| other.value != from && other.value != shown.value);
        self.conflicts.extend(others.into_iter().map(|other| FieldConflict { field, shown: shown.clone(), other }));
    }

    /// A person chose one of the values that they had `seen`: it is set, and the others of these are gone.
    /// A value that came meanwhile, of which the person did not know, stays beside it.
    pub fn settle(
        mut self,
        field: ProfileField,
        value: &str,
        seen: &[String],
        today: chrono::NaiveDate,
    ) -> Result<Self, Refusal> {
        let claims = claims(&self.conflicts, field);
        if claims.is_empty() {
            return Err(Refusal::at(field.code(), "nothing-to-settle", "This has been settled already."));
        }
        let Some(shown) = claims.iter().find(|claim| claim.value == value).cloned() else {
            return Err(Refusal::at(field.code(), "not-one-of-the-two", "Please choose one of the values given."));
        };
        self.profile.set(field, value, today)?;
        self.conflicts.retain(|conflict| conflict.field != field);
        let unknown = claims.into_iter().filter(|claim| claim.value != value && !seen.contains(&claim.value));
        self.conflicts.extend(unknown.map(|other| FieldConflict { field, shown: shown.clone(), other }));
        Ok(self)
    }

    /// Hands the case to another officer.
    pub fn transfer(mut self, officer: UserId, officer_name: String, at: Moment) -> Result<Self, Refusal> {
        if !self.case.status.is_active() {
            return Err(Refusal::new("case-closed", "This case is closed. Only an active case can be handed over."));
        }
        if self.case.officer == officer {
            return Err(Refusal::at("officer", "same-officer", "This officer has the case already."));
        }
        self.case = Case { officer, officer_name, assigned_at: at, ..self.case };
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
