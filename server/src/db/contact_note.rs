//! Contact notes. What was written is never changed; corrections and "done" stand in columns of their own.

use domain::{
    clock::Moment,
    contact::{Amendment, ContactNote},
    ids::RegionId,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{stored, trouble::Trouble};

/// The note as it was first written: what the column `data` holds for ever.
fn original(note: &ContactNote) -> ContactNote {
    ContactNote { amendments: Vec::new(), next_action_done: None, ..note.clone() }
}

/// Writes new notes, each with the region of its client's file.
pub async fn record(connection: &mut PgConnection, notes: &[(&ContactNote, RegionId)], received_at: Moment) -> Result<(), Trouble> {
    if notes.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = notes.iter().map(|(n, _)| n.id.0).collect();
    let clients: Vec<Uuid> = notes.iter().map(|(n, _)| n.client.0).collect();
    let regions: Vec<Uuid> = notes.iter().map(|(_, region)| region.0).collect();
    let authors: Vec<Uuid> = notes.iter().map(|(n, _)| n.author.0).collect();
    let kinds: Vec<String> = notes.iter().map(|(n, _)| n.body.kind.code().to_owned()).collect();
    let happened: Vec<Moment> = notes.iter().map(|(n, _)| n.body.happened_at).collect();
    let recorded: Vec<Moment> = notes.iter().map(|(n, _)| n.recorded_at).collect();
    let data: Vec<Json<ContactNote>> = notes.iter().map(|(n, _)| Json(original(n))).collect();
    let amendments: Vec<Json<&[Amendment]>> = notes.iter().map(|(n, _)| Json(n.amendments.as_slice())).collect();
    let done: Vec<Option<Moment>> = notes.iter().map(|(n, _)| n.next_action_done).collect();
    sqlx::query!(
        "INSERT INTO contact_notes (id, client_id, region_id, author_id, kind, happened_at, recorded_at, received_at, data, amendments, next_action_done)
         SELECT id, client_id, region_id, author_id, kind, happened_at, recorded_at, $8, data, amendments, done
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $9::jsonb[], $10::jsonb[], $11::timestamptz[])
           AS given (id, client_id, region_id, author_id, kind, happened_at, recorded_at, data, amendments, done)",
        &ids,
        &clients,
        &regions,
        &authors,
        &kinds,
        &happened,
        &recorded,
        received_at,
        &data as &[Json<ContactNote>],
        &amendments as &[Json<&[Amendment]>],
        &done as &[Option<Moment>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes corrections and what was done of what was promised.
pub async fn amend(connection: &mut PgConnection, notes: &[&ContactNote]) -> Result<(), Trouble> {
    if notes.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = notes.iter().map(|n| n.id.0).collect();
    let amendments: Vec<Json<&[Amendment]>> = notes.iter().map(|n| Json(n.amendments.as_slice())).collect();
    let done: Vec<Option<Moment>> = notes.iter().map(|n| n.next_action_done).collect();
    let touched = sqlx::query!(
        "UPDATE contact_notes
         SET amendments = given.amendments, next_action_done = given.done, changed = pg_current_xact_id()
         FROM unnest($1::uuid[], $2::jsonb[], $3::timestamptz[]) AS given (id, amendments, done)
         WHERE contact_notes.id = given.id",
        &ids,
        &amendments as &[Json<&[Amendment]>],
        &done as &[Option<Moment>],
    )
    .execute(connection)
    .await?;
    stored::all_touched("contact notes", touched.rows_affected(), notes.len())
}

/// Reads the notes of these clients' files: all of them where the file is `whole`, else those that
/// changed in transaction `since` or later. In the order of the clients, then of the contacts.
pub async fn read_of_clients(
    connection: &mut PgConnection,
    clients: &[Uuid],
    whole: &[bool],
    since: u64,
) -> Result<Vec<Result<ContactNote, Trouble>>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT notes.id, notes.data::text AS "data!", notes.amendments::text AS "amendments!", notes.next_action_done
           FROM unnest($1::uuid[], $2::boolean[]) AS given (id, whole)
           JOIN contact_notes AS notes ON notes.client_id = given.id
             AND notes.changed >= CASE WHEN given.whole THEN '0'::xid8 ELSE $3::text::xid8 END
           ORDER BY notes.client_id, notes.happened_at, notes.id"#,
        clients,
        whole,
        since.to_string(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| assemble(row.id, &row.data, &row.amendments, row.next_action_done)).collect())
}

/// Puts a note together from its columns.
pub(super) fn assemble(id: Uuid, data: &str, amendments: &str, done: Option<Moment>) -> Result<ContactNote, Trouble> {
    let original: ContactNote = stored::read("contact_notes", id, data)?;
    Ok(ContactNote { amendments: stored::read("contact_notes", id, amendments)?, next_action_done: done, ..original })
}
