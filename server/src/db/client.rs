//! Clients: profiles and current cases.

use domain::client::{CaseStatus, Client};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{stored, trouble::Trouble};
use domain::clock::Moment;

/// The stable word for the state of a case.
pub const fn status_code(status: &CaseStatus) -> &'static str {
    match status {
        CaseStatus::Active => "active",
        CaseStatus::Closed { .. } => "closed",
    }
}

/// Writes the files of new clients.
pub async fn open(connection: &mut PgConnection, clients: &[&Client]) -> Result<(), Trouble> {
    if clients.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = clients.iter().map(|c| c.id.0).collect();
    let regions: Vec<Uuid> = clients.iter().map(|c| c.region.0).collect();
    let officers: Vec<Uuid> = clients.iter().map(|c| c.case.officer.0).collect();
    let references: Vec<String> = clients.iter().map(|c| c.reference.as_str().to_owned()).collect();
    let statuses: Vec<String> = clients.iter().map(|c| status_code(&c.case.status).to_owned()).collect();
    let opened: Vec<Moment> = clients.iter().map(|c| c.case.opened_at).collect();
    let data: Vec<Json<&Client>> = clients.iter().map(|c| Json(*c)).collect();
    sqlx::query!(
        "INSERT INTO clients (id, region_id, officer_id, reference, status, opened_at, data)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[])",
        &ids,
        &regions,
        &officers,
        &references,
        &statuses,
        &opened,
        &data as &[Json<&Client>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes changed clients.
pub async fn rewrite(connection: &mut PgConnection, clients: &[&Client]) -> Result<(), Trouble> {
    if clients.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = clients.iter().map(|c| c.id.0).collect();
    let officers: Vec<Uuid> = clients.iter().map(|c| c.case.officer.0).collect();
    let statuses: Vec<String> = clients.iter().map(|c| status_code(&c.case.status).to_owned()).collect();
    let data: Vec<Json<&Client>> = clients.iter().map(|c| Json(*c)).collect();
    let done = sqlx::query!(
        "UPDATE clients
         SET officer_id = given.officer_id, status = given.status, data = given.data
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[]) AS given (id, officer_id, status, data)
         WHERE clients.id = given.id",
        &ids,
        &officers,
        &statuses,
        &data as &[Json<&Client>],
    )
    .execute(connection)
    .await?;
    stored::all_touched("clients", done.rows_affected(), clients.len())
}

/// Reads clients, in the order of their ids.
pub async fn read(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Result<Client, Trouble>>, Trouble> {
    let rows = sqlx::query!(r#"SELECT id, data::text AS "data!" FROM clients WHERE id = ANY ($1) ORDER BY id"#, ids)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| stored::read("clients", row.id, &row.data)).collect())
}
