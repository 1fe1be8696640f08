//! The two pools: one as the owner, one as the role that requests run as.

use std::time::Duration;

use log::LevelFilter;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::role::APP_ROLE;

/// A statement that takes longer is worth a line in the log; it holds no values, only `$1`.
const SLOW: Duration = Duration::from_secs(1);
/// A connection that nobody used for longer than this is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(2);

/// Limits of the pool that serves requests.
#[derive(Debug, Clone)]
pub struct AppPoolLimits {
    /// Connections at most.
    pub connections: u32,
    /// How long a request waits for one of them before it is answered with 503.
    pub acquire: Duration,
    /// How long one statement may take.
    pub statement: Duration,
}

impl Default for AppPoolLimits {
    fn default() -> Self {
        Self { connections: 16, acquire: Duration::from_secs(5), statement: Duration::from_secs(15) }
    }
}

/// The owner's pool: migrations, maintenance, background work; few connections and no time limits.
pub async fn owner_pool(options: &PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(prepared(options, "lignum owner"))
        .await
}

/// The pool of requests: each connection becomes `lignum_app` before anybody gets it.
///
/// The time limits end what a broken client or a lost phone would otherwise hold open. They are set by
/// statements and not at connecting, because connection poolers refuse start-up options.
pub async fn app_pool(options: &PgConnectOptions, limits: &AppPoolLimits) -> Result<PgPool, sqlx::Error> {
    let settle = format!(
        "SET ROLE {APP_ROLE}; SET TIME ZONE 'UTC'; SET statement_timeout = {statement}; \
         SET lock_timeout = {lock}; SET idle_in_transaction_session_timeout = {idle}",
        statement = limits.statement.as_millis(),
        lock = limits.statement.as_millis() / 2,
        idle = limits.statement.as_millis() * 2,
    );
    PgPoolOptions::new()
        .max_connections(limits.connections)
        .acquire_timeout(limits.acquire)
        // A connection that was used a moment ago is there; asking it costs a round trip each time.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            let settle = settle.clone();
            Box::pin(async move { sqlx::raw_sql(AssertSqlSafe(settle)).execute(connection).await.map(|_| ()) })
        })
        .connect_with(prepared(options, "lignum"))
        .await
}

fn prepared(options: &PgConnectOptions, name: &str) -> PgConnectOptions {
    options
        .clone()
        .application_name(name)
        .log_statements(LevelFilter::Trace)
        .log_slow_statements(LevelFilter::Warn, SLOW)
}

/// What the server at the other end is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// Its version as a number, such as `150_018`.
    pub version: i32,
    /// Whether it only replays another server's writes.
    pub is_standby: bool,
}

impl ServerFacts {
    /// Asks the server.
    pub async fn ask(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let (version, is_standby) =
            sqlx::query_as("SELECT current_setting('server_version_num')::int, pg_is_in_recovery()")
                .fetch_one(pool)
                .await?;
        Ok(Self { version, is_standby })
    }

    /// The major version, such as 15.
    pub fn major(&self) -> u32 {
        u32::try_from(self.version / 10_000).unwrap_or(0)
    }
}
