//! What a device sent, op by op.

use domain::{error::Refusal, ids::OpId, sync::op::Op};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::SyncError;

/// An op as it came.
#[derive(Debug, Clone)]
pub struct Incoming<'a> {
    /// Its id.
    pub id: OpId,
    /// The exact text, for the journal.
    pub text: &'a str,
    /// What it says, or why that cannot be told.
    pub op: Result<Box<Op>, Unread>,
}

/// An op that this server cannot read: from a newer app, or damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The file, where at least that could be read.
    pub subject: Option<Uuid>,
    /// What the device is told.
    pub refusal: Refusal,
}

impl Incoming<'_> {
    /// The device's own count, where it could be read.
    pub fn seq(&self) -> Option<i64> {
        self.op.as_ref().ok().and_then(|op| i64::try_from(op.seq).ok())
    }
}

/// The least that must be readable.
#[derive(Deserialize)]
struct Name {
    id: OpId,
}

#[derive(Deserialize)]
struct Address {
    subject: AddressedFile,
}

#[derive(Deserialize)]
struct AddressedFile {
    id: Uuid,
}

/// Reads ops one by one. Only an op without a readable id is an error of the whole request: no receipt
/// could name it.
pub fn read_ops(ops: &[Box<RawValue>]) -> Result<Vec<Incoming<'_>>, SyncError> {
    ops.iter()
        .enumerate()
        .map(|(index, raw)| {
            let text = raw.get();
            if let Ok(op) = serde_json::from_str::<Op>(text) {
                return Ok(Incoming { id: op.id, text, op: bounded(op) });
            }
            let Name { id } = serde_json::from_str(text).map_err(|_| SyncError::NamelessOp { index })?;
            let subject = serde_json::from_str::<Address>(text).ok().map(|address| address.subject.id);
            Ok(Incoming { id, text, op: Err(Unread { subject, refusal: not_understood() }) })
        })
        .collect()
}

/// The database counts to 2⁶³.
fn bounded(op: Op) -> Result<Box<Op>, Unread> {
    if i64::try_from(op.seq).is_ok() {
        Ok(Box::new(op))
    } else {
        Err(Unread { subject: Some(op.subject.uuid()), refusal: not_understood() })
    }
}

fn not_understood() -> Refusal {
    Refusal::new(
        "not-understood",
        "The server could not read this item. Your text is kept; after an update of the app, please save it again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    const ID: &str = "01930000-0000-7000-8000-000000000001";

    #[test]
    fn an_op_of_a_newer_app_is_refused_alone_and_keeps_its_file() {
        let text = format!(
            r#"{{"id":"{ID}","seq":1,"subject":{{"kind":"client","id":"{ID}"}},"recorded_at":"2026-01-01T00:00:00Z","body":{{"do":"fly"}}}}"#
        );
        let ops = [raw(&text)];
        let read = read_ops(&ops).unwrap();
        let unread = read[0].op.as_ref().unwrap_err();
        assert_eq!(unread.refusal.code, "not-understood");
        assert_eq!(unread.subject, Some(ID.parse().unwrap()));
        assert_eq!(read[0].text, text);
    }

    #[test]
    fn an_op_without_a_readable_id_is_named_by_its_index() {
        for nameless in ["{}", "[]", "null", "7", r#"{"id":"x"}"#] {
            let fine = format!(r#"{{"id":"{ID}"}}"#);
            assert!(
                matches!(read_ops(&[raw(&fine), raw(nameless)]), Err(SyncError::NamelessOp { index: 1 })),
                "{nameless}"
            );
        }
    }

    #[test]
    fn a_count_beyond_the_database_is_refused() {
        let text = format!(
            r#"{{"id":"{ID}","seq":18446744073709551615,"subject":{{"kind":"client","id":"{ID}"}},"recorded_at":"2026-01-01T00:00:00Z","body":{{"do":"answer-information","answer":"x"}}}}"#
        );
        let ops = [raw(&text)];
        assert!(read_ops(&ops).unwrap()[0].op.is_err());
    }
}
