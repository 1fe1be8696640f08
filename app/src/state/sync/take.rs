//! What an answer of the server does to the store: planned here, written by the caller in one transaction.

use crate::platform::{Shelf, StoreError, Write, store};
use crate::state::device::{files, key};
use crate::state::picture::Stored;
use domain::client::{Client, FileHead};
use domain::clock::Moment;
use domain::contact::ContactNote;
use domain::ids::ClientId;
use domain::sync::outbox::{self, QueueState, Queued};
use domain::sync::wire_v1::{Record, SyncResponse};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Up to where this device has listened.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Where the next pull begins.
    pub cursor: Option<String>,
    /// The life of the database that the cursor belongs to.
    pub epoch: Option<Uuid>,
    /// In a pull from the beginning: the files named so far. What it does not name is forgotten at its end.
    pub named: Option<BTreeSet<Uuid>>,
    /// Files that left the scope while ops on them were unsent: forgotten when these are sent.
    #[serde(default)]
    pub leaving: BTreeSet<Uuid>,
}

/// A planned answer.
pub struct Taken {
    /// To be written in one transaction.
    pub writes: Vec<Write>,
    /// Whether anything but the cursor changed.
    pub changed: bool,
    /// Whether received ops are offered again to a restored server.
    pub new_epoch: bool,
}

/// Plans what an answer does: receipts first, then files, then what is to be forgotten, then the cursor.
pub async fn take(queue: &[Queued], mut kept: Kept, response: SyncResponse, now: Moment) -> Result<Taken, StoreError> {
    let mut writes = Vec::new();
    let mut queue = queue.to_vec();
    let new_epoch = kept.epoch.is_some_and(|epoch| epoch != response.epoch);

    for queued in &mut queue {
        let receipt = response.receipts.iter().find(|receipt| receipt.op == queued.op.id);
        let settled = receipt.and_then(|receipt| outbox::settle(&queued.state, receipt, now));
        // Receipts of this very answer are of the new epoch; older ones may be missing there.
        let next =
            settled.or_else(|| if new_epoch && receipt.is_none() { outbox::reoffer(&queued.state) } else { None });
        if let Some(state) = next {
            queued.state = state;
            writes.push(files::put_queued(queued));
        }
    }

    if response.reset {
        kept.named = Some(BTreeSet::new());
    }
    let mut clients: BTreeMap<ClientId, Client> = BTreeMap::new();
    let mut notes: BTreeMap<ClientId, Vec<ContactNote>> = BTreeMap::new();
    for record in response.changes {
        match record {
            Record::Referral(referral) => {
                name(&mut kept, referral.id.0);
                let key = referral.id.to_string();
                writes.push(Write::Put(Shelf::Heads, key, files::encode(&Stored::Referral(referral))));
            }
            Record::Client(client) => {
                name(&mut kept, client.id.0);
                clients.insert(client.id, *client);
            }
            Record::Note(note) => notes.entry(note.client).or_default().push(*note),
            Record::Sites(sites) => writes.push(files::put_meta(key::SITES, &sites)),
            Record::Colleagues { officers, limits } => {
                writes.push(files::put_meta(key::COLLEAGUES, &(officers, limits)));
            }
        }
    }
    let touched: BTreeSet<ClientId> = clients.keys().chain(notes.keys()).copied().collect();
    for id in touched {
        let client = match clients.remove(&id) {
            Some(client) => client,
            None => match read_client(id).await? {
                Some(client) => client,
                // Notes of a file that is not here: the file itself comes on a later page, with its notes.
                None => continue,
            },
        };
        let mut file = files::read_notes(id).await?;
        file.extend(notes.remove(&id).unwrap_or_default().into_iter().map(|note| (note.id, note)));
        let head = FileHead::of(client, file.values());
        writes.push(Write::Put(Shelf::Heads, id.to_string(), files::encode(&Stored::Client(Box::new(head)))));
        writes.push(Write::Put(Shelf::Bodies, id.to_string(), files::encode(&file)));
    }

    let mut forget: BTreeSet<Uuid> = response.forget.into_iter().collect();
    if !response.more
        && let Some(named) = kept.named.take()
    {
        for (key, _) in store::read_all(Shelf::Heads).await? {
            if let Ok(id) = Uuid::parse_str(&key)
                && !named.contains(&id)
            {
                forget.insert(id);
            }
        }
    }
    forget.extend(std::mem::take(&mut kept.leaving));
    for id in forget {
        let unsent = queue.iter().any(|q| q.state.is_unsent() && q.op.subject.uuid() == id);
        if unsent {
            kept.leaving.insert(id);
        } else {
            writes.push(Write::Delete(Shelf::Heads, id.to_string()));
            writes.push(Write::Delete(Shelf::Bodies, id.to_string()));
        }
    }

    if let Some(me) = response.me {
        writes.push(files::put_meta(key::ME, &me));
    }
    let changed = !writes.is_empty();
    kept.cursor = Some(response.cursor);
    kept.epoch = Some(response.epoch);
    let is_even = !queue.iter().any(|q| matches!(q.state, QueueState::Waiting));
    if !response.more && is_even {
        writes.push(files::put_meta(key::EXCHANGED, &now));
    }
    writes.push(files::put_meta(key::CURSOR, &kept));
    Ok(Taken { writes, changed, new_epoch })
}

fn name(kept: &mut Kept, file: Uuid) {
    if let Some(named) = &mut kept.named {
        named.insert(file);
    }
    kept.leaving.remove(&file);
}

async fn read_client(id: ClientId) -> Result<Option<Client>, StoreError> {
    let head = store::read(Shelf::Heads, &id.to_string()).await?;
    Ok(head.as_deref().and_then(files::decode).and_then(|stored| match stored {
        Stored::Client(head) => Some(head.client),
        Stored::Referral(_) => None,
    }))
}
