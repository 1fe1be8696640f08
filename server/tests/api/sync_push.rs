//! Pushing: from a referral to a note, receipts, holding, merging.

use domain::{
    client::{FieldEdit, ProfileField},
    ids::{NoteId, ReferralId},
    sync::{
        receipt::Outcome,
        wire_v1::{Body, Record, Subject},
    },
};

use crate::helpers::{World, device::in_short, forms, id};

#[tokio::test]
async fn a_referral_becomes_a_client_with_a_note_and_everybody_learns_of_it() {
    let world = World::new().await;
    let mut counsellor = world.device(&world.west.counsellor);
    let send = counsellor.send_referral();
    counsellor.push_one(&send).await.all_applied();

    let mut supervisor = world.device(&world.west.supervisor);
    let pulled = supervisor.pull().await;
    assert!(pulled.reset && pulled.me.is_some());
    assert!(pulled.changes.iter().any(|r| matches!(r, Record::Referral(found) if found.id.0 == send.subject.uuid())));
    let (accept, client) = supervisor.accept(send.subject, world.west.officer.id);
    supervisor.push(&[accept]).await.all_applied();

    let mut officer = world.device(&world.west.officer);
    let pulled = officer.pull().await;
    assert!(pulled.changes.iter().any(|r| matches!(r, Record::Client(found) if found.id == client)));
    let note = officer.note(client, "Met Andre and his mother at home. 🙂");
    let response = officer.push_one(&note).await.synced();
    assert!(
        matches!(response.receipts[..], [ref r] if r.op == note.id && matches!(r.outcome, Outcome::Applied { .. }))
    );
    assert!(
        response.changes.iter().any(|r| matches!(r, Record::Note(found) if found.op == note.id)),
        "her own note comes back with the receipt"
    );

    let told = counsellor.pull().await;
    assert!(told.changes.iter().any(|r| matches!(r, Record::Referral(found) if found.state.label() == "Assigned")));
    assert!(
        !told.changes.iter().any(|r| matches!(r, Record::Client(_) | Record::Note(_))),
        "a counsellor learns the status only"
    );
}

#[tokio::test]
async fn the_same_batch_again_gives_the_same_receipts_and_no_second_row() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let mut batch: Vec<_> = (0..5).map(|n| officer.note(client, &format!("Visit {n}"))).collect();
    let mut refused = officer.note(client, "");
    refused.after = Some(batch[0].id);
    batch.push(refused);
    let mut held = officer.note(client, "Builds on the refused one");
    held.after = Some(batch[5].id);
    batch.push(held);
    let first = officer.push(&batch).await.receipts();
    assert_eq!(
        first.iter().map(|r| in_short(&r.outcome)).collect::<Vec<_>>(),
        ["applied", "applied", "applied", "applied", "applied", "missing@narrative", "held"]
    );
    for _ in 0..3 {
        assert_eq!(officer.push(&batch).await.receipts(), first);
    }
    // Mixed with new ones, and twice in one batch.
    let fresh = officer.note(client, "One more");
    let mixed = officer.push(&[batch[4].clone(), fresh.clone(), batch[4].clone(), fresh]).await.receipts();
    assert_eq!(mixed.len(), 2);
    assert_eq!(mixed[0], first[4]);
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 6);
    assert_eq!(world.count("SELECT count(*) FROM journal WHERE kind = 'record-contact'").await, 6);
    assert_eq!(world.count("SELECT count(*) FROM refusals").await, 1);
}

#[tokio::test]
async fn an_op_that_builds_on_one_that_has_not_come_is_held_until_it_has() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let first = officer.note(client, "First");
    let mut second = officer.note(client, "Second");
    second.after = Some(first.id);
    assert_eq!(officer.push_one(&second).await.outcomes(), ["held"]);
    assert_eq!(world.count("SELECT count(*) FROM refusals").await, 0);
    assert_eq!(officer.push(&[first]).await.outcomes(), ["applied"]);
    assert_eq!(officer.push(&[second]).await.outcomes(), ["applied"]);
}

#[tokio::test]
async fn an_op_that_mends_a_refused_one_is_applied_and_frees_what_builds_on_it() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let wrong = officer.note(client, "");
    assert_eq!(officer.push_one(&wrong).await.outcomes(), ["missing@narrative"]);
    let mut mended = officer.note(client, "With words now");
    mended.mends = Some(wrong.id);
    let mut next = officer.note(client, "Builds on the mended one");
    next.after = Some(mended.id);
    assert_eq!(officer.push(&[mended, next]).await.outcomes(), ["applied", "applied"]);
}

#[tokio::test]
async fn the_same_op_id_from_somebody_else_is_refused_and_the_first_one_stays() {
    let world = World::new().await;
    let client = world.client().await;
    let other_client = world.client_of(&world.west, &world.west.officer2).await;
    let mut first = world.device(&world.west.officer);
    let mut second = world.device(&world.west.officer2);
    let op = first.note(client, "Mine");
    first.push_one(&op).await.all_applied();
    let mut stolen = second.note(other_client, "Theirs");
    stolen.id = op.id;
    let innocent = second.note(other_client, "Beside it");
    assert_eq!(second.push(&[stolen.clone(), innocent]).await.outcomes(), ["op-id-taken", "applied"]);
    assert_eq!(second.push(&[stolen]).await.outcomes(), ["op-id-taken"]);
    assert_eq!(first.push(&[op]).await.outcomes(), ["applied"]);
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 2);
}

#[tokio::test]
async fn a_supervisor_accepts_transfers_and_the_officers_file_follows_in_one_batch() {
    let world = World::new().await;
    let mut counsellor = world.device(&world.west.counsellor);
    let send = counsellor.send_referral();
    counsellor.push_one(&send).await.all_applied();
    let mut supervisor = world.device(&world.west.supervisor);
    let ask = supervisor.op(send.subject, Body::AskInformation { question: "Which form?".into() });
    let (accept, client) = supervisor.accept(send.subject, world.west.officer.id);
    let transfer = supervisor.transfer(client, world.west.officer2.id);
    supervisor.push(&[ask, accept, transfer]).await.all_applied();
    let mut second = world.device(&world.west.officer2);
    assert!(
        second
            .pull()
            .await
            .changes
            .iter()
            .any(|r| matches!(r, Record::Client(c) if c.id == client && c.case.officer == world.west.officer2.id))
    );
    assert!(!world.device(&world.west.officer).pull().await.changes.iter().any(|r| matches!(r, Record::Client(_))));
    assert_eq!(world.count("SELECT count(*) FROM assignments").await, 2);
    assert_eq!(world.count("SELECT count(*) FROM assignments WHERE ended_at IS NULL").await, 1);
}

#[tokio::test]
async fn a_reference_number_given_twice_is_refused_at_its_field_and_the_rest_arrives() {
    let world = World::new().await;
    let mut device = world.device(&world.west.counsellor);
    let first = device.send_referral();
    device.push_one(&first).await.all_applied();
    let (before, mut same, after) = (device.send_referral(), device.send_referral(), device.send_referral());
    if let (Body::SendReferral { form }, Body::SendReferral { form: taken }) = (&mut same.body, &first.body) {
        form.reference.clone_from(&taken.reference);
    }
    assert_eq!(
        device.push(&[before, same.clone(), after]).await.outcomes(),
        ["applied", "reference-taken@reference", "applied"]
    );
    assert_eq!(device.push(&[same]).await.outcomes(), ["reference-taken@reference"]);
}

#[tokio::test]
async fn a_note_or_a_file_with_a_number_that_is_taken_is_refused_alone() {
    let world = World::new().await;
    let client = world.client().await;
    let elsewhere = world.client_of(&world.east, &world.east.officer).await;
    let mut officer = world.device(&world.west.officer);
    let mut far = world.device(&world.east.officer);
    let theirs = far.note(elsewhere, "In another region");
    far.push_one(&theirs).await.all_applied();
    let Body::RecordContact { note: taken, .. } = theirs.body else { panic!("a note") };
    let clash =
        officer.op(Subject::Client(client), Body::RecordContact { note: taken, form: forms::contact("Same number") });
    let fine = officer.note(client, "Another number");
    assert_eq!(officer.push(&[clash, fine]).await.outcomes(), ["already-recorded", "applied"]);

    let mut counsellor = world.device(&world.west.counsellor);
    let mut send = counsellor.send_referral();
    send.subject = Subject::Referral(ReferralId(elsewhere.0));
    assert_eq!(counsellor.push(&[send]).await.outcomes(), ["file-id-taken"]);
}

#[tokio::test]
async fn two_people_who_change_the_same_field_leave_both_values_and_one_settles_it() {
    let world = World::new().await;
    let client = world.client().await;
    let (mut officer, mut supervisor) = (world.device(&world.west.officer), world.device(&world.west.supervisor));
    let edit = |to: &str| Body::EditProfile {
        edits: vec![FieldEdit { field: ProfileField::Community, from: "Flanker".into(), to: to.into() }],
    };
    let subject = Subject::Client(client);
    let (first, second) = (supervisor.op(subject, edit("Norwood")), officer.op(subject, edit("Glendevon")));
    supervisor.push(&[first]).await.all_applied();
    officer.push(&[second]).await.all_applied();
    let seen = client_in(&officer.pull().await.changes);
    assert_eq!(seen.profile.community.as_str(), "Glendevon");
    assert_eq!(seen.conflicts[0].other.value, "Norwood");
    let settle = officer.op(
        subject,
        Body::SettleConflict {
            field: ProfileField::Community,
            value: "Norwood".into(),
            seen: vec!["Norwood".into(), "Glendevon".into()],
        },
    );
    officer.push(&[settle]).await.all_applied();
    let seen = client_in(&officer.pull().await.changes);
    assert_eq!((seen.profile.community.as_str(), seen.conflicts.len()), ("Norwood", 0));
}

#[tokio::test]
async fn an_amendment_stands_beside_the_original_and_only_its_author_may() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let record = officer.note(client, "Fisrt version");
    let Body::RecordContact { note, .. } = record.body else { panic!("a note") };
    let amend = officer.op(Subject::Client(client), Body::AmendContact { note, narrative: "First version".into() });
    officer.push(&[record, amend]).await.all_applied();
    let later = officer.op(Subject::Client(client), Body::AmendContact { note, narrative: "Better words".into() });
    officer.push(&[later]).await.all_applied();
    let found = officer
        .pull()
        .await
        .changes
        .into_iter()
        .find_map(|r| if let Record::Note(n) = r { Some(*n) } else { None })
        .unwrap();
    assert_eq!(found.body.narrative.as_str(), "Fisrt version");
    assert_eq!(
        found.amendments.iter().map(|a| a.narrative.as_str()).collect::<Vec<_>>(),
        ["First version", "Better words"]
    );

    let other = world.client().await;
    let wrong_file =
        officer.op(Subject::Client(other), Body::AmendContact { note, narrative: "By way of another file".into() });
    let unknown =
        officer.op(Subject::Client(client), Body::AmendContact { note: NoteId(id()), narrative: "Which?".into() });
    assert_eq!(officer.push(&[wrong_file, unknown]).await.outcomes(), ["not-found", "not-found"]);
}

#[tokio::test]
async fn a_second_referral_of_the_same_person_is_marked_for_the_supervisor_only() {
    let world = World::new().await;
    let mut west = world.device(&world.west.counsellor);
    let mut east = world.device(&world.east.counsellor);
    let first = west.send_referral_of("Andre", "Barrett");
    west.push(&[first]).await.all_applied();
    // In another region, with a slip of the pen; and twice in one batch.
    let (second, third) = (east.send_referral_of("André", "Barret"), east.send_referral_of("Andre", "Barrett"));
    east.push(&[second.clone(), third.clone()]).await.all_applied();
    let seen = world.device(&world.east.supervisor).pull().await;
    let duplicates = |wanted| {
        seen.changes.iter().find_map(|r| {
            if let Record::Referral(r) = r
                && r.id.0 == wanted
            {
                Some(r.possible_duplicates.len())
            } else {
                None
            }
        })
    };
    let (second, third) = (duplicates(second.subject.uuid()).unwrap(), duplicates(third.subject.uuid()).unwrap());
    assert_eq!(second + third, 3, "each resembles the first, one of them also the other");
    let told = east.pull().await;
    assert!(told.changes.iter().all(|r| !matches!(r, Record::Referral(r) if !r.possible_duplicates.is_empty())));
}

#[tokio::test]
async fn a_gap_in_a_devices_count_is_noted_and_refuses_nothing() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let (first, _lost, third) = (officer.note(client, "1"), officer.note(client, "2"), officer.note(client, "3"));
    officer.push(&[first]).await.all_applied();
    officer.push(&[third]).await.all_applied();
    assert_eq!(world.count("SELECT count(*) FROM devices").await, 3);
}

fn client_in(changes: &[Record]) -> domain::client::Client {
    changes.iter().find_map(|r| if let Record::Client(c) = r { Some(c.as_ref().clone()) } else { None }).unwrap()
}
