//! Counts of wrong passwords.

use std::time::Duration;

use sqlx::PgPool;

use crate::{auth::throttle::Counted, config::SignInConfig};

/// What is to happen with a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// It is counted and may go on.
    GoOn,
    /// It is not counted; come back after this time.
    Wait(Duration),
}

/// Counts a try for each of these, or for none of them if one has to wait.
pub async fn count(pool: &PgPool, counted: &[Counted], limits: &SignInConfig) -> Result<Try, sqlx::Error> {
    // In one order for everybody, so that two tries never wait for each other.
    let mut counted: Vec<&Counted> = counted.iter().collect();
    counted.sort_by(|a, b| a.key.cmp(&b.key));
    let mut transaction = pool.begin().await?;
    let mut longest = Duration::ZERO;
    for one in &counted {
        sqlx::query!(
            "INSERT INTO sign_in_failures (key, failures, last_at) VALUES ($1, 0, now()) ON CONFLICT (key) DO NOTHING",
            one.key,
        )
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query!(
            r#"SELECT failures, extract(epoch FROM clock_timestamp() - last_at)::float8 AS "age!"
             FROM sign_in_failures WHERE key = $1 FOR UPDATE"#,
            one.key,
        )
        .fetch_one(&mut *transaction)
        .await?;
        let age = Duration::try_from_secs_f64(row.age).unwrap_or_default();
        if age >= limits.window {
            sqlx::query!("UPDATE sign_in_failures SET failures = 0 WHERE key = $1", one.key)
                .execute(&mut *transaction)
                .await?;
        } else {
            let wait = one.wait(u32::try_from(row.failures).unwrap_or(0), limits);
            longest = longest.max(wait.saturating_sub(age));
        }
    }
    if longest > Duration::ZERO {
        transaction.commit().await?;
        return Ok(Try::Wait(longest));
    }
    for one in &counted {
        sqlx::query!(
            "UPDATE sign_in_failures SET failures = failures + 1, last_at = clock_timestamp() WHERE key = $1",
            one.key,
        )
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(Try::GoOn)
}

/// The password was right: what was counted for the account is wiped out, what was counted for the
/// address is taken back.
pub async fn take_back(pool: &PgPool, counted: &[Counted]) -> Result<(), sqlx::Error> {
    for one in counted {
        let query = if one.is_wiped_by_success() {
            sqlx::query!("DELETE FROM sign_in_failures WHERE key = $1", one.key)
        } else {
            sqlx::query!("UPDATE sign_in_failures SET failures = greatest(failures - 1, 0) WHERE key = $1", one.key)
        };
        query.execute(pool).await?;
    }
    Ok(())
}

/// Forgets counts that no longer matter.
pub async fn sweep(pool: &PgPool, limits: &SignInConfig) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "DELETE FROM sign_in_failures WHERE last_at < now() - make_interval(secs => $1)",
        limits.window.as_secs_f64(),
    )
    .execute(pool)
    .await
    .map(|done| done.rows_affected())
}
