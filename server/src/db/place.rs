//! Regions, schools and communities, read whole.

use domain::{
    ids::{CommunityId, RegionId, SchoolId},
    site::{Community, Region, School, Sites},
};
use sqlx::PgConnection;

use super::trouble::Trouble;

/// All places, each kind by name.
pub async fn all(connection: &mut PgConnection) -> Result<Sites, Trouble> {
    let regions = sqlx::query!("SELECT id, name FROM regions ORDER BY name, id").fetch_all(&mut *connection).await?;
    let schools = sqlx::query!("SELECT id, name, region_id, parish FROM schools ORDER BY name, id")
        .fetch_all(&mut *connection)
        .await?;
    let communities = sqlx::query!("SELECT id, name, region_id, parish FROM communities ORDER BY name, id")
        .fetch_all(connection)
        .await?;
    Ok(Sites {
        regions: regions.into_iter().map(|row| Region { id: RegionId(row.id), name: row.name }).collect(),
        schools: schools
            .into_iter()
            .map(|row| School {
                id: SchoolId(row.id),
                name: row.name,
                region: RegionId(row.region_id),
                parish: row.parish,
            })
            .collect(),
        communities: communities
            .into_iter()
            .map(|row| Community {
                id: CommunityId(row.id),
                name: row.name,
                region: RegionId(row.region_id),
                parish: row.parish,
            })
            .collect(),
    })
}
