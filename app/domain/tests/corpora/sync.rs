//! What travels: requests as the server reads them, answers as the phone reads and takes them.

use crate::input::{ATTACHMENTS, CLIENTS, NOTES, OPS, document, id, now, pinned, there_and_back, wire};
use crate::sealed;
use base64ct::{Base64, Encoding};
use domain::device::shelf::{Shelf, Write};
use domain::device::stored::{Attachments, Notes, Stored, decode, encode, key};
use domain::device::take::{Held, Kept, Needs, Taken, take};
use domain::error::Refusal;
use domain::ids::OpId;
use domain::sync::op::Op;
use domain::sync::outbox::{QueueState, Queued};
use domain::sync::pull::{Cursor, Position, plan};
use domain::sync::wire_v1::{ContentProgress, SealedRequest, SealedResponse, SyncRequest, SyncResponse};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const SHAPES: [&str; 11] = wire![
    "request",
    "request-of-a-device-that-seals",
    "request-of-a-new-device",
    "request-that-tells-how-the-device-does",
    "response",
    "response-from-the-beginning",
    "response-with-another-sealing-key",
    "response-with-nothing-new",
    "sealed-request",
    "sealed-response",
    "content-progress",
];

/// Reads what travels, whatever it is, and does with it what its reader does.
pub fn check(bytes: &[u8]) {
    let document = document(bytes, &SHAPES);
    if let Some(request) = there_and_back::<SyncRequest>(&document) {
        hear(&request);
    }
    if let Some(response) = there_and_back::<SyncResponse>(&document) {
        take_by_every_phone(&response);
    }
    if let Some(request) = there_and_back::<SealedRequest>(&document) {
        for envelope in request.boxes.iter().filter_map(|sealed| Base64::decode_vec(&sealed.sealed).ok()) {
            sealed::open_envelope(&envelope);
        }
    }
    there_and_back::<SealedResponse>(&document);
    there_and_back::<ContentProgress>(&document);
}

/// The server: each op is read by itself, and the cursor says where the pull begins.
fn hear(request: &SyncRequest) {
    for op in &request.ops {
        there_and_back::<Op>(op.get().as_bytes());
    }
    let cursor = request.cursor.as_deref().and_then(|text| text.parse::<Cursor>().ok());
    if let Some(cursor) = cursor {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    for horizon in [0, 43, u64::MAX] {
        let epoch = cursor.map_or(id(0x13), |cursor| cursor.epoch);
        let position = Position { epoch, scope: 1, horizon };
        let plan = plan(cursor, &position);
        for more_after in [None, Some(id(0x2))] {
            let next = plan.next(&position, more_after);
            assert_eq!(next.to_string().parse(), Ok(next));
        }
    }
}

/// Phones that have come differently far.
fn take_by_every_phone(response: &SyncResponse) {
    let following =
        Kept { cursor: Some("c".to_owned()), epoch: Some(response.epoch), leaving: [id(0x2)].into(), named: None };
    let pulling = Kept { named: Some([id(0x201)].into()), ..following.clone() };
    let before_a_restore = Kept { epoch: Some(id(0xFFF)), ..pulling.clone() };
    for kept in [Kept::default(), following, pulling, before_a_restore] {
        take_by(&QUEUE, kept, response);
    }
}

/// An outbox with an op of each kind, as far as the states go round.
pub static QUEUE: LazyLock<Vec<Queued>> = LazyLock::new(|| {
    let states = [
        QueueState::Waiting,
        QueueState::Held { waits_for: OpId(id(0x108)) },
        QueueState::Refused { refusal: Refusal::not_found() },
        QueueState::Received { position: 1, at: now() },
        QueueState::Discarded { at: now() },
    ];
    let queue = OPS.iter().zip(states.into_iter().cycle());
    queue.map(|(op, state)| Queued { op: pinned(op), state }).collect()
});

/// What lies on the phone of what the answer speaks of.
fn held(needs: &Needs) -> Held {
    let file = |id| {
        let notes = NOTES.iter().filter(|note| note.client == id).map(|note| (note.id, note.clone()));
        (id, (CLIENTS.iter().find(|client| client.id == id).cloned(), notes.collect::<Notes>()))
    };
    let attached = |id| {
        let all = ATTACHMENTS.iter().filter(|attachment| attachment.client == id);
        (id, all.map(|attachment| (attachment.id, attachment.clone())).collect::<Attachments>())
    };
    let every_file = CLIENTS.iter().map(|client| client.id.0).collect();
    Held {
        files: needs.files.iter().copied().map(file).collect(),
        attachments: needs.files.iter().copied().map(attached).collect(),
        every_file: if needs.every_file { every_file } else { BTreeSet::new() },
    }
}

fn take_by(queue: &[Queued], kept: Kept, response: &SyncResponse) {
    let store = held(&Needs::of(&kept, response));
    let taken = take(queue, kept, response.clone(), store, now());
    let (queue, kept) = written(queue, &taken);
    // The answer came twice: a proxy, or the app was killed before it knew that it had been written.
    let store = held(&Needs::of(&kept, response));
    let again = take(&queue, kept, response.clone(), store, now());
    assert!(!again.new_epoch, "an epoch is new once");
    written(&queue, &again);
}

/// What the writes make of the outbox and the cursor. Everything that they put can be read back, and nothing
/// that a person saved is lost with them.
fn written(queue: &[Queued], taken: &Taken) -> (Vec<Queued>, Kept) {
    let mut queue = queue.to_vec();
    let mut kept = None;
    let mut forgotten = Vec::new();
    for write in &taken.writes {
        match write {
            Write::Put(Shelf::Heads, _, value) => {
                decode::<Stored>(value).unwrap();
            }
            Write::Put(Shelf::Bodies, _, value) => {
                decode::<Notes>(value).unwrap();
            }
            Write::Put(Shelf::Attachments, _, value) => {
                decode::<Attachments>(value).unwrap();
            }
            Write::Put(Shelf::Meta, name, value) if name == key::CURSOR => kept = decode::<Kept>(value),
            Write::Put(_, name, value) => assert!(!value.is_empty(), "{name}"),
            Write::Delete(Shelf::Heads, name) => forgotten.push(name.clone()),
            Write::PutQueued { seq, value, to_seal } => {
                let entry = queue.iter_mut().find(|queued| queued.op.seq == *seq).unwrap();
                let new = decode::<Queued>(value).unwrap();
                assert_eq!(entry.op, new.op, "an op is never changed");
                let to_seal = to_seal.as_ref().map(|op| decode::<Op>(op).unwrap());
                assert_eq!(to_seal, new.state.is_unsent().then(|| new.op.clone()));
                *entry = new;
            }
            Write::Delete(..) | Write::OfferContentsAgain => {}
            Write::Clear(_) | Write::DeleteQueued(_) => panic!("an answer takes nothing out of the outbox: {write:?}"),
        }
    }
    for queued in queue.iter().filter(|queued| queued.state.is_unsent()) {
        assert!(!forgotten.contains(&queued.op.subject.uuid().to_string()), "the file of an unsent op was let go");
    }
    let kept = kept.unwrap();
    assert_eq!(encode(&decode::<Kept>(&encode(&kept)).unwrap()), encode(&kept));
    (queue, kept)
}
