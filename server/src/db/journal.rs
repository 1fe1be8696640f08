//! The journal: one row for each applied op, read here to be proved. It is written by [`super::batch`].

use chrono::NaiveDate;
use domain::{clock::Moment, sync::chain::Hash};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{subject::hash, trouble::Trouble};

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its place.
    pub position: i64,
    /// The op.
    pub op: Uuid,
    /// The file.
    pub subject: Uuid,
    /// Who acted.
    pub actor: Uuid,
    /// The text that was hashed.
    pub text: String,
    /// The link before.
    pub previous: Vec<u8>,
    /// This link.
    pub hash: Vec<u8>,
}

/// Where an entry stands in the order of checking: by file, then by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The file.
    pub subject: Uuid,
    /// The place.
    pub position: i64,
}

/// Reads the next entries after a mark, by file and then by place, so that a chain of any length and a
/// journal of any size are read in bounded memory.
pub async fn entries_after(
    connection: &mut PgConnection,
    mark: Option<Mark>,
    limit: i64,
) -> Result<Vec<StoredEntry>, Trouble> {
    let mark = mark.unwrap_or(Mark { subject: Uuid::nil(), position: i64::MIN });
    let rows = sqlx::query_as!(
        StoredEntry,
        r#"SELECT position, op_id AS op, subject_id AS subject, actor_id AS actor, entry AS text, previous, hash
           FROM journal
           WHERE (subject_id, position) > ($1, $2)
           ORDER BY subject_id, position
           LIMIT $3"#,
        mark.subject,
        mark.position,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// The head of a file as its row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHead {
    /// The file.
    pub id: Uuid,
    /// The place of its last entry; 0 without one.
    pub position: i64,
    /// Its last link.
    pub hash: Vec<u8>,
}

/// Reads the next heads after a file, in the order of their ids.
pub async fn heads_after(
    connection: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<StoredHead>, Trouble> {
    let rows = sqlx::query_as!(
        StoredHead,
        "SELECT id, head_position AS position, head_hash AS hash FROM subjects
         WHERE $1::uuid IS NULL OR id > $1
         ORDER BY id
         LIMIT $2",
        after,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// A signed end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The day, in Jamaica.
    pub day: NaiveDate,
    /// The place of the last entry that it covers.
    pub through: i64,
    /// The chain over all links up to there.
    pub digest: Vec<u8>,
    /// With which key.
    pub public_key: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

/// All seals, oldest first.
pub async fn seals(connection: &mut PgConnection) -> Result<Vec<Seal>, Trouble> {
    let rows = sqlx::query_as!(
        Seal,
        "SELECT day, through_position AS through, digest, public_key, signature FROM journal_seals ORDER BY day",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Writes a seal. False if the day has one already.
pub async fn seal(connection: &mut PgConnection, seal: &Seal) -> Result<bool, Trouble> {
    let done = sqlx::query!(
        "INSERT INTO journal_seals (day, through_position, digest, public_key, signature)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (day) DO NOTHING",
        seal.day,
        seal.through,
        seal.digest,
        seal.public_key,
        seal.signature,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Reads the next links after a place, in the order of places, up to `through`.
pub async fn links_after(
    connection: &mut PgConnection,
    after: i64,
    through: i64,
    limit: i64,
) -> Result<Vec<(i64, Hash)>, Trouble> {
    let rows = sqlx::query!(
        "SELECT position, op_id, hash FROM journal WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3",
        after,
        through,
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| Ok((row.position, hash("journal", row.op_id, &row.hash)?))).collect()
}

/// The place of the last entry received before this moment; 0 without one. When it returns, nobody can
/// write an entry at or before that place any more: it waits until all batches under way are done.
pub async fn settled_place_before(owner: &PgPool, moment: Moment) -> Result<i64, Trouble> {
    let mut transaction = owner.begin().await?;
    sqlx::query!("LOCK TABLE journal IN SHARE MODE").execute(&mut *transaction).await?;
    // From the end backwards: the wanted one is not far.
    let place = sqlx::query_scalar!(
        "SELECT position FROM journal WHERE received_at < $1 ORDER BY position DESC LIMIT 1",
        moment,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(place.unwrap_or(0))
}
