//! Where contents are kept: in the database, or as objects in a folder or a bucket.
//!
//! In the database they are backed up with everything else. Outside they lie sealed, each under a key of
//! its own that only the database has: who gets hold of the bucket has nothing, and what is to be
//! disposed of is gone with its key.

use std::{fmt, sync::Arc};

use domain::{
    attachment::content::{ContentKey, Media},
    ids::ContentId,
};
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use sqlx::PgPool;
use url::Url;
use uuid::Uuid;

use super::fresh_name;
use crate::db::{
    content::{self, Place},
    trouble::Trouble,
};

const POSTGRES: &str = "postgres";
const OBJECTS: &str = "objects";

/// What went wrong with keeping or reading.
#[derive(Debug, thiserror::Error)]
pub enum StoreTrouble {
    /// The database.
    #[error(transparent)]
    Database(#[from] Trouble),
    /// The folder or the bucket.
    #[error("the store of contents failed: {0}")]
    Objects(#[from] object_store::Error),
    /// A content that should be there is not, or does not open.
    #[error("the content {0} is not where it should be")]
    Missing(Uuid),
    /// A content lies in a folder or a bucket that this server does not know: `content_store` was changed.
    #[error("the content {0} lies in a store that is not configured")]
    Elsewhere(Uuid),
}

/// Where contents are kept. What lies in the database stays readable when new ones go elsewhere.
#[derive(Clone)]
pub struct ContentStore {
    objects: Option<Objects>,
}

/// A folder or a bucket.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    under: Path,
}

impl Objects {
    /// From an address: `file:///folder`, or `s3://bucket/prefix` with the variables of the AWS tools
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`).
    pub fn at(address: &Url) -> Result<Self, object_store::Error> {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("AWS_"))
            .map(|(name, value)| (name.to_lowercase(), value));
        Self::with(address, variables)
    }

    /// The same, with these options instead of the environment's.
    pub fn with(
        address: &Url,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, object_store::Error> {
        let (store, under) = object_store::parse_url_opts(address, options)?;
        Ok(Self { store: Arc::from(store), under })
    }

    fn path(&self, name: Uuid) -> Path {
        self.under.clone().join(name.to_string())
    }
}

impl fmt::Debug for ContentStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.objects.is_some() { "ContentStore(objects)" } else { "ContentStore(postgres)" })
    }
}

impl ContentStore {
    /// In the database.
    pub const fn postgres() -> Self {
        Self { objects: None }
    }

    /// In a folder or a bucket.
    pub const fn objects(objects: Objects) -> Self {
        Self { objects: Some(objects) }
    }

    /// Keeps a content under a new name.
    pub async fn keep(&self, app: &PgPool, media: Media, bytes: &[u8]) -> Result<Place, StoreTrouble> {
        let name = fresh_name();
        let Some(objects) = &self.objects else {
            content::keep_bytes(app, name, bytes).await?;
            return Ok(Place { media, name, store: POSTGRES.to_owned(), key: None });
        };
        let key = ContentKey::random(&mut rand::rng());
        let sealed =
            key.seal_whole(ContentId(name), bytes, &mut rand::rng()).map_err(|_| StoreTrouble::Missing(name))?;
        objects.store.put(&objects.path(name), sealed.into()).await?;
        Ok(Place { media, name, store: OBJECTS.to_owned(), key: Some(key.to_text()) })
    }

    /// Reads a content.
    pub async fn read(&self, app: &PgPool, place: &Place) -> Result<Vec<u8>, StoreTrouble> {
        let missing = || StoreTrouble::Missing(place.name);
        let Some(key) = &place.key else {
            return content::bytes(app, place.name).await?.ok_or_else(missing);
        };
        let objects = self.objects.as_ref().ok_or(StoreTrouble::Elsewhere(place.name))?;
        let key: ContentKey = key.parse().map_err(|_| missing())?;
        let sealed = objects.store.get(&objects.path(place.name)).await?.bytes().await?;
        key.open_whole(ContentId(place.name), &sealed).map_err(|_| missing())
    }

    /// Lets go of a content to which nothing points. Where that fails it lies there sealed, its key gone.
    pub async fn forget(&self, app: &PgPool, place: &Place) {
        let gone = match &self.objects {
            Some(objects) if place.key.is_some() => {
                objects.store.delete(&objects.path(place.name)).await.map_err(StoreTrouble::from)
            }
            _ => content::forget_bytes(app, place.name).await.map_err(StoreTrouble::from),
        };
        if let Err(trouble) = gone {
            tracing::warn!("a content kept twice was not let go of: {trouble}");
        }
    }
}
