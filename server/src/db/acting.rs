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
    begin_surely(pool, format!("BEGIN; {}", settings(actor))).await
}

/// Begins a transaction in which this person reads: all its statements see the same moment.
pub async fn begin_reading(pool: &PgPool, actor: &Actor) -> Result<ActingTransaction, sqlx::Error> {
    begin_surely(pool, format!("{READ}; {}", settings(actor))).await
}

/// The same as [`begin`], for the few statements of sync, which run thousands of times a second.
pub async fn begin_pushing(pool: &PgPool, actor: &Actor) -> Result<ActingTransaction, sqlx::Error> {
    begin_surely(pool, format!("BEGIN; {KEEP_PLANS}; {}", settings(actor))).await
}

/// The same as [`begin_reading`], for the few statements of sync.
pub async fn begin_pulling(pool: &PgPool, actor: &Actor) -> Result<ActingTransaction, sqlx::Error> {
    begin_surely(pool, format!("{READ}; {KEEP_PLANS}; {}", settings(actor))).await
}

/// Begins also where nobody waits for it any more, and then ends what it began.
///
/// A request can be dropped at any await. While sqlx waits for the answer to `BEGIN` it does not yet count
/// the transaction, so a drop just then would give the connection back to the pool inside an open
/// transaction, with the settings of this person: the next person's work would be done in it. As a task
/// of its own it is never dropped half-way.
async fn begin_surely(pool: &PgPool, sql: String) -> Result<ActingTransaction, sqlx::Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(sql)).await }).await;
    begun.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

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
