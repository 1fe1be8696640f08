//! Reads of the store what is needed to take an answer.

use crate::platform::{Shelf, StoreError, store};
use crate::state::attachments;
use crate::state::device::files;
use domain::client::Client;
use domain::device::stored::Stored;
use domain::device::take::{Held, Needs};
use domain::ids::ClientId;
use uuid::Uuid;

/// What lies in the store of what the answer needs.
pub async fn read(needs: &Needs) -> Result<Held, StoreError> {
    let mut held = Held::default();
    for id in &needs.files {
        held.files.insert(*id, (read_client(*id).await?, files::read_notes(*id).await?));
        held.attachments.insert(*id, attachments::read(*id).await?);
    }
    if needs.every_file {
        let heads = store::read_all(Shelf::Heads).await?;
        held.every_file = heads.iter().filter_map(|(key, _)| Uuid::parse_str(key).ok()).collect();
    }
    Ok(held)
}

async fn read_client(id: ClientId) -> Result<Option<Client>, StoreError> {
    let head = store::read(Shelf::Heads, &id.to_string()).await?;
    Ok(head.as_deref().and_then(files::decode).and_then(|stored| match stored {
        Stored::Client(head) => Some(head.client),
        Stored::Referral(_) => None,
    }))
}
