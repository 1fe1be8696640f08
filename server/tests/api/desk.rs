//! The desk of a supervisor: the region's cases, one file, the team; and the one question of those who refer.

use axum::http::Method;
use domain::sync::op::Subject;
use serde_json::{Value, json};

use crate::helpers::{
    Device, World,
    browser::{Browser, Reply},
    id,
};

#[tokio::test]
async fn only_a_supervisor_sees_the_regions_casework() {
    let world = World::new().await;
    let client = world.client().await;
    let casework =
        [("search-cases", json!({ "query": {} })), ("case-file", json!({ "client": client })), ("team", json!({}))];
    for person in [&world.administrator, &world.west.counsellor, &world.west.officer] {
        let mut browser = Browser::of(&world, person);
        for (function, arguments) in casework.clone() {
            browser.desk(function, arguments).await.is_refused("not-allowed", None);
        }
    }
    let mut west = Browser::of(&world, &world.west.supervisor);
    assert_eq!(
        west.desk("search-cases", json!({ "query": {} })).await.is(200).body["rows"].as_array().unwrap().len(),
        1
    );
    assert_eq!(
        west.desk("case-file", json!({ "client": client })).await.is(200).body["client"]["id"],
        client.to_string()
    );
    let mut east = Browser::of(&world, &world.east.supervisor);
    assert_eq!(east.desk("search-cases", json!({ "query": {} })).await.is(200).body["rows"], json!([]));
    east.desk("case-file", json!({ "client": client })).await.is_refused("not-found", None);
    west.desk("case-file", json!({ "client": id() })).await.is_refused("not-found", None);
}

#[tokio::test]
async fn reading_a_file_is_written_down_and_looking_in_vain_is_not() {
    let world = World::new().await;
    let client = world.client().await;
    let mut west = Browser::of(&world, &world.west.supervisor);
    west.desk("case-file", json!({ "client": id() })).await.is(422);
    west.desk("case-file", json!({ "client": client })).await.is(200);
    let log: Vec<(String, uuid::Uuid)> = sqlx::query_as("SELECT action, subject_id FROM access_log WHERE user_id = $1")
        .bind(world.west.supervisor.id.0)
        .fetch_all(&world.owner)
        .await
        .unwrap();
    assert_eq!(log, [("read-file".to_owned(), client.0)]);
}

#[tokio::test]
async fn a_file_has_the_latest_contact_first_with_its_amendments() {
    let world = World::new().await;
    let client = world.client().await;
    let mut phone = world.device(&world.west.officer);
    let (first, second) = (phone.note(client, "The first visit"), phone.note(client, "The second visit"));
    let mut ops = vec![first, second];
    if let domain::sync::op::Body::RecordContact { form, .. } = &mut ops[1].body {
        form.day = "2026-02-15".into();
    }
    phone.push(&ops).await.all_applied();
    let file = Browser::of(&world, &world.west.supervisor).desk("case-file", json!({ "client": client })).await;
    let told: Vec<_> = file.is(200).body["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["narrative"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, ["The second visit", "The first visit"]);
    assert_eq!(file.body["older_notes"], false);
}

/// Accepts a referral of somebody with this name.
async fn client_named(world: &World, first: &str, last: &str) {
    let mut counsellor = world.device(&world.west.counsellor);
    let send = counsellor.send_referral_of(first, last);
    let referral: Subject = send.subject;
    counsellor.push(&[send]).await.all_applied();
    let mut supervisor = world.device(&world.west.supervisor);
    let (accept, _) = supervisor.accept(referral, world.west.officer.id);
    supervisor.push(&[accept]).await.all_applied();
}

fn names(reply: &Reply) -> Vec<String> {
    reply.is(200).body["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn cases_are_found_by_any_words_and_with_a_slip() {
    let world = World::new().await;
    for (first, last) in [("Andre", "Naseberry"), ("Zoë", "Naseberry"), ("Kemar", "Guango"), ("O'Neil", "100%_sure")] {
        client_named(&world, first, last).await;
    }
    // The letters of a number are drawn by lot: these ones make no Andre of Zoë.
    world.run("UPDATE clients SET reference = 'LG-ANDR2-K' WHERE data #>> '{profile,first_name}' = 'Zoë'").await;
    let mut supervisor = Browser::of(&world, &world.west.supervisor);
    for (query, expected) in [
        ("", &["O'Neil 100%_sure", "Kemar Guango", "Andre Naseberry", "Zoë Naseberry"][..]),
        ("NASE", &["Andre Naseberry", "Zoë Naseberry"]),
        ("naseberry andre", &["Andre Naseberry"]),
        ("%", &["O'Neil 100%_sure"]),
        ("_", &["O'Neil 100%_sure"]),
        ("'; DROP TABLE clients; --", &[]),
        ("guango\u{0}", &["Kemar Guango"]),
    ] {
        let reply = supervisor.desk("search-cases", json!({ "query": { "query": query } })).await;
        assert_eq!(names(&reply), expected, "{query}");
        assert_eq!(reply.body["near"], expected.is_empty(), "{query}");
    }
    let slip = supervisor.desk("search-cases", json!({ "query": { "query": "nasebery" } })).await;
    assert_eq!((names(&slip).len(), &slip.body["near"]), (2, &json!(true)));
    let slips = supervisor.desk("search-cases", json!({ "query": { "query": "naseberi andr" } })).await;
    assert_eq!(names(&slips), ["Andre Naseberry"]);
    let number = supervisor.desk("search-cases", json!({ "query": { "query": "lg-andr3-k" } })).await;
    assert_eq!((names(&number), &number.body["near"]), (vec!["Zoë Naseberry".to_owned()], &json!(true)));
    let closed = supervisor.desk("search-cases", json!({ "query": { "state": "closed" } })).await;
    assert_eq!(names(&closed), [""; 0]);
    let other = supervisor.desk("search-cases", json!({ "query": { "officer": world.west.officer2.id } })).await;
    assert_eq!(names(&other), [""; 0]);
    supervisor
        .desk("search-cases", json!({ "query": { "query": "a".repeat(500) } }))
        .await
        .is_refused("too-long", Some("query"));
    supervisor.desk("search-cases", json!({ "query": { "after": "nonsense" } })).await.is_refused("malformed", None);
}

#[tokio::test]
async fn pages_of_cases_name_every_case_once_and_in_order() {
    let world = World::new().await;
    // 120 clients of five names, so that pages end within one name.
    sqlx::query(
        "WITH made AS (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 120) n)
           , heads AS (INSERT INTO subjects (id, kind, region_id, officer_id) SELECT id, 'client', $1, $2 FROM made)
         INSERT INTO clients (id, region_id, officer_id, reference, status, opened_at, data)
         SELECT id, $1, $2, 'LG-00000-' || n, 'active', now()
              , jsonb_build_object('profile', jsonb_build_object('first_name', 'Same', 'last_name', 'Name' || n % 5, 'date_of_birth', '2010-01-01'))
         FROM made",
    )
    .bind(world.west.id.0)
    .bind(world.west.officer.id.0)
    .execute(&world.owner)
    .await
    .unwrap();
    let mut supervisor = Browser::of(&world, &world.west.supervisor);
    let (mut seen, mut after, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let page = supervisor.desk("search-cases", json!({ "query": { "after": after } })).await;
        seen.extend(
            page.is(200).body["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| (row["name"].to_string(), row["client"].to_string())),
        );
        pages += 1;
        after = page.body["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (120, 3));
    assert!(seen.is_sorted_by(|a, b| a < b), "out of order, or twice");
}

#[tokio::test]
async fn the_team_shows_who_carries_what_and_when_phones_were_last_here() {
    let world = World::new().await;
    let client = world.client().await;
    let mut phone = world.device(&world.west.officer);
    let note = phone.note(client, "Met on the verandah");
    phone.push(&[note]).await.all_applied();
    let reply = Browser::of(&world, &world.west.supervisor).desk("team", json!({})).await;
    let team = reply.is(200).body.as_array().unwrap().clone();
    let of = |id: domain::ids::UserId| team.iter().find(|m| m["user"] == id.to_string()).unwrap();
    let busy = of(world.west.officer.id);
    assert_eq!(
        (&busy["active"], &busy["closed"], &busy["opened_30_days"], &busy["unsent"]),
        (&json!(1), &json!(0), &json!(1), &json!(0))
    );
    assert!(busy["last_contact"].as_str().unwrap().starts_with("2026-01-15T19:30"), "{busy}");
    assert!(busy["last_sync"].is_string());
    let idle = of(world.west.officer2.id);
    assert_eq!((&idle["active"], &idle["last_contact"], &idle["last_sync"]), (&json!(0), &Value::Null, &Value::Null));
    assert!(!team.iter().any(|member| member["user"] == world.east.officer.id.to_string()));
}

/// A sync in which the device says how it does, with nothing to send.
async fn say(device: &Device, unsent: u32, state: Value) {
    let request = json!({ "v": 1, "device": device.id, "cursor": null, "unsent": unsent, "state": state });
    device.post(&request).await.synced();
}

#[tokio::test]
async fn devices_tell_how_they_do_to_their_person_and_to_the_supervisor_of_the_region_alone() {
    let world = World::new().await;
    let (phone, tablet) = (world.device(&world.west.officer), world.device(&world.west.officer2));
    let waits_since = "2026-01-12T14:00:00Z";
    say(&phone, 0, json!({ "version": "0.1.0", "used_mb": 6, "quota_mb": 2048, "kept": true })).await;
    let long = format!("0.2.0\u{0}{}", "x".repeat(500));
    say(&tablet, 3, json!({ "version": long, "used_mb": 9, "quota_mb": 64, "oldest_unsent": waits_since })).await;

    let team = Browser::of(&world, &world.west.supervisor).desk("team-devices", json!({})).await;
    let team = team.is(200).body.as_array().unwrap().clone();
    let ids: Vec<_> = team.iter().map(|device| device["id"].clone()).collect();
    assert_eq!(ids, [json!(tablet.id), json!(phone.id)], "first the one on which something waits");
    assert_eq!((&team[0]["unsent"], &team[0]["oldest_unsent"]), (&json!(3), &json!(waits_since)));
    assert_eq!((&team[0]["storage"], &team[0]["kept"]), (&json!([9, 64]), &json!(false)));
    assert_eq!(team[0]["version"].as_str().unwrap().len(), 32);
    assert_eq!(
        (&team[1]["browser"], &team[1]["version"], &team[1]["kept"]),
        (&json!("test"), &json!("0.1.0"), &json!(true))
    );

    let own = Browser::of(&world, &world.west.officer).desk("my-devices", json!({})).await;
    assert_eq!(own.is(200).body.as_array().unwrap().len(), 1);
    assert_eq!(own.body[0]["id"], json!(phone.id));
    let elsewhere = Browser::of(&world, &world.east.supervisor).desk("team-devices", json!({})).await;
    assert_eq!(elsewhere.is(200).body, json!([]));
    for person in [&world.west.officer, &world.west.counsellor, &world.administrator] {
        Browser::of(&world, person).desk("team-devices", json!({})).await.is_refused("not-allowed", None);
    }
}

#[tokio::test]
async fn what_has_its_receipt_is_not_told_to_wait() {
    let world = World::new().await;
    let client = world.client().await;
    let mut phone = world.device(&world.west.officer);
    let ops = [phone.note(client, "One"), phone.note(client, "Two")];
    let state = json!({ "oldest_unsent": ops[0].recorded_at, "version": "0.1.0" });
    let request = json!({ "v": 1, "device": phone.id, "cursor": null, "unsent": 2, "state": state, "ops": ops });
    phone.post(&request).await.all_applied();
    let own = Browser::of(&world, &world.west.officer).desk("my-devices", json!({})).await;
    assert_eq!((&own.is(200).body[0]["unsent"], &own.body[0]["oldest_unsent"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn whoever_refers_learns_only_that_somebody_may_be_known() {
    let world = World::new().await;
    client_named(&world, "Andre", "Naseberry").await;
    let question = |first: &str, born: &str| json!({ "question": { "first_name": first, "last_name": "Naseberry", "date_of_birth": born } });
    let mut counsellor = Browser::of(&world, &world.east.counsellor);
    let yes = counsellor.desk("may-be-known", question("Andrè", "09/06/2011")).await;
    assert_eq!((yes.status.as_u16(), yes.text.as_str()), (200, "true"));
    assert_eq!(counsellor.desk("may-be-known", question("Kadian", "01/01/2015")).await.is(200).text, "false");
    assert_eq!(counsellor.desk("may-be-known", question("", "then")).await.is(422).refusals().len(), 2);
    for person in [&world.administrator, &world.west.supervisor] {
        Browser::of(&world, person)
            .desk("may-be-known", question("Andre", "2011-06-09"))
            .await
            .is_refused("not-allowed", None);
    }
    let mut busy = 0;
    for _ in 0..15 {
        let reply = counsellor.desk("may-be-known", question("Andre", "2011-06-09")).await;
        busy += usize::from(reply.status.as_u16() == 429 && reply.body["is"] == "busy");
    }
    assert!(busy >= 4, "nobody counts the questions");
    let mut officer = Browser::of(&world, &world.west.officer);
    officer.desk("may-be-known", question("Andre", "2011-06-09")).await.is(200);
}

#[tokio::test]
async fn whatever_is_posted_to_the_desk_gets_a_clear_answer() {
    let world = World::new().await;
    let mut nobody = Browser::new(&world.router);
    let mut officer = Browser::of(&world, &world.west.officer);
    let json = [("content-type", "application/json")];
    let bodies = ["", "{", "null", "[1]", "7", "{\"query\":7}", "\u{feff}{}", &"[".repeat(5000)];
    for path in server::http::desk::function_paths() {
        for body in bodies {
            for headers in [&json[..], &[]] {
                for browser in [&mut nobody, &mut officer] {
                    let reply = browser.ask(Method::POST, path, headers, body.to_owned()).await;
                    assert!(reply.status.as_u16() < 500, "{path} {body:.20}: {} {}", reply.status, reply.text);
                    assert!(reply.body["is"].is_string() || reply.status == 200, "{path} {body:.20}: {}", reply.text);
                }
            }
        }
    }
}
