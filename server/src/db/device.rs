//! One user's store on one browser. Numbers only, no content.

use domain::clock::Moment;
use sqlx::PgPool;
use uuid::Uuid;

use super::trouble::Trouble;

/// What a device said about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceNews {
    /// The device.
    pub device: Uuid,
    /// The session's user.
    pub user: Uuid,
    /// The highest count that came from it.
    pub last_seq: i64,
    /// How many ops wait there.
    pub unsent: i32,
    /// How far its clock is ahead of the server's.
    pub clock_skew_seconds: i32,
    /// The server's clock.
    pub at: Moment,
}

/// Notes that a device was here. Returns the highest count known of it before; none if it is new, or if
/// the number belongs to somebody else's device: then nothing is noted.
pub async fn seen(app: &PgPool, news: DeviceNews) -> Result<Option<i64>, Trouble> {
    let row = sqlx::query!(
        r#"WITH before AS (
               SELECT last_seq FROM devices WHERE id = $1 AND user_id = $2
           ), noted AS (
               INSERT INTO devices (id, user_id, first_seen_at, last_sync_at, last_seq, unsent, clock_skew_seconds)
               VALUES ($1, $2, $6, $6, $3, $4, $5)
               ON CONFLICT (id) DO UPDATE
               SET last_sync_at = $6
                 , last_seq = greatest(devices.last_seq, $3)
                 , unsent = $4
                 , clock_skew_seconds = $5
               WHERE devices.user_id = $2
           )
           SELECT (SELECT last_seq FROM before) AS last_seq"#,
        news.device,
        news.user,
        news.last_seq,
        news.unsent,
        news.clock_skew_seconds,
        news.at,
    )
    .fetch_one(app)
    .await?;
    Ok(row.last_seq)
}
