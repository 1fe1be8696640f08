//! Bad input: a typed refusal with field and words, or acceptance; never a failure of the server, never a lost op.

use axum::http::{Request, StatusCode, header};
use domain::{
    ids::{NoteId, OpId},
    sync::wire_v1::{Body, ContactForm, Op, Record, ReferralForm, Subject},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use server::clock::now;
use tower::ServiceExt;

use crate::helpers::{Answer, Device, World, device::day_of, forms, id};

async fn officer_and_client() -> (World, Device, domain::ids::ClientId) {
    let world = World::new().await;
    let client = world.client().await;
    let officer = world.device(&world.west.officer);
    (world, officer, client)
}

fn record(device: &mut Device, client: domain::ids::ClientId, form: ContactForm) -> Op {
    device.op(Subject::Client(client), Body::RecordContact { note: NoteId(id()), form })
}

fn refer(device: &mut Device, spoil: impl FnOnce(&mut ReferralForm)) -> Op {
    let mut op = device.send_referral();
    if let Body::SendReferral { form } = &mut op.body {
        spoil(form);
    }
    op
}

#[tokio::test]
async fn damaged_envelopes_are_told_apart() {
    let (_world, device, _) = officer_and_client().await;
    for (body, code) in [
        ("", "malformed"),
        ("{", "malformed"),
        ("[]", "malformed"),
        ("null", "malformed"),
        ("\u{0}", "malformed"),
        (r#"{"v":1}"#, "malformed"),
        (r#"{"v":1,"device":"x"}"#, "malformed"),
        (r#"{"v":"1","device":"01930000-0000-7000-8000-000000000001"}"#, "malformed"),
        (r#"{"v":1,"device":"01930000-0000-7000-8000-000000000001","unsent":-1}"#, "malformed"),
        (r#"{"v":1,"device":"01930000-0000-7000-8000-000000000001","unsent":99999999999}"#, "malformed"),
        (r#"{"v":1,"device":"01930000-0000-7000-8000-000000000001","ops":{}}"#, "malformed"),
        (r#"{"v":2,"device":"01930000-0000-7000-8000-000000000001"}"#, "unknown-wire-version"),
        (r#"{"v":2,"shape":"of the future"}"#, "unknown-wire-version"),
        (r#"{"v":0,"device":"01930000-0000-7000-8000-000000000001"}"#, "unknown-wire-version"),
    ] {
        device.post_text(body).await.is_problem(StatusCode::BAD_REQUEST, code);
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    device
        .post_text(format!(r#"{{"v":1,"device":"{}","ops":[{deep}]}}"#, device.id))
        .await
        .is_problem(StatusCode::BAD_REQUEST, "nameless-op");
    device.post_text(format!(r#"{{"v":1,"device":{deep}}}"#)).await.is_problem(StatusCode::BAD_REQUEST, "malformed");
    device.post_text(vec![0xff, 0xfe, 0x00]).await.is_problem(StatusCode::BAD_REQUEST, "malformed");
}

#[tokio::test]
async fn the_wrong_method_kind_or_session_is_told() {
    let (world, mut device, client) = officer_and_client().await;
    let get = Request::get("/api/v1/sync")
        .header(header::COOKIE, &device.person.cookie)
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(device.router.clone().oneshot(get).await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    let mut text = device.request("{}");
    text.headers_mut().insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    Answer::of(device.router.clone().oneshot(text).await.unwrap())
        .await
        .is_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json");
    let mut nobody = device.request(json!({ "v": 1, "device": device.id }).to_string());
    nobody.headers_mut().remove(header::COOKIE);
    Answer::of(device.router.clone().oneshot(nobody).await.unwrap())
        .await
        .is_problem(StatusCode::UNAUTHORIZED, "signed-out");

    // A revoked session takes nothing; the op arrives after signing in again.
    let note = device.note(client, "Written before the session was revoked");
    sqlx::query("UPDATE sessions SET revoked_at = now() WHERE user_id = $1")
        .bind(device.person.id.0)
        .execute(&world.owner)
        .await
        .unwrap();
    device.push_one(&note).await.is_problem(StatusCode::UNAUTHORIZED, "signed-out");
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 0);
    sqlx::query("UPDATE sessions SET revoked_at = NULL WHERE user_id = $1")
        .bind(device.person.id.0)
        .execute(&world.owner)
        .await
        .unwrap();
    device.push(&[note]).await.all_applied();
}

#[tokio::test]
async fn too_much_at_once_is_told_before_anything_is_taken() {
    let (world, mut device, client) = officer_and_client().await;
    let ops: Vec<Op> = (0..201).map(|n| device.note(client, &format!("{n}"))).collect();
    device.push(&ops).await.is_problem(StatusCode::PAYLOAD_TOO_LARGE, "too-many-ops");
    device.post_text(vec![b' '; 5 * 1024 * 1024]).await.is_problem(StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 0);
    assert_eq!(device.push(&ops[..200]).await.all_applied().len(), 200);
}

#[tokio::test]
async fn an_op_that_nobody_can_name_is_told_by_its_index_and_nothing_is_taken() {
    let (world, mut device, client) = officer_and_client().await;
    let fine = serde_json::to_value(device.note(client, "Fine")).unwrap();
    for nameless in [json!({}), json!(7), json!(null), json!({ "id": "not-a-number" }), json!([[]])] {
        let answer = device.push_values(&[fine.clone(), nameless]).await;
        answer.is_problem(StatusCode::BAD_REQUEST, "nameless-op");
        assert_eq!(answer.body["index"], 1);
    }
    assert_eq!(world.count("SELECT count(*) FROM contact_notes").await, 0);
}

#[tokio::test]
async fn an_op_that_is_not_understood_is_refused_alone_and_kept() {
    let (world, mut device, client) = officer_and_client().await;
    let good = |device: &mut Device| serde_json::to_value(device.note(client, "Fine")).unwrap();
    let mut ops = Vec::new();
    for spoil in [
        |op: &mut Value| op["body"]["do"] = json!("teleport"),
        |op: &mut Value| op["seq"] = json!(-1),
        |op: &mut Value| op["seq"] = json!(u64::MAX),
        |op: &mut Value| op["recorded_at"] = json!("yesterday"),
        |op: &mut Value| op["subject"]["kind"] = json!("spaceship"),
        |op: &mut Value| op["body"] = json!(null),
        |op: &mut Value| op["body"]["form"]["present"] = json!("client"),
        |op: &mut Value| op["body"]["form"]["narrative"] = json!({ "a": 1 }),
    ] {
        let mut op = good(&mut device);
        spoil(&mut op);
        ops.push(op);
        ops.push(good(&mut device));
    }
    let outcomes = device.push_values(&ops).await.outcomes();
    assert!(outcomes.chunks(2).all(|pair| pair == ["not-understood", "applied"]), "{outcomes:?}");
    assert_eq!(device.push_values(&ops).await.outcomes(), outcomes);
    assert_eq!(world.count("SELECT count(*) FROM refusals WHERE code = 'not-understood'").await, 8);
    // A field of a newer app does no harm.
    let mut newer = good(&mut device);
    newer["mood"] = json!("good");
    newer["body"]["form"]["weather"] = json!("rain");
    assert_eq!(device.push_values(&[newer]).await.outcomes(), ["applied"]);
    // A lone half of a surrogate pair is no text.
    let op = good(&mut device).to_string().replace("Fine", r"\ud800");
    let body = format!(r#"{{"v":1,"device":"{}","ops":[{op}]}}"#, device.id);
    assert_eq!(device.post_text(body).await.outcomes(), ["not-understood"]);
}

#[tokio::test]
async fn clocks_that_are_wrong_are_told_and_two_devices_with_the_same_clock_both_arrive() {
    let (world, mut device, client) = officer_and_client().await;
    let mut future = device.note(client, "From the future");
    future.recorded_at = now() + chrono::TimeDelta::days(400);
    let mut ancient = device.note(client, "From an empty battery");
    ancient.recorded_at = "1970-01-01T00:00:00Z".parse().unwrap();
    let mut extreme = serde_json::to_value(device.note(client, "From the end of time")).unwrap();
    extreme["recorded_at"] = json!("+262000-12-31T23:59:59Z");
    assert_eq!(device.push(&[future, ancient]).await.outcomes(), ["clock-wrong", "clock-wrong"]);
    let outcomes = device.push_values(&[extreme]).await.outcomes();
    assert!(["clock-wrong", "not-understood"].contains(&outcomes[0].as_str()), "{outcomes:?}");
    let tomorrow =
        ContactForm { day: day_of(now() + chrono::TimeDelta::days(2)), ..forms::contact("Tomorrow's visit") };
    let ahead = record(&mut device, client, tomorrow);
    assert_eq!(device.push(&[ahead]).await.outcomes(), ["in-the-future@day"]);
    for clock in ["1970-01-01T00:00:00Z", "+262000-12-31T23:59:59Z", "-262000-01-01T00:00:00Z"] {
        let answer = device.post(&json!({ "v": 1, "device": device.id, "clock": clock, "unsent": u32::MAX })).await;
        assert!(answer.status.is_success() || answer.status == StatusCode::BAD_REQUEST, "{}", answer.body);
    }
    let (mut one, mut two) = (world.device(&world.west.officer), world.device(&world.west.officer));
    let (mut first, mut second) = (one.note(client, "One"), two.note(client, "Two"));
    (first.recorded_at, second.recorded_at) = (now(), first.recorded_at);
    second.recorded_at = first.recorded_at;
    assert_eq!((first.seq, first.recorded_at), (second.seq, second.recorded_at));
    one.push(&[first]).await.all_applied();
    two.push(&[second]).await.all_applied();
}

#[tokio::test]
async fn somebody_elses_files_and_other_peoples_work_are_refused() {
    let (world, _, client) = officer_and_client().await;
    let note = |device: &mut Device| device.note(client, "Not mine");
    for (person, expected) in [
        (&world.west.officer2, "not-found"),
        (&world.east.officer, "not-found"),
        (&world.west.supervisor, "not-allowed"),
        (&world.west.counsellor, "not-allowed"),
        (&world.administrator, "not-allowed"),
    ] {
        let mut device = world.device(person);
        let op = note(&mut device);
        assert_eq!(device.push(&[op]).await.outcomes(), [expected], "{person:?}");
    }
    let mut far = world.device(&world.east.supervisor);
    let transfer = far.transfer(client, world.east.officer.id);
    assert_eq!(far.push(&[transfer]).await.outcomes(), ["not-found"]);
    let mut near = world.device(&world.west.supervisor);
    let (to_far, to_self, to_nobody) = (
        near.transfer(client, world.east.officer.id),
        near.transfer(client, world.west.supervisor.id),
        near.transfer(client, domain::ids::UserId(id())),
    );
    assert_eq!(
        near.push(&[to_far, to_self, to_nobody]).await.outcomes(),
        ["officer-of-another-region@officer", "officer-not-available@officer", "officer-not-available@officer"]
    );
    let mut counsellor = world.device(&world.west.counsellor);
    let sent = counsellor.send_referral();
    counsellor.push_one(&sent).await.all_applied();
    let mut colleague = world.device(&world.east.counsellor);
    let again = Op { id: OpId(id()), ..sent.clone() };
    let answer = colleague.op(sent.subject, Body::AnswerInformation { answer: "Not asked".into() });
    assert_eq!(colleague.push(&[again, answer]).await.outcomes(), ["file-id-taken", "not-found"]);
    let wrong_kind = colleague.op(Subject::Client(client), Body::AnswerInformation { answer: "To whom?".into() });
    assert_eq!(colleague.push(&[wrong_kind]).await.outcomes(), ["wrong-subject"]);
}

#[tokio::test]
async fn forms_are_refused_at_the_field_that_is_wrong() {
    let world = World::new().await;
    let mut device = world.device(&world.west.counsellor);
    let ops = [
        refer(&mut device, |f| f.date_of_birth = day_of(now() + chrono::TimeDelta::days(400))),
        refer(&mut device, |f| f.date_of_birth = "31/02/2011".into()),
        refer(&mut device, |f| f.srn = "12345678".into()),
        refer(&mut device, |f| f.srn = "１２３４５６７８９".into()),
        refer(&mut device, |f| f.reason = "a".repeat(200_000)),
        refer(&mut device, |f| f.first_name = "A\u{0}b".into()),
        refer(&mut device, |f| f.last_name = "\u{202e}evil".into()),
        refer(&mut device, |f| f.reference = "LG-OOOOO-1".into()),
        refer(&mut device, |f| f.parish = "atlantis".into()),
        refer(&mut device, |f| f.school = "not-a-number".into()),
        refer(&mut device, |f| f.attested = false),
    ];
    assert_eq!(
        device.push(&ops).await.outcomes(),
        [
            "birth-date-in-future@date_of_birth",
            "not-a-date@date_of_birth",
            "srn-not-nine-digits@srn",
            "srn-not-nine-digits@srn",
            "too-long@reason",
            "unreadable-characters@first_name",
            "unreadable-characters@last_name",
            "not-a-reference-number@reference",
            "not-a-choice@parish",
            "not-a-choice@school",
            "not-attested@attested",
        ]
    );
    assert_eq!(world.count("SELECT count(*) FROM refusals").await, 11);
    assert_eq!(world.count("SELECT count(*) FROM refusals WHERE octet_length(entry) > 200000").await, 1);
}

#[tokio::test]
async fn what_people_really_write_comes_back_as_it_was() {
    let (_world, mut device, client) = officer_and_client().await;
    for text in [
        "<script>alert('x')</script> & <b>bold</b>",
        "Zoë Zéphyr 👩🏾‍👧 e\u{301} ﷽ עברית",
        "Line one\nline two\r\n\tindented",
        "'; DROP TABLE journal; --",
        r#"quotes " and back\slashes \u0041 {"json": [1, 2]}"#,
        &"ü".repeat(20_000),
    ] {
        let op = device.note(client, text);
        let response = device.push_one(&op).await.synced();
        let note = response
            .changes
            .iter()
            .find_map(|r| {
                if let Record::Note(n) = r
                    && n.op == op.id
                {
                    Some(n)
                } else {
                    None
                }
            })
            .unwrap();
        assert_eq!(note.body.narrative.as_str(), text.trim());
        device.pull().await;
    }
}

#[tokio::test]
async fn cursors_that_mean_nothing_lead_to_a_pull_from_the_beginning() {
    let (world, mut device, client) = officer_and_client().await;
    let before = world.count("SELECT count(*) FROM epochs").await;
    for cursor in [
        "",
        "x",
        "~",
        "0.0.0~0",
        &"9".repeat(100_000),
        "00000000000000000000000000000000.1.18446744073709551615~ab",
        "\u{0}",
    ] {
        device.cursor = Some(cursor.to_owned());
        let pulled = device.pull().await;
        assert!(pulled.reset, "{cursor}");
        assert!(pulled.changes.iter().any(|r| matches!(r, Record::Client(c) if c.id == client)));
    }
    // One that pretends to come from the future must not begin a new life of the database.
    let honest = device.cursor.clone().unwrap();
    let (text, seal) = honest.rsplit_once('~').unwrap();
    let (head, _) = text.rsplit_once('.').unwrap();
    device.cursor = Some(format!("{head}.18446744073709551615~{seal}"));
    assert!(device.pull().await.reset);
    assert_eq!(world.count("SELECT count(*) FROM epochs").await, before);
}

/// Good requests, damaged at random: whatever comes, the server answers with a receipt or a problem.
#[tokio::test]
async fn damaged_requests_never_make_the_server_fail() {
    let (world, mut device, client) = officer_and_client().await;
    let mut random = StdRng::seed_from_u64(7);
    for round in 0..300 {
        let ops: Vec<Value> =
            (0..3).map(|n| serde_json::to_value(device.note(client, &format!("{round} {n}"))).unwrap()).collect();
        let mut bytes = json!({ "v": 1, "device": device.id, "ops": ops }).to_string().into_bytes();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..4) {
                0 => bytes[at] = random.random(),
                1 => bytes.truncate(at.max(1)),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, *b"{}[]\",:0\\".get(random.random_range(0..9)).unwrap()),
            }
        }
        let answer = device.post_text(bytes.clone()).await;
        assert!(!answer.status.is_server_error(), "{} {}", answer.body, String::from_utf8_lossy(&bytes));
    }
    assert!(server::services::verify::verify_journal(&world.owner, None).await.unwrap().is_sound());
}

#[tokio::test]
async fn what_another_persons_store_sends_is_turned_away_whole() {
    let (world, mut device, client) = officer_and_client().await;
    let op = record(&mut device, client, forms::contact("She was at home."));
    let op = serde_json::to_value(&op).unwrap();
    let request =
        |user: domain::ids::UserId| json!({ "v": 1, "device": device.id, "user": user, "ops": [op] }).to_string();
    device.post_text(request(world.west.supervisor.id)).await.is_problem(StatusCode::FORBIDDEN, "other-person");
    let answer = device.post_text(request(world.west.officer.id)).await;
    assert_eq!(answer.status, StatusCode::OK);
}
