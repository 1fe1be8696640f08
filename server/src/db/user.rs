//! Accounts of people who sign in.
//!
//! `changed` moves only with what colleagues see (name, role, region, closed or not): it makes
//! supervisors' devices pull the list of officers anew. `scope_version` moves with what the person
//! themself may see: it makes their own devices pull everything anew.

use chrono::{DateTime, Utc};
use domain::{
    access::Role,
    ids::{RegionId, SchoolId, UserId},
};
use sqlx::{PgConnection, PgExecutor};

use super::decode::Damaged;

/// An account, as signing in needs it.
#[derive(Debug, Clone)]
pub struct Account {
    /// Which.
    pub id: UserId,
    /// The name to sign in with.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Their post.
    pub post: String,
    /// Their region; of a counsellor, the region of the school.
    pub region: Option<RegionId>,
    /// The school of a counsellor.
    pub school: Option<SchoolId>,
    /// The Argon2id hash.
    pub password_hash: String,
    /// Whether the account is closed.
    pub is_disabled: bool,
}

/// What is kept of a person; valid, see `app::desk::UserForm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserValues {
    /// The name to sign in with, in lower case.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Their post.
    pub post: String,
    /// The region of an officer or supervisor, as the role needs it.
    pub region: Option<RegionId>,
    /// The school of a counsellor, as the role needs it.
    pub school: Option<SchoolId>,
}

/// An account in the administrator's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Which.
    pub id: UserId,
    /// What is kept of the person.
    pub values: UserValues,
    /// Since when the account is closed.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When one of its sessions was last used.
    pub last_seen_at: Option<DateTime<Utc>>,
}

fn role(code: &str, user: uuid::Uuid) -> Result<Role, sqlx::Error> {
    Role::from_code(code).ok_or_else(|| Damaged::error("users.role", user))
}

/// The account of a username.
pub async fn account(db: impl PgExecutor<'_>, username: &str) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT u.id, u.username, u.name, u.role, u.post, u.school_id, u.password_hash
              , coalesce(u.region_id, c.region_id) AS region_id
              , u.disabled_at IS NOT NULL AS "is_disabled!"
         FROM users u LEFT JOIN schools c ON c.id = u.school_id
         WHERE u.username = $1"#,
        username,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Account {
            id: UserId(row.id),
            role: role(&row.role, row.id)?,
            username: row.username,
            name: row.name,
            post: row.post,
            region: row.region_id.map(RegionId),
            school: row.school_id.map(SchoolId),
            password_hash: row.password_hash,
            is_disabled: row.is_disabled,
        })
    })
    .transpose()
}

/// Username, person's name and hash of an account.
pub async fn secret(db: impl PgExecutor<'_>, user: UserId) -> Result<Option<(String, String, String)>, sqlx::Error> {
    sqlx::query!("SELECT username, name, password_hash FROM users WHERE id = $1", user.0)
        .fetch_optional(db)
        .await
        .map(|row| row.map(|row| (row.username, row.name, row.password_hash)))
}

/// Puts another hash of the password in the place of the present one.
pub async fn store_hash(db: impl PgExecutor<'_>, user: UserId, hash: &str) -> Result<bool, sqlx::Error> {
    sqlx::query!("UPDATE users SET password_hash = $2 WHERE id = $1", user.0, hash)
        .execute(db)
        .await
        .map(|done| done.rows_affected() > 0)
}

/// All accounts, the open ones first, by name.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<UserRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT u.id, u.username, u.name, u.role, u.post, u.region_id, u.school_id, u.disabled_at, u.created_at
              , (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at
         FROM users u
         ORDER BY u.disabled_at IS NOT NULL, lower(u.name), u.username"#,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(UserRow {
                id: UserId(row.id),
                values: UserValues {
                    role: role(&row.role, row.id)?,
                    username: row.username,
                    name: row.name,
                    post: row.post,
                    region: row.region_id.map(RegionId),
                    school: row.school_id.map(SchoolId),
                },
                disabled_at: row.disabled_at,
                created_at: row.created_at,
                last_seen_at: row.last_seen_at,
            })
        })
        .collect()
}

/// Makes an account.
pub async fn insert(
    db: impl PgExecutor<'_>,
    id: UserId,
    values: &UserValues,
    password_hash: &str,
    demo: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO users (id, username, name, role, post, region_id, school_id, password_hash, demo)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id.0,
        values.username,
        values.name,
        values.role.code(),
        values.post,
        values.region.map(|region| region.0),
        values.school.map(|school| school.0),
        password_hash,
        demo,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Changes an account. False if there is none.
pub async fn update(db: impl PgExecutor<'_>, id: UserId, values: &UserValues) -> Result<bool, sqlx::Error> {
    sqlx::query!(
        "UPDATE users SET
            username = $2, name = $3, role = $4, post = $5, region_id = $6, school_id = $7
          , scope_version = scope_version
                + ((role, region_id, school_id) IS DISTINCT FROM ($4::text, $6::uuid, $7::uuid))::int
          , changed = CASE
                WHEN (name, role, region_id) IS DISTINCT FROM ($3::text, $4::text, $6::uuid) THEN pg_current_xact_id()
                ELSE changed END
         WHERE id = $1",
        id.0,
        values.username,
        values.name,
        values.role.code(),
        values.post,
        values.region.map(|region| region.0),
        values.school.map(|school| school.0),
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() > 0)
}

/// Closes or reopens an account. False if there is none, or nothing to do.
pub async fn set_disabled(db: impl PgExecutor<'_>, id: UserId, disabled: bool) -> Result<bool, sqlx::Error> {
    sqlx::query!(
        "UPDATE users SET
            disabled_at = CASE WHEN $2 THEN now() END
          , changed = pg_current_xact_id()
         WHERE id = $1 AND (disabled_at IS NOT NULL) <> $2",
        id.0,
        disabled,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() > 0)
}

/// Locks the accounts of administrators, and counts the open ones besides this: somebody must be left
/// who can let others in.
pub async fn other_administrators(db: &mut PgConnection, besides: UserId) -> Result<usize, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM users WHERE role = 'administrator' AND disabled_at IS NULL AND id <> $1 FOR UPDATE",
        besides.0,
    )
    .fetch_all(db)
    .await
    .map(|rows| rows.len())
}

/// How many accounts belong to real people.
pub async fn count_real(db: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM users WHERE NOT demo"#).fetch_one(db).await
}

/// The role of an account that is about to be changed; locks it.
pub async fn role_for_change(db: &mut PgConnection, id: UserId) -> Result<Option<Role>, sqlx::Error> {
    let code = sqlx::query_scalar!("SELECT role FROM users WHERE id = $1 FOR UPDATE", id.0).fetch_optional(db).await?;
    code.map(|code| role(&code, id.0)).transpose()
}
