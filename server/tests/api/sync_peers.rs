//! How peers lose work, and that it is not lost here: the scenarios that need no browser.

use domain::{
    client::{FieldEdit, ProfileField},
    clock::{jamaica_time, show_time},
    sync::wire_v1::{Body, ContactForm, Op, Record, Subject},
};
use server::clock::now;

use crate::helpers::{World, device::day_of, forms};

#[tokio::test]
async fn high_low_high_written_offline_arrives_as_three_ops_and_ends_on_high() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let steps = [
        ("lower-secondary", "upper-secondary"),
        ("upper-secondary", "lower-secondary"),
        ("lower-secondary", "upper-secondary"),
    ];
    let ops = steps.map(|(from, to)| {
        officer.op(
            Subject::Client(client),
            Body::EditProfile {
                edits: vec![FieldEdit { field: ProfileField::Education, from: from.into(), to: to.into() }],
            },
        )
    });
    assert_eq!(officer.push(&ops).await.all_applied().len(), 3);
    let pulled = officer.pull().await;
    let client = pulled.changes.iter().find_map(|r| if let Record::Client(c) = r { Some(c) } else { None }).unwrap();
    assert_eq!(client.profile.education.code(), "upper-secondary");
    assert_eq!(client.conflicts, []);
    assert_eq!(world.count("SELECT count(*) FROM journal WHERE kind = 'edit-profile'").await, 3);
}

#[tokio::test]
async fn two_equal_bodies_on_different_files_and_on_the_same_one_all_arrive() {
    let world = World::new().await;
    let mut counsellor = world.device(&world.west.counsellor);
    let referrals = [counsellor.send_referral(), counsellor.send_referral()];
    counsellor.push(&referrals).await.all_applied();
    let mut supervisor = world.device(&world.west.supervisor);
    let same = Body::DeclareNotEligible { reason: "Lives outside the region".into() };
    let decisions = referrals.map(|sent| supervisor.op(sent.subject, same.clone()));
    assert_eq!(supervisor.push(&decisions).await.all_applied().len(), 2);

    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let notes = [officer.note(client, "Nobody at home"), officer.note(client, "Nobody at home")];
    assert_eq!(officer.push(&notes).await.all_applied().len(), 2);
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 2);
}

/// A trap in the database: notes that say TRIP fail as if another transaction had got in the way, as
/// often as `times` says.
async fn set_trap(world: &World, times: i64) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "CREATE SEQUENCE trips;
         CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
         BEGIN
             IF NEW.data ->> 'narrative' LIKE '%TRIP%' AND nextval('public.trips') <= {times} THEN
                 RAISE EXCEPTION 'got in the way' USING ERRCODE = 'serialization_failure';
             END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER trip BEFORE INSERT ON contact_notes FOR EACH ROW EXECUTE FUNCTION trip();"
    )))
    .execute(&world.owner)
    .await
    .unwrap();
}

async fn narratives_in_order(world: &World) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT data ->> 'narrative' FROM contact_notes JOIN journal ON op_id::text = data ->> 'op' ORDER BY position",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_collision_that_passes_is_tried_anew_at_once_and_nothing_changes_its_place() {
    let world = World::new().await;
    let client = world.client().await;
    set_trap(&world, 1).await;
    let mut officer = world.device(&world.west.officer);
    let ops = ["one", "two TRIP", "three"].map(|text| officer.note(client, text));
    officer.push(&ops).await.all_applied();
    assert_eq!(narratives_in_order(&world).await, ["one", "two TRIP", "three"]);
}

#[tokio::test]
async fn a_failure_that_lasts_leaves_ops_untouched_until_they_are_sent_again() {
    let world = World::new().await;
    let client = world.client().await;
    set_trap(&world, 1_000_000).await;
    let mut officer = world.device(&world.west.officer);
    let ops = ["one", "two TRIP", "three"].map(|text| officer.note(client, text));
    let receipts = officer.push(&ops).await.all_applied();
    assert_eq!(receipts.iter().map(|r| r.op).collect::<Vec<_>>(), [ops[0].id]);
    let answer = officer.push(&ops[1..]).await;
    answer.is_problem(axum::http::StatusCode::SERVICE_UNAVAILABLE, "busy");
    assert!(answer.retry_after.unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(narratives_in_order(&world).await, ["one"]);
    world.run("DROP TRIGGER trip ON contact_notes").await;
    officer.push(&ops).await.all_applied();
    assert_eq!(narratives_in_order(&world).await, ["one", "two TRIP", "three"]);
}

/// The hardest case: the batch goes the careful way because of a poisoned op, and there one op fails for
/// a moment. What comes after it on the same file, or builds on it, waits; the rest arrives.
#[tokio::test]
async fn a_failure_in_the_middle_never_reorders_the_ops_of_a_file() {
    let world = World::new().await;
    let (client, other) = (world.client().await, world.client().await);
    set_trap(&world, 1_000_000).await;
    let mut officer = world.device(&world.west.officer);
    let known = officer.note(other, "known");
    officer.push_one(&known).await.all_applied();
    let poison = {
        // Somebody else's op id: only the database notices.
        let mut theirs = world.device(&world.west.supervisor);
        let edit = Body::EditProfile {
            edits: vec![FieldEdit { field: ProfileField::Grade, from: "Grade 9".into(), to: "Grade 10".into() }],
        };
        let op = theirs.op(Subject::Client(other), edit);
        theirs.push_one(&op).await.all_applied();
        let mut poison = officer.note(other, "poison");
        poison.id = op.id;
        poison
    };
    let (first, trip, third) =
        (officer.note(client, "one"), officer.note(client, "two TRIP"), officer.note(client, "three"));
    let elsewhere = officer.note(other, "elsewhere");
    let mut builds_on_it = officer.note(other, "builds on two");
    builds_on_it.after = Some(trip.id);
    let later = officer.note(other, "later on the other file");
    let batch = [first, poison, trip, third, elsewhere, builds_on_it, later];
    let receipts = officer.push(&batch).await.receipts();
    let receipted: Vec<_> = receipts.iter().map(|r| batch.iter().position(|op| op.id == r.op).unwrap()).collect();
    assert_eq!(receipted, [0, 1, 4], "an op without a receipt was not touched");

    world.run("DROP TRIGGER trip ON contact_notes").await;
    let outcomes = officer.push(&batch).await.outcomes();
    assert_eq!(outcomes, ["applied", "op-id-taken", "applied", "applied", "applied", "applied", "applied"]);
    assert_eq!(
        narratives_in_order(&world).await,
        ["known", "one", "elsewhere", "two TRIP", "three", "builds on two", "later on the other file"]
    );
}

#[tokio::test]
async fn a_case_reassigned_meanwhile_takes_the_late_note_and_visibly_refuses_a_later_contact() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    officer.pull_all().await;
    let late = officer.note(client, "Written in the valley, before the case moved");
    let mut supervisor = world.device(&world.west.supervisor);
    let transfer = supervisor.transfer(client, world.west.officer2.id);
    supervisor.push(&[transfer]).await.all_applied();

    let in_an_hour = now() + chrono::TimeDelta::hours(1);
    let form = ContactForm {
        day: day_of(in_an_hour),
        time: show_time(jamaica_time(in_an_hour)),
        ..forms::contact("After the case moved")
    };
    let after = officer
        .op(Subject::Client(client), Body::RecordContact { note: domain::ids::NoteId(crate::helpers::id()), form });
    let amend = officer.op(
        Subject::Client(client),
        Body::EditProfile {
            edits: vec![FieldEdit { field: ProfileField::Grade, from: "Grade 9".into(), to: "Grade 10".into() }],
        },
    );
    assert_eq!(
        officer.push(&[late.clone(), after, amend]).await.outcomes(),
        ["applied", "case-moved@day", "not-found"]
    );
    // Both refused ops are kept, with what they said.
    assert_eq!(
        world
            .count("SELECT count(*) FROM refusals WHERE entry LIKE '%After the case moved%' OR entry LIKE '%Grade 10%'")
            .await,
        2
    );

    assert_eq!(officer.pull().await.forget, [client.0]);
    let theirs = world.device(&world.west.officer2).pull().await;
    assert!(
        theirs.changes.iter().any(|r| matches!(r, Record::Note(n) if n.op == late.id)),
        "the colleague has the late note"
    );
    let last: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("SELECT last_contact_at FROM subjects WHERE id = $1")
        .bind(client.0)
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(day_of(last), "2026-01-15");
}

#[tokio::test]
async fn a_late_note_reaches_the_colleague_who_had_pulled_the_file_before_it_came() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let late = officer.note(client, "Late");
    let mut supervisor = world.device(&world.west.supervisor);
    let transfer = supervisor.transfer(client, world.west.officer2.id);
    supervisor.push(&[transfer]).await.all_applied();
    let mut second = world.device(&world.west.officer2);
    second.pull_all().await;
    officer.push_one(&late).await.all_applied();
    assert!(second.pull().await.changes.iter().any(|r| matches!(r, Record::Note(n) if n.op == late.id)));
}

#[tokio::test]
async fn one_poisoned_op_among_a_hundred_is_refused_and_ninety_nine_arrive() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    // Poisoned by its content, which the rules find; by its number, which only the database finds; and by
    // its shape, which nobody can read.
    let mut ops: Vec<Op> = (0..100).map(|n| officer.note(client, &format!("Note {n}"))).collect();
    if let Body::RecordContact { form, .. } = &mut ops[20].body {
        form.narrative.clear();
    }
    assert_eq!(tally(&officer.push(&ops).await.outcomes()), (99, vec!["missing@narrative".to_owned()]));

    let mut ops: Vec<Op> = (0..100).map(|n| officer.note(client, &format!("Again {n}"))).collect();
    let mut theirs = world.device(&world.west.supervisor);
    let edit = theirs.op(
        Subject::Client(client),
        Body::EditProfile {
            edits: vec![FieldEdit { field: ProfileField::Grade, from: "Grade 9".into(), to: "Grade 10".into() }],
        },
    );
    theirs.push_one(&edit).await.all_applied();
    ops[50].id = edit.id;
    assert_eq!(tally(&officer.push(&ops).await.outcomes()), (99, vec!["op-id-taken".to_owned()]));

    let ops: Vec<Op> = (0..100).map(|n| officer.note(client, &format!("Third {n}"))).collect();
    let mut values: Vec<_> = ops.iter().map(|op| serde_json::to_value(op).unwrap()).collect();
    values[99]["body"]["do"] = "something-of-next-year".into();
    assert_eq!(tally(&officer.push_values(&values).await.outcomes()), (99, vec!["not-understood".to_owned()]));
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 297);
}

fn tally(outcomes: &[String]) -> (usize, Vec<String>) {
    let others: Vec<String> = outcomes.iter().filter(|o| *o != "applied").cloned().collect();
    (outcomes.len() - others.len(), others)
}

#[tokio::test]
async fn three_people_on_one_tablet_each_send_their_own() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let mut counsellor = world.device(&world.west.counsellor);
    let mut supervisor = world.device(&world.west.supervisor);
    let (note, sent) = (officer.note(client, "Mine"), counsellor.send_referral());
    let transfer = supervisor.transfer(client, world.west.officer2.id);
    officer.push(&[note]).await.all_applied();
    counsellor.push(&[sent]).await.all_applied();
    supervisor.push(&[transfer]).await.all_applied();
}
