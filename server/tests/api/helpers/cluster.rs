//! One PostgreSQL for all tests of this run, and a copy of a migrated database for each.
//!
//! `TEST_DATABASE_URL` names one to use (its user may create databases); without it a private cluster is
//! started in a temporary folder, and stopped when the process has ended, however it ended.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    str::FromStr,
};

use server::{
    db::{migrations::migrate, pools::owner_pool},
    local_postgres::{LocalPostgres, LocalPostgresConfig},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{runtime::Runtime, sync::OnceCell};

use super::id;

static TEMPLATE: OnceCell<(PgConnectOptions, String)> = OnceCell::const_new();

/// How to connect to a database that is migrated and empty, and this test's own.
pub async fn fresh_database() -> PgConnectOptions {
    let (options, template) = TEMPLATE.get_or_init(prepare).await;
    let name = format!("lignum_test_{}", id().simple());
    create(options, &name, template).await;
    options.clone().database(&name)
}

/// Another empty database on the same cluster, not migrated.
pub async fn empty_database() -> PgConnectOptions {
    let (options, _) = TEMPLATE.get_or_init(prepare).await;
    let name = format!("lignum_test_{}", id().simple());
    create(options, &name, "template0").await;
    options.clone().database(&name)
}

async fn create(options: &PgConnectOptions, name: &str, template: &str) {
    let mut connection = PgConnection::connect_with(options).await.unwrap();
    let sql = format!("CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn prepare() -> (PgConnectOptions, String) {
    let options = match std::env::var("TEST_DATABASE_URL") {
        Ok(url) => PgConnectOptions::from_str(&url).unwrap(),
        Err(_) => tokio::task::spawn_blocking(start).await.unwrap(),
    };
    let template = format!("lignum_test_template_{}", id().simple());
    create(&options, &template, "template0").await;
    let owner = owner_pool(&options.clone().database(&template)).await.unwrap();
    migrate(&owner).await.unwrap();
    owner.close().await;
    (options, template)
}

/// Starts a cluster that lives as long as this process. It is watched over by a runtime of its own,
/// since each test's runtime ends with the test.
fn start() -> PgConnectOptions {
    let folder = folder();
    let runtime = Runtime::new().unwrap();
    let postgres = runtime.block_on(LocalPostgres::start(&LocalPostgresConfig::new(folder.join("data")))).unwrap();
    let options = postgres.connect_options();
    clean_up_after_us(&folder);
    std::mem::forget((runtime, postgres));
    options
}

/// A folder that PostgreSQL's unprivileged user can reach.
pub fn folder() -> std::path::PathBuf {
    let place = if super::CLUSTER_IN_MEMORY && has_room(MEMORY) { MEMORY } else { "/tmp" };
    let folder = tempfile::Builder::new().prefix("lignum-test").tempdir_in(place).unwrap().keep();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// Whether the cluster fits there: databases of some ten megabytes each, and a log of up to a gigabyte.
fn has_room(place: &str) -> bool {
    let free = nix::sys::statvfs::statvfs(place).map(|there| there.blocks_available() * there.fragment_size());
    free.is_ok_and(|bytes| bytes > 3 << 30)
}

/// A shell waits until this process is gone, stops what it left running, and removes the folder.
#[expect(clippy::zombie_processes, reason = "it outlives this process: that is its purpose")]
pub fn clean_up_after_us(folder: &Path) {
    let script = r#"
        while kill -0 "$1" 2>/dev/null; do sleep 0.5; done
        for file in $(find "$2" -name postmaster.pid); do
            pid=$(head -n 1 "$file"); kill -INT "$pid" 2>/dev/null
            for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$pid" 2>/dev/null || break; sleep 0.5; done
        done
        rm -rf "$2""#;
    let watcher = Command::new("setsid")
        .args(["sh", "-c", script, "sh", &std::process::id().to_string()])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    watcher.unwrap();
}
