//! Making and changing regions, schools and communities; see [`super::place`] for reading them.
//!
//! Every edit moves `changed`, so that devices pull the places anew.

use domain::site::{Community, Region, School};
use sqlx::PgConnection;

use super::trouble::Trouble;

/// Makes a region, or changes the one with this id.
pub async fn save_region(connection: &mut PgConnection, region: &Region) -> Result<(), Trouble> {
    sqlx::query!(
        "INSERT INTO regions (id, name) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, changed = pg_current_xact_id()",
        region.id.0,
        region.name,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a school, or changes the one with this id. Where its region changes, its counsellors' devices
/// are told to pull everything anew.
pub async fn save_school(connection: &mut PgConnection, school: &School) -> Result<(), Trouble> {
    sqlx::query!(
        "UPDATE users SET scope_version = scope_version + 1
         FROM schools WHERE schools.id = $1 AND users.school_id = schools.id AND schools.region_id <> $2",
        school.id.0,
        school.region.0,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO schools (id, name, region_id, parish) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, region_id = excluded.region_id, parish = excluded.parish
          , changed = pg_current_xact_id()",
        school.id.0,
        school.name,
        school.region.0,
        school.parish,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a community, or changes the one with this id.
pub async fn save_community(connection: &mut PgConnection, community: &Community) -> Result<(), Trouble> {
    sqlx::query!(
        "INSERT INTO communities (id, name, region_id, parish) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, region_id = excluded.region_id, parish = excluded.parish
          , changed = pg_current_xact_id()",
        community.id.0,
        community.name,
        community.region.0,
        community.parish,
    )
    .execute(connection)
    .await?;
    Ok(())
}
