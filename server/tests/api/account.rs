//! One's own account: sessions and password.

use serde_json::json;

use crate::helpers::{
    World,
    browser::{Browser, PASSWORD, give_password},
};

const NEW: &str = "blue kettle on the verandah";

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
