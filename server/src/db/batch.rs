//! What a batch of ops appends, in one statement: journal entries, new contact notes, and the heads of
//! their files moved on.
//!
//! One statement for three tables, since this is what nearly every sync writes.

use std::collections::BTreeMap;

use domain::{
    clock::Moment,
    contact::{Amendment, ContactNote},
    ids::{OpId, RegionId, UserId},
    sync::chain::Hash,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{contact_note::original, trouble::Trouble};

/// What an op did to the head of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// The file.
    pub id: Uuid,
    /// Where its chain stands now.
    pub hash: Hash,
    /// The new case officer, where that changed.
    pub officer: Option<UserId>,
    /// The latest of the contacts that were recorded.
    pub last_contact: Option<Moment>,
}

/// A journal entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The op.
    pub op: OpId,
    /// Its file.
    pub subject: Uuid,
    /// The file's region.
    pub region: RegionId,
    /// The device's own count.
    pub seq: i64,
    /// The stable word for what was done.
    pub kind: &'static str,
    /// The exact text that is hashed.
    pub text: String,
    /// The link before.
    pub previous: Hash,
    /// This link.
    pub hash: Hash,
}

/// Who wrote a batch of entries, on what, when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// The session's user.
    pub actor: Uuid,
    /// The device.
    pub device: Uuid,
    /// The server's clock.
    pub received_at: Moment,
    /// Whether the ops came in envelopes, from a device that was locked.
    pub sealed: bool,
}

/// What is appended.
#[derive(Debug, Clone, Copy)]
pub struct Appended<'a> {
    /// Journal entries, in the order of judging.
    pub entries: &'a [Entry],
    /// The heads of all files that the entries belong to.
    pub advances: &'a [Advance],
    /// New notes, each with the region of its client's file.
    pub notes: &'a [(&'a ContactNote, RegionId)],
}

/// Writes journal entries and new notes and moves the heads of their files on. Returns each op's place in
/// the journal.
///
/// Places are given in the order of `entries`; since the heads are locked, the order of places is the
/// order of the chain in every file.
pub async fn append(
    connection: &mut PgConnection,
    writer: Writer,
    appended: Appended<'_>,
) -> Result<BTreeMap<OpId, i64>, Trouble> {
    let Appended { entries, advances, notes } = appended;
    if entries.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ops: Vec<Uuid> = entries.iter().map(|e| e.op.0).collect();
    let subjects: Vec<Uuid> = entries.iter().map(|e| e.subject).collect();
    let regions: Vec<Uuid> = entries.iter().map(|e| e.region.0).collect();
    let seqs: Vec<i64> = entries.iter().map(|e| e.seq).collect();
    let kinds: Vec<&str> = entries.iter().map(|e| e.kind).collect();
    let texts: Vec<&str> = entries.iter().map(|e| e.text.as_str()).collect();
    let previous: Vec<&[u8]> = entries.iter().map(|e| e.previous.as_slice()).collect();
    let hashes: Vec<&[u8]> = entries.iter().map(|e| e.hash.as_slice()).collect();
    let heads: Vec<Uuid> = advances.iter().map(|a| a.id).collect();
    let head_hashes: Vec<&[u8]> = advances.iter().map(|a| a.hash.as_slice()).collect();
    let officers: Vec<Option<Uuid>> = advances.iter().map(|a| a.officer.map(|id| id.0)).collect();
    let contacts: Vec<Option<Moment>> = advances.iter().map(|a| a.last_contact).collect();
    let note_ids: Vec<Uuid> = notes.iter().map(|(n, _)| n.id.0).collect();
    let note_clients: Vec<Uuid> = notes.iter().map(|(n, _)| n.client.0).collect();
    let note_regions: Vec<Uuid> = notes.iter().map(|(_, region)| region.0).collect();
    let note_authors: Vec<Uuid> = notes.iter().map(|(n, _)| n.author.0).collect();
    let note_kinds: Vec<&str> = notes.iter().map(|(n, _)| n.body.kind.code()).collect();
    let note_happened: Vec<Moment> = notes.iter().map(|(n, _)| n.body.happened_at).collect();
    let note_recorded: Vec<Moment> = notes.iter().map(|(n, _)| n.recorded_at).collect();
    let note_data: Vec<Json<ContactNote>> = notes.iter().map(|(n, _)| Json(original(n))).collect();
    let note_amendments: Vec<Json<&[Amendment]>> = notes.iter().map(|(n, _)| Json(n.amendments.as_slice())).collect();
    let note_done: Vec<Option<Moment>> = notes.iter().map(|(n, _)| n.next_action_done).collect();
    let rows = sqlx::query!(
        r#"WITH noted AS (
               INSERT INTO contact_notes (id, client_id, region_id, author_id, kind, happened_at, recorded_at, received_at, data, amendments, next_action_done)
               SELECT id, client_id, region_id, author_id, kind, happened_at, recorded_at, $11, data, amendments, done
               FROM unnest($16::uuid[], $17::uuid[], $18::uuid[], $19::uuid[], $20::text[], $21::timestamptz[], $22::timestamptz[], $23::jsonb[], $24::jsonb[], $25::timestamptz[])
                 AS given (id, client_id, region_id, author_id, kind, happened_at, recorded_at, data, amendments, done)
           ), written AS (
               INSERT INTO journal (op_id, subject_id, region_id, actor_id, device_id, seq, kind, received_at, entry, previous, hash)
               SELECT op_id, subject_id, region_id, $9, $10, seq, kind, $11, entry, previous, hash
               FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::bytea[], $8::bytea[])
                 AS given (op_id, subject_id, region_id, seq, kind, entry, previous, hash)
               RETURNING op_id, subject_id, position
           ), moved AS (
               UPDATE subjects
               SET head_position = last.position
                 , head_hash = given.hash
                 , changed = pg_current_xact_id()
                 , officer_id = coalesce(given.officer_id, subjects.officer_id)
                 , entered = CASE WHEN given.officer_id IS NULL THEN subjects.entered ELSE pg_current_xact_id() END
                 , last_contact_at = greatest(subjects.last_contact_at, given.last_contact_at)
               FROM unnest($12::uuid[], $13::bytea[], $14::uuid[], $15::timestamptz[]) AS given (id, hash, officer_id, last_contact_at)
               JOIN (SELECT subject_id, max(position) AS position FROM written GROUP BY subject_id) AS last
                 ON last.subject_id = given.id
               WHERE subjects.id = given.id
               RETURNING subjects.id
           )
           SELECT op_id AS "op_id!", position AS "position!", (SELECT count(*) FROM moved) AS "moved!"
           FROM written"#,
        &ops,
        &subjects,
        &regions,
        &seqs,
        &kinds as &[&str],
        &texts as &[&str],
        &previous as &[&[u8]],
        &hashes as &[&[u8]],
        writer.actor,
        writer.device,
        writer.received_at,
        &heads,
        &head_hashes as &[&[u8]],
        &officers as &[Option<Uuid>],
        &contacts as &[Option<Moment>],
        &note_ids,
        &note_clients,
        &note_regions,
        &note_authors,
        &note_kinds as &[&str],
        &note_happened,
        &note_recorded,
        &note_data as &[Json<ContactNote>],
        &note_amendments as &[Json<&[Amendment]>],
        &note_done as &[Option<Moment>],
    )
    .fetch_all(connection)
    .await?;
    if rows.first().is_some_and(|row| usize::try_from(row.moved) != Ok(advances.len())) {
        return Err(Trouble::Missed("heads of files"));
    }
    Ok(rows.into_iter().map(|row| (OpId(row.op_id), row.position)).collect())
}
