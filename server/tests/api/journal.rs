//! The journal: append-only, chained, sealed; tampering is found and the place is told.

use chrono::NaiveDate;
use domain::{clock::jamaica_day, ids::ClientId};
use server::{
    clock::now,
    services::{
        seal::{Trusted, seal_journal},
        verify::{Break, Report, verify_journal},
    },
};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use crate::helpers::World;

async fn with_a_history() -> (World, ClientId) {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let notes: Vec<_> = (0..6).map(|n| officer.note(client, &format!("Visit {n}"))).collect();
    officer.push(&notes).await.all_applied();
    (world, client)
}

async fn verified(world: &World) -> Report {
    verify_journal(&world.owner, None).await.unwrap()
}

/// Changes the journal as somebody can who has the owner's rights and takes the guard away.
async fn tamper(world: &World, sql: &str) {
    let sql = format!("ALTER TABLE journal DISABLE TRIGGER ALL; {sql}; ALTER TABLE journal ENABLE TRIGGER ALL;");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&world.owner).await.unwrap();
}

const NOTES: &str = "(SELECT position FROM journal WHERE kind = 'record-contact' ORDER BY position";

#[tokio::test]
async fn an_honest_journal_is_sound() {
    let (world, _) = with_a_history().await;
    let report = verified(&world).await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.entries, report.files), (8, 2));
}

#[tokio::test]
async fn what_is_written_stays_written_even_for_the_owner() {
    let (world, client) = with_a_history().await;
    for sql in [
        "UPDATE journal SET entry = entry",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "UPDATE refusals SET code = code",
        "DELETE FROM refusals",
        "TRUNCATE refusals",
        "DELETE FROM journal_seals",
        "UPDATE access_log SET action = action",
        "DELETE FROM contact_notes",
        "TRUNCATE contact_notes CASCADE",
        "UPDATE contact_notes SET data = data || '{\"narrative\": \"another\"}'",
        "UPDATE contact_notes SET author_id = gen_random_uuid()",
    ] {
        let refused = sqlx::raw_sql(sql).execute(&world.owner).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "23000", "{sql}");
    }
    let _ = client;
    assert!(verified(&world).await.is_sound());
}

#[tokio::test]
async fn every_way_of_tampering_is_found_at_its_place() {
    for (sql, is_it) in [
        (format!("UPDATE journal SET entry = replace(entry, 'Visit 2', 'Visit 7') WHERE position = {NOTES} OFFSET 2 LIMIT 1)"), "link"),
        (format!("DELETE FROM journal WHERE position = {NOTES} OFFSET 2 LIMIT 1)"), "link"),
        (format!("DELETE FROM journal WHERE position = {NOTES} DESC LIMIT 1)"), "head"),
        (format!("UPDATE journal SET hash = sha256('x') WHERE position = {NOTES} DESC LIMIT 1)"), "link"),
        (format!("UPDATE journal SET op_id = gen_random_uuid() WHERE position = {NOTES} LIMIT 1)"), "columns"),
        (format!("UPDATE journal SET actor_id = gen_random_uuid() WHERE position = {NOTES} LIMIT 1)"), "columns"),
        ("UPDATE journal SET subject_id = gen_random_uuid() WHERE kind = 'record-contact'".to_owned(), "no-head"), // and the head of the file that they left
        ("UPDATE subjects SET head_hash = sha256('x') WHERE kind = 'client'".to_owned(), "head"),
        ("DELETE FROM journal WHERE kind = 'record-contact'".to_owned(), "head"),
        ("INSERT INTO journal (op_id, subject_id, region_id, actor_id, device_id, seq, kind, entry, previous, hash)
          SELECT gen_random_uuid(), subject_id, region_id, actor_id, device_id, 99, kind, entry, hash, sha256(hash || convert_to(entry, 'UTF8'))
          FROM journal WHERE kind = 'record-contact' ORDER BY position DESC LIMIT 1".to_owned(), "columns"),
    ] {
        let (world, _) = with_a_history().await;
        tamper(&world, &sql).await;
        let report = verified(&world).await;
        let first = report.breaks.first().unwrap_or_else(|| panic!("not found: {sql}"));
        let kind = match first {
            Break::Link { .. } => "link",
            Break::Columns { .. } => "columns",
            Break::Head { .. } => "head",
            Break::NoHead { .. } => "no-head",
            Break::Seal { .. } => "seal",
        };
        let is_found = kind == is_it || report.breaks.iter().any(|b| is_it == "no-head" && matches!(b, Break::NoHead { .. }));
        assert!(is_found, "{sql}: {report:?}");
        if let (Break::Link { position, .. }, true) = (first, sql.contains("OFFSET 2")) {
            assert!((5..=6).contains(position), "the place is told: {report:?}");
        }
    }
}

/// Who rewrites a chain to its end, head included, leaves no broken link. The seal, whose key is not in
/// the database, tells.
#[tokio::test]
async fn a_chain_that_was_rewritten_to_its_end_is_found_by_the_seal() {
    let (world, _) = with_a_history().await;
    let folder = TempDir::new().unwrap();
    let today = jamaica_day(now());
    assert!(seal_journal(&world.owner, folder.path(), today).await.unwrap());
    assert!(!seal_journal(&world.owner, folder.path(), today).await.unwrap(), "once a day");
    let trusted = Trusted::read(folder.path()).unwrap();
    assert!(verify_journal(&world.owner, trusted.as_ref()).await.unwrap().is_sound());

    tamper(&world, &format!(
        "UPDATE journal SET entry = forged.entry, hash = sha256(previous || convert_to(forged.entry, 'UTF8'))
         FROM (SELECT position AS p, replace(entry, 'Visit 5', 'Visit 9') AS entry FROM journal) AS forged
         WHERE position = forged.p AND position = {NOTES} DESC LIMIT 1);
         UPDATE subjects SET head_hash = (SELECT hash FROM journal WHERE position = head_position) WHERE kind = 'client'"
    )).await;
    let report = verify_journal(&world.owner, trusted.as_ref()).await.unwrap();
    assert!(matches!(report.breaks[..], [Break::Seal { .. }]), "{report:?}");
}

#[tokio::test]
async fn a_seal_by_a_strangers_key_is_not_believed() {
    let (world, _) = with_a_history().await;
    let (ours, strangers) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (yesterday, today) = (jamaica_day(now()).pred_opt().unwrap(), jamaica_day(now()));
    assert!(seal_journal(&world.owner, ours.path(), yesterday).await.unwrap());
    assert!(seal_journal(&world.owner, strangers.path(), today).await.unwrap());
    let trusted = Trusted::read(ours.path()).unwrap();
    let report = verify_journal(&world.owner, trusted.as_ref()).await.unwrap();
    assert!(
        matches!(&report.breaks[..], [Break::Seal { day, reason }] if *day == today && reason.contains("not among those")),
        "{report:?}"
    );
    // Whoever runs the server may take a key in: after moving to another machine, for example.
    let both = [ours.path(), strangers.path()]
        .map(|f| std::fs::read_to_string(f.join("journal-seal.trusted")).unwrap())
        .concat();
    std::fs::write(ours.path().join("journal-seal.trusted"), both).unwrap();
    let trusted = Trusted::read(ours.path()).unwrap();
    assert!(verify_journal(&world.owner, trusted.as_ref()).await.unwrap().is_sound());
}

#[tokio::test]
async fn days_follow_each_other_and_the_key_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (world, client) = with_a_history().await;
    let folder = TempDir::new().unwrap();
    let day = |n| NaiveDate::from_ymd_opt(2030, 1, n).unwrap();
    assert!(seal_journal(&world.owner, folder.path(), day(1)).await.unwrap());
    let mut officer = world.device(&world.west.officer);
    let note = officer.note(client, "The day after");
    officer.push(&[note]).await.all_applied();
    assert!(seal_journal(&world.owner, folder.path(), day(3)).await.unwrap());
    assert!(!seal_journal(&world.owner, folder.path(), day(2)).await.unwrap(), "no seal before the last one");
    let trusted = Trusted::read(folder.path()).unwrap();
    let report = verify_journal(&world.owner, trusted.as_ref()).await.unwrap();
    assert!(report.is_sound() && report.seals == 2, "{report:?}");
    let mode = std::fs::metadata(folder.path().join("journal-seal.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
