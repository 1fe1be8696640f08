//! The demonstrations: the small one that people look at, the large one that is measured with.

use server::{
    demo::{PASSWORD, Volume, digest, fill, load_once},
    http::state::AppState,
};
use sqlx::PgPool;

use crate::helpers::{World, browser::Browser, cluster::fresh_database, config};
use server::{
    db::pools::{AppPoolLimits, app_pool, owner_pool},
    http::router::router,
    services::{epoch, verify::verify_journal},
};

async fn empty() -> (AppState, PgPool) {
    let options = fresh_database().await;
    let owner = owner_pool(&options).await.unwrap();
    let app = app_pool(&options, &AppPoolLimits::default()).await.unwrap();
    epoch::ensure(&owner).await.unwrap();
    (AppState::new(config(), app, owner.clone()).unwrap().as_demo(true), owner)
}

async fn count(owner: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(owner).await.unwrap()
}

#[tokio::test]
async fn the_small_demonstration_is_loaded_once_and_everybody_can_sign_in() {
    let (state, owner) = empty().await;
    load_once(&state).await.unwrap();
    let entries = count(&owner, "SELECT count(*) FROM journal").await;
    load_once(&state).await.unwrap();
    assert_eq!(count(&owner, "SELECT count(*) FROM journal").await, entries);
    assert_eq!(count(&owner, "SELECT count(*) FROM users WHERE NOT demo").await, 0);
    let of = "SELECT count(*) FROM clients JOIN users ON users.id = officer_id WHERE username = 'officer' AND status = 'active'";
    assert_eq!(count(&owner, of).await, 40);
    assert!(
        count(&owner, "SELECT count(*) FROM referrals WHERE state = 'received' AND sent_at > now() - interval '1 day'")
            .await
            >= 1
    );
    for state in ["information-asked", "not-eligible", "referred-elsewhere"] {
        let with: i64 = sqlx::query_scalar("SELECT count(*) FROM referrals WHERE state = $1")
            .bind(state)
            .fetch_one(&owner)
            .await
            .unwrap();
        assert!(with >= 1, "{state}");
    }
    assert_eq!(
        count(&owner, "SELECT count(*) FROM clients WHERE jsonb_array_length(data -> 'conflicts') > 0").await,
        1
    );
    assert!(count(&owner, "SELECT count(*) FROM contact_notes WHERE amendments <> '[]'").await > 3);
    assert!(count(&owner, "SELECT count(*) FROM referrals WHERE jsonb_array_length(data -> 'possible_duplicates') > 0 AND state = 'received'").await >= 1);
    let due =
        "SELECT count(*) FROM contact_notes WHERE next_action_done IS NULL AND (data #>> '{next_action,due}')::date";
    let today = "((now() AT TIME ZONE 'UTC') - interval '5 hours')::date";
    for (when, least) in [("< ", 3), ("= ", 2), ("> ", 8)] {
        let sql = format!("{due} {when} {today}");
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&owner).await.unwrap();
        assert!(found >= least, "{found} promises {when} today");
    }
    assert_eq!(
        count(&owner, "SELECT count(*) FROM contact_notes WHERE happened_at > now() OR recorded_at > now()").await,
        0
    );
    assert_eq!(count(&owner, "SELECT count(*) FROM refusals").await, 0);
    let router = router(state);
    for username in ["counsellor", "officer", "officer2", "supervisor", "admin"] {
        Browser::new(&router).sign_in(username, PASSWORD).await.is(200);
    }
    proved(&owner).await;
}

#[tokio::test]
async fn a_database_of_real_people_is_left_alone() {
    let world = World::new().await;
    let state = AppState::new(config(), world.app.clone(), world.owner.clone()).unwrap();
    assert!(load_once(&state).await.unwrap_err().to_string().contains("real people"));
    let volume = Volume { clients: 1, notes_per_client: 1, seed: 1 };
    assert!(fill(&world.owner, volume).await.unwrap_err().to_string().contains("real people"));
    assert_eq!(world.count("SELECT count(*) FROM users WHERE demo").await, 0);
}

#[tokio::test]
async fn the_large_demonstration_is_the_same_for_the_same_seed() {
    let volume = Volume { clients: 70, notes_per_client: 6, seed: 3 };
    let mut rows = Vec::new();
    for _ in 0..2 {
        let (_, owner) = empty().await;
        fill(&owner, volume).await.unwrap();
        assert_eq!(count(&owner, "SELECT count(*) FROM clients").await, 70);
        let all = "SELECT md5(string_agg(hash::text, '' ORDER BY position)) || (SELECT md5(string_agg(data::text, '' ORDER BY id)) FROM contact_notes)
                       || (SELECT md5(string_agg(username || id, '' ORDER BY id)) FROM users) FROM journal";
        let content: String = sqlx::query_scalar(all).fetch_one(&owner).await.unwrap();
        rows.push(content);
        proved(&owner).await;
        let dangling = "SELECT count(*) FROM subjects s WHERE head_position <> (SELECT coalesce(max(position), 0) FROM journal j WHERE j.subject_id = s.id)";
        assert_eq!(count(&owner, dangling).await, 0);
    }
    assert_eq!(rows[0], rows[1]);
    assert_ne!(digest(volume).unwrap(), digest(Volume { seed: 4, ..volume }).unwrap());
}

#[tokio::test]
async fn two_seeds_live_side_by_side_and_one_seed_is_not_loaded_twice() {
    let (_, owner) = empty().await;
    let volume = Volume { clients: 5, notes_per_client: 2, seed: 1 };
    fill(&owner, volume).await.unwrap();
    fill(&owner, Volume { seed: 2, ..volume }).await.unwrap();
    assert!(format!("{:#}", fill(&owner, volume).await.unwrap_err()).contains("was this seed used"));
    proved(&owner).await;
}

/// Every chain of the journal holds.
async fn proved(owner: &PgPool) {
    let report = verify_journal(owner, None).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
}
