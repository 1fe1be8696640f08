//! Ops in envelopes: from phones that are locked, and from phones that were reported lost.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64ct::{Base64, Encoding};
use domain::{
    ids::{ClientId, DeviceId, OpId, SealingKeyId, UserId},
    sync::wire_v1::{Op, SealedRefusal, SealedResponse},
    vault::envelope::{Letter, OpeningKey, SealingKey},
};
use serde_json::{Value, json, value::to_raw_value};
use server::clock::new_id;
use tower::ServiceExt;

use crate::helpers::{Answer, Device, Person, World, browser::Browser};

/// An op as it lies on a phone, sealed.
fn seal(key: &SealingKey, user: UserId, device: DeviceId, op: &Op) -> String {
    let letter = Letter { user, device, op: to_raw_value(op).unwrap() };
    Base64::encode_string(&key.seal(&letter, &mut rand::rng()).unwrap())
}

fn boxes(sealed: &[String]) -> Vec<Value> {
    sealed.iter().zip(1..).map(|(sealed, seq)| json!({ "seq": seq, "sealed": sealed })).collect()
}

/// What the service worker sends; the cookie goes along where there is one.
async fn deliver(device: &Device, cookie: Option<&str>, sealed: &[String]) -> Answer {
    let body = json!({ "v": 1, "device": device.id, "boxes": boxes(sealed) });
    let mut request = Request::post("/api/v1/sealed").header(header::CONTENT_TYPE, "application/json");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let response = device.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    Answer::of(response).await
}

fn said(answer: Answer) -> SealedResponse {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_value(answer.body).unwrap()
}

fn refused(seq: u64, code: &str) -> SealedRefusal {
    SealedRefusal { seq, code: code.to_owned() }
}

#[tokio::test]
async fn what_a_locked_phone_sends_is_applied_once_and_the_journal_tells_that_it_came_sealed() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let key = officer.pull().await.sealing_key.unwrap();
    let (first, second) = (officer.note(client, "Sealed in the yard"), officer.note(client, "Sealed at the gate"));
    let sealed = [&first, &second].map(|op| seal(&key, officer.person.id, officer.id, op));
    let cookie = officer.person.cookie.clone();
    for _ in 0..2 {
        // The answer may get lost: the same again is no second note.
        let answer = said(deliver(&officer, Some(&cookie), &sealed).await);
        assert_eq!((answer.taken, answer.refused, answer.revoked), (vec![1, 2], vec![], false));
    }
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 2);
    assert_eq!(world.count("SELECT count(*) FROM journal WHERE entry::jsonb -> 'sealed' = 'true'").await, 2);
    // The phone is unlocked and sends the same itself: it gets the receipts of what has been applied.
    let receipts = officer.push(&[first, second]).await.all_applied();
    assert_eq!(receipts.len(), 2);
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 2);
}

#[tokio::test]
async fn what_was_changed_cut_or_sealed_to_another_key_is_refused_alone() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let key = officer.pull().await.sealing_key.unwrap();
    let stranger = OpeningKey::random(SealingKeyId(new_id()), &mut rand::rng()).announced();
    let note = officer.note(client, "Untouched");
    let good = seal(&key, officer.person.id, officer.id, &note);
    let mut bytes = Base64::decode_vec(&good).unwrap();
    let cut = Base64::encode_string(&bytes[..20]);
    *bytes.last_mut().unwrap() ^= 1;
    let sealed = [
        Base64::encode_string(&bytes),
        cut,
        "no base64 at all".to_owned(),
        String::new(),
        seal(&stranger, officer.person.id, officer.id, &note),
        seal(&key, world.west.officer2.id, officer.id, &note),
        good,
    ];
    let cookie = officer.person.cookie.clone();
    let answer = said(deliver(&officer, Some(&cookie), &sealed).await);
    let codes = [
        refused(1, "changed"),
        refused(2, "unknown-layout"),
        refused(3, "unknown-layout"),
        refused(4, "unknown-layout"),
        refused(5, "unknown-key"),
        refused(6, "other-person"),
    ];
    assert_eq!((answer.taken, answer.refused), (vec![7], codes.to_vec()));
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 1);
}

#[tokio::test]
async fn without_a_session_nothing_is_taken_from_a_phone_that_is_not_lost() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let key = officer.pull().await.sealing_key.unwrap();
    let note = officer.note(client, "Nobody knows who brings this");
    let sealed = [seal(&key, officer.person.id, officer.id, &note)];
    deliver(&officer, None, &sealed).await.is_problem(StatusCode::UNAUTHORIZED, "signed-out");
    let body = json!({ "v": 1, "boxes": boxes(&sealed) });
    let request = Request::post("/api/v1/sealed").header(header::CONTENT_TYPE, "application/json");
    let response = officer.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    Answer::of(response).await.is_problem(StatusCode::UNAUTHORIZED, "signed-out");
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 0);
}

#[tokio::test]
async fn what_the_rules_refuse_is_taken_and_kept_here_what_they_hold_stays_on_the_phone() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let key = officer.pull().await.sealing_key.unwrap();
    let empty = officer.note(client, "");
    let mut after = officer.note(client, "Builds on what is refused");
    after.after = Some(empty.id);
    let good = officer.note(client, "Stands by itself");
    let sealed = [&empty, &after, &good].map(|op| seal(&key, officer.person.id, officer.id, op));
    let cookie = officer.person.cookie.clone();
    let answer = said(deliver(&officer, Some(&cookie), &sealed).await);
    assert_eq!((answer.taken, answer.held, answer.refused), (vec![1, 3], vec![2], vec![]));
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM refusals").await, 1);
}

#[tokio::test]
async fn the_key_is_told_once_and_again_when_it_is_another() {
    let world = World::new().await;
    let officer = world.device(&world.west.officer);
    let ask = async |known: Value| {
        officer.post(&json!({ "v": 1, "device": officer.id, "sealing_key": known })).await.synced().sealing_key
    };
    let key = ask(Value::Null).await.unwrap();
    assert_eq!(ask(json!(key.id)).await, None);
    assert_eq!(ask(json!(new_id())).await, Some(key));
}

#[tokio::test]
async fn more_envelopes_than_a_request_may_carry_and_an_unknown_version_are_told() {
    let world = World::new().await;
    let officer = world.device(&world.west.officer);
    let cookie = officer.person.cookie.clone();
    let many = vec![String::new(); 201];
    deliver(&officer, Some(&cookie), &many).await.is_problem(StatusCode::PAYLOAD_TOO_LARGE, "too-many-ops");
    let request = Request::post("/api/v1/sealed")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, &cookie)
        .body(Body::from(json!({ "v": 9, "boxes": [] }).to_string()))
        .unwrap();
    let response = officer.router.clone().oneshot(request).await.unwrap();
    Answer::of(response).await.is_problem(StatusCode::BAD_REQUEST, "unknown-wire-version");
}

/// A phone of this person is reported lost, and leaves a note that it had saved.
pub async fn lose_a_phone(world: &World, person: &Person, client: ClientId) -> (Device, Op) {
    let mut phone = world.device(person);
    let key = phone.pull().await.sealing_key.unwrap();
    let note = phone.note(client, "Saved before it was lost");
    sqlx::query("INSERT INTO lost_devices (device_id, user_id, region_id, reported_at, reported_by) SELECT $1, id, region_id, now(), id FROM users WHERE id = $2")
        .bind(phone.id.0).bind(person.id.0).execute(&world.owner).await.unwrap();
    sqlx::query("INSERT INTO breaches (device_id, opened_at, region_id, user_id) SELECT device_id, now(), region_id, user_id FROM lost_devices WHERE device_id = $1")
        .bind(phone.id.0).execute(&world.owner).await.unwrap();
    let sealed = [seal(&key, person.id, phone.id, &note)];
    let answer = said(deliver(&phone, None, &sealed).await);
    assert_eq!((answer.taken, answer.refused, answer.revoked), (vec![1], vec![], true));
    (phone, note)
}

#[tokio::test]
async fn a_lost_phone_is_told_so_without_a_session_and_what_it_had_to_say_waits_for_the_supervisor() {
    let world = World::new().await;
    let client = world.client().await;
    let (phone, note) = lose_a_phone(&world, &world.west.officer, client).await;
    // Nothing of it is applied, whatever it sends.
    phone.push(std::slice::from_ref(&note)).await.is_problem(StatusCode::FORBIDDEN, "device-revoked");
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM lost_devices WHERE wiped_at IS NOT NULL").await, 1);
    let counted = world.count("SELECT count(*) FROM quarantine WHERE decided_at IS NULL").await;
    assert_eq!(counted, 1);
    // What a vault before the last one left in its envelopes waits as well.
    let mut before = world.device(&world.west.officer);
    let key = before.pull().await.sealing_key.unwrap();
    let older = before.note(client, "Saved before the PIN was forgotten");
    let sealed = [seal(&key, before.person.id, before.id, &older)];
    let answer = said(deliver(&phone, None, &sealed).await);
    assert_eq!((answer.taken, answer.refused), (vec![1], vec![]));
    assert_eq!(world.count("SELECT count(*) FROM quarantine WHERE decided_at IS NULL").await, 2);
    // Who found it cannot speak in another's name.
    let other = world.device(&world.west.officer2);
    let forged = [seal(&key, other.person.id, phone.id, &note)];
    let answer = said(deliver(&phone, None, &forged).await);
    assert_eq!(answer.refused, [refused(1, "other-person")]);
    assert_eq!(world.count("SELECT count(*) FROM quarantine").await, 2);
}

#[tokio::test]
async fn the_supervisor_takes_up_or_puts_aside_what_came_from_a_lost_phone() {
    let world = World::new().await;
    let client = world.client().await;
    let (_, note) = lose_a_phone(&world, &world.west.officer, client).await;
    let (_, second) = lose_a_phone(&world, &world.west.officer, client).await;
    let supervisor = &world.west.supervisor;
    let settle = async |who: &Person, op: OpId, take_up: bool| {
        Browser::of(&world, who).desk("settle-quarantined", json!({ "op": op, "take_up": take_up })).await
    };
    for stranger in [&world.west.officer, &world.west.counsellor, &world.administrator] {
        let answer = settle(stranger, note.id, true).await;
        answer.is_refused("not-allowed", None);
    }
    let elsewhere = settle(&world.east.supervisor, note.id, true).await;
    assert_ne!(elsewhere.status, StatusCode::OK);
    assert_eq!(settle(supervisor, note.id, true).await.status, StatusCode::OK);
    assert_ne!(settle(supervisor, note.id, true).await.status, StatusCode::OK);
    assert_eq!(settle(supervisor, second.id, false).await.status, StatusCode::OK);
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM quarantine WHERE decision = 'taken-up'").await, 1);
    let author = "SELECT count(*) FROM contact_notes n JOIN users u ON u.id = n.author_id WHERE u.role = 'officer'";
    assert_eq!(world.count(author).await, 1);
    let list = Browser::of(&world, supervisor).desk("lost-devices", json!({})).await;
    assert_eq!(list.body["waiting"], json!([]));
    assert_eq!(list.body["devices"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_put_aside_stays_aside_and_what_was_taken_up_cannot_be_put_aside() {
    let world = World::new().await;
    let client = world.client().await;
    let officer = &world.west.officer;
    let (lost, aside) = lose_a_phone(&world, officer, client).await;
    // Left under the lost phone's name, and written by the vault before on it.
    let mut before = world.device(officer);
    let key = before.pull().await.sealing_key.unwrap();
    let older = before.note(client, "Saved before the PIN was forgotten");
    let sealed = [seal(&key, officer.id, before.id, &older)];
    assert_eq!(said(deliver(&lost, None, &sealed).await).taken, [1]);
    let settle = async |op: OpId, take_up: bool| {
        Browser::of(&world, &world.west.supervisor)
            .desk("settle-quarantined", json!({ "op": op, "take_up": take_up }))
            .await
    };
    for op in [aside.id, older.id] {
        assert_eq!(settle(op, false).await.status, StatusCode::OK);
    }
    // The phone is found, and a third vault on it delivers what the first had left: the answer had been lost.
    let later = world.device(officer);
    let answer = said(deliver(&later, Some(&officer.cookie), &sealed).await);
    assert_eq!((answer.taken, answer.refused), (vec![1], vec![]));
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 0);

    // Taken up by a request that was cut short before the decision was written down.
    let (_, taken_up) = lose_a_phone(&world, officer, client).await;
    assert_eq!(settle(taken_up.id, true).await.status, StatusCode::OK);
    sqlx::query("UPDATE quarantine SET decided_at = NULL, decided_by = NULL, decision = NULL WHERE op_id = $1")
        .bind(taken_up.id.0)
        .execute(&world.owner)
        .await
        .unwrap();
    settle(taken_up.id, false).await.is_refused("settled-already", None);
    assert_eq!(world.count("SELECT count(*) FROM quarantine WHERE decision = 'taken-up'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 1);
}

#[tokio::test]
async fn a_device_is_reported_by_its_person_or_their_supervisor_and_its_session_ends() {
    let world = World::new().await;
    let mut phone = world.device(&world.west.officer);
    phone.pull().await;
    let report = async |who: &Person| {
        Browser::of(&world, who).desk("report-lost-device", json!({ "device": phone.id })).await.status
    };
    for stranger in [&world.west.officer2, &world.east.supervisor, &world.west.counsellor, &world.administrator] {
        assert_eq!(report(stranger).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(report(&world.west.supervisor).await, StatusCode::OK);
    phone.post(&json!({ "v": 1, "device": phone.id })).await.is_problem(StatusCode::UNAUTHORIZED, "signed-out");
    assert!(said(deliver(&phone, None, &[]).await).revoked);
    let find = async |reason: &str| {
        let question = json!({ "device": phone.id, "is_breach": false, "reason": reason });
        Browser::of(&world, &world.west.supervisor).desk("find-breach", question).await.status
    };
    assert_eq!(find("  ").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(find("Found again in the car the same evening.").await, StatusCode::OK);
    assert_eq!(world.count("SELECT count(*) FROM breaches WHERE finding = 'no-breach'").await, 1);
}
