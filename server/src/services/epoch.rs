//! Which life of the database this is; see [`crate::db::epoch`].

use rand::Rng;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    clock,
    db::{
        epoch::{self, Fresh},
        trouble::Trouble,
    },
};

/// Makes sure that the database knows which life this is: at every start, and now and then. Returns the epoch.
pub async fn ensure(owner: &PgPool) -> Result<Uuid, Trouble> {
    let (epoch, is_new) = epoch::ensure_epoch(owner, fresh()).await?;
    if is_new {
        tracing::info!(%epoch, "a new epoch begins: devices will offer again what they keep");
    }
    Ok(epoch)
}

/// Begins a new life whatever was before: after `restore`.
pub async fn begin_new(owner: &PgPool) -> Result<Uuid, Trouble> {
    epoch::begin_new_epoch(owner, fresh()).await
}

/// Begins a new life because the database went back in time, unless somebody else has noticed since `seen`.
/// A request asks for it and may be dropped meanwhile: it is done in any case.
pub async fn begin_after(owner: &PgPool, seen: Uuid) -> Result<Uuid, Trouble> {
    let owner = owner.clone();
    let begun = tokio::spawn(async move { epoch::begin_after(&owner, seen, fresh()).await }).await;
    begun.unwrap_or(Err(Trouble::Passing(sqlx::Error::WorkerCrashed)))
}

fn fresh() -> Fresh {
    let mut cursor_key = [0; 32];
    rand::rng().fill_bytes(&mut cursor_key);
    Fresh { id: clock::new_id(), cursor_key, at: clock::now() }
}
