//! Pages, headers, health: what a browser and an operator get without signing in.

use axum::http::Method;
use serde_json::json;

use crate::helpers::{World, browser::Browser};

#[tokio::test]
async fn a_page_comes_without_a_session_and_is_never_kept() {
    let world = World::new().await;
    let mut browser = Browser::new(&world.router);
    for path in ["/", "/sign-in"] {
        let page = browser.get(path).await;
        assert_eq!(page.is(200).headers["cache-control"], "no-store", "{path}");
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(page.text.starts_with("<!DOCTYPE html>"), "{}", page.text);
    }
}

#[tokio::test]
async fn every_inline_script_of_a_page_carries_the_nonce_of_its_policy() {
    let world = World::new().await;
    let mut browser = Browser::new(&world.router);
    let (first, second) = (browser.get("/sign-in").await, browser.get("/sign-in").await);
    let nonce = |reply: &crate::helpers::browser::Reply| {
        let policy = reply.headers["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe-inline"), "{policy}");
        policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned()
    };
    assert_ne!(nonce(&first), nonce(&second));
    let nonce = nonce(&first);
    for script in first.text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains("src=") || tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}>");
    }
    assert!(!first.text.contains("style=\""), "an inline style, which the policy forbids");
}

#[tokio::test]
async fn no_page_of_somebody_signed_in_has_their_name_in_it() {
    let world = World::new().await;
    let mut browser = Browser::of(&world, &world.west.supervisor);
    let page = browser.get("/").await;
    assert!(
        !page.is(200).text.contains("supervisor-western") && !page.text.contains(&world.west.supervisor.id.to_string())
    );
}

#[tokio::test]
async fn the_offline_shell_has_no_inline_script_and_is_asked_for_each_time() {
    let world = World::new().await;
    let mut browser = Browser::new(&world.router);
    let shell = browser.get("/app-shell").await;
    assert_eq!(shell.is(200).headers["cache-control"], "no-cache");
    assert!(shell.text.contains("name=\"app-shell\""));
    let policy = shell.headers["content-security-policy"].to_str().unwrap();
    assert!(!policy.contains("nonce") && !policy.contains("unsafe-inline"), "{policy}");
    for script in shell.text.split("<script").skip(1) {
        assert!(script.split('>').next().unwrap().contains("src="), "{script}");
    }
    let tag = shell.headers["etag"].to_str().unwrap().to_owned();
    browser.ask(Method::GET, "/app-shell", &[("if-none-match", &tag)], String::new()).await.is(304);
    assert!(
        browser.get("/boot.js").await.is(200).headers["content-type"].to_str().unwrap().starts_with("text/javascript")
    );
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let world = World::new().await;
    let mut browser = Browser::new(&world.router);
    for path in ["/", "/app-shell", "/api/v1/session", "/api/nothing", "/nothing", "/healthz", "/pkg/nothing.js"] {
        let reply = browser.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.headers[name], value, "{path}");
        }
        assert!(reply.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"), "{path}");
        assert!(reply.headers.contains_key("x-request-id"), "{path}");
        assert!(!reply.headers.contains_key("server"), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_page_for_people_and_a_problem_for_programs() {
    let world = World::new().await;
    let mut browser = Browser::new(&world.router);
    // Which screens there are for whom, the device knows: the app says that there is none.
    let page = browser.get("/no/such/page").await;
    assert!(page.is(200).headers["content-type"].to_str().unwrap().starts_with("text/html"));
    for path in ["/api", "/api/nothing", "/api/v1/nothing", "/api/v2/sync"] {
        browser.get(path).await.is_problem(404, "not-found");
    }
    browser.get("/api/v1/sync").await.is_problem(405, "method-not-allowed");
    browser.post("/no/such/page", &json!({})).await.is_problem(404, "not-found");
}

#[tokio::test]
async fn operators_learn_whether_the_server_can_serve() {
    let world = World::new().await;
    let mut browser = Browser::new(&world.router);
    browser.get("/healthz").await.is(200);
    browser.get("/readyz").await.is(200);
    world.run("UPDATE _sqlx_migrations SET success = false").await;
    browser.get("/readyz").await.is(503);
    world.owner.close().await;
    browser.get("/readyz").await.is(503);
    browser.get("/healthz").await.is(200);
}

#[tokio::test]
async fn metrics_are_for_this_machine_only() {
    let world = World::new().await;
    let mut browser = Browser::new(&world.router);
    browser.get("/metrics").await.is_problem(404, "not-found");
    browser.address = ([127, 0, 0, 1], 5).into();
    let forwarded = browser.ask(Method::GET, "/metrics", &[("x-forwarded-for", "198.51.100.1")], String::new()).await;
    forwarded.is_problem(404, "not-found");
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_whoever_can_read_it() {
    let world = World::new().await;
    for _ in 0..12 {
        world.client().await;
    }
    let mut browser = Browser::of(&world, &world.west.supervisor);
    let body = json!({ "query": {} }).to_string();
    let kind = ("content-type", "application/json");
    let plain = browser.ask(Method::POST, "/api/desk/search-cases", &[kind], body.clone()).await;
    assert!(!plain.is(200).headers.contains_key("content-encoding"));
    let packed =
        browser.ask(Method::POST, "/api/desk/search-cases", &[kind, ("accept-encoding", "gzip, br")], body).await;
    assert_eq!(packed.is(200).headers["content-encoding"], "br");
    assert!(packed.text.len() < plain.text.len());
    let page = browser.ask(Method::GET, "/sign-in", &[("accept-encoding", "br")], String::new()).await;
    assert_eq!(page.is(200).headers["content-encoding"], "br");
    let small = browser.ask(Method::GET, "/api/v1/session", &[("accept-encoding", "br")], String::new()).await;
    assert!(!small.is(200).headers.contains_key("content-encoding"));
}
