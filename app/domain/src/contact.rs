//! Contact notes: what happened at each point of contact [S2], written where it happens, network or not.
//!
//! A note is never changed. A correction is an amendment that stands beside the original.

use crate::choice::{choices, chosen, chosen_several};
use crate::clock::{Moment, from_jamaica, jamaica_day, parse_day, parse_time};
use crate::error::{FieldErrors, Refusal};
use crate::ids::{CaseId, ClientId, NoteId, OpId, UserId};
use crate::sync::wire_v1::ContactForm;
use crate::text::{Line, Narrative};
use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

choices! {
    /// Where or how the contact was.
    ContactKind {
        HomeVisit = "home-visit" "Home visit",
        SchoolVisit = "school-visit" "School visit",
        PhoneCall = "phone-call" "Phone call",
        Office = "office" "Office",
        Other = "other" "Other",
    }
}

choices! {
    /// Whether the officer met whom she went to see.
    Reached {
        Met = "met" "Met",
        NotHome = "not-home" "Nobody there",
        UnableToLocate = "unable-to-locate" "Unable to locate",
    }
}

choices! {
    /// Who was there.
    Present {
        Client = "client" "Client",
        Guardian = "guardian" "Parent or guardian",
        Family = "family" "Other family",
        SchoolStaff = "school-staff" "School staff",
        Agency = "agency" "Another agency",
    }
}

choices! {
    /// Whether the client keeps to what was agreed [M33].
    Compliance {
        Compliant = "compliant" "Keeps to the plan",
        Partly = "partly" "Partly",
        NonCompliant = "non-compliant" "Does not",
        NotDiscussed = "not-discussed" "Not discussed",
    }
}

/// A contact that took place, or was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactNote {
    /// Which.
    pub id: NoteId,
    /// With which client.
    pub client: ClientId,
    /// In which episode.
    pub case: CaseId,
    /// The op that carried it.
    pub op: OpId,
    /// Who wrote it.
    pub author: UserId,
    /// The author's name at that time.
    pub author_name: String,
    /// When it was written down, by the device's clock.
    pub recorded_at: Moment,
    /// What it says.
    #[serde(flatten)]
    pub body: ContactBody,
    /// Corrections, oldest first; the original above stays as it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amendments: Vec<Amendment>,
    /// When the next action was done, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_action_done: Option<Moment>,
}

/// What a contact note says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactBody {
    /// Where or how.
    pub kind: ContactKind,
    /// When it took place.
    pub happened_at: Moment,
    /// Whether the officer met somebody.
    pub reached: Reached,
    /// Who was there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub present: Vec<Present>,
    /// What happened, in the officer's words.
    pub narrative: Narrative,
    /// Whether the client keeps to what was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compliance: Option<Compliance>,
    /// What was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_action: Option<NextAction>,
}

/// What the officer will do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextAction {
    /// What.
    pub what: Line,
    /// By which day; without one it stays on the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
}

/// A correction of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The op that carried it.
    pub op: OpId,
    /// When it was written down.
    pub at: Moment,
    /// Who wrote it.
    pub by_name: String,
    /// What should be read instead, or in addition.
    pub narrative: Narrative,
}

/// A contact can have happened this far ahead of the moment of saving: a device set to UTC is five hours off.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::hours(26);
/// No contact was before this year: a year typed wrong, which would hide the note at the end of the file.
const FIRST_YEAR: i32 = 2000;

impl ContactBody {
    /// Reads the form; every field that is wrong is named.
    ///
    /// `now` is the moment of judging: a contact more than 26 hours ahead of it is refused as from the future.
    pub fn parse(form: &ContactForm, now: Moment) -> Result<Self, FieldErrors> {
        let mut wrong = FieldErrors::default();
        let kind = wrong.take(chosen("kind", "Please choose the kind of contact.", &form.kind, ContactKind::from_code));
        let happened_at = wrong.take(happened_at(form, now));
        let reached = if form.reached.trim().is_empty() {
            Some(Reached::Met)
        } else {
            wrong.take(chosen("reached", "Please say whether you met anybody.", &form.reached, Reached::from_code))
        };
        let present = chosen_several("present", &form.present, Present::from_code, &mut wrong);
        let narrative = wrong.take(Narrative::parse(
            "narrative",
            "What happened",
            "Please write what happened; a sentence will do.",
            &form.narrative,
        ));
        let compliance = if form.compliance.trim().is_empty() {
            None
        } else {
            wrong.take(chosen(
                "compliance",
                "Please choose one of the answers offered.",
                &form.compliance,
                Compliance::from_code,
            ))
        };
        let what = wrong.take(Line::parse_optional("next_action", "Next action", &form.next_action)).flatten();
        let due = match form.next_action_due.trim() {
            "" => None,
            text => wrong.take(parse_day(text).ok_or_else(|| not_a_date("next_action_due"))),
        };
        if due.is_some() && what.is_none() && wrong.at("next_action").is_none() {
            wrong.push(Refusal::at("next_action", "missing", "Please say what is to be done by that day."));
        }
        match (kind, happened_at, reached, narrative) {
            (Some(kind), Some(happened_at), Some(reached), Some(narrative)) if wrong.is_empty() => Ok(Self {
                kind,
                happened_at,
                reached,
                present,
                narrative,
                compliance,
                next_action: what.map(|what| NextAction { what, due }),
            }),
            _ => Err(wrong),
        }
    }
}

fn not_a_date(field: &str) -> Refusal {
    Refusal::at(field, "not-a-date", "Please write the date as day/month/year, for example 09/06/2026.")
}

fn happened_at(form: &ContactForm, now: Moment) -> Result<Moment, Refusal> {
    let day = parse_day(&form.day).ok_or_else(|| not_a_date("day"))?;
    let time = parse_time(&form.time)
        .ok_or_else(|| Refusal::at("time", "not-a-time", "Please give the time, for example 14:30."))?;
    let at = from_jamaica(day, time);
    if day.year() < FIRST_YEAR {
        return Err(Refusal::at("day", "too-long-ago", "This day lies very far back. Please check the year."));
    }
    if at - now > CLOCK_TOLERANCE {
        return Err(Refusal::at(
            "day",
            "in-the-future",
            "A contact note tells what has happened; this day lies ahead.",
        ));
    }
    Ok(at)
}

impl ContactNote {
    /// Whether it was written down on a later day than it took place: then both times are shown [S2].
    pub fn is_late_entry(&self) -> bool {
        jamaica_day(self.recorded_at) > jamaica_day(self.body.happened_at)
    }

    /// What was promised and is not done yet.
    pub const fn open_action(&self) -> Option<&NextAction> {
        match (&self.body.next_action, self.next_action_done) {
            (Some(action), None) => Some(action),
            _ => None,
        }
    }

    /// Adds a correction; the original stays.
    #[must_use]
    pub fn amend(mut self, amendment: Amendment) -> Self {
        self.amendments.push(amendment);
        self
    }

    /// Marks what was promised as done.
    pub fn finish(mut self, at: Moment) -> Result<Self, Refusal> {
        if self.body.next_action.is_none() {
            return Err(Refusal::new("nothing-promised", "This note has no next action."));
        }
        self.next_action_done.get_or_insert(at);
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
