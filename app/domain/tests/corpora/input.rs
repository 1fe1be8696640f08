//! How a fuzzer's bytes become a document: as they stand, or as a pinned shape with some of its places changed.
//!
//! Changing single bytes of a JSON text mostly gives something that is no JSON. So a first byte below 0x20,
//! with which no document of ours begins, chooses a shape; then come changes, divided by 0xFF, which is no
//! UTF-8: two bytes say which place of the document, the rest is what stands there from now on, where a single
//! byte below 0x20 stands for a value at the edge.

use chrono::DateTime;
use domain::access::{Actor, Role};
use domain::attachment::Attachment;
use domain::client::Client;
use domain::clock::Moment;
use domain::contact::ContactNote;
use domain::ids::{RegionId, SchoolId, UserId};
use domain::referral::Referral;
use domain::sync::wire_v1::Record;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::LazyLock;
use uuid::Uuid;

/// Pinned shapes of the wire, by their names.
macro_rules! wire {
    ($($name:literal),+ $(,)?) => {
        [$(include_str!(concat!("../golden/wire_v1/", $name, ".json"))),+]
    };
}
pub(crate) use wire;

/// Every op that is pinned.
pub const OPS: [&str; 13] = wire![
    "op-accept",
    "op-amend-contact",
    "op-answer-information",
    "op-ask-information",
    "op-declare-not-eligible",
    "op-edit-profile",
    "op-finish-next-action",
    "op-record-contact",
    "op-refer-elsewhere",
    "op-send-referral",
    "op-settle-conflict",
    "op-transfer",
    "op-attach",
];

/// What is at the edge of what some field can hold.
const EDGES: [&str; 32] = [
    "null",
    "true",
    "0",
    "-1",
    "2147483647",
    "-2147483648",
    "4294967295",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1e300",
    "[]",
    "{}",
    r#""""#,
    r#"" ""#,
    r#""\u0000""#,
    r#""\u202e""#,
    r#""\u0301""#,
    r#""１２３""#,
    r#""2016-12-31T23:59:60Z""#,
    r#""2026-11-26T15:00:60.999999999Z""#,
    r#""0000-01-01T00:00:00Z""#,
    r#""-262143-01-01T00:00:00Z""#,
    r#""+262142-12-31T23:59:59.999999999Z""#,
    r#""+262142-12-31T23:59:59-05:00""#,
    r#""1970-01-01T00:00:00Z""#,
    r#""-262143-01-01""#,
    r#""+262142-12-31""#,
    r#""9999-12-31""#,
    r#""0193a5c0-0000-7000-8000-000000000002""#,
    r#""0193a5c0-0000-7000-8000-000000000108""#,
    r#""{0193a5c0000070008000000000000004}""#,
];
/// Changes that one document takes: few, so that what they nest in one another stays shallow.
const MOST_CHANGES: usize = 16;
/// What is longer is a text, never a piece of JSON.
const LONGEST_JSON: usize = 64;

/// The document that these bytes stand for.
pub fn document<'a>(bytes: &'a [u8], shapes: &[&str]) -> Cow<'a, [u8]> {
    let Some((&shape, changes)) = bytes.split_first().filter(|(first, _)| **first < 0x20) else {
        return Cow::Borrowed(bytes);
    };
    let mut document: Value = serde_json::from_str(shapes[usize::from(shape) % shapes.len()]).unwrap();
    for change in changes.split(|byte| *byte == 0xFF).take(MOST_CHANGES) {
        let [low, high, said @ ..] = change else { continue };
        let mut at = usize::from(u16::from_le_bytes([*low, *high])) % places(&document);
        if let Some(place) = place(&mut document, &mut at) {
            *place = value(said);
        }
    }
    Cow::Owned(serde_json::to_vec(&document).unwrap())
}

fn value(said: &[u8]) -> Value {
    let text = || Value::String(String::from_utf8_lossy(said).into_owned());
    match said {
        [] => Value::Null,
        [edge] if *edge < 0x20 => pinned(EDGES[usize::from(*edge)]),
        json if json.len() <= LONGEST_JSON => serde_json::from_slice(json).unwrap_or_else(|_| text()),
        _ => text(),
    }
}

fn places(document: &Value) -> usize {
    1 + match document {
        Value::Array(inner) => inner.iter().map(places).sum(),
        Value::Object(inner) => inner.values().map(places).sum(),
        _ => 0,
    }
}

/// The place before which so many others stand.
fn place<'a>(document: &'a mut Value, before: &mut usize) -> Option<&'a mut Value> {
    if *before == 0 {
        return Some(document);
    }
    *before -= 1;
    match document {
        Value::Array(inner) => inner.iter_mut().find_map(|inner| place(inner, before)),
        Value::Object(inner) => inner.values_mut().find_map(|inner| place(inner, before)),
        _ => None,
    }
}

/// Reads a document; what was read is written and read again to the same.
pub fn there_and_back<T: Serialize + DeserializeOwned>(document: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(document).ok()?;
    let written = serde_json::to_string(&read).unwrap();
    let again: T = serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(serde_json::to_string(&again).unwrap(), written);
    Some(read)
}

/// A pinned shape, read.
pub fn pinned<T: DeserializeOwned>(shape: &str) -> T {
    serde_json::from_str(shape).unwrap()
}

/// The clients of the pinned shapes.
pub static CLIENTS: LazyLock<Vec<Client>> = LazyLock::new(|| {
    let records: Vec<Record> = pinned(include_str!("../golden/wire_v1/record-client.json"));
    let client = |record| if let Record::Client(client) = record { Some(*client) } else { None };
    records.into_iter().filter_map(client).collect()
});

/// The notes of the pinned shapes.
pub static NOTES: LazyLock<Vec<ContactNote>> = LazyLock::new(|| {
    let records: Vec<Record> = pinned(include_str!("../golden/wire_v1/record-note.json"));
    let note = |record| if let Record::Note(note) = record { Some(*note) } else { None };
    records.into_iter().filter_map(note).collect()
});

/// What is attached in the pinned shapes.
pub static ATTACHMENTS: LazyLock<Vec<Attachment>> = LazyLock::new(|| {
    let records: Vec<Record> = pinned(include_str!("../golden/wire_v1/record-attachment.json"));
    let attachment = |record| if let Record::Attachment(attachment) = record { Some(*attachment) } else { None };
    records.into_iter().filter_map(attachment).collect()
});

/// The referrals of the pinned shapes, one in each state.
pub static REFERRALS: LazyLock<Vec<Referral>> = LazyLock::new(|| {
    let records: Vec<Record> = pinned(include_str!("../golden/wire_v1/record-referral.json"));
    let referral = |record| if let Record::Referral(referral) = record { Some(*referral) } else { None };
    records.into_iter().filter_map(referral).collect()
});

/// Thursday 26/11/2026, 10:05 in Jamaica: just after everything in the pinned shapes was written.
pub fn now() -> Moment {
    DateTime::from_timestamp(1_795_705_501, 0).unwrap()
}

/// The ids of the pinned shapes differ in their end.
pub const fn id(end: u128) -> Uuid {
    Uuid::from_u128(0x0193_a5c0_0000_7000_8000_0000_0000_0000 | end)
}

/// The person of this role to whom the files of the pinned shapes belong.
pub fn actor(role: Role) -> Actor {
    let user = match role {
        Role::Officer => 0x5,
        Role::Counsellor => 0x8,
        Role::Supervisor => 0x7,
        Role::Administrator => 0x11,
    };
    Actor {
        user: UserId(id(user)),
        name: format!("{} Sample", role.label()),
        role,
        region: (role != Role::Administrator).then_some(RegionId(id(0x9))),
        school: (role == Role::Counsellor).then_some(SchoolId(id(0x10))),
        post: String::new(),
    }
}
