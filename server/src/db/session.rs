//! Sessions: rows that a cookie's hash finds.
//!
//! A session that was left by its own person (signed out, or replaced by signing in anew) keeps its row,
//! as the mark of a browser that belongs to them. One that was ended for safety loses it.

use chrono::{DateTime, Utc};
use domain::{
    access::{Actor, Role},
    ids::UserId,
};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::decode::Damaged;
use crate::auth::{Session, token::TokenHash};

/// After how many minutes `last_seen_at` is written again.
const SEEN_EVERY_MINUTES: f64 = 5.0;

/// A session that begins.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// The hash of the secret.
    pub token_hash: TokenHash,
    /// Whose it is.
    pub user: UserId,
    /// When it ends at the latest, in seconds from now.
    pub absolute_seconds: f64,
    /// What kind of browser, in a few words.
    pub browser: &'a str,
}

/// A session, as its owner sees it in the list of devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Which.
    pub id: Uuid,
    /// What kind of browser.
    pub browser: String,
    /// When the person signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to within some minutes.
    pub last_seen_at: DateTime<Utc>,
}

/// Begins a session.
pub async fn begin(db: impl PgExecutor<'_>, session: &NewSession<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO sessions (token_hash, id, user_id, expires_at, browser)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4), $5)",
        session.token_hash.as_slice(),
        session.id,
        session.user.0,
        session.absolute_seconds,
        session.browser,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// The valid session of a secret, with its person as they are now.
pub async fn find(pool: &PgPool, token: &TokenHash, idle_seconds: f64) -> Result<Option<Session>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT s.id, u.id AS user_id, u.name, u.role, u.post, u.scope_version, u.school_id
              , coalesce(u.region_id, c.region_id) AS region_id
              , s.last_seen_at < now() - make_interval(mins => $3::float8::int) AS "is_stale!"
         FROM sessions s
         JOIN users u ON u.id = s.user_id
         LEFT JOIN schools c ON c.id = u.school_id
         WHERE s.token_hash = $1
           AND s.revoked_at IS NULL
           AND s.expires_at > now()
           AND s.last_seen_at > now() - make_interval(secs => $2)
           AND u.disabled_at IS NULL"#,
        token.as_slice(),
        idle_seconds,
        SEEN_EVERY_MINUTES,
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.is_stale {
        sqlx::query!("UPDATE sessions SET last_seen_at = now() WHERE token_hash = $1", token.as_slice())
            .execute(pool)
            .await?;
    }
    let role = Role::from_code(&row.role).ok_or_else(|| Damaged::error("users.role", row.user_id))?;
    let actor = Actor {
        user: UserId(row.user_id),
        name: row.name,
        role,
        region: row.region_id.map(Into::into),
        school: row.school_id.map(Into::into),
        post: row.post,
    };
    Ok(Some(Session { id: row.id, actor, scope_version: row.scope_version }))
}

/// Whether this person has signed in before with the browser that carries this mark.
pub async fn is_own_browser(db: impl PgExecutor<'_>, mark: &TokenHash, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM sessions WHERE token_hash = $1 AND user_id = $2) AS "is!""#,
        mark.as_slice(),
        user.0,
    )
    .fetch_one(db)
    .await
}

/// Ends a session by its own person's wish; the browser stays theirs. Ends nothing if it has ended already.
pub async fn leave(db: impl PgExecutor<'_>, token: &TokenHash) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE sessions SET revoked_at = now() WHERE token_hash = $1 AND revoked_at IS NULL RETURNING user_id",
        token.as_slice(),
    )
    .fetch_optional(db)
    .await
    .map(|user| user.map(UserId))
}

/// Ends one of a person's sessions for safety, and forgets its browser. False if it is not theirs.
pub async fn revoke(db: impl PgExecutor<'_>, user: UserId, session: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query!("DELETE FROM sessions WHERE id = $1 AND user_id = $2", session, user.0)
        .execute(db)
        .await
        .map(|done| done.rows_affected() > 0)
}

/// Ends a person's sessions for safety, except the one given, and forgets their browsers.
pub async fn revoke_all(db: impl PgExecutor<'_>, user: UserId, except: Option<Uuid>) -> Result<u64, sqlx::Error> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2", user.0, except)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}

/// A person's valid sessions, the last used first.
pub async fn of_user(db: impl PgExecutor<'_>, user: UserId, idle_seconds: f64) -> Result<Vec<SessionRow>, sqlx::Error> {
    sqlx::query_as!(
        SessionRow,
        "SELECT id, browser, created_at, last_seen_at FROM sessions
         WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
           AND last_seen_at > now() - make_interval(secs => $2)
         ORDER BY last_seen_at DESC",
        user.0,
        idle_seconds,
    )
    .fetch_all(db)
    .await
}

/// Forgets browsers that nobody has used for half a year.
pub async fn sweep(db: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    sqlx::query!("DELETE FROM sessions WHERE expires_at < now() - interval '180 days'")
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}
