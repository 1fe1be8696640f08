//! What lies on a phone, after it was opened with the key: an older version wrote it, or a newer one, or a
//! disk that fails. What can be read is written and read again to the same, and everything that a screen asks
//! of it is answered.

use crate::input::{CLIENTS, OPS, actor, document, id, now, pinned};
use crate::sync::QUEUE;
use domain::access::{Actor, Role};
use domain::caseload::{CaseloadLimits, Colleague};
use domain::client::{Client, Profile, ProfileField, claims};
use domain::clock::{Moment, jamaica_day, show_ago, show_day, show_long_day, show_moment};
use domain::contact::{ContactBody, ContactNote};
use domain::device::stored::{Attachments, Draft, Notes, Stored, decode, encode};
use domain::device::take::Kept;
use domain::device::usage::{DataUsed, in_words};
use domain::ids::{DeviceId, OpId};
use domain::matching::{Likeable, likeness};
use domain::reference::ReferenceNumber;
use domain::referral::{Particulars, Referral};
use domain::search::Index;
use domain::site::Sites;
use domain::sync::model::Model;
use domain::sync::outbox::{self, Queued, Walk};
use domain::sync::wire_v1::{ContactForm, MAX_OPS, Record, ReferralForm};
use domain::text::{Phone, Srn};
use domain::vault::envelope::SealingKey;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// One of each thing that lies on a phone.
static SHAPES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let op = |at: usize| pinned::<Value>(OPS[at]);
    let records = |of: &str| pinned::<Vec<Value>>(of);
    let referral = records(include_str!("../golden/wire_v1/record-referral.json")).swap_remove(1);
    let client = records(include_str!("../golden/wire_v1/record-client.json")).swap_remove(0);
    let notes = records(include_str!("../golden/wire_v1/record-note.json"));
    let attachments = records(include_str!("../golden/wire_v1/record-attachment.json"));
    let sites = records(include_str!("../golden/wire_v1/record-sites.json")).swap_remove(0);
    let colleagues = records(include_str!("../golden/wire_v1/record-colleagues.json")).swap_remove(0);
    let answer = pinned::<Value>(include_str!("../golden/wire_v1/response-from-the-beginning.json"));
    let sealing_key =
        pinned::<Value>(include_str!("../golden/wire_v1/response-with-another-sealing-key.json"))["sealing_key"]
            .clone();
    let head = json!({
        "t": "client", "client": client, "notes": 2,
        "last_contact": {"at": "2026-11-26T15:00:00Z", "kind": "home-visit"},
        "promises": [{"note": notes[0]["id"], "what": "Call the school", "due": "2026-11-30"}],
    });
    let refused = json!({"is": "refused", "refusal": {"code": "not-found", "field": "srn", "message": "Words."}});
    let kept = json!({
        "cursor": answer["cursor"], "epoch": answer["epoch"], "named": [client["id"]], "leaving": [referral["id"]],
    });
    let shapes = [
        referral.clone(),
        head,
        json!({notes[0]["id"].as_str().unwrap(): notes[0], notes[1]["id"].as_str().unwrap(): notes[1]}),
        json!({"op": op(9), "state": {"is": "waiting"}}),
        json!({"op": op(7), "state": {"is": "received", "position": 42, "at": "2026-10-01T15:00:00Z"}}),
        json!({"op": op(5), "state": refused}),
        json!({"op": op(1), "state": {"is": "held", "waits_for": op(7)["id"]}}),
        json!({"form": op(9)["body"]["form"], "touched_at": "2026-11-26T15:00:00Z"}),
        json!({"form": op(7)["body"]["form"], "touched_at": "2026-11-26T15:00:00Z"}),
        answer["me"].clone(),
        kept,
        sites,
        json!([colleagues["officers"], colleagues["limits"]]),
        json!({"month": 24_322, "this_month": 12_400, "month_before": 999_999, "last_sync": 840}),
        sealing_key,
        json!("2026-11-26T15:00:00Z"),
        client["id"].clone(),
        json!(42),
        json!({attachments[0]["id"].as_str().unwrap(): attachments[0], attachments[1]["id"].as_str().unwrap(): attachments[1]}),
    ];
    shapes.iter().map(Value::to_string).collect()
});

/// Reads what lies on a phone, as everything that it could be, and asks of it what screens ask.
pub fn check(bytes: &[u8]) {
    let shapes: Vec<&str> = SHAPES.iter().map(String::as_str).collect();
    let bytes = document(bytes, &shapes);
    read::<Stored>(&bytes, look_at_stored);
    read::<Notes>(&bytes, |notes| notes.values().for_each(look_at_note));
    read::<Attachments>(&bytes, |all| {
        for attachment in all.values() {
            show(attachment.recorded_at);
            work_on(Record::Attachment(Box::new(attachment.clone())));
        }
    });
    read::<Queued>(&bytes, look_at_queued);
    read::<Draft<ReferralForm>>(&bytes, |draft| {
        let _ = Particulars::parse(&draft.form, draft.touched_at);
        show(draft.touched_at);
    });
    read::<Draft<ContactForm>>(&bytes, |draft| {
        let _ = ContactBody::parse(&draft.form, draft.touched_at);
        show(draft.touched_at);
    });
    read::<Actor>(&bytes, |_| {});
    read::<Kept>(&bytes, |_| {});
    read::<Sites>(&bytes, |sites| {
        for school in &sites.schools {
            let _ = (sites.school_name(school.id), sites.region_name(school.region));
        }
    });
    read::<(Vec<Colleague>, CaseloadLimits)>(&bytes, |(officers, limits)| {
        for officer in officers {
            let _ = limits.guard(officer.active);
        }
    });
    read::<DataUsed>(&bytes, |used| {
        let counted = used.count(u64::MAX, false, jamaica_day(now())).count(1, true, jamaica_day(now()));
        let _ = [counted.this_month, counted.month_before, counted.last_sync].map(in_words);
    });
    read::<SealingKey>(&bytes, |_| {});
    read::<Moment>(&bytes, |at| show(*at));
    read::<DeviceId>(&bytes, |device| {
        let given = ReferenceNumber::given_by(*device, 1);
        assert_eq!(ReferenceNumber::parse_any("reference", given.as_str()), Ok(given));
    });
    read::<u32>(&bytes, |_| {});
}

/// Reads as the store reads; writes and reads it once more.
fn read<T: Serialize + DeserializeOwned>(bytes: &[u8], then: impl Fn(&T)) {
    let Some(read) = decode::<T>(bytes) else { return };
    let written = encode(&read);
    let shown = String::from_utf8_lossy(&written);
    let again = decode::<T>(&written).unwrap_or_else(|| panic!("what was written cannot be read: {shown}"));
    assert_eq!(String::from_utf8_lossy(&encode(&again)), shown);
    then(&read);
}

fn show(at: Moment) {
    let _ = (show_moment(at, now()), show_moment(now(), at), show_ago(at, now()), show_long_day(jamaica_day(at)));
}

fn look_at_stored(stored: &Stored) {
    match stored {
        Stored::Referral(referral) => look_at_referral(referral),
        Stored::Client(head) => {
            look_at_client(&head.client);
            let _ = head.days_without_contact(now());
            head.last_contact.iter().for_each(|last| show(last.at));
            for promise in &head.promises {
                let _ = (promise.urgency(jamaica_day(now())), promise.due.map(show_day));
            }
        }
    }
}

fn look_at_referral(referral: &Referral) {
    show(referral.sent_at);
    look_at_profile(&referral.particulars.profile);
    for role in Role::ALL {
        let _ = referral.clone().as_seen_by(role);
    }
    work_on(Record::Referral(Box::new(referral.clone())));
}

fn look_at_client(client: &Client) {
    look_at_profile(&client.profile);
    show(client.case.opened_at);
    for field in ProfileField::ALL {
        let _ = claims(&client.conflicts, field);
        // Each value could have been given: where the form would refuse it, nothing is set.
        let mut profile = client.profile.clone();
        let _ = profile.set(field, &client.profile.get(field), jamaica_day(now()));
    }
    work_on(Record::Client(Box::new(client.clone())));
}

fn look_at_profile(profile: &Profile) {
    let _ = (profile.initials(), profile.age(jamaica_day(now())), show_day(profile.date_of_birth));
    let _ = (profile.srn.as_ref().map(Srn::shown), profile.phone.as_ref().map(Phone::shown));
    let one = Likeable::from(profile);
    assert!(CLIENTS.iter().all(|known| likeness(&one, &Likeable::from(&known.profile)) <= 100));
    let name = profile.full_name();
    let _ = Index::new([name.as_str(), "André Barrett"]).find(profile.first_name.as_str());
}

fn look_at_note(note: &ContactNote) {
    let _ = (note.is_late_entry(), note.open_action());
    show(note.body.happened_at);
    work_on(Record::Note(Box::new(note.clone())));
}

/// Lays the pinned ops over what lies on the phone, each by a person who might do it.
fn work_on(record: Record) {
    let mut model = Model::default();
    CLIENTS.iter().for_each(|client| model.take(Record::Client(Box::new(client.clone()))));
    model.take(record);
    for queued in QUEUE.iter() {
        for actor in Role::ALL.map(actor) {
            if model.lay_over(&queued.op, &actor, now()).is_ok() {
                break;
            }
        }
    }
}

fn look_at_queued(queued: &Queued) {
    let mut queue = QUEUE.clone();
    queue.push(queued.clone());
    let sent: Vec<OpId> = Walk::default().next(&queue, MAX_OPS).iter().map(|queued| queued.op.id).collect();
    assert!(sent.len() <= MAX_OPS);
    let tally = outbox::tally(queue.iter().map(|queued| &queued.state));
    assert!(tally.waiting as usize >= sent.len());
    let base = outbox::base_of(&queue, queued.op.subject, &queued.op.body);
    assert!(base.is_none_or(|base| queue.iter().any(|queued| queued.op.id == base)));
    let (old, new) = (queued.op.id, OpId(id(0xFFE)));
    for changed in [outbox::mend(&queue, old, new, now()), outbox::discard(&queue, old, now())] {
        assert!(changed.len() <= queue.len());
    }
    let _ = outbox::is_prunable(&queued.state, now());
    show(queued.op.recorded_at);
    let mut model = Model::default();
    CLIENTS.iter().for_each(|client| model.take(Record::Client(Box::new(client.clone()))));
    let _ = model.lay_over(&queued.op, &actor(Role::Officer), queued.op.recorded_at);
    model.forget(queued.op.subject.uuid());
}
