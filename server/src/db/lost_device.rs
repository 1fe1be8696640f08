//! Devices that were reported lost, and what they still had to say.

use std::collections::HashSet;

use domain::{
    access::{Actor, Role},
    clock::Moment,
    ids::{DeviceId, OpId, RegionId, SchoolId, UserId},
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{decode::Damaged, trouble::Trouble};

/// A device that was reported lost.
#[derive(Debug, Clone)]
pub struct LostDevice {
    /// Which.
    pub device: Uuid,
    /// Whose: their name.
    pub person: String,
    /// The kind of browser; may be empty.
    pub browser: String,
    /// When it was reported.
    pub reported_at: Moment,
    /// When it heard of it and destroyed its key.
    pub wiped_at: Option<Moment>,
    /// What a person found: `breach` or `no-breach`.
    pub finding: Option<String>,
    /// Why.
    pub reason: String,
}

/// An op that waits for a decision.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// Which.
    pub op: Uuid,
    /// Who is said to have written it: their name.
    pub person: String,
    /// The device.
    pub device: Uuid,
    /// When it came.
    pub received_at: Moment,
    /// The op's text.
    pub entry: String,
}

/// Reports a device lost: its person's sessions end, except the reporting one, and a breach is to be confirmed or denied. For one's own devices,
/// and for those of officers of the region where one is given. False where there is no such device.
pub async fn report(
    connection: &mut PgConnection,
    device: DeviceId,
    by: UserId,
    session: Uuid,
    region: Option<RegionId>,
    now: Moment,
) -> Result<bool, Trouble> {
    let found = sqlx::query!(
        r#"SELECT d.user_id, coalesce(u.region_id, c.region_id) AS region_id
         FROM devices d JOIN users u ON u.id = d.user_id LEFT JOIN schools c ON c.id = u.school_id
         WHERE d.id = $1 AND (d.user_id = $2 OR (u.role = 'officer' AND u.region_id = $3))"#,
        device.0,
        by.0,
        region.map(|region| region.0),
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(found) = found else { return Ok(false) };
    let reported = sqlx::query!(
        "INSERT INTO lost_devices (device_id, user_id, region_id, reported_at, reported_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        device.0,
        found.user_id,
        found.region_id,
        now,
        by.0,
    )
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if reported > 0 {
        sqlx::query!(
            "INSERT INTO breaches (device_id, opened_at, region_id, user_id) VALUES ($1, $2, $3, $4)",
            device.0,
            now,
            found.region_id,
            found.user_id,
        )
        .execute(&mut *connection)
        .await?;
    }
    // Which of the person's sessions is the device's is known only as of a minute ago: all end, but the
    // one that reports.
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2", found.user_id, session)
        .execute(&mut *connection)
        .await?;
    Ok(true)
}

/// The region's lost devices, the last reported first, as the acting supervisor may see them.
pub async fn of_region(connection: &mut PgConnection) -> Result<Vec<LostDevice>, Trouble> {
    let rows = sqlx::query_as!(
        LostDevice,
        r#"SELECT b.device_id AS device, u.name AS person, d.browser, l.reported_at, l.wiped_at, b.finding, b.reason
         FROM breaches b
         JOIN lost_devices l ON l.device_id = b.device_id
         JOIN devices d ON d.id = b.device_id
         JOIN users u ON u.id = b.user_id
         ORDER BY l.reported_at DESC, b.device_id
         LIMIT 200"#,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// What waits for a decision, the oldest first, as the acting supervisor may see it.
pub async fn waiting(connection: &mut PgConnection) -> Result<Vec<Quarantined>, Trouble> {
    let rows = sqlx::query_as!(
        Quarantined,
        r#"SELECT q.op_id AS op, u.name AS person, q.device_id AS device, q.received_at, q.entry
         FROM quarantine q JOIN users u ON u.id = q.user_id
         WHERE q.decided_at IS NULL
         ORDER BY q.received_at, q.op_id
         LIMIT 200"#,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Which of these ops lost devices have left, whatever was decided about them. For the owner of the tables: who
/// delivers an op again is not who decides.
pub async fn are_left(owner: &PgPool, ops: &[OpId]) -> Result<HashSet<OpId>, Trouble> {
    let ops: Vec<Uuid> = ops.iter().map(|op| op.0).collect();
    let left =
        sqlx::query_scalar!("SELECT op_id FROM quarantine WHERE op_id = ANY ($1)", &ops).fetch_all(owner).await?;
    Ok(left.into_iter().map(OpId).collect())
}

/// Whether the journal has this op. For the owner of the tables.
pub async fn is_applied(owner: &PgPool, op: OpId) -> Result<bool, Trouble> {
    let there = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM journal WHERE op_id = $1) AS "there!""#, op.0);
    Ok(there.fetch_one(owner).await?)
}

/// An op that waits, with the person who is said to have written it, as they are now. None where it does not
/// wait (any more), or is not the acting supervisor's to decide. It is locked until the transaction ends.
pub async fn open(connection: &mut PgConnection, op: OpId) -> Result<Option<(Actor, DeviceId, String)>, Trouble> {
    let row = sqlx::query!(
        r#"SELECT q.device_id, q.entry, u.id, u.name, u.role, u.post, u.school_id
              , coalesce(u.region_id, c.region_id) AS region_id
         FROM quarantine q JOIN users u ON u.id = q.user_id LEFT JOIN schools c ON c.id = u.school_id
         WHERE q.op_id = $1 AND q.decided_at IS NULL
         FOR UPDATE OF q"#,
        op.0,
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let role = Role::from_code(&row.role).ok_or_else(|| Damaged::error("users.role", row.id))?;
    let actor = Actor {
        user: UserId(row.id),
        name: row.name,
        role,
        region: row.region_id.map(RegionId),
        school: row.school_id.map(SchoolId),
        post: row.post,
    };
    Ok(Some((actor, DeviceId(row.device_id), row.entry)))
}

/// Writes down what was decided.
pub async fn decide(
    connection: &mut PgConnection,
    op: OpId,
    by: UserId,
    taken_up: bool,
    now: Moment,
) -> Result<(), Trouble> {
    sqlx::query!(
        "UPDATE quarantine SET decided_at = $3, decided_by = $2, decision = $4 WHERE op_id = $1 AND decided_at IS NULL",
        op.0,
        by.0,
        now,
        if taken_up { "taken-up" } else { "put-aside" },
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes down what was found about a lost device. False where it is not the acting supervisor's.
pub async fn find(
    connection: &mut PgConnection,
    device: DeviceId,
    by: UserId,
    is_breach: bool,
    reason: &str,
    now: Moment,
) -> Result<bool, Trouble> {
    let done = sqlx::query!(
        "UPDATE breaches SET confirmed_at = $3, confirmed_by = $2, finding = $4, reason = $5 WHERE device_id = $1",
        device.0,
        by.0,
        now,
        if is_breach { "breach" } else { "no-breach" },
        reason,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether this device was reported lost.
pub async fn is_lost(app: &PgPool, device: DeviceId) -> Result<bool, Trouble> {
    let lost =
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM lost_devices WHERE device_id = $1) AS "lost!""#, device.0,)
            .fetch_one(app)
            .await?;
    Ok(lost)
}

/// Whose device it is, where it was reported lost. That it was told so is noted: it destroys its key now.
pub async fn tell(app: &PgPool, device: DeviceId, now: Moment) -> Result<Option<UserId>, Trouble> {
    if !is_lost(app, device).await? {
        return Ok(None);
    }
    let owner = sqlx::query_scalar!(
        "UPDATE lost_devices SET wiped_at = coalesce(wiped_at, $2) WHERE device_id = $1 RETURNING user_id",
        device.0,
        now,
    )
    .fetch_optional(app)
    .await?;
    Ok(owner.map(UserId))
}

/// Keeps an op for the supervisor of its person's region; one that is kept already stays as it was. False
/// where the device has left `most` and more: no honest phone does.
pub async fn quarantine(
    app: &PgPool,
    user: UserId,
    device: DeviceId,
    op: OpId,
    text: &str,
    now: Moment,
    most: i32,
) -> Result<bool, Trouble> {
    let kept = sqlx::query!(
        r#"WITH counted AS (
               UPDATE lost_devices SET quarantined = quarantined + 1
               WHERE device_id = $2 AND user_id = $1 AND quarantined < $6
               RETURNING region_id
           )
           INSERT INTO quarantine (op_id, user_id, device_id, region_id, entry, received_at)
           SELECT $3, $1, $2, region_id, $4, $5 FROM counted
           ON CONFLICT DO NOTHING"#,
        user.0,
        device.0,
        op.0,
        text,
        now,
        most,
    )
    .execute(app)
    .await?
    .rows_affected();
    if kept > 0 {
        return Ok(true);
    }
    // Kept already, or too many: the count tells.
    let left = sqlx::query_scalar!(
        r#"SELECT quarantined < $2 AS "left!" FROM lost_devices WHERE device_id = $1"#,
        device.0,
        most,
    )
    .fetch_optional(app)
    .await?;
    Ok(left.unwrap_or(false))
}
