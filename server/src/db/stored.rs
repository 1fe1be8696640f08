//! Reading what this program wrote: `jsonb` that holds a domain value whole.

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::trouble::Trouble;

/// Reads a stored value, or says which row cannot be read.
pub(super) fn read<T: DeserializeOwned>(table: &'static str, id: Uuid, text: &str) -> Result<T, Trouble> {
    // The words of serde may quote a value, which may be a name: only the place is kept.
    serde_json::from_str(text).map_err(|wrong| Trouble::Unreadable {
        table,
        id,
        reason: format!("{:?} at column {}", wrong.classify(), wrong.column()),
    })
}

/// A change that touched fewer rows than it should have is an error: it was decided on other facts.
pub(super) fn all_touched(what: &'static str, touched: u64, expected: usize) -> Result<(), Trouble> {
    if usize::try_from(touched) == Ok(expected) { Ok(()) } else { Err(Trouble::Missed(what)) }
}
