//! The desk: administration, the region's cases, the team, one's own account.

use domain::{access::Role, sync::op::Subject};
use serde_json::{Value, json};

use crate::helpers::{
    World,
    browser::{Browser, PASSWORD, Reply, give_password},
    id,
};

const NEW: &str = "blue kettle on the verandah";

async fn as_admin(world: &World) -> Browser {
    Browser::of(world, &world.administrator)
}

fn form(world: &World, username: &str, role: Role) -> Value {
    json!({
        "username": username, "name": "Nadine Test", "role": role.code(), "post": "",
        "region": world.west.id.to_string(), "school": world.west.school.to_string(),
    })
}

#[tokio::test]
async fn an_administrator_makes_accounts_that_can_sign_in() {
    let world = World::new().await;
    let mut admin = as_admin(&world).await;
    for role in Role::ALL {
        let username = format!("new.{}", role.code());
        admin.desk("create-user", json!({ "form": form(&world, &username, role), "password": NEW })).await.is(200);
        let reply = Browser::new(&world.router).sign_in(&username, NEW).await;
        let user = &reply.is(200).body["user"];
        assert_eq!(user["role"], role.code());
        assert_eq!(user["region"].is_null(), role == Role::Administrator);
        assert_eq!(user["school"].is_null(), role != Role::Counsellor);
    }
    let users = admin.desk("list-users", json!({})).await;
    let names: Vec<_> =
        users.is(200).body.as_array().unwrap().iter().map(|u| u["username"].as_str().unwrap()).collect();
    assert!(names.contains(&"new.officer") && names.contains(&"admin"));
    assert!(!users.text.contains("argon2"), "a hash leaves the server");
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_named_at_its_field() {
    let world = World::new().await;
    let mut admin = as_admin(&world).await;
    let reply = admin.desk("create-user", json!({ "form": { "role": "officer" }, "password": "short" })).await;
    let fields: Vec<_> = reply.is(422).refusals().into_iter().filter_map(|(_, field)| field).collect();
    assert_eq!(fields, ["username", "name", "region", "password"]);
    let taken = json!({ "form": form(&world, "ADMIN", Role::Officer), "password": NEW });
    admin.desk("create-user", taken).await.is_refused("users-username-key", Some("username"));
    let mut nowhere = form(&world, "new.one", Role::Officer);
    nowhere["region"] = json!(id().to_string());
    admin
        .desk("create-user", json!({ "form": nowhere, "password": NEW }))
        .await
        .is_refused("users-region-id-fkey", Some("region"));
    let common = json!({ "form": form(&world, "new.two", Role::Officer), "password": "Password1234" });
    admin.desk("create-user", common).await.is_refused("password-too-common", Some("password"));
    for body in ["", "{", "{}", "[1]"] {
        let reply = admin
            .ask(
                axum::http::Method::POST,
                "/api/desk/create-user",
                &[("content-type", "application/json")],
                body.into(),
            )
            .await;
        reply.is_refused("malformed", None);
    }
}

#[tokio::test]
async fn nobody_else_can_administer() {
    let world = World::new().await;
    for person in [&world.west.counsellor, &world.west.officer, &world.west.supervisor] {
        let mut browser = Browser::of(&world, person);
        for (function, arguments) in administration(&world) {
            browser.desk(function, arguments).await.is_refused("not-allowed", None);
        }
    }
    for (function, arguments) in administration(&world) {
        let reply = Browser::new(&world.router).desk(function, arguments).await;
        assert_eq!((reply.status.as_u16(), &reply.body["is"]), (401, &json!("signed-out")), "{function}");
    }
}

fn administration(world: &World) -> Vec<(&'static str, Value)> {
    let user = world.west.officer2.id;
    vec![
        ("list-users", json!({})),
        ("create-user", json!({ "form": form(world, "intruder", Role::Administrator), "password": NEW })),
        ("update-user", json!({ "user": user, "form": form(world, "intruder", Role::Administrator) })),
        ("set-password", json!({ "user": user, "password": NEW })),
        ("set-disabled", json!({ "user": user, "disabled": true })),
        ("list-sites", json!({})),
        ("save-region", json!({ "form": { "name": "Elsewhere" } })),
        ("save-school", json!({ "form": { "name": "Elsewhere High", "region": world.west.id, "parish": "st-ann" } })),
        ("save-community", json!({ "form": { "name": "Elsewhere", "region": world.west.id, "parish": "st-ann" } })),
    ]
}

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
async fn a_person_sees_and_ends_their_own_sessions_and_nobody_elses() {
    let world = World::new().await;
    give_password(&world, world.west.officer.id).await;
    let (mut phone, mut tablet) = (Browser::new(&world.router), Browser::new(&world.router));
    phone.sign_in("officer-western", PASSWORD).await.is(200);
    tablet.sign_in("officer-western", PASSWORD).await.is(200);
    let sessions = phone.desk("my-sessions", json!({})).await;
    let sessions = sessions.is(200).body.as_array().unwrap().clone();
    assert_eq!((sessions.len(), sessions.iter().filter(|s| s["current"] == true).count()), (3, 1));
    let other = tablet.who_am_i().await.body["session"].clone();
    let mut stranger = Browser::of(&world, &world.west.officer2);
    stranger.desk("revoke-session", json!({ "session": other })).await.is_refused("no-such-session", None);
    tablet.who_am_i().await.is(200);
    phone.desk("revoke-session", json!({ "session": other })).await.is(200);
    tablet.who_am_i().await.is_problem(401, "signed-out");
    phone.who_am_i().await.is(200);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let world = World::new().await;
    give_password(&world, world.west.officer.id).await;
    let (mut phone, mut tablet) = (Browser::new(&world.router), Browser::new(&world.router));
    phone.sign_in("officer-western", PASSWORD).await.is(200);
    tablet.sign_in("officer-western", PASSWORD).await.is(200);
    let change = |current: &str, new: &str| json!({ "current": current, "new": new });
    phone.desk("change-password", change("wrong", NEW)).await.is_refused("wrong-password", Some("current"));
    phone
        .desk("change-password", change(PASSWORD, "officer-western-1"))
        .await
        .is_refused("password-too-common", Some("new"));
    phone.desk("change-password", change(PASSWORD, NEW)).await.is(200);
    phone.who_am_i().await.is(200);
    tablet.who_am_i().await.is(401);
    tablet.sign_in("officer-western", PASSWORD).await.is(401);
    tablet.sign_in("officer-western", NEW).await.is(200);
}

#[tokio::test]
async fn guessing_the_present_password_on_an_open_phone_is_slowed_down() {
    let world = World::new().await;
    give_password(&world, world.west.officer.id).await;
    let mut phone = Browser::of(&world, &world.west.officer);
    for _ in 0..3 {
        phone.desk("change-password", json!({ "current": "a guess", "new": NEW })).await.is(422);
    }
    assert_eq!(
        phone.desk("change-password", json!({ "current": PASSWORD, "new": NEW })).await.is(429).body["is"],
        "busy"
    );
}

#[tokio::test]
async fn what_an_administrator_changes_acts_at_once() {
    let world = World::new().await;
    let mut admin = as_admin(&world).await;
    let officer = world.west.officer.id;
    let mut phone = Browser::of(&world, &world.west.officer);
    // Another region: the session goes on, in the new region.
    let mut moved = form(&world, "officer-western", Role::Officer);
    moved["region"] = json!(world.east.id.to_string());
    admin.desk("update-user", json!({ "user": officer, "form": moved })).await.is(200);
    assert_eq!(phone.who_am_i().await.is(200).body["user"]["region"], world.east.id.to_string());
    assert_eq!(world.count("SELECT scope_version FROM users WHERE username = 'officer-western'").await, 2);
    // Another name: nobody's scope changes.
    moved["name"] = json!("Nadine Test-Brown");
    admin.desk("update-user", json!({ "user": officer, "form": moved })).await.is(200);
    assert_eq!(world.count("SELECT scope_version FROM users WHERE username = 'officer-western'").await, 2);
    // Another role: the session ends.
    admin
        .desk("update-user", json!({ "user": officer, "form": form(&world, "officer-western", Role::Supervisor) }))
        .await
        .is(200);
    phone.who_am_i().await.is(401);
    // A new password ends the sessions of the other.
    let mut phone = Browser::of(&world, &world.west.officer2);
    admin.desk("set-password", json!({ "user": world.west.officer2.id, "password": NEW })).await.is(200);
    phone.who_am_i().await.is(401);
    phone.sign_in("officer2-western", NEW).await.is(200);
    admin.desk("set-disabled", json!({ "user": world.west.officer2.id, "disabled": true })).await.is(200);
    phone.who_am_i().await.is(401);
    phone.sign_in("officer2-western", NEW).await.is(401);
    admin.desk("set-disabled", json!({ "user": world.west.officer2.id, "disabled": false })).await.is(200);
    world.run("DELETE FROM sign_in_failures").await;
    phone.sign_in("officer2-western", NEW).await.is(200);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::new().await;
    let mut admin = as_admin(&world).await;
    let me = world.administrator.id;
    admin.desk("set-disabled", json!({ "user": me, "disabled": true })).await.is_refused("own-account", None);
    let demoted = json!({ "user": me, "form": form(&world, "admin", Role::Officer) });
    admin.desk("update-user", demoted.clone()).await.is_refused("last-administrator", None);
    admin
        .desk("create-user", json!({ "form": form(&world, "second.admin", Role::Administrator), "password": NEW }))
        .await
        .is(200);
    admin.desk("update-user", demoted).await.is(200);
}

#[tokio::test]
async fn an_administrator_keeps_the_places() {
    let world = World::new().await;
    let mut admin = as_admin(&world).await;
    let school = json!({ "name": "Sample High", "region": world.west.id, "parish": "st-ann" });
    let made = admin.desk("save-school", json!({ "form": school })).await;
    let made: String = serde_json::from_str(&made.is(200).text).unwrap();
    admin.desk("save-school", json!({ "form": school })).await.is_refused("schools-name-key", Some("name"));
    admin.desk("save-school", json!({ "form": { "id": made, "name": "Sample High School", "region": world.east.id, "parish": "st-mary" } })).await.is(200);
    admin
        .desk("save-region", json!({ "form": { "name": "Western" } }))
        .await
        .is_refused("regions-name-key", Some("name"));
    admin.desk("save-region", json!({ "form": { "id": world.west.id, "name": "Far West" } })).await.is(200);
    admin
        .desk("save-community", json!({ "form": { "name": "Yam Bank", "region": id(), "parish": "st-ann" } }))
        .await
        .is_refused("communities-region-id-fkey", Some("region"));
    admin
        .desk(
            "save-community",
            json!({ "form": { "name": "Yam Bank", "region": world.west.id, "parish": "atlantis" } }),
        )
        .await
        .is_refused("missing", Some("parish"));
    admin
        .desk("save-community", json!({ "form": { "name": "Yam Bank", "region": world.west.id, "parish": "st-ann" } }))
        .await
        .is(200);
    let sites = admin.desk("list-sites", json!({})).await;
    let named = |kind: &str| {
        sites.body[kind].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(
        named("schools").contains(&"Sample High School".to_owned())
            && !named("schools").contains(&"Sample High".to_owned())
    );
    assert!(named("regions").contains(&"Far West".to_owned()));
    assert_eq!(named("communities"), ["Yam Bank"]);
    // Devices hear of it.
    let pulled = world.device(&world.west.counsellor).pull_all().await;
    assert!(serde_json::to_string(&pulled).unwrap().contains("Sample High School"));
}

#[tokio::test]
async fn there_are_no_other_functions() {
    let world = World::new().await;
    let mut admin = as_admin(&world).await;
    admin.desk("drop-tables", json!({})).await.is_problem(404, "not-found");
    admin.get("/api/desk/list-users").await.is_problem(405, "method-not-allowed");
}
