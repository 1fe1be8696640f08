//! What each officer of a region carries, and how their devices do.

use domain::{clock::Moment, ids::RegionId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::trouble::Trouble;

/// One officer's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Who.
    pub user: Uuid,
    /// Their name.
    pub name: String,
    /// Whether the account is closed.
    pub disabled: bool,
    /// Active cases.
    pub active: i64,
    /// Closed cases.
    pub closed: i64,
    /// Cases opened in the last 30 days.
    pub opened_30_days: i64,
    /// The latest contact.
    pub last_contact: Option<Moment>,
    /// The contact, or the opening, of the active client longest without one.
    pub longest_quiet: Option<Moment>,
    /// When a device last spoke with the server.
    pub last_sync: Option<Moment>,
    /// What waited on the devices then.
    pub unsent: i64,
}

/// The region's officers by name, and whoever else has active cases there.
pub async fn of_region(connection: &mut PgConnection, region: RegionId) -> Result<Vec<Figures>, Trouble> {
    let rows = sqlx::query_as!(
        Figures,
        r#"SELECT u.id AS "user!", u.name AS "name!", u.disabled_at IS NOT NULL AS "disabled!"
              , coalesce(l.active, 0) AS "active!", coalesce(l.closed, 0) AS "closed!", coalesce(l.opened, 0) AS "opened_30_days!"
              , l.last_contact, l.longest_quiet, d.last_sync, coalesce(d.unsent, 0) AS "unsent!"
         FROM users u
         LEFT JOIN (
             SELECT c.officer_id
                  , count(*) FILTER (WHERE c.status = 'active') AS active
                  , count(*) FILTER (WHERE c.status = 'closed') AS closed
                  , count(*) FILTER (WHERE c.opened_at > now() - interval '30 days') AS opened
                  , max(s.last_contact_at) AS last_contact
                  , min(coalesce(s.last_contact_at, c.opened_at)) FILTER (WHERE c.status = 'active') AS longest_quiet
             FROM clients c JOIN subjects s ON s.id = c.id
             WHERE c.region_id = $1
             GROUP BY c.officer_id
         ) l ON l.officer_id = u.id
         LEFT JOIN (
             SELECT user_id, max(last_sync_at) AS last_sync, sum(unsent) AS unsent FROM devices GROUP BY user_id
         ) d ON d.user_id = u.id
         WHERE (u.role = 'officer' AND u.region_id = $1 AND u.disabled_at IS NULL) OR l.active > 0
         ORDER BY lower(u.name), u.id"#,
        region.0,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
