//! Attachments, and how far their contents have come.

use domain::{
    attachment::{Arrival, Attachment, content::Digest},
    clock::Moment,
    ids::{AttachmentId, ClientId, ContentId, RegionId},
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{stored, trouble::Trouble};

/// A new attachment, with the region of its client's file and the key under which its content comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// What the op said.
    pub attachment: Attachment,
    /// Where the file belongs.
    pub region: RegionId,
    /// Base64.
    pub key: String,
}

/// Writes new attachments.
pub async fn add(connection: &mut PgConnection, new: &[NewAttachment], now: Moment) -> Result<(), Trouble> {
    for NewAttachment { attachment, region, key } in new {
        sqlx::query!(
            "INSERT INTO attachments (id, client_id, region_id, author_id, recorded_at, received_at, data, content_id, digest, content_key)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            attachment.id.0,
            attachment.client.0,
            region.0,
            attachment.author.0,
            attachment.recorded_at,
            now,
            Json(attachment) as _,
            attachment.body.content.name.0,
            attachment.body.content.digest.0.as_slice(),
            key,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Puts an attachment together from its columns.
pub(super) fn assemble(
    id: Uuid,
    data: &str,
    arrived: Option<Moment>,
    unusable: Option<String>,
) -> Result<Attachment, Trouble> {
    let said: Attachment = stored::read("attachments", id, data)?;
    let arrival = match (arrived, unusable) {
        (_, Some(why)) => Arrival::Unusable { why },
        (Some(_), None) => Arrival::Arrived,
        (None, None) => Arrival::Awaited,
    };
    Ok(Attachment { arrival, ..said })
}

/// The attachments of a file, newest first, as far as the acting person may see them.
pub async fn of_client(connection: &mut PgConnection, client: ClientId) -> Result<Vec<Attachment>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT id, data::text AS "data!", arrived_at, unusable FROM attachments
           WHERE client_id = $1 ORDER BY recorded_at DESC, id DESC"#,
        client.0,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| assemble(row.id, &row.data, row.arrived_at, row.unusable)).collect()
}

/// An attachment whose content is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// What the op said.
    pub attachment: Attachment,
    /// Under which key the content comes: base64.
    pub key: String,
    /// All of it has come, or it was found to be of no use.
    pub settled: bool,
}

/// The acting person's own attachment with this content, whoever has the file now.
pub async fn own(connection: &mut PgConnection, content: ContentId) -> Result<Option<Awaited>, Trouble> {
    let row = sqlx::query!(
        r#"SELECT id AS "id!", data::text AS "data!", content_key AS "key!", settled AS "settled!" FROM own_attachment($1)"#,
        content.0,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let attachment = assemble(row.id, &row.data, None, None)?;
        Ok(Awaited { attachment, key: row.key, settled: row.settled })
    })
    .transpose()
}

/// Notes that all of a content has come, or why it is of no use. False where that was known already.
pub async fn settle(
    connection: &mut PgConnection,
    content: ContentId,
    unusable: Option<&str>,
    now: Moment,
) -> Result<bool, Trouble> {
    let settled =
        sqlx::query_scalar!(r#"SELECT settle_attachment($1, $2, $3) AS "settled!""#, content.0, unusable, now)
            .fetch_one(connection)
            .await?;
    Ok(settled)
}

/// The digest and the file of an attachment whose content is here, if the acting person may see it.
pub async fn readable(connection: &mut PgConnection, id: AttachmentId) -> Result<Option<(Digest, ClientId)>, Trouble> {
    let row = sqlx::query!("SELECT digest, client_id FROM attachments WHERE id = $1 AND arrived_at IS NOT NULL", id.0,)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((digest(id.0, &row.digest)?, ClientId(row.client_id)))).transpose()
}

/// Whether the acting person sees an attachment with this very content, so that it need not be sent again.
/// To say a digest is not enough: who could not read the content has to bring it.
pub async fn sees_content(connection: &mut PgConnection, digest: Digest) -> Result<bool, Trouble> {
    let seen = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM attachments WHERE digest = $1 AND arrived_at IS NOT NULL) AS "seen!""#,
        digest.0.as_slice(),
    )
    .fetch_one(connection)
    .await?;
    Ok(seen)
}

fn digest(id: Uuid, bytes: &[u8]) -> Result<Digest, Trouble> {
    let unreadable = |_| Trouble::Unreadable { table: "attachments", id, reason: "not a digest".to_owned() };
    Ok(Digest(bytes.try_into().map_err(unreadable)?))
}
