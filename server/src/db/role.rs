//! The role that requests run as.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool};

/// Owns nothing, cannot log in, is not above row-level security.
pub const APP_ROLE: &str = "lignum_app";

const ATTEMPTS: u32 = 20;

/// Why the role cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// The database user may not make it.
    #[error(
        "the database user {user} may not make or use the role {APP_ROLE}: have an administrator run \
         `CREATE ROLE {APP_ROLE}; GRANT {APP_ROLE} TO \"{user}\"`"
    )]
    NotAllowed {
        /// The user of the database URL.
        user: String,
    },
    /// The role would not be held back by the policies.
    #[error("the role {APP_ROLE} is a superuser or has BYPASSRLS: have an administrator take that away")]
    TooPowerful,
    /// The database failed.
    #[error("the role {APP_ROLE} could not be made ready: {0}")]
    Database(#[from] sqlx::Error),
}

/// Makes the role and lets the current user become it.
///
/// Roles belong to the whole cluster while locks belong to one database, so two databases that are set
/// up at the same time meet here: whoever comes second sees the role appear, or a failed catalogue
/// update, and looks again.
pub async fn ensure_app_role(owner: &PgPool) -> Result<(), RoleError> {
    let mut pause = Duration::from_millis(5);
    let mut attempt = 1;
    loop {
        match make_ready(owner).await {
            Err(problem) if attempt < ATTEMPTS && is_concurrent(&problem) => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(200));
                attempt += 1;
            }
            Err(problem) if code(&problem).as_deref() == Some("42501") => {
                let user = sqlx::query_scalar("SELECT current_user::text").fetch_one(owner).await?;
                return Err(RoleError::NotAllowed { user });
            }
            Err(problem) => return Err(problem.into()),
            Ok(()) => break,
        }
    }
    let too_powerful: bool = sqlx::query_scalar("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = $1")
        .bind(APP_ROLE)
        .fetch_one(owner)
        .await?;
    if too_powerful { Err(RoleError::TooPowerful) } else { Ok(()) }
}

async fn make_ready(owner: &PgPool) -> Result<(), sqlx::Error> {
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(APP_ROLE)
        .fetch_one(owner)
        .await?;
    if !exists {
        run(owner, format!("CREATE ROLE {APP_ROLE} NOLOGIN")).await?;
    }
    // Tried, not asked: who may become a role is answered differently from PostgreSQL 16 on.
    let attempt = run(owner, format!("BEGIN; SET LOCAL ROLE {APP_ROLE}; ROLLBACK")).await;
    match attempt {
        Err(problem) if code(&problem).as_deref() == Some("42501") => {
            run(owner, format!("GRANT {APP_ROLE} TO CURRENT_USER")).await
        }
        other => other,
    }
}

/// Runs on a connection of its own, which a failure in the middle of a transaction does not leave dirty.
async fn run(owner: &PgPool, sql: String) -> Result<(), sqlx::Error> {
    let mut connection = owner.acquire().await?;
    let outcome = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await;
    if outcome.is_err() {
        // Ends the transaction that the failed batch began; without one it is only a warning.
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
    }
    outcome.map(|_| ())
}

/// Somebody else changed the same row of the catalogue, or made the role first.
fn is_concurrent(problem: &sqlx::Error) -> bool {
    // duplicate_object, unique_violation, "tuple concurrently updated", serialization_failure
    matches!(code(problem).as_deref(), Some("42710" | "23505" | "XX000" | "40001"))
}

fn code(problem: &sqlx::Error) -> Option<String> {
    problem.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}
