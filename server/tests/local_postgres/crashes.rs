//! Sudden deaths: of postgres, of one of its processes, of the server, of both.

use std::{
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::PathBuf,
    process::{Child, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::PgPool;

use super::{
    Command, LocalPostgres, LocalPostgresConfig, LocalPostgresError, TempDir, ask, config, folder, fs, is_one_line,
    is_running, process, until,
};

/// Tells a copy of this test program to be the server that is going to be killed.
const OWNER_OF: &str = "LIGNUM_TEST_OWNER_OF";

#[tokio::test]
async fn a_killed_postmaster_is_started_again_and_pools_find_it() {
    let folder = folder();
    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    let pool = PgPool::connect_with(postgres.connect_options()).await.unwrap();
    sqlx::raw_sql("CREATE TABLE committed (number int)").execute(&pool).await.unwrap();
    for round in 0..2 {
        sqlx::query("INSERT INTO committed VALUES ($1)").bind(round).execute(&pool).await.unwrap();
        let killed = postgres.postmaster_pid().unwrap();
        kill(process(killed), Signal::SIGKILL).unwrap();
        until("another postmaster runs", async || postgres.postmaster_pid().is_some_and(|pid| pid != killed)).await;
        until("the same pool is served", async || {
            sqlx::query_scalar("SELECT count(*) FROM committed").fetch_one(&pool).await.ok() == Some(round + 1_i64)
        })
        .await;
    }
    pool.close().await;
    postgres.stop().await;
}

#[tokio::test]
async fn a_killed_backend_does_not_end_the_postmaster() {
    let folder = folder();
    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    let pid = postgres.postmaster_pid();
    let pool = PgPool::connect_with(postgres.connect_options()).await.unwrap();
    let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&pool).await.unwrap();
    kill(Pid::from_raw(backend), Signal::SIGKILL).unwrap();
    until("the pool is served again", async || {
        sqlx::query_scalar::<_, i32>("SELECT pg_backend_pid()")
            .fetch_one(&pool)
            .await
            .is_ok_and(|other| other != backend)
    })
    .await;
    assert_eq!(postgres.postmaster_pid(), pid);
    pool.close().await;
    postgres.stop().await;
}

/// Not a test: the server process that the tests below kill. It runs until then.
#[tokio::test]
#[ignore = "started by other tests as a process of its own"]
async fn owner_that_will_be_killed() {
    let Some(root) = std::env::var_os(OWNER_OF).map(PathBuf::from) else {
        return;
    };
    let config =
        LocalPostgresConfig { elsewhere: root.join("elsewhere"), ..LocalPostgresConfig::new(root.join("data")) };
    let _postgres = LocalPostgres::start(&config).await.unwrap();
    fs::write(root.join("ready"), "").unwrap();
    std::future::pending::<()>().await;
}

async fn owner(folder: &TempDir) -> Child {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::owner_that_will_be_killed", "--ignored"])
        .env(OWNER_OF, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let ready = folder.path().join("ready");
    until("the other process has its cluster", async || ready.exists()).await;
    child
}

fn postmaster_of(folder: &TempDir) -> u32 {
    let text = fs::read_to_string(folder.path().join("data/postgres/postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_postmaster_left_by_a_killed_server_is_replaced() {
    let folder = folder();
    let mut owner = owner(&folder).await;
    let left = postmaster_of(&folder);
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(is_running(left), "kill -9 of the server leaves it, or this test tests nothing");

    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    assert!(!is_running(left));
    assert_ne!(postgres.postmaster_pid(), Some(left));
    assert_eq!(ask(&postgres, "SELECT current_user::text").await.unwrap(), "lignum");
    postgres.stop().await;
}

#[tokio::test]
async fn server_and_postmaster_killed_together_leave_nothing_in_the_way() {
    let folder = folder();
    let mut owner = owner(&folder).await;
    owner.kill().unwrap();
    owner.wait().unwrap();
    kill(process(postmaster_of(&folder)), Signal::SIGKILL).unwrap();
    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    assert_eq!(ask(&postgres, "SELECT current_user::text").await.unwrap(), "lignum");
    postgres.stop().await;
}

#[tokio::test]
async fn a_stale_pid_file_whose_number_is_somebody_elses_is_no_obstacle() {
    let folder = folder();
    LocalPostgres::start(&config(&folder)).await.unwrap().stop().await;
    // A process of the user that runs postgres, which postgres itself takes for a live postmaster.
    let data = folder.path().join("data/postgres");
    // It ends with its input, thus with this test, however that goes.
    let mut unrelated = Command::new("cat")
        .uid(fs::metadata(&data).unwrap().uid())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let stale = format!("{}\n{}\n1763783000\n5432\n", unrelated.id(), data.display());
    fs::write(data.join("postmaster.pid"), stale).unwrap();
    let postgres = LocalPostgres::start(&config(&folder)).await.unwrap();
    assert!(is_running(unrelated.id()), "it is not harmed either");
    postgres.stop().await;
    unrelated.kill().unwrap();
    unrelated.wait().unwrap();
}

#[tokio::test]
async fn a_second_server_is_refused_and_a_sub_command_shares() {
    let folder = folder();
    let mut owner = owner(&folder).await;
    let refused = LocalPostgres::start(&config(&folder)).await.unwrap_err();
    is_one_line(&refused);
    assert!(
        matches!(&refused, LocalPostgresError::AlreadyServed { holder, .. } if holder.contains(&owner.id().to_string())),
        "{refused}"
    );

    let shared = LocalPostgres::share(&config(&folder)).await.unwrap();
    assert!(!shared.is_ours());
    assert_eq!(ask(&shared, "SELECT current_user::text").await.unwrap(), "lignum");
    shared.stop().await;
    assert!(is_running(postmaster_of(&folder)), "who shares does not stop it");

    owner.kill().unwrap();
    owner.wait().unwrap();
    // Takes over what was left, and stops it.
    LocalPostgres::start(&config(&folder)).await.unwrap().stop().await;
}
