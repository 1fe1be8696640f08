//! Officers to whom cases can be assigned, with what they carry.

use domain::{
    access::Role,
    caseload::Colleague,
    ids::{RegionId, UserId},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::trouble::Trouble;

struct Row {
    id: Uuid,
    name: String,
    region_id: Option<Uuid>,
    available: bool,
    active: i64,
}

impl Row {
    fn into_colleague(self) -> Option<Colleague> {
        Some(Colleague {
            user: UserId(self.id),
            name: self.name,
            region: RegionId(self.region_id?),
            active: u32::try_from(self.active).unwrap_or(u32::MAX),
            available: self.available,
        })
    }
}

/// The region's officers by name. Counts the cases that the actor may see.
pub async fn of_region(connection: &mut PgConnection, region: RegionId) -> Result<Vec<Colleague>, Trouble> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT users.id, users.name, users.region_id, users.disabled_at IS NULL AS "available!"
                , coalesce(loads.active, 0) AS "active!"
           FROM users
           LEFT JOIN (
               SELECT officer_id, count(*) AS active FROM clients
               WHERE region_id = $1 AND status = 'active'
               GROUP BY officer_id
           ) AS loads ON loads.officer_id = users.id
           WHERE users.region_id = $1 AND users.role = $2
           ORDER BY users.name, users.id"#,
        region.0,
        Role::Officer.code(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(Row::into_colleague).collect())
}

/// These users, as far as they are officers, wherever they work. Counts the cases that the actor may see.
pub async fn named(connection: &mut PgConnection, users: &[Uuid]) -> Result<Vec<Colleague>, Trouble> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT users.id, users.name, users.region_id, users.disabled_at IS NULL AS "available!"
                , (SELECT count(*) FROM clients WHERE officer_id = users.id AND status = 'active') AS "active!"
           FROM users
           WHERE users.id = ANY ($1) AND users.role = $2"#,
        users,
        Role::Officer.code(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(Row::into_colleague).collect())
}
