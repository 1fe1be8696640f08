//! Putting a restored database in the place of the current one, without a moment at which neither is there.
//!
//! A restore that replaces goes into a fresh database beside the current one. Only when it is complete
//! are the two renamed, and the replaced one is kept under a name with its time.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

/// Whether a database holds anything of its own.
pub async fn is_empty(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    let empty = sqlx::query_scalar(
        "SELECT NOT EXISTS (
             SELECT FROM pg_class
             JOIN pg_namespace ON pg_namespace.oid = relnamespace
             WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
         )",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok(empty)
}

/// A session that its client has closed is there until its process has ended: so long it is waited for.
const ENDING: Duration = Duration::from_secs(5);

/// Whether other sessions use the database, and go on doing so.
pub async fn is_in_use(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    let until = Instant::now() + ENDING;
    let stays = loop {
        let others: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend')",
        )
        .fetch_one(&mut connection)
        .await?;
        if !others || Instant::now() >= until {
            break others;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    connection.close().await?;
    Ok(stays)
}

/// Makes a fresh database beside the current one; returns its name.
pub async fn make_beside(options: &PgConnectOptions, current: &str) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    let fresh = beside(current, &stamp(&mut connection, "restored").await?);
    run(&mut connection, format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", quoted(&fresh))).await?;
    connection.close().await?;
    Ok(fresh)
}

/// Drops a database made by [`make_beside`] whose restore failed.
pub async fn drop_beside(options: &PgConnectOptions, fresh: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    run(&mut connection, format!("DROP DATABASE IF EXISTS {}", quoted(fresh))).await?;
    connection.close().await
}

/// Gives `fresh` the name `current`; returns the name under which the replaced one is kept.
///
/// It connects to `postgres`, as a database in use cannot be renamed. Both renames are one transaction.
pub async fn swap(options: &PgConnectOptions, current: &str, fresh: &str) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect_with(&options.clone().database("postgres")).await?;
    let kept = beside(current, &stamp(&mut connection, "replaced").await?);
    let mut transaction = connection.begin().await?;
    for (from, to) in [(current, kept.as_str()), (fresh, current)] {
        run(&mut transaction, format!("ALTER DATABASE {} RENAME TO {}", quoted(from), quoted(to))).await?;
    }
    transaction.commit().await?;
    connection.close().await?;
    Ok(kept)
}

/// Lets the planner know what a restore brought.
pub async fn analyze(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("ANALYZE").execute(pool).await.map(|_| ())
}

async fn stamp(connection: &mut PgConnection, what: &str) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SELECT $1 || to_char(now() AT TIME ZONE 'UTC', '_YYYYMMDD_HH24MISS')")
        .bind(what)
        .fetch_one(connection)
        .await
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(|_| ())
}

/// PostgreSQL cuts names at 63 bytes; the stamp must survive that.
fn beside(current: &str, stamp: &str) -> String {
    let start: String = current.chars().filter(char::is_ascii).take(30).collect();
    format!("{start}_{stamp}")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_name_with_quotes_stays_one_name() {
        assert_eq!(quoted("lignum"), "\"lignum\"");
        assert_eq!(quoted("a\"; DROP DATABASE b"), "\"a\"\"; DROP DATABASE b\"");
    }
}
