//! The private cluster, on really started PostgreSQL in temporary folders: orderly lives and deaths,
//! sudden ones, and surroundings that do not let it start.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::kill,
    unistd::{Pid, geteuid},
};
use server::local_postgres::{LocalPostgres, LocalPostgresConfig, LocalPostgresError};
use sqlx::{Connection, PgConnection, PgPool};
use tempfile::TempDir;
use tokio::time::sleep;

/// Nothing here takes long; on a loaded machine it may take its time.
const PATIENCE: Duration = Duration::from_mins(1);
/// A folder that PostgreSQL's unprivileged user can reach.
fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("lignum-test").tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn config(folder: &TempDir) -> LocalPostgresConfig {
    LocalPostgresConfig {
        elsewhere: folder.path().join("elsewhere"),
        start_patience: PATIENCE,
        ..LocalPostgresConfig::new(folder.path().join("data"))
    }
}

async fn ask(postgres: &LocalPostgres, question: &'static str) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect_with(&postgres.connect_options()).await?;
    let answer = sqlx::query_scalar(question).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(answer)
}

async fn run(postgres: &LocalPostgres, statement: &'static str) {
    let mut connection = PgConnection::connect_with(&postgres.connect_options()).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Looks until it holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap())
}

/// Whether it runs; a zombie does not.
fn is_running(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline"))
        .map_or_else(|_| !Path::new("/proc/self").exists() && kill(process(pid), None).is_ok(), |line| !line.is_empty())
}

fn is_one_line(problem: &LocalPostgresError) {
    let text = problem.to_string();
    assert!(!text.is_empty() && text.lines().count() == 1, "{text}");
}

#[tokio::test]
async fn it_is_made_started_stopped_and_finds_its_data_again() {
    let folder = folder();
    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    let pid = postgres.postmaster_pid().unwrap();
    run(&postgres, "CREATE TABLE kept AS SELECT 'still here' AS word").await;
    postgres.stop().await;
    assert!(!is_running(pid));
    assert!(!folder.path().join("data/postgres/postmaster.pid").exists(), "it stopped in order");

    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    assert_eq!(ask(&postgres, "SELECT word FROM kept").await.unwrap(), "still here");
    postgres.stop().await;
}

#[tokio::test]
async fn it_is_durable_private_and_not_run_by_root() {
    let folder = folder();
    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    for (setting, expected) in [
        ("SELECT current_setting('fsync')", "on"),
        ("SELECT current_setting('full_page_writes')", "on"),
        ("SELECT current_setting('data_checksums')", "on"),
        ("SELECT current_setting('listen_addresses')", ""),
        ("SELECT current_setting('server_encoding')", "UTF8"),
        ("SELECT current_setting('log_error_verbosity')", "terse"),
        ("SELECT current_user::text", "lignum"),
        ("SELECT current_database()::text", "lignum"),
        ("SELECT usesuper::text FROM pg_user WHERE usename = current_user", "false"),
    ] {
        assert_eq!(ask(&postgres, setting).await.unwrap(), expected, "{setting}");
    }
    let sockets = postgres.connect_options().get_socket().unwrap().clone();
    for private in [sockets, folder.path().join("data/postgres")] {
        assert_eq!(fs::metadata(&private).unwrap().permissions().mode() & 0o777, 0o700, "{private:?}");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", postgres.postmaster_pid().unwrap()));
    if let Ok(status) = status {
        let uids = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
        assert!(uids.split_whitespace().skip(1).all(|uid| uid != "0"), "{uids}");
    }
    let pool = PgPool::connect(&postgres.url()).await.expect("the URL leads to the same place");
    pool.close().await;
    postgres.stop().await;
}

#[tokio::test]
async fn a_dropped_cluster_stops_and_can_be_started_again() {
    let folder = folder();
    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    let pid = postgres.postmaster_pid().unwrap();
    drop(postgres);
    until("it has stopped", async || !is_running(pid)).await;
    until("the data is free", async || match LocalPostgres::start(&config(&folder)).await {
        Ok(again) => {
            again.stop().await;
            true
        }
        Err(LocalPostgresError::AlreadyServed { .. }) => false,
        Err(problem) => panic!("{problem}"),
    })
    .await;
}

#[tokio::test]
async fn an_interrupted_first_start_is_cleared_away() {
    let folder = folder();
    let unfinished = folder.path().join("data/postgres.unfinished/base");
    fs::create_dir_all(&unfinished).unwrap();
    fs::set_permissions(folder.path().join("data"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(unfinished.join("1"), "half").unwrap();
    LocalPostgres::start(&config(&folder)).await.unwrap().stop().await;
    assert!(!folder.path().join("data/postgres.unfinished").exists());
}

#[tokio::test]
async fn a_long_path_moves_the_socket_to_a_short_folder() {
    let folder = folder();
    let mut config = config(&folder);
    config.data_dir = folder.path().join("a-folder-with-a-rather-long-name/".repeat(4)).join("data");
    fs::create_dir_all(config.data_dir.parent().unwrap()).unwrap();
    let postgres = LocalPostgres::start(&config).await.unwrap();
    let sockets = postgres.connect_options().get_socket().unwrap().clone();
    assert!(sockets.as_os_str().len() <= 93, "{}", sockets.display());
    assert_eq!(fs::metadata(&sockets).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(ask(&postgres, "SELECT current_user::text").await.unwrap(), "lignum");
    postgres.stop().await;
    fs::remove_dir_all(&sockets).unwrap();
}

#[path = "local_postgres/crashes.rs"]
mod crashes;
#[path = "local_postgres/refusals.rs"]
mod refusals;
