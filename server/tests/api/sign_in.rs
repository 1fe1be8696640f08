//! Signing in and out: the right password, the wrong one, too many wrong ones, and what ends a session.

use axum::http::Method;
use domain::access::Role;
use serde_json::json;

use crate::helpers::{
    World,
    browser::{Browser, PASSWORD, give_password, username},
};

async fn world() -> (World, String) {
    let world = World::new().await;
    give_password(&world, world.west.officer.id).await;
    (world, username(Role::Officer))
}

#[tokio::test]
async fn the_right_password_opens_a_session_and_tells_who_one_is() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    browser.who_am_i().await.is_problem(401, "signed-out");
    let reply = browser.sign_in("  Officer-Western ", PASSWORD).await;
    let user = &reply.is(200).body["user"];
    assert_eq!(user["username"], officer);
    assert_eq!(
        (user["id"].as_str(), user["role"].as_str()),
        (Some(world.west.officer.id.to_string().as_str()), Some("officer"))
    );
    assert_eq!(user["region"], world.west.id.to_string());
    assert!(user["school"].is_null() && user["name"].is_string() && user["post"].is_string());
    let me = browser.who_am_i().await;
    assert_eq!(me.is(200).body["user"]["id"], user["id"]);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let (world, officer) = world().await;
    let reply = Browser::new(&world.router).sign_in(&officer, PASSWORD).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("lignum="), "{cookie}");
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("; Secure"), "over http a secure cookie would never come back: {cookie}");
}

#[tokio::test]
async fn the_database_holds_no_secret_that_opens_a_session() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    browser.sign_in(&officer, PASSWORD).await.is(200);
    let held: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT token_hash FROM sessions").fetch_all(&world.owner).await.unwrap();
    for hash in held {
        let hash = hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert!(!browser.cookies.values().any(|cookie| *cookie == hash));
        let mut thief = Browser::new(&world.router);
        thief.cookies.insert("lignum".into(), hash);
        thief.who_am_i().await.is(401);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    let wrong = browser.sign_in(&officer, "no such goats").await;
    let unknown = browser.sign_in("nobody", "no such goats").await;
    wrong.is_problem(401, "wrong-credentials");
    assert_eq!((wrong.status, &wrong.text), (unknown.status, &unknown.text));
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_for_names_that_exist_and_for_names_that_do_not() {
    let (world, officer) = world().await;
    for (name, address) in [(officer.as_str(), 1), ("nobody", 2)] {
        let mut browser = Browser::new(&world.router).at(address);
        for _ in 0..3 {
            browser.sign_in(name, "no such goats").await.is(401);
        }
        let reply = browser.sign_in(name, "no such goats").await;
        reply.is_problem(429, "sign-in-wait");
        let seconds: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=3).contains(&seconds), "{seconds}");
    }
    // The right password has to wait too, and works then; the wait was not made longer by trying.
    let mut browser = Browser::new(&world.router);
    browser.sign_in(&officer, PASSWORD).await.is_problem(429, "sign-in-wait");
    world.run("UPDATE sign_in_failures SET last_at = last_at - interval '5 seconds'").await;
    browser.sign_in(&officer, PASSWORD).await.is(200);
    for _ in 0..3 {
        Browser::new(&world.router).sign_in(&officer, "no such goats").await.is(401);
    }
}

#[tokio::test]
async fn guessing_from_elsewhere_does_not_lock_an_officer_out_of_her_own_phone() {
    let (world, officer) = world().await;
    let mut phone = Browser::new(&world.router);
    phone.sign_in(&officer, PASSWORD).await.is(200);
    phone.post("/api/v1/sign-out", &json!({})).await.is(204);
    let mut stranger = Browser::new(&world.router).at(9);
    for _ in 0..3 {
        stranger.sign_in(&officer, "no such goats").await.is(401);
    }
    stranger.sign_in(&officer, PASSWORD).await.is(429);
    phone.sign_in(&officer, PASSWORD).await.is(200);
    // The mark of the phone helps nobody else's account.
    let mut with_her_phone = Browser::new(&world.router).at(9);
    with_her_phone.cookies.clone_from(&phone.cookies);
    give_password(&world, world.west.supervisor.id).await;
    for _ in 0..3 {
        stranger.sign_in("supervisor-western", "no such goats").await.is(401);
    }
    with_her_phone.sign_in("supervisor-western", PASSWORD).await.is(429);
}

#[tokio::test]
async fn many_tries_at_the_same_instant_count_as_many() {
    let (world, officer) = world().await;
    let tries = (0..20).map(|_| {
        let (mut browser, officer) = (Browser::new(&world.router), officer.clone());
        tokio::spawn(async move { browser.sign_in(&officer, "no such goats").await.status.as_u16() })
    });
    let mut looked_at = 0;
    for answer in tries.collect::<Vec<_>>() {
        looked_at += usize::from(answer.await.unwrap() == 401);
    }
    assert_eq!(looked_at, 3);
}

#[tokio::test]
async fn an_address_is_slowed_down_too_and_others_are_not() {
    let (world, officer) = world().await;
    let mut stranger = Browser::new(&world.router).at(9);
    stranger.sign_in("somebody", "no such goats").await.is(401);
    world.run("UPDATE sign_in_failures SET failures = 200, last_at = now()").await;
    world.run("DELETE FROM sign_in_failures WHERE failures <> 200").await;
    stranger.sign_in(&officer, PASSWORD).await.is(429);
    Browser::new(&world.router).at(10).sign_in(&officer, PASSWORD).await.is(200);
}

#[tokio::test]
async fn a_closed_account_cannot_sign_in_and_its_sessions_end() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    browser.sign_in(&officer, PASSWORD).await.is(200);
    world.run("UPDATE users SET disabled_at = now() WHERE username = 'officer-western'").await;
    browser.who_am_i().await.is_problem(401, "signed-out");
    browser.sign_in(&officer, PASSWORD).await.is_problem(401, "wrong-credentials");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_leaves_others() {
    let (world, officer) = world().await;
    let (mut phone, mut tablet) = (Browser::new(&world.router), Browser::new(&world.router));
    phone.sign_in(&officer, PASSWORD).await.is(200);
    tablet.sign_in(&officer, PASSWORD).await.is(200);
    let kept = phone.cookies["lignum"].clone();
    phone.post("/api/v1/sign-out", &json!({})).await.is(204);
    assert!(!phone.cookies.contains_key("lignum"));
    phone.cookies.insert("lignum".into(), kept);
    phone.who_am_i().await.is(401);
    tablet.who_am_i().await.is(200);
    phone.post("/api/v1/sign-out", &json!({})).await.is(204);
}

#[tokio::test]
async fn signing_in_anew_ends_the_session_before() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    browser.sign_in(&officer, PASSWORD).await.is(200);
    let mut before = browser.clone();
    browser.sign_in(&officer, PASSWORD).await.is(200);
    assert_ne!(before.cookies["lignum"], browser.cookies["lignum"]);
    before.who_am_i().await.is(401);
    browser.who_am_i().await.is(200);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let (world, officer) = world().await;
    for sql in [
        "UPDATE sessions SET last_seen_at = now() - interval '14 days 1 minute'",
        "UPDATE sessions SET expires_at = now() - interval '1 second'",
    ] {
        let mut browser = Browser::new(&world.router);
        browser.sign_in(&officer, PASSWORD).await.is(200);
        world.run("UPDATE sessions SET last_seen_at = now() - interval '13 days'").await;
        browser.who_am_i().await.is(200);
        world.run(sql).await;
        browser.who_am_i().await.is_problem(401, "signed-out");
    }
}

#[tokio::test]
async fn use_keeps_a_session_alive() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    browser.sign_in(&officer, PASSWORD).await.is(200);
    world.run("UPDATE sessions SET last_seen_at = now() - interval '1 hour'").await;
    browser.who_am_i().await.is(200);
    let old = world
        .count("SELECT count(*) FROM sessions WHERE last_seen_at < now() - interval '1 minute' AND browser <> 'test'")
        .await;
    assert_eq!(old, 0);
}

#[tokio::test]
async fn a_change_of_region_acts_at_the_next_request() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    browser.sign_in(&officer, PASSWORD).await.is(200);
    sqlx::query("UPDATE users SET region_id = $1 WHERE id = $2")
        .bind(world.east.id.0)
        .bind(world.west.officer.id.0)
        .execute(&world.owner)
        .await
        .unwrap();
    assert_eq!(browser.who_am_i().await.is(200).body["user"]["region"], world.east.id.to_string());
}

#[tokio::test]
async fn another_sites_page_cannot_sign_anybody_in_or_out() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    let credentials = json!({ "username": officer, "password": PASSWORD }).to_string();
    for headers in [
        &[("content-type", "application/json"), ("host", "127.0.0.1:3000"), ("origin", "https://evil.example")][..],
        &[("content-type", "application/json"), ("sec-fetch-site", "cross-site")],
    ] {
        for path in ["/api/v1/sign-in", "/api/v1/sign-out", "/api/v1/sync", "/api/desk/list-users"] {
            browser.ask(Method::POST, path, headers, credentials.clone()).await.is_problem(403, "cross-origin");
        }
    }
}

#[tokio::test]
async fn what_is_no_name_and_password_is_refused_and_never_an_error_of_ours() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    for body in ["", "{", "[]", "{\"username\":1}", "null"] {
        let reply =
            browser.ask(Method::POST, "/api/v1/sign-in", &[("content-type", "application/json")], body.into()).await;
        reply.is_problem(400, "malformed");
    }
    let long = "x".repeat(10_000);
    browser.sign_in(&officer, &long).await.is(401);
    browser.sign_in(&long, PASSWORD).await.is(401);
    browser.sign_in("officer\u{0}", PASSWORD).await.is(401);
    let huge = json!({ "username": officer, "password": "x".repeat(100_000) });
    assert!(browser.post("/api/v1/sign-in", &huge).await.status.is_client_error());
}

#[tokio::test]
async fn a_cheap_hash_is_made_dearer_at_the_next_sign_in() {
    let (world, officer) = world().await;
    let cheap = "SELECT count(*) FROM users WHERE username = 'officer-western' AND password_hash LIKE '%m=64,%'";
    assert_eq!(world.count(cheap).await, 1);
    Browser::new(&world.router).sign_in(&officer, PASSWORD).await.is(200);
    assert_eq!(world.count(cheap).await, 0);
    Browser::new(&world.router).sign_in(&officer, PASSWORD).await.is(200);
}

#[tokio::test]
async fn signing_in_and_out_is_written_down() {
    let (world, officer) = world().await;
    let mut browser = Browser::new(&world.router);
    browser.sign_in(&officer, "no such goats").await.is(401);
    browser.sign_in(&officer, PASSWORD).await.is(200);
    browser.post("/api/v1/sign-out", &json!({})).await.is(204);
    let events: Vec<String> = sqlx::query_scalar("SELECT action FROM access_log WHERE user_id = $1 ORDER BY id")
        .bind(world.west.officer.id.0)
        .fetch_all(&world.owner)
        .await
        .unwrap();
    assert_eq!(events, ["sign-in-refused", "sign-in", "sign-out"]);
}
