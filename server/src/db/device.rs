//! One user's store on one browser. Numbers only, no content.

use domain::{
    clock::Moment,
    ids::{RegionId, UserId},
    sync::wire_v1::DeviceState,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::trouble::Trouble;

/// What a device said about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceNews<'a> {
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
    /// The session through which it spoke: it knows the kind of browser.
    pub session: Option<Uuid>,
    /// What else it said; none where an older version of the app did not.
    pub state: Option<&'a DeviceState>,
}

/// A device and how it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// Which.
    pub id: Uuid,
    /// Whose: their name.
    pub person: String,
    /// The kind of browser, such as "Chrome on Android"; may be empty.
    pub browser: String,
    /// When it last spoke with the server.
    pub last_sync: Moment,
    /// How many ops waited there then.
    pub unsent: i32,
    /// When the oldest of them was saved.
    pub oldest_unsent: Option<Moment>,
    /// The app's version; may be empty.
    pub version: String,
    /// Megabytes used, of so many allowed.
    pub used_mb: Option<i32>,
    /// Megabytes allowed.
    pub quota_mb: Option<i32>,
    /// Whether the browser keeps them.
    pub kept: Option<bool>,
    /// Whether it was reported lost.
    pub lost: bool,
}

/// Longer than any version; what is longer was not written by the app.
const VERSION_LENGTH: usize = 32;

fn count(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Notes that a device was here. Returns the highest count known of it before; none if it is new, or if
/// the number belongs to somebody else's device: then nothing is noted.
pub async fn seen(app: &PgPool, news: DeviceNews<'_>) -> Result<Option<i64>, Trouble> {
    let row = sqlx::query!(
        r#"WITH before AS (
               SELECT last_seq FROM devices WHERE id = $1 AND user_id = $2
           ), noted AS (
               INSERT INTO devices (id, user_id, first_seen_at, last_sync_at, last_seq, unsent, clock_skew_seconds
                                  , browser, oldest_unsent_at, app_version, storage_used_mb, storage_quota_mb, storage_kept)
               VALUES ($1, $2, $6, $6, $3, $4, $5
                     , coalesce((SELECT browser FROM sessions WHERE sessions.id = $7), ''), $8, coalesce($9, ''), $10, $11, $12)
               ON CONFLICT (id) DO UPDATE
               SET last_sync_at = $6
                 , last_seq = greatest(devices.last_seq, $3)
                 , unsent = $4
                 , clock_skew_seconds = $5
                 , browser = coalesce((SELECT browser FROM sessions WHERE sessions.id = $7), devices.browser)
                 , oldest_unsent_at = $8
                 , app_version = coalesce($9, devices.app_version)
                 , storage_used_mb = coalesce($10, devices.storage_used_mb)
                 , storage_quota_mb = coalesce($11, devices.storage_quota_mb)
                 , storage_kept = coalesce($12, devices.storage_kept)
               WHERE devices.user_id = $2
           )
           SELECT (SELECT last_seq FROM before) AS last_seq"#,
        news.device,
        news.user,
        news.last_seq,
        news.unsent,
        news.clock_skew_seconds,
        news.at,
        news.session,
        news.state.and_then(|state| state.oldest_unsent),
        news.state.map(|state| state.version.chars().filter(|c| !c.is_control()).take(VERSION_LENGTH).collect::<String>()),
        news.state.map(|state| count(state.used_mb)),
        news.state.map(|state| count(state.quota_mb)),
        news.state.map(|state| state.kept),
    )
    .fetch_one(app)
    .await?;
    Ok(row.last_seq)
}

/// A person's devices, the last heard of first; those silent for half a year are left out.
pub async fn of_user(app: &PgPool, user: UserId) -> Result<Vec<KnownDevice>, Trouble> {
    let rows = sqlx::query_as!(
        KnownDevice,
        r#"SELECT d.id, u.name AS person, d.browser, d.last_sync_at AS last_sync, d.unsent, d.oldest_unsent_at AS oldest_unsent
              , d.app_version AS version, d.storage_used_mb AS used_mb, d.storage_quota_mb AS quota_mb, d.storage_kept AS kept
              , EXISTS (SELECT FROM lost_devices l WHERE l.device_id = d.id) AS "lost!"
         FROM devices d JOIN users u ON u.id = d.user_id
         WHERE d.user_id = $1 AND d.last_sync_at > now() - interval '180 days'
         ORDER BY d.last_sync_at DESC, d.id"#,
        user.0,
    )
    .fetch_all(app)
    .await?;
    Ok(rows)
}

/// The devices of a region's officers: first those on which something has waited longest, then the longest silent.
pub async fn of_region(app: &PgPool, region: RegionId) -> Result<Vec<KnownDevice>, Trouble> {
    let rows = sqlx::query_as!(
        KnownDevice,
        r#"SELECT d.id, u.name AS person, d.browser, d.last_sync_at AS last_sync, d.unsent, d.oldest_unsent_at AS oldest_unsent
              , d.app_version AS version, d.storage_used_mb AS used_mb, d.storage_quota_mb AS quota_mb, d.storage_kept AS kept
              , EXISTS (SELECT FROM lost_devices l WHERE l.device_id = d.id) AS "lost!"
         FROM devices d JOIN users u ON u.id = d.user_id
         WHERE u.role = 'officer' AND u.region_id = $1 AND u.disabled_at IS NULL
           AND d.last_sync_at > now() - interval '180 days'
         ORDER BY (d.unsent > 0) DESC, d.oldest_unsent_at NULLS LAST, d.last_sync_at, d.id
         LIMIT 500"#,
        region.0,
    )
    .fetch_all(app)
    .await?;
    Ok(rows)
}
