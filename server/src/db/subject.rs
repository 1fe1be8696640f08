//! The heads of files: whose a referral or a client's file is, and where its chain of journal entries stands.

use std::collections::BTreeMap;

use domain::{
    clock::Moment,
    ids::{OpId, RegionId, SchoolId, UserId},
    sync::{chain::Hash, op::Subject},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::trouble::Trouble;

/// The head of a file, locked for this transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The file.
    pub id: Uuid,
    /// The region that answers for it.
    pub region: RegionId,
    /// Where its chain stands.
    pub hash: Hash,
}

/// A file that is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubject {
    /// Which.
    pub subject: Subject,
    /// The region that answers for it.
    pub region: RegionId,
    /// Of a referral: the school that it comes from.
    pub school: Option<SchoolId>,
    /// Of a referral: who sent it.
    pub referrer: Option<UserId>,
    /// Of a client: the case officer.
    pub officer: Option<UserId>,
}

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
}

/// Locks the heads of these files against other writers, always in the order of their ids so that two
/// batches never wait for each other in a circle. Files that the actor does not see are left out.
///
/// A lock that had to wait returns the newest version of the row; what else is read of the file must be
/// read by later statements.
pub async fn lock(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Head>, Trouble> {
    let rows = sqlx::query!(
        "SELECT id, region_id, head_hash
         FROM subjects
         WHERE id = ANY ($1)
         ORDER BY id
         FOR NO KEY UPDATE",
        ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| Ok(Head { id: row.id, region: RegionId(row.region_id), hash: hash("subjects", row.id, &row.head_hash)? }))
        .collect()
}

/// Opens files.
pub async fn open(connection: &mut PgConnection, files: &[NewSubject]) -> Result<(), Trouble> {
    if files.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = files.iter().map(|f| f.subject.uuid()).collect();
    let kinds: Vec<String> = files.iter().map(|f| f.subject.kind().to_owned()).collect();
    let regions: Vec<Uuid> = files.iter().map(|f| f.region.0).collect();
    let schools: Vec<Option<Uuid>> = files.iter().map(|f| f.school.map(|id| id.0)).collect();
    let referrers: Vec<Option<Uuid>> = files.iter().map(|f| f.referrer.map(|id| id.0)).collect();
    let officers: Vec<Option<Uuid>> = files.iter().map(|f| f.officer.map(|id| id.0)).collect();
    sqlx::query!(
        "INSERT INTO subjects (id, kind, region_id, school_id, referrer_id, officer_id)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[])",
        &ids,
        &kinds,
        &regions,
        &schools as &[Option<Uuid>],
        &referrers as &[Option<Uuid>],
        &officers as &[Option<Uuid>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes journal entries and moves the heads of their files on, in one statement. Returns each op's
/// place in the journal.
///
/// Places are given in the order of `entries`; since the heads are locked, the order of places is the
/// order of the chain in every file.
pub async fn append(
    connection: &mut PgConnection,
    writer: Writer,
    entries: &[Entry],
    advances: &[Advance],
) -> Result<BTreeMap<OpId, i64>, Trouble> {
    if entries.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ops: Vec<Uuid> = entries.iter().map(|e| e.op.0).collect();
    let subjects: Vec<Uuid> = entries.iter().map(|e| e.subject).collect();
    let regions: Vec<Uuid> = entries.iter().map(|e| e.region.0).collect();
    let seqs: Vec<i64> = entries.iter().map(|e| e.seq).collect();
    let kinds: Vec<String> = entries.iter().map(|e| e.kind.to_owned()).collect();
    let texts: Vec<String> = entries.iter().map(|e| e.text.clone()).collect();
    let previous: Vec<Vec<u8>> = entries.iter().map(|e| e.previous.to_vec()).collect();
    let hashes: Vec<Vec<u8>> = entries.iter().map(|e| e.hash.to_vec()).collect();
    let heads: Vec<Uuid> = advances.iter().map(|a| a.id).collect();
    let head_hashes: Vec<Vec<u8>> = advances.iter().map(|a| a.hash.to_vec()).collect();
    let officers: Vec<Option<Uuid>> = advances.iter().map(|a| a.officer.map(|id| id.0)).collect();
    let contacts: Vec<Option<Moment>> = advances.iter().map(|a| a.last_contact).collect();
    let rows = sqlx::query!(
        r#"WITH written AS (
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
        &kinds,
        &texts,
        &previous,
        &hashes,
        writer.actor,
        writer.device,
        writer.received_at,
        &heads,
        &head_hashes,
        &officers as &[Option<Uuid>],
        &contacts as &[Option<Moment>],
    )
    .fetch_all(connection)
    .await?;
    if rows.first().is_some_and(|row| usize::try_from(row.moved) != Ok(advances.len())) {
        return Err(Trouble::Missed("heads of files"));
    }
    Ok(rows.into_iter().map(|row| (OpId(row.op_id), row.position)).collect())
}

/// Reads 32 bytes of a `bytea` column.
pub(super) fn hash(table: &'static str, id: Uuid, bytes: &[u8]) -> Result<Hash, Trouble> {
    Hash::try_from(bytes).map_err(|_| Trouble::Unreadable { table, id, reason: format!("a hash of {} bytes", bytes.len()) })
}
