//! Who had which client from when to when.

use domain::{ids::RegionId, sync::op::Assignment};
use sqlx::PgConnection;

use super::trouble::Trouble;

/// Notes that a case passes into an officer's hands; whoever had it before has it no longer.
pub async fn pass_on(connection: &mut PgConnection, assignment: &Assignment, region: RegionId) -> Result<(), Trouble> {
    sqlx::query!(
        // The later of the supervisor's clock and the server's: until the transfer has arrived, the officer
        // before could not know of it, and her notes are still taken.
        "UPDATE assignments SET ended_at = GREATEST($2, now()), changed = pg_current_xact_id()
         WHERE client_id = $1 AND ended_at IS NULL",
        assignment.client.0,
        assignment.at,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO assignments (client_id, case_id, region_id, officer_id, started_at)
         VALUES ($1, $2, $3, $4, $5)",
        assignment.client.0,
        assignment.case.0,
        region.0,
        assignment.to.0,
        assignment.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}
