//! The way from a configuration to an open database, and backup and restore, on really started PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use std::{collections::HashMap, fs, os::unix::fs::PermissionsExt, path::Path, process::Output, time::Duration};

use server::{
    config::{Config, Sources},
    db::{pools::owner_pool, role::ensure_app_role},
    startup::{Database, StartupError, listen, open_database},
};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use tempfile::TempDir;
use tokio::process::Command;

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("lignum-test").tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn config(pairs: &[(&str, &str)]) -> Config {
    let environment: HashMap<_, _> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::load(&Sources { environment, ..Sources::default() }).unwrap()
}

fn local(folder: &TempDir) -> Config {
    config(&[("LIGNUM_DATA_DIR", folder.path().join("data").to_str().unwrap())])
}

async fn refused(config: &Config) -> StartupError {
    match open_database(config).await {
        Ok(_) => panic!("it opened"),
        Err(problem) => {
            assert_eq!(problem.to_string().lines().count(), 1, "{problem}");
            problem
        }
    }
}

async fn lignum(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lignum"))
        .args(arguments)
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .env_remove("DATABASE_URL")
        .output()
        .await
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn word(database: &Database) -> Option<String> {
    sqlx::query_scalar("SELECT word FROM kept_word").fetch_optional(&database.owner).await.ok().flatten()
}

#[tokio::test]
async fn requests_run_as_a_role_that_owns_nothing_and_within_time_limits() {
    let folder = folder();
    let database = open_database(&local(&folder)).await.unwrap();
    let (role, statement, zone): (String, String, String) =
        sqlx::query_as("SELECT current_user::text, current_setting('statement_timeout'), current_setting('TimeZone')")
            .fetch_one(&database.app)
            .await
            .unwrap();
    assert_eq!((role.as_str(), statement.as_str(), zone.as_str()), ("lignum_app", "15s", "UTC"));
    let made = sqlx::raw_sql("CREATE TABLE mine (number int)").execute(&database.app).await;
    assert!(made.is_err(), "the application role can make tables");
    let role: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&database.owner).await.unwrap();
    assert_eq!(role, "lignum");
    database.close().await;
}

#[tokio::test]
async fn many_databases_of_one_cluster_make_the_role_at_the_same_time() {
    let folder = folder();
    let database = open_database(&local(&folder)).await.unwrap();
    // Only the objects of this one database stand in the way of taking the role away again.
    sqlx::raw_sql("DROP OWNED BY lignum_app; DROP ROLE lignum_app").execute(&database.owner).await.unwrap();
    let mut pools = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE role_{name}"));
        sqlx::raw_sql(sql).execute(&database.owner).await.unwrap();
        let options = database.server().options.clone().database(&format!("role_{name}"));
        pools.push(owner_pool(&options).await.unwrap());
    }
    let made: Vec<_> =
        pools.iter().cloned().map(|pool| tokio::spawn(async move { ensure_app_role(&pool).await })).collect();
    for one in made {
        one.await.unwrap().unwrap();
    }
    for pool in pools {
        sqlx::raw_sql("SET ROLE lignum_app").execute(&pool).await.unwrap();
        pool.close().await;
    }
    database.close().await;
}

#[tokio::test]
async fn a_user_without_the_right_to_make_the_role_is_told_what_to_ask_for() {
    let folder = folder();
    let database = open_database(&local(&folder)).await.unwrap();
    for sql in ["DROP OWNED BY lignum_app; DROP ROLE lignum_app; CREATE ROLE plain LOGIN", "CREATE DATABASE plain"] {
        sqlx::raw_sql(sql).execute(&database.owner).await.unwrap();
    }
    let url = database.server().local().unwrap().url();
    let url = url.replace("/lignum?", "/plain?").replace("user=lignum", "user=plain");
    let problem = refused(&config(&[("DATABASE_URL", &url)])).await;
    assert!(problem.to_string().contains("GRANT lignum_app TO \"plain\""), "{problem}");
    database.close().await;
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_said_in_one_line_without_the_password() {
    let nobody_listens = "postgres://who:hush@127.0.0.1:1/lignum";
    let problem = refused(&config(&[("DATABASE_URL", nobody_listens)])).await;
    assert!(matches!(&problem, StartupError::Unreachable { at, .. } if at == "127.0.0.1:1"), "{problem}");
    assert!(!format!("{problem} {problem:?}").contains("hush"));

    let folder = folder();
    let database = open_database(&local(&folder)).await.unwrap();
    let url = database.server().local().unwrap().url();
    let missing = url.replace("/lignum?", "/missing?");
    let problem = refused(&config(&[("DATABASE_URL", &missing)])).await;
    assert!(matches!(&problem, StartupError::Refused { reason, .. } if reason.contains("missing")), "{problem}");

    let by_url = open_database(&config(&[("DATABASE_URL", &url)])).await.unwrap();
    assert!(by_url.server().local().is_none());
    by_url.close().await;
    database.close().await;
}

#[tokio::test]
async fn a_server_that_is_gone_for_a_moment_comes_back_to_both_pools() {
    let folder = folder();
    let database = open_database(&local(&folder)).await.unwrap();
    let local = database.server().local().unwrap();
    let killed = local.postmaster_pid().unwrap();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(killed).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    // Until then backends of the killed one may still answer.
    while local.postmaster_pid().is_none_or(|pid| pid == killed) {
        assert!(std::time::Instant::now() < deadline, "no other postmaster came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for pool in [&database.owner, &database.app] {
        while sqlx::query("SELECT 1").execute(pool).await.is_err() {
            assert!(std::time::Instant::now() < deadline, "the pool never came back");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let role: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&database.app).await.unwrap();
    assert_eq!(role, "lignum_app", "a new connection is as narrow as the first");
    database.close().await;
}

#[tokio::test]
async fn a_taken_port_is_said() {
    let first = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = first.local_addr().unwrap();
    let problem = listen(address).await.unwrap_err();
    assert!(matches!(problem, StartupError::AddressTaken { address: taken } if taken == address));
}

#[tokio::test]
async fn a_backup_comes_back_and_what_it_replaces_is_kept() {
    let folder = folder();
    let file = folder.path().join("lignum.backup");
    let path = file.to_str().unwrap();
    keep_word(&folder, "before").await;

    let backup = lignum(&folder, &["backup", path]).await;
    assert!(backup.status.success(), "{}", said(&backup));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = lignum(&folder, &["backup", path]).await;
    assert!(!again.status.success() && said(&again).contains("exists already"), "{}", said(&again));
    keep_word(&folder, "after").await;

    let unasked = lignum(&folder, &["restore", path]).await;
    assert!(!unasked.status.success() && said(&unasked).contains("--yes"), "{}", said(&unasked));
    let restore = lignum(&folder, &["restore", path, "--yes"]).await;
    assert!(restore.status.success(), "{}", said(&restore));

    let database = open_database(&local(&folder)).await.unwrap();
    assert_eq!(word(&database).await.as_deref(), Some("before"));
    let kept: String =
        sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname LIKE 'lignum_replaced_%'")
            .fetch_one(&database.owner)
            .await
            .unwrap();
    let replaced = PgPool::connect_with(database.server().options.clone().database(&kept)).await.unwrap();
    let after: String = sqlx::query_scalar("SELECT word FROM kept_word").fetch_one(&replaced).await.unwrap();
    assert_eq!(after, "after");
    replaced.close().await;
    database.close().await;

    // Into a new, empty cluster: as on a new machine.
    let other = self::folder();
    let restore = lignum(&other, &["restore", path]).await;
    assert!(restore.status.success(), "{}", said(&restore));
    let database = open_database(&local(&other)).await.unwrap();
    assert_eq!(word(&database).await.as_deref(), Some("before"));
    database.close().await;
}

#[tokio::test]
async fn a_damaged_backup_changes_nothing() {
    let folder = folder();
    let file = folder.path().join("lignum.backup");
    let path = file.to_str().unwrap();
    keep_word(&folder, "before").await;
    assert!(lignum(&folder, &["backup", path]).await.status.success());
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();

    let restore = lignum(&folder, &["restore", path, "--yes"]).await;
    assert!(!restore.status.success());
    assert_eq!(said(&restore).lines().filter(|line| line.starts_with("lignum:")).count(), 1, "{}", said(&restore));
    let database = open_database(&local(&folder)).await.unwrap();
    assert_eq!(word(&database).await.as_deref(), Some("before"));
    let databases: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname LIKE 'lignum%'")
        .fetch_one(&database.owner)
        .await
        .unwrap();
    assert_eq!(databases, 1, "nothing half-restored is left");
    database.close().await;
}

#[tokio::test]
async fn a_backup_can_be_made_while_the_server_works_and_a_restore_cannot() {
    let folder = folder();
    keep_word(&folder, "before").await;
    let database = open_database(&local(&folder)).await.unwrap();
    let file = folder.path().join("lignum.backup");
    let backup = lignum(&folder, &["backup", file.to_str().unwrap()]).await;
    assert!(backup.status.success(), "{}", said(&backup));
    assert!(is_complete(&file));
    let restore = lignum(&folder, &["restore", file.to_str().unwrap(), "--yes"]).await;
    assert!(!restore.status.success() && said(&restore).contains("another lignum"), "{}", said(&restore));
    database.close().await;
}

#[tokio::test]
async fn a_session_that_is_about_to_end_does_not_keep_a_restore_back_and_one_that_stays_does() {
    let folder = folder();
    keep_word(&folder, "before").await;
    let file = folder.path().join("lignum.backup");
    assert!(lignum(&folder, &["backup", file.to_str().unwrap()]).await.status.success());
    let database = open_database(&local(&folder)).await.unwrap();
    sqlx::raw_sql("CREATE DATABASE elsewhere").execute(&database.owner).await.unwrap();
    let elsewhere = database.server().options.clone().database("elsewhere");
    let mut session = PgConnection::connect_with(&elsewhere).await.unwrap();
    sqlx::raw_sql("CREATE TABLE something (it int)").execute(&mut session).await.unwrap();
    // Only what every program of PostgreSQL understands.
    let mut url = elsewhere.to_url_lossy();
    url.set_query(None);
    let restore = || {
        Command::new(env!("CARGO_BIN_EXE_lignum"))
            .arg("restore")
            .arg(&file)
            .arg("--yes")
            .env("DATABASE_URL", url.as_str())
            .output()
    };

    let refused = restore().await.unwrap();
    assert!(!refused.status.success() && said(&refused).contains("is in use"), "{}", said(&refused));
    let leaving = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        session.close().await.unwrap();
    };
    let (restored, ()) = tokio::join!(restore(), leaving);
    let restored = restored.unwrap();
    assert!(restored.status.success(), "{}", said(&restored));
    database.close().await;
}

async fn keep_word(folder: &TempDir, word: &str) {
    let database = open_database(&local(folder)).await.unwrap();
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS kept_word (word text); DELETE FROM kept_word")
        .execute(&database.owner)
        .await
        .unwrap();
    sqlx::query("INSERT INTO kept_word VALUES ($1)").bind(word).execute(&database.owner).await.unwrap();
    database.close().await;
}

fn is_complete(file: &Path) -> bool {
    fs::read(file).is_ok_and(|content| content.starts_with(b"PGDMP"))
}
