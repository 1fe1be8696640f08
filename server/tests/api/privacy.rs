//! The log holds no personal data, whatever happens.

use serde_json::json;

use crate::helpers::{
    World,
    browser::{Browser, PASSWORD, give_password},
    log,
};

#[tokio::test]
async fn no_name_no_note_no_birthday_no_password_gets_into_the_log() {
    let world = World::new().await;
    give_password(&world, world.west.officer.id).await;
    let mut browser = Browser::new(&world.router);
    browser.sign_in("officer-western", "a-wrong-password").await.is(401);
    browser.sign_in("Mistyped-Password-As-Name", "x").await.is(401);
    browser.sign_in("officer-western", PASSWORD).await.is(200);

    let mut counsellor = world.device(&world.west.counsellor);
    let send = counsellor.send_referral_of("Quashiba", "Naseberry");
    let referral = send.subject;
    counsellor.push(std::slice::from_ref(&send)).await.all_applied();
    // Sent again, spoilt, and with a number that is taken.
    let mut spoilt = serde_json::to_value(&send).unwrap();
    spoilt["id"] = json!(crate::helpers::id());
    spoilt["subject"]["id"] = json!(crate::helpers::id());
    counsellor.push_values(&[spoilt.clone()]).await;
    spoilt["id"] = json!(crate::helpers::id());
    spoilt["body"]["form"]["date_of_birth"] = json!("2099-12-31");
    counsellor.push_values(&[spoilt]).await;
    counsellor.post_text("{\"v\":1,\"ops\":[{\"first_name\":\"Quashiba\"").await;

    let mut supervisor = world.device(&world.west.supervisor);
    let (accept, client) = supervisor.accept(referral, world.west.officer.id);
    supervisor.push(&[accept]).await.all_applied();
    let mut officer = world.device(&world.west.officer);
    let note = officer.note(client, "Wept on the verandah");
    officer.push(&[note]).await.all_applied();

    let mut desk = Browser::of(&world, &world.west.supervisor);
    desk.desk("search-cases", json!({ "query": { "query": "quashiba" } })).await.is(200);
    desk.desk("case-file", json!({ "client": client })).await.is(200);
    let mut asking = Browser::of(&world, &world.west.counsellor);
    let question =
        json!({ "question": { "first_name": "Quashiba", "last_name": "Naseberry", "date_of_birth": "2011-06-09" } });
    asking.desk("may-be-known", question).await.is(200);
    let mut admin = Browser::of(&world, &world.administrator);
    let form = json!({ "username": "officer-western", "name": "Philomena Guango", "role": "administrator" });
    admin.desk("create-user", json!({ "form": form, "password": "blue kettle on the verandah" })).await.is(422);
    world.run("ALTER TABLE contact_notes RENAME TO elsewhere").await;
    desk.desk("case-file", json!({ "client": client })).await.is(500);

    // Whatever else the other tests do meanwhile is in it too.
    let written = log::kept().to_lowercase();
    assert!(written.contains("answered") && written.contains("/api/v1/sync"), "nothing was logged:\n{written}");
    for personal in [
        "quashiba",
        "naseberry",
        "wept",
        "verandah",
        "2011-06-09",
        "2099-12-31",
        "555-0123",
        "5550123",
        "barrett",
        "guango",
        "kettle",
        "mango",
        "a-wrong-password",
        "mistyped",
        "$argon2",
    ] {
        let line = written.lines().find(|line| line.contains(personal));
        assert_eq!(line, None, "{personal} is in the log");
    }
}
