//! The shapes that travel, pinned: phones that were offline for 180 days still send and read them.
//!
//! Each file of `golden/wire_v1` was written once. A test here that fails says that a shape has changed
//! under a phone in the field: make a new version, do not mend the file. All people in it are invented.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what must hold by failing")]

use domain::attachment::Arrival;
use domain::sync::receipt::{Outcome, Receipt};
use domain::sync::wire_v1::{
    Body, ContentProgress, Op, Record, SealedRequest, SealedResponse, SyncRequest, SyncResponse,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Every file whose name begins so, by name.
fn golden(prefix: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/wire_v1");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no file begins with {prefix}");
    files
}

/// Reads a text as `T`; what is written back must say the same, no field more and none less.
fn reads_and_writes<T: Serialize + DeserializeOwned>(name: &str, text: &str) -> T {
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let written: Value = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(text).unwrap(), "{name}");
    read
}

#[test]
fn requests_keep_their_shape() {
    for (name, text) in golden("request") {
        let request: SyncRequest = reads_and_writes(&name, &text);
        for raw in request.ops {
            reads_and_writes::<Op>(&name, raw.get());
        }
    }
}

#[test]
fn responses_keep_their_shape() {
    for (name, text) in golden("response") {
        reads_and_writes::<SyncResponse>(&name, &text);
    }
}

#[test]
fn what_the_service_worker_sends_keeps_its_shape() {
    for (name, text) in golden("sealed-request") {
        reads_and_writes::<SealedRequest>(&name, &text);
    }
    for (name, text) in golden("sealed-response") {
        reads_and_writes::<SealedResponse>(&name, &text);
    }
}

#[test]
fn what_is_said_of_pictures_on_their_way_keeps_its_shape() {
    for (name, text) in golden("content-progress") {
        reads_and_writes::<ContentProgress>(&name, &text);
    }
}

/// The stable words of all bodies. A new one does not compile until `name` below knows it.
const BODIES: [&str; 13] = [
    "send-referral",
    "ask-information",
    "answer-information",
    "accept",
    "declare-not-eligible",
    "refer-elsewhere",
    "transfer",
    "record-contact",
    "amend-contact",
    "finish-next-action",
    "edit-profile",
    "settle-conflict",
    "attach",
];

fn name(body: &Body) -> &'static str {
    BODIES[match body {
        Body::SendReferral { .. } => 0,
        Body::AskInformation { .. } => 1,
        Body::AnswerInformation { .. } => 2,
        Body::Accept { .. } => 3,
        Body::DeclareNotEligible { .. } => 4,
        Body::ReferElsewhere { .. } => 5,
        Body::Transfer { .. } => 6,
        Body::RecordContact { .. } => 7,
        Body::AmendContact { .. } => 8,
        Body::FinishNextAction { .. } => 9,
        Body::EditProfile { .. } => 10,
        Body::SettleConflict { .. } => 11,
        Body::Attach { .. } => 12,
    }]
}

#[test]
fn every_kind_of_op_keeps_its_shape_and_its_name() {
    let mut seen = BTreeSet::new();
    for (file, text) in golden("op-") {
        let op: Op = reads_and_writes(&file, &text);
        assert_eq!((file.as_str(), op.body.kind()), (format!("op-{}", name(&op.body)).as_str(), name(&op.body)));
        seen.insert(name(&op.body));
    }
    assert_eq!(seen, BODIES.into());
}

#[test]
fn every_kind_of_record_keeps_its_shape() {
    let mut seen = BTreeSet::new();
    for (file, text) in golden("record-") {
        for record in reads_and_writes::<Vec<Record>>(&file, &text) {
            seen.insert(match record {
                Record::Referral(referral) => referral.state.code(),
                Record::Client(_) => "client",
                Record::Note(_) => "note",
                Record::Attachment(attachment) => match attachment.arrival {
                    Arrival::Awaited => "attachment-awaited",
                    Arrival::Arrived => "attachment-arrived",
                    Arrival::Unusable { .. } => "attachment-unusable",
                },
                Record::Sites(_) => "sites",
                Record::Colleagues { .. } => "colleagues",
            });
        }
    }
    let states = ["received", "information-asked", "accepted", "not-eligible", "referred-elsewhere"];
    assert_eq!(
        seen,
        states
            .into_iter()
            .chain([
                "client",
                "note",
                "sites",
                "colleagues",
                "attachment-awaited",
                "attachment-arrived",
                "attachment-unusable"
            ])
            .collect()
    );
}

#[test]
fn every_outcome_keeps_its_shape() {
    let mut seen = BTreeSet::new();
    for (file, text) in golden("receipt-") {
        seen.insert(match reads_and_writes::<Receipt>(&file, &text).outcome {
            Outcome::Applied { .. } => "applied",
            Outcome::Refused { .. } => "refused",
            Outcome::Held { .. } => "held",
        });
    }
    assert_eq!(seen, ["applied", "refused", "held"].into());
}

/// An older phone knows fewer fields, a newer one more: neither is turned away.
#[test]
fn a_phone_of_another_version_is_understood() {
    let op = |body: &str| {
        let id = "0193a5c0-0000-7000-8000-000000000001";
        let subject = format!(r#"{{"kind":"referral","id":"{id}"}}"#);
        format!(
            r#"{{"id":"{id}","seq":1,"subject":{subject},"recorded_at":"2026-11-26T15:00:00Z","of_tomorrow":1,"body":{body}}}"#
        )
    };
    let bodies = [
        r#"{"do":"send-referral","form":{"first_name":"Andre","of_tomorrow":true}}"#,
        r#"{"do":"accept","client":"0193a5c0-0000-7000-8000-000000000002","case":"0193a5c0-0000-7000-8000-000000000003","officer":"0193a5c0-0000-7000-8000-000000000005"}"#,
        r#"{"do":"refer-elsewhere","to":"Sample Youth Club"}"#,
        r#"{"do":"record-contact","note":"0193a5c0-0000-7000-8000-000000000004","form":{}}"#,
    ];
    for body in bodies {
        serde_json::from_str::<Op>(&op(body)).unwrap_or_else(|error| panic!("{body}: {error}"));
    }
    // What this version cannot know is an error of that op alone, not a guess.
    serde_json::from_str::<Op>(&op(r#"{"do":"of-tomorrow"}"#)).unwrap_err();
}
