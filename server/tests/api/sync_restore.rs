//! A server restored from an older backup: devices notice, offer again what they keep, and nothing is
//! missing and nothing doubled.

use std::process::Command;

use domain::{
    ids::{ClientId, DeviceId},
    sync::{
        pull::Cursor,
        receipt::{Outcome, Receipt},
        wire_v1::{Body as OpBody, Op, Record},
    },
};
use server::{
    local_postgres::Installation,
    services::{sync::cursor, verify::verify_journal},
};
use sqlx::{ConnectOptions, postgres::PgConnectOptions};

use crate::helpers::{World, cluster, device::named, id};

fn program(name: &str, options: &PgConnectOptions) -> Command {
    let mut url = options.to_url_lossy();
    // What only sqlx understands.
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| matches!(key.as_ref(), "host" | "port"))
        .map(|(k, v)| (k.into(), v.into()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    let mut command = Command::new(Installation::newest(None).unwrap().program(name));
    command.arg("--dbname").arg(url.as_str());
    command
}

fn backup_of(world: &World) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut dump = program("pg_dump", &world.options);
    assert!(dump.args(["--format=custom", "--file"]).arg(file.path()).status().unwrap().success());
    file
}

/// The same people on a database that was restored from this backup.
async fn restored(world: &World, backup: &tempfile::NamedTempFile) -> World {
    let fresh = cluster::empty_database().await;
    let mut restore = program("pg_restore", &fresh);
    assert!(restore.args(["--no-owner", "--exit-on-error"]).arg(backup.path()).status().unwrap().success());
    world.moved_to(fresh).await
}

#[tokio::test]
async fn after_a_restore_devices_fill_the_gap_and_nothing_is_doubled() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let before: Vec<Op> = (0..3).map(|n| officer.note(client, &format!("Before the backup {n}"))).collect();
    let refused = officer.note(client, "");
    officer.push(&before).await.all_applied();
    officer.push_one(&refused).await.receipts();
    let backup = backup_of(&world);

    let after: Vec<Op> = (0..4).map(|n| officer.note(client, &format!("After the backup {n}"))).collect();
    officer.push(&after).await.all_applied();
    let mut supervisor = world.device(&world.west.supervisor);
    let transfer = supervisor.transfer(client, world.west.officer2.id);
    supervisor.push_one(&transfer).await.all_applied();
    officer.pull_all().await;
    let epoch = supervisor.pull().await.epoch;

    let restored = restored(&world, &backup).await;
    assert_eq!(restored.count("SELECT count(*) FROM contact_notes").await, 3);
    officer.router = restored.router.clone();
    supervisor.router = restored.router.clone();

    let told = officer.pull().await;
    assert_ne!(told.epoch, epoch, "the device learns of the new life");
    assert!(told.reset, "and pulls everything anew");
    // It offers again all that it keeps, in its order; so does the supervisor's, later.
    let mut kept = before.clone();
    kept.push(refused);
    kept.extend(after.clone());
    let outcomes = officer.push(&kept).await.outcomes();
    assert_eq!(
        outcomes,
        ["applied", "applied", "applied", "missing@narrative", "applied", "applied", "applied", "applied"]
    );
    supervisor.push(&[transfer]).await.all_applied();
    assert_eq!(officer.push(&kept).await.outcomes(), outcomes);
    assert_eq!(restored.count("SELECT count(*) FROM contact_notes").await, 7);
    assert_eq!(restored.count("SELECT count(*) FROM journal").await, 2 + 7 + 1);
    assert_eq!(restored.count("SELECT count(*) FROM refusals").await, 1);
    assert!(verify_journal(&restored.owner, None).await.unwrap().is_sound());
    let colleague = named(&restored.device(&world.west.officer2).pull_all().await);
    assert_eq!(colleague.iter().filter(|(kind, _)| *kind == "note").count(), 7);
}

/// What one phone offers again may speak of a file that another phone has still to offer: it is held,
/// not refused, whoever comes first.
#[tokio::test]
async fn after_a_restore_it_does_not_matter_who_comes_first() {
    let world = World::new().await;
    let backup = backup_of(&world);
    let mut counsellor = world.device(&world.west.counsellor);
    let mut supervisor = world.device(&world.west.supervisor);
    let (mut officer, mut second_phone) = (world.device(&world.west.officer), world.device(&world.west.officer));
    let send = counsellor.send_referral();
    let (accept, client) = supervisor.accept(send.subject, world.west.officer.id);
    let note = officer.note(client, "We met under the mango tree");
    let OpBody::RecordContact { note: written, .. } = note.body else { unreachable!() };
    let amendment = OpBody::AmendContact { note: written, narrative: "It was the breadfruit tree".into() };
    let amend = second_phone.op(note.subject, amendment);
    let unrelated = second_phone.note(ClientId(id()), "Of a file that never was");
    counsellor.push_one(&send).await.all_applied();
    supervisor.push_one(&accept).await.all_applied();
    officer.push_one(&note).await.all_applied();
    second_phone.push_one(&amend).await.all_applied();

    let restored = restored(&world, &backup).await;
    for device in [&mut counsellor, &mut supervisor, &mut officer, &mut second_phone] {
        device.router = restored.router.clone();
    }
    // Written since, on a phone that has not heard of the restore.
    let since = second_phone.note(client, "She came by at the office");
    let held = |op: &Op| Receipt { op: op.id, outcome: Outcome::Held { waits_for: op.id } };
    for _ in 0..2 {
        assert_eq!(second_phone.push_one(&amend).await.receipts(), [held(&amend)]);
        assert_eq!(officer.push_one(&note).await.receipts(), [held(&note)]);
        assert_eq!(supervisor.push_one(&accept).await.receipts(), [held(&accept)]);
    }
    assert_eq!(second_phone.push(&[unrelated.clone(), since.clone()]).await.outcomes(), ["held", "held"]);
    counsellor.push_one(&send).await.all_applied();
    assert_eq!(second_phone.push_one(&amend).await.outcomes(), ["held"]);
    supervisor.push_one(&accept).await.all_applied();
    assert_eq!(second_phone.push_one(&amend).await.outcomes(), ["held"]);
    officer.push_one(&note).await.all_applied();
    second_phone.push(&[amend, since]).await.all_applied();
    assert_eq!(restored.count("SELECT count(*) FROM journal").await, 5);
    assert_eq!(restored.count("SELECT count(*) FROM refusals").await, 0);
    // A file that exists, in somebody else's hands, was not lost by the restore.
    let meddling = restored.device(&world.west.officer2).note(client, "Somebody else's client");
    let meddling = Op { recorded_at: note.recorded_at, ..meddling };
    assert_eq!(restored.device(&world.west.officer2).push_one(&meddling).await.outcomes(), ["not-found"]);
    // When no phone keeps anything from before the restore any more, the wait is over.
    restored.run("UPDATE epochs SET began_at = began_at - interval '31 days'").await;
    assert_eq!(second_phone.push_one(&unrelated).await.outcomes(), ["not-found"]);
    assert!(verify_journal(&restored.owner, None).await.unwrap().is_sound());
}

/// Transaction numbers of the cluster where the backup was made mean nothing in the one where it is restored.
#[tokio::test]
async fn numbers_of_another_cluster_do_not_come_with_every_pull() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let note = officer.note(client, "Long ago, in a cluster far away");
    let photo = crate::attachments::some_photo(&mut officer, client);
    officer.push(&[note, photo]).await.all_applied();
    world.run("UPDATE attachments SET changed = '9000000000';
               UPDATE subjects SET changed = '9000000000', entered = '9000000000'; UPDATE contact_notes SET changed = '9000000000';
               UPDATE users SET changed = '9000000000'; UPDATE schools SET changed = '9000000000';
               UPDATE epochs SET fingerprint = 'of the cluster far away'").await;
    let here = world.moved_to(world.options.clone()).await;
    assert_eq!(here.count("SELECT count(*) FROM epochs").await, 2);
    let mut officer = here.device(&world.west.officer);
    assert_eq!(named(&officer.pull_all().await).len(), 3);
    officer.pull_until_quiet().await;
    let later = officer.note(client, "Here and now");
    officer.push(&[later]).await.all_applied();
    let came: Vec<_> = named(&officer.pull_all().await).into_iter().map(|(what, _)| what).collect();
    assert_eq!(came, ["client", "note"]);
    let again = world.moved_to(world.options.clone()).await;
    assert_eq!(again.count("SELECT count(*) FROM epochs").await, 2, "the next start is the same life");
}

/// A disk that was put back without a word: the fingerprint is the same, but devices have listened further
/// than the database has lived.
#[tokio::test]
async fn a_database_that_went_back_in_time_is_noticed_and_begins_one_new_life() {
    let world = World::new().await;
    let client = world.client().await;
    let (epoch, key): (uuid::Uuid, Vec<u8>) =
        sqlx::query_as("SELECT id, cursor_key FROM epochs").fetch_one(&world.owner).await.unwrap();
    let from_the_future = cursor::seal(&Cursor { epoch, scope: 1, since: 1 << 60, page: None }, &key);
    let mut devices: Vec<_> = (0..3).map(|_| world.device(&world.west.officer)).collect();
    for device in &mut devices {
        device.id = DeviceId(id());
        device.cursor = Some(from_the_future.clone());
        let told = device.pull().await;
        assert!(told.reset && told.epoch != epoch);
        assert!(told.changes.iter().any(|r| matches!(r, Record::Client(c) if c.id == client)));
        assert!(!device.pull().await.reset);
    }
    assert_eq!(world.count("SELECT count(*) FROM epochs").await, 2);
}
