//! Transactions that say who acts, so that row-level security can decide.
//!
//! Every transaction on a casework table begins here. The settings end with the transaction
//! (`SET LOCAL`), so that a pooled connection never remembers the person before.

use domain::access::Actor;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use uuid::Uuid;

/// A transaction in which somebody acts.
pub type ActingTransaction = Transaction<'static, Postgres>;

/// Begins a transaction in which this person acts: one round trip.
pub async fn begin(pool: &PgPool, actor: &Actor) -> Result<ActingTransaction, sqlx::Error> {
    pool.begin_with(AssertSqlSafe(format!("BEGIN; {}", settings(actor)))).await
}

/// Begins a transaction in which this person reads: all its statements see the same moment.
pub async fn begin_reading(pool: &PgPool, actor: &Actor) -> Result<ActingTransaction, sqlx::Error> {
    pool.begin_with(AssertSqlSafe(format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}", settings(actor))))
        .await
}

/// The same as [`begin`], for the few statements of sync, which run thousands of times a second.
pub async fn begin_pushing(pool: &PgPool, actor: &Actor) -> Result<ActingTransaction, sqlx::Error> {
    pool.begin_with(AssertSqlSafe(format!("BEGIN; {KEEP_PLANS}; {}", settings(actor)))).await
}

/// The same as [`begin_reading`], for the few statements of sync.
pub async fn begin_pulling(pool: &PgPool, actor: &Actor) -> Result<ActingTransaction, sqlx::Error> {
    let sql = format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {KEEP_PLANS}; {}", settings(actor));
    pool.begin_with(AssertSqlSafe(sql)).await
}

/// Policies make planning dear (about a millisecond a statement), and Postgres would plan anew each time,
/// since a plan that knows the values looks a little better. All statements of sync go by keys, so one
/// plan is good for all values.
const KEEP_PLANS: &str = "SET LOCAL plan_cache_mode = force_generic_plan";

/// Nothing here is text that anybody typed: a role is one of four words, the rest are UUIDs.
fn settings(actor: &Actor) -> String {
    let id = |id: Option<Uuid>| id.map_or_else(String::new, |id| id.to_string());
    format!(
        "SET LOCAL lignum.\"user\" = '{}'; SET LOCAL lignum.role = '{}'; SET LOCAL lignum.region = '{}'; SET LOCAL lignum.school = '{}'",
        actor.user,
        actor.role.code(),
        id(actor.region.map(|region| region.0)),
        id(actor.school.map(|school| school.0)),
    )
}
