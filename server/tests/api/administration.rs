//! The desk of an administrator: accounts and places.

use domain::access::Role;
use serde_json::{Value, json};

use crate::helpers::{World, browser::Browser, id};

const NEW: &str = "blue kettle on the verandah";

fn as_admin(world: &World) -> Browser {
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
    let mut admin = as_admin(&world);
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
    let mut admin = as_admin(&world);
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
async fn what_an_administrator_changes_acts_at_once() {
    let world = World::new().await;
    let mut admin = as_admin(&world);
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
    let mut admin = as_admin(&world);
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
    let mut admin = as_admin(&world);
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
    let mut admin = as_admin(&world);
    admin.desk("drop-tables", json!({})).await.is_problem(404, "not-found");
    admin.get("/api/desk/list-users").await.is_problem(405, "method-not-allowed");
}
