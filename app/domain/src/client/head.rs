//! The head of a client's file: what lists, search and *Today* need, without reading every note.

use super::Client;
use crate::clock::{Moment, jamaica_day};
use crate::contact::{ContactKind, ContactNote, Reached};
use crate::ids::NoteId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What lists and *Today* show of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHead {
    /// The client with profile and case.
    pub client: Client,
    /// The last contact that reached somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contact: Option<LastContact>,
    /// What was promised and is not done, most urgent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Promise>,
    /// How many contact notes the file has.
    pub notes: u32,
}

/// The last contact that reached somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastContact {
    /// When.
    pub at: Moment,
    /// Where or how.
    pub kind: ContactKind,
}

/// What an officer promised in a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// In which note.
    pub note: NoteId,
    /// What.
    pub what: String,
    /// By which day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
}

/// How urgent a promise is on a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// The day has passed.
    Late,
    /// It is for today.
    Today,
    /// It is for one of the next seven days.
    ThisWeek,
    /// It is for later, or for no particular day.
    Later,
}

impl Promise {
    /// How urgent it is on this day.
    pub fn urgency(&self, today: NaiveDate) -> Urgency {
        match self.due.map(|due| (due - today).num_days()) {
            Some(i64::MIN..=-1) => Urgency::Late,
            Some(0) => Urgency::Today,
            Some(1..=7) => Urgency::ThisWeek,
            _ => Urgency::Later,
        }
    }
}

impl FileHead {
    /// Reads the head off a whole file.
    pub fn of<'a>(client: Client, notes: impl IntoIterator<Item = &'a ContactNote>) -> Self {
        let mut head = Self { client, last_contact: None, promises: Vec::new(), notes: 0 };
        for note in notes {
            head.notes += 1;
            let at = note.body.happened_at;
            if note.body.reached == Reached::Met && head.last_contact.is_none_or(|last| last.at < at) {
                head.last_contact = Some(LastContact { at, kind: note.body.kind });
            }
            if let Some(action) = note.open_action() {
                head.promises.push(Promise { note: note.id, what: action.what.as_str().to_owned(), due: action.due });
            }
        }
        head.promises.sort_by_key(|p| (p.due.is_none(), p.due, p.note));
        head
    }

    /// Whole days since somebody was last reached; since the case opened, if nobody ever was.
    pub fn days_without_contact(&self, now: Moment) -> i64 {
        let since = self.last_contact.map_or(self.client.case.opened_at, |last| last.at);
        (jamaica_day(now) - jamaica_day(since)).num_days()
    }
}
