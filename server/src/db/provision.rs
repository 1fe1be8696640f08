//! The first role and the database of a private cluster.

use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

/// The role that owns the database; it may make databases (restore, tests) and roles (`lignum_app`).
pub const OWNER: &str = "lignum";
/// The database.
pub const DATABASE: &str = "lignum";

/// Makes role and database where they are missing, as the cluster's superuser.
pub async fn provision(superuser: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(superuser).await?;
    let has_role: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(OWNER)
        .fetch_one(&mut connection)
        .await?;
    if !has_role {
        let sql = format!("CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    let has_database: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut connection)
        .await?;
    if !has_database {
        let sql = format!("CREATE DATABASE {DATABASE} OWNER {OWNER}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    connection.close().await
}
