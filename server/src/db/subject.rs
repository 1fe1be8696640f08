//! The heads of files: whose a referral or a client's file is, and where its chain of journal entries stands.

use domain::{
    ids::{RegionId, SchoolId, UserId},
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
        .map(|row| {
            Ok(Head { id: row.id, region: RegionId(row.region_id), hash: hash("subjects", row.id, &row.head_hash)? })
        })
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

/// Reads 32 bytes of a `bytea` column.
pub(super) fn hash(table: &'static str, id: Uuid, bytes: &[u8]) -> Result<Hash, Trouble> {
    Hash::try_from(bytes).map_err(|_| Trouble::Unreadable {
        table,
        id,
        reason: format!("a hash of {} bytes", bytes.len()),
    })
}
