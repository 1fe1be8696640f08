//! Contact notes. What was written is never changed; corrections and "done" stand in columns of their own.
//! New ones are written by [`super::batch`], and read with their files by [`super::feed`].

use domain::{
    clock::Moment,
    contact::{Amendment, ContactNote},
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{stored, trouble::Trouble};

/// The note as it was first written: what the column `data` holds for ever.
pub(super) fn original(note: &ContactNote) -> ContactNote {
    ContactNote { amendments: Vec::new(), next_action_done: None, ..note.clone() }
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

/// Puts a note together from its columns.
pub(super) fn assemble(id: Uuid, data: &str, amendments: &str, done: Option<Moment>) -> Result<ContactNote, Trouble> {
    let original: ContactNote = stored::read("contact_notes", id, data)?;
    Ok(ContactNote { amendments: stored::read("contact_notes", id, amendments)?, next_action_done: done, ..original })
}
