//! Contents of attachments: they come in chunks, in any order and as often as a bad network wants; when all
//! of it is here it is opened, proved to be a picture, and kept once.
//!
//! What is kept is what came, less what a camera writes beside the picture (where it was taken, with
//! what). It is not drawn anew: each such pass would blur handwriting a little more.

mod picture;
mod store;

pub use store::{ContentStore, Objects, StoreTrouble};

use std::sync::Arc;

use domain::{
    access::Actor,
    attachment::content::{Content, ContentKey, Media},
    clock::Moment,
    ids::{AttachmentId, ContentId},
    sync::wire_v1::{ContentProgress, VERSION},
};
use sqlx::PgPool;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    clock,
    db::{
        access_log::{Event, note},
        acting, attachment,
        attachment::Awaited,
        content::{self, Place},
        trouble::Trouble,
    },
};

/// Pictures that are opened at the same time: each takes some megabytes.
const AT_ONCE: usize = 2;

/// Why nothing was taken, or nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// No attachment of this person has this content: its op has not come, or was refused.
    #[error("no attachment of this person has this content")]
    Unknown,
    /// There is no such chunk, or it has not the right length.
    #[error("chunk {0} is not of this content")]
    NotAChunk(usize),
    /// All chunks came and do not open, or are something else than was announced. They are to be sent anew.
    #[error("the content did not arrive as it was sealed")]
    Garbled,
    /// The database.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// Where contents are kept.
    #[error(transparent)]
    Store(#[from] StoreTrouble),
}

impl From<sqlx::Error> for ContentError {
    fn from(problem: sqlx::Error) -> Self {
        Trouble::from(problem).into()
    }
}

/// Takes contents and shows them.
#[derive(Debug, Clone)]
pub struct Contents {
    app: PgPool,
    store: ContentStore,
    opening: Arc<Semaphore>,
}

/// A picture, to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What kind.
    pub media: Media,
    /// The picture.
    pub bytes: Vec<u8>,
}

impl Contents {
    /// Keeps contents in this store.
    pub fn new(app: PgPool, store: ContentStore) -> Self {
        Self { app, store, opening: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Which chunks have still to come.
    pub async fn progress(&self, actor: &Actor, name: ContentId, now: Moment) -> Result<ContentProgress, ContentError> {
        let mut transaction = acting::begin(&self.app, actor).await?;
        let awaited = attachment::own(&mut transaction, name).await?.ok_or(ContentError::Unknown)?;
        let whole = &awaited.attachment.body.content;
        if awaited.settled {
            return Ok(nothing_missing());
        }
        if attachment::sees_content(&mut transaction, whole.digest).await? {
            attachment::settle(&mut transaction, name, None, now).await?;
            content::forget_chunks(&mut transaction, name).await?;
            transaction.commit().await?;
            return Ok(nothing_missing());
        }
        let here = content::chunks_here(&mut transaction, name).await?;
        drop(transaction);
        let progress = missing(whole, &here);
        if progress.missing.is_empty() {
            // Everything came, and then the server was stopped.
            return self.finish(actor, name, now).await;
        }
        Ok(progress)
    }

    /// Takes a chunk; the last one makes the content whole.
    pub async fn take(
        &self,
        actor: &Actor,
        name: ContentId,
        at: usize,
        sealed: &[u8],
        now: Moment,
    ) -> Result<ContentProgress, ContentError> {
        let mut transaction = acting::begin(&self.app, actor).await?;
        let awaited = attachment::own(&mut transaction, name).await?.ok_or(ContentError::Unknown)?;
        if awaited.settled {
            return Ok(nothing_missing());
        }
        let whole = &awaited.attachment.body.content;
        if whole.sealed_len(at) != Some(sealed.len()) {
            return Err(ContentError::NotAChunk(at));
        }
        let number = i32::try_from(at).map_err(|_| ContentError::NotAChunk(at))?;
        content::keep_chunk(&mut transaction, name, number, sealed).await?;
        let here = content::chunks_here(&mut transaction, name).await?;
        transaction.commit().await?;
        let progress = missing(whole, &here);
        if progress.missing.is_empty() { self.finish(actor, name, now).await } else { Ok(progress) }
    }

    /// Opens what has come whole, and keeps it.
    async fn finish(&self, actor: &Actor, name: ContentId, now: Moment) -> Result<ContentProgress, ContentError> {
        let _turn = self.opening.acquire().await;
        let mut transaction = acting::begin(&self.app, actor).await?;
        let awaited = attachment::own(&mut transaction, name).await?.ok_or(ContentError::Unknown)?;
        if awaited.settled {
            return Ok(nothing_missing());
        }
        let sealed = content::chunks(&mut transaction, name).await?;
        drop(transaction);
        let whole = awaited.attachment.body.content.clone();
        let opened = tokio::task::spawn_blocking(move || open(&awaited, &sealed)).await;
        let clean = match opened.unwrap_or(Err(Unopened::NotAPicture)) {
            Ok(clean) => Ok(clean),
            Err(Unopened::Garbled) => {
                let mut transaction = acting::begin(&self.app, actor).await?;
                content::forget_chunks(&mut transaction, name).await?;
                transaction.commit().await?;
                tracing::warn!(content = %name, "a content did not arrive as it was sealed");
                return Err(ContentError::Garbled);
            }
            Err(Unopened::NotAPicture) => Err("This is not a picture that the server can keep. Please take it again."),
        };
        let kept = match &clean {
            Ok(clean) => Some(self.store.keep(&self.app, whole.media, clean).await?),
            Err(_) => None,
        };
        let used = self.settle(actor, name, &whole, kept.as_ref(), clean.err(), now).await;
        if let Some(kept) = kept.filter(|_| !matches!(used, Ok(true))) {
            // Another upload of the same content was first.
            self.store.forget(&self.app, &kept).await;
        }
        used.map(|_| nothing_missing())
    }

    /// Notes what became of it, in one transaction. True where the place is now the content's.
    async fn settle(
        &self,
        actor: &Actor,
        name: ContentId,
        whole: &Content,
        kept: Option<&Place>,
        unusable: Option<&str>,
        now: Moment,
    ) -> Result<bool, ContentError> {
        let mut transaction = acting::begin(&self.app, actor).await?;
        content::lock(&mut transaction, name).await?;
        let noted = match kept {
            Some(kept) => content::note_place(&mut transaction, whole.digest, kept, now).await?,
            None => false,
        };
        attachment::settle(&mut transaction, name, unusable, now).await?;
        content::forget_chunks(&mut transaction, name).await?;
        transaction.commit().await?;
        Ok(noted)
    }

    /// A picture for whoever may see its file. That it was looked at is written down.
    pub async fn show(&self, actor: &Actor, id: AttachmentId) -> Result<Shown, ContentError> {
        let mut transaction = acting::begin(&self.app, actor).await?;
        let (digest, client) = attachment::readable(&mut transaction, id).await?.ok_or(ContentError::Unknown)?;
        let place = content::place(&mut transaction, digest).await?.ok_or(ContentError::Unknown)?;
        note(&mut *transaction, Event::ReadAttachment, Some(actor.user), Some(client.0)).await?;
        transaction.commit().await?;
        Ok(Shown { media: place.media, bytes: self.store.read(&self.app, &place).await? })
    }
}

enum Unopened {
    Garbled,
    NotAPicture,
}

/// Opens a content with the key from the op, compares it, and takes the picture out of it.
fn open(awaited: &Awaited, sealed: &[Vec<u8>]) -> Result<Vec<u8>, Unopened> {
    let whole = &awaited.attachment.body.content;
    let key: ContentKey = awaited.key.parse().map_err(|_| Unopened::Garbled)?;
    let open = key.open(whole.name, sealed).map_err(|_| Unopened::Garbled)?;
    if !whole.is(&open) {
        return Err(Unopened::Garbled);
    }
    picture::cleaned(&open, whole.media).ok_or(Unopened::NotAPicture)
}

fn nothing_missing() -> ContentProgress {
    ContentProgress { v: VERSION, missing: Vec::new() }
}

fn missing(whole: &Content, here: &[i32]) -> ContentProgress {
    let came = |at: &u32| i32::try_from(*at).is_ok_and(|at| here.binary_search(&at).is_ok());
    let all = 0..u32::try_from(whole.chunks()).unwrap_or(u32::MAX);
    ContentProgress { missing: all.filter(|at| !came(at)).collect(), ..nothing_missing() }
}

/// A name under which a content lies; not its digest, which whoever has the picture could compute.
fn fresh_name() -> Uuid {
    clock::new_id()
}
