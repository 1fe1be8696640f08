//! Sudden ends: of the connection, of the handler, of PostgreSQL. Nothing is lost and nothing doubled.

use std::{collections::BTreeSet, task::Poll, time::Duration};

use domain::{
    access::Actor,
    sync::wire_v1::{Op, Record},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use server::{
    db::{acting, migrations::migrate},
    local_postgres::{LocalPostgres, LocalPostgresConfig},
    services::verify::verify_journal,
};
use sqlx::{Connection, PgConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::helpers::{Device, World, cluster};

/// One request as it goes over the wire.
fn on_the_wire(device: &Device, ops: &[Op]) -> Vec<u8> {
    let body = json!({ "v": 1, "device": device.id, "ops": ops }).to_string();
    format!(
        "POST /api/v1/sync HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        device.person.cookie,
        body.len(),
    )
    .into_bytes()
}

async fn listening(world: &World) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = world.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn until(world: &World, sql: &'static str, wanted: i64) {
    for _ in 0..400 {
        if world.count(sql).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {sql} = {wanted}");
}

const NOTES: &str = "SELECT count(*) FROM contact_notes";

#[tokio::test]
async fn a_reply_that_is_lost_after_the_commit_is_given_again_word_for_word() {
    let world = World::new().await;
    let client = world.client().await;
    let address = listening(&world).await;
    let mut officer = world.device(&world.west.officer);
    let ops: Vec<_> = (0..10).map(|n| officer.note(client, &format!("Note {n}"))).collect();
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(&on_the_wire(&officer, &ops)).await.unwrap();
    until(&world, NOTES, 10).await;
    drop(connection);
    let again = officer.push(&ops).await.all_applied();
    assert_eq!(again, officer.push(&ops).await.receipts());
    assert_eq!(again.len(), 10);
    assert_eq!(world.count(NOTES).await, 10);
    let heads = "SELECT count(*) FROM journal WHERE kind = 'record-contact'";
    assert_eq!(world.count(heads).await, 10);
}

#[tokio::test]
async fn a_request_that_is_cut_in_the_middle_takes_nothing() {
    let world = World::new().await;
    let client = world.client().await;
    let address = listening(&world).await;
    let mut officer = world.device(&world.west.officer);
    let ops: Vec<_> = (0..10).map(|n| officer.note(client, &format!("Note {n}"))).collect();
    let bytes = on_the_wire(&officer, &ops);
    for cut in [1, 100, 400, bytes.len() / 2, bytes.len() - 1] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(&bytes[..cut]).await.unwrap();
        connection.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer).await;
        assert!(!String::from_utf8_lossy(&answer).contains(" 500 "), "cut at {cut}");
    }
    assert_eq!(world.count(NOTES).await, 0);
    officer.push(&ops).await.all_applied();
}

/// The handler is dropped at any point: the person closed the app, a proxy lost patience.
#[tokio::test]
async fn a_handler_that_is_dropped_anywhere_leaves_all_or_nothing() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let mut sent = 0;
    for round in 0..60u64 {
        let ops: Vec<_> = (0..3).map(|n| officer.note(client, &format!("{round} {n}"))).collect();
        sent += 3;
        let _ = tokio::time::timeout(Duration::from_micros(400 * round), officer.push(&ops)).await;
        let there = world.count(NOTES).await;
        assert!(there == sent || there == sent - 3, "{there} of {sent}");
        officer.push(&ops).await.all_applied();
        assert_eq!(world.count(NOTES).await, sent);
    }
    assert!(verify_journal(&world.owner, None).await.unwrap().is_sound());
}

/// What a future does in its first so many polls; then it is dropped.
async fn polled_at_most<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Else the next person's work would be done inside it, with this person's settings.
#[tokio::test]
async fn a_transaction_that_nobody_waits_for_is_not_left_open() {
    let world = World::new().await;
    let officer = &world.west.officer;
    let actor = Actor {
        user: officer.id,
        name: String::new(),
        role: officer.role,
        region: Some(world.west.id),
        school: None,
        post: String::new(),
    };
    // A connection is there already, so that the first wait is the one for the answer to BEGIN.
    drop(acting::begin(&world.app, &actor).await.unwrap());
    for round in 0..60 {
        let _ = polled_at_most(acting::begin_pulling(&world.app, &actor), round % 4).await;
        let _ = polled_at_most(acting::begin_pushing(&world.app, &actor), round % 4).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'lignum' AND state LIKE 'idle in transaction%'";
    until(&world, open, 0).await;
}

/// The same op from two tabs at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_ops_from_two_tabs_at_once_are_applied_once_with_equal_receipts() {
    let world = World::new().await;
    let client = world.client().await;
    let mut officer = world.device(&world.west.officer);
    let mut counsellor = world.device(&world.west.counsellor);
    for _ in 0..10 {
        let notes: Vec<_> = (0..3).map(|n| officer.note(client, &format!("{n}"))).collect();
        let (a, b) = tokio::join!(officer.push(&notes), officer.push(&notes));
        assert_eq!(a.all_applied(), b.all_applied());
        // Opening a file has no head to lock: the database's own uniqueness decides.
        let sent = [counsellor.send_referral()];
        let (a, b) = tokio::join!(counsellor.push(&sent), counsellor.push(&sent));
        assert_eq!(a.all_applied(), b.all_applied());
    }
    assert_eq!(world.count(NOTES).await, 30);
    assert!(verify_journal(&world.owner, None).await.unwrap().is_sound());
}

/// PostgreSQL is killed without warning, again and again, while batches are under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_postgres_in_the_middle_of_batches_loses_and_doubles_nothing() {
    let folder = cluster::folder();
    cluster::clean_up_after_us(&folder);
    let postgres = LocalPostgres::start(&LocalPostgresConfig::new(folder.join("data"))).await.unwrap();
    let options = postgres.connect_options();
    let owner = server::db::pools::owner_pool(&options).await.unwrap();
    migrate(&owner).await.unwrap();
    owner.close().await;
    let world = World::on(options.clone()).await;
    let client = world.client().await;

    let mut writers = Vec::new();
    for writer in 0..3 {
        let mut officer = world.device(&world.west.officer);
        writers.push(tokio::spawn(async move {
            let (mut ops, mut failures) = (Vec::new(), 0);
            for batch in 0..15 {
                let notes: Vec<_> = (0..4).map(|n| officer.note(client, &format!("{writer} {batch} {n}"))).collect();
                loop {
                    let answer = officer.push(&notes).await;
                    if answer.status == 200 {
                        assert_eq!(answer.all_applied().len(), 4);
                        break;
                    }
                    assert!([429, 503].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
                    failures += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                ops.extend(notes.iter().map(|op| op.id));
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            (ops, failures)
        }));
    }
    for round in 0..3 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        if round == 1 {
            // One backend: PostgreSQL then ends all others and recovers by itself.
            if let Ok(mut connection) = PgConnection::connect_with(&options.clone().username("postgres")).await {
                let backend: Option<i32> =
                    sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE application_name = 'lignum' LIMIT 1")
                        .fetch_optional(&mut connection)
                        .await
                        .unwrap();
                if let Some(pid) = backend {
                    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
                }
            }
        } else if let Some(pid) = postgres.postmaster_pid() {
            kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
        }
    }
    let (mut sent, mut failures) = (BTreeSet::new(), 0);
    for writer in writers {
        let (ops, failed) = writer.await.unwrap();
        sent.extend(ops);
        failures += failed;
    }
    assert!(failures > 0, "the killing was noticed");
    assert_eq!(world.count(NOTES).await, 180);
    assert_eq!(world.count("SELECT count(*) FROM journal WHERE kind = 'record-contact'").await, 180);
    let pages = world.device(&world.west.officer).pull_all().await;
    let held: BTreeSet<_> = pages
        .iter()
        .flat_map(|p| &p.changes)
        .filter_map(|r| if let Record::Note(n) = r { Some(n.op) } else { None })
        .collect();
    assert_eq!(held, sent);
    assert!(verify_journal(&world.owner, None).await.unwrap().is_sound());
    world.app.close().await;
    world.owner.close().await;
    postgres.stop().await;
}
