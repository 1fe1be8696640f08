//! Contents of attachments: the chunks that have come, where whole ones lie, and those that lie here.

use domain::{
    attachment::content::{Digest, Media},
    clock::Moment,
    ids::ContentId,
};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::trouble::Trouble;

/// Where a whole content lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What kind of picture it is.
    pub media: Media,
    /// Under which name.
    pub name: Uuid,
    /// In which kind of store.
    pub store: String,
    /// Sealed under which key; none in the database.
    pub key: Option<String>,
}

/// Keeps one writer at a time on a content, until the transaction ends.
pub async fn lock(connection: &mut PgConnection, content: ContentId) -> Result<(), Trouble> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", content.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps a chunk; a second time changes nothing.
pub async fn keep_chunk(
    connection: &mut PgConnection,
    content: ContentId,
    at: i32,
    sealed: &[u8],
) -> Result<(), Trouble> {
    sqlx::query!(
        "INSERT INTO content_chunks (content_id, at, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        content.0,
        at,
        sealed,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Which chunks have come.
pub async fn chunks_here(connection: &mut PgConnection, content: ContentId) -> Result<Vec<i32>, Trouble> {
    Ok(sqlx::query_scalar!("SELECT at FROM content_chunks WHERE content_id = $1 ORDER BY at", content.0)
        .fetch_all(connection)
        .await?)
}

/// All chunks that have come, in their order.
pub async fn chunks(connection: &mut PgConnection, content: ContentId) -> Result<Vec<Vec<u8>>, Trouble> {
    Ok(sqlx::query_scalar!("SELECT sealed FROM content_chunks WHERE content_id = $1 ORDER BY at", content.0)
        .fetch_all(connection)
        .await?)
}

/// Lets go of the chunks: the content is whole, or of no use, or has to come anew.
pub async fn forget_chunks(connection: &mut PgConnection, content: ContentId) -> Result<(), Trouble> {
    sqlx::query!("DELETE FROM content_chunks WHERE content_id = $1", content.0).execute(connection).await?;
    Ok(())
}

/// Where the content with this digest lies, if it is here.
pub async fn place(connection: &mut PgConnection, digest: Digest) -> Result<Option<Place>, Trouble> {
    let row = sqlx::query!("SELECT media, name, store, key FROM contents WHERE digest = $1", digest.0.as_slice())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let media = Media::from_code(&row.media).ok_or_else(|| Trouble::Unreadable {
            table: "contents",
            id: row.name,
            reason: "not a kind of picture".to_owned(),
        })?;
        Ok(Place { media, name: row.name, store: row.store, key: row.key })
    })
    .transpose()
}

/// Notes where a content lies. False where another one with this digest was first.
pub async fn note_place(
    connection: &mut PgConnection,
    digest: Digest,
    place: &Place,
    now: Moment,
) -> Result<bool, Trouble> {
    let noted = sqlx::query!(
        "INSERT INTO contents (digest, media, name, store, key, kept_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING",
        digest.0.as_slice(),
        place.media.code(),
        place.name,
        place.store,
        place.key,
        now,
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Keeps a content in the database.
pub async fn keep_bytes(db: impl PgExecutor<'_>, name: Uuid, bytes: &[u8]) -> Result<(), Trouble> {
    sqlx::query!("INSERT INTO content_bytes (name, bytes) VALUES ($1, $2)", name, bytes).execute(db).await?;
    Ok(())
}

/// Reads a content that is kept in the database.
pub async fn bytes(db: impl PgExecutor<'_>, name: Uuid) -> Result<Option<Vec<u8>>, Trouble> {
    Ok(sqlx::query_scalar!("SELECT bytes FROM content_bytes WHERE name = $1", name).fetch_optional(db).await?)
}

/// Lets go of a content to which nothing points.
pub async fn forget_bytes(db: impl PgExecutor<'_>, name: Uuid) -> Result<(), Trouble> {
    sqlx::query!(
        "DELETE FROM content_bytes WHERE name = $1 AND NOT EXISTS (SELECT FROM contents WHERE contents.name = $1)",
        name
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets go of contents to which nothing points a day later: the server was stopped between the two writes.
pub async fn sweep(db: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    let swept = sqlx::query!(
        "DELETE FROM content_bytes
         WHERE kept_at < now() - interval '1 day' AND NOT EXISTS (SELECT FROM contents WHERE contents.name = content_bytes.name)"
    )
    .execute(db)
    .await?;
    Ok(swept.rows_affected())
}
