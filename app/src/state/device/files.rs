//! Reading the store into memory.

use super::{Device, Phase, key};
use crate::platform::{Shelf, StoreError, Write, clock, store};
use crate::state::attachments;
use crate::state::picture::Snapshot;
use domain::access::Actor;
use domain::caseload::{CaseloadLimits, Colleague};
use domain::device::stored::Stored;
pub use domain::device::stored::{Notes, decode, encode, put_meta, put_queued};
use domain::ids::ClientId;
use domain::sync::op::Subject;
use domain::sync::outbox::{self, Queued};
use leptos::prelude::*;
use serde::de::DeserializeOwned;

/// Reads a single thing.
pub async fn read_meta<T: DeserializeOwned>(key: &str) -> Result<Option<T>, StoreError> {
    Ok(store::read(Shelf::Meta, key).await?.as_deref().and_then(decode))
}

/// Puts changed entries in the place of the old.
pub fn replace(queue: &mut [Queued], changed: Vec<Queued>) {
    for entry in changed {
        if let Some(old) = queue.iter_mut().find(|q| q.op.seq == entry.op.seq) {
            *old = entry;
        }
    }
}

/// Reads the whole outbox; the key is the op's sequence number. Entries that this version cannot read
/// (a newer version wrote them) stay where they are, and are counted.
pub async fn read_outbox() -> Result<(Vec<Queued>, u32), StoreError> {
    let mut unreadable = 0;
    let mut queue = Vec::new();
    for (seq, bytes) in store::read_queue().await? {
        match decode::<Queued>(&bytes) {
            Some(mut queued) => {
                queued.op.seq = seq;
                queue.push(queued);
            }
            None => unreadable += 1,
        }
    }
    Ok((queue, unreadable))
}

/// Reads the notes of one file.
pub async fn read_notes(client: ClientId) -> Result<Notes, StoreError> {
    Ok(store::read(Shelf::Bodies, &client.to_string()).await?.as_deref().and_then(decode).unwrap_or_default())
}

impl Device {
    /// Reads the store and shows what is in it. Gives the person it belongs to.
    ///
    /// Heads come at once; notes only of the files that unsent ops speak of and of those open now.
    pub async fn reload(self) -> Result<Option<Actor>, StoreError> {
        let Some(me) = read_meta::<Actor>(key::ME).await? else { return Ok(None) };
        let mut snapshot = Snapshot::default();
        for (_, bytes) in store::read_all(Shelf::Heads).await? {
            if let Some(stored) = decode::<Stored>(&bytes) {
                snapshot.shelve(stored);
            }
        }
        if let Some(sites) = read_meta(key::SITES).await? {
            snapshot.model.sites = sites;
        }
        if let Some((officers, limits)) = read_meta::<(Vec<Colleague>, CaseloadLimits)>(key::COLLEAGUES).await? {
            snapshot.model.colleagues = officers.into_iter().map(|c| (c.user, c)).collect();
            snapshot.model.limits = limits;
        }
        let (queue, unreadable) = read_outbox().await?;
        if self.sync.with_untracked(|sync| sync.unreadable != unreadable) {
            self.sync.update(|sync| sync.unreadable = unreadable);
        }
        let unsent = queue.iter().filter(|q| q.state.is_unsent()).filter_map(|q| match q.op.subject {
            Subject::Client(client) => Some(client),
            Subject::Referral(_) => None,
        });
        let open = self.snapshot.with_value(|snapshot| snapshot.loaded.clone());
        for client in unsent.chain(open).collect::<std::collections::BTreeSet<_>>() {
            if snapshot.model.clients.contains_key(&client) {
                let notes = read_notes(client).await?;
                snapshot.model.notes.insert(client, notes);
                snapshot.model.attachments.insert(client, attachments::read(client).await?);
                snapshot.loaded.insert(client);
            }
        }
        // Locked, or another person's turn, while the disk was read: nothing of it comes back into memory.
        if store::whose() != Some(me.user) {
            return Err(StoreError::Locked);
        }
        Self::prune(&queue);
        self.snapshot.set_value(snapshot);
        self.queue.set(queue);
        if self.me().as_ref() != Some(&me) && self.me().is_some() {
            self.phase.set(Phase::Ready(me.clone()));
        }
        let picture = self.snapshot.with_value(|snapshot| {
            self.queue.with_untracked(|queue| crate::state::Picture::of(snapshot, queue, Some(&me)))
        });
        self.picture.set(picture);
        Ok(Some(me))
    }

    /// Brings a file's notes into memory and into the picture.
    pub async fn open_file(self, client: ClientId) -> Result<(), StoreError> {
        if self.snapshot.with_value(|snapshot| snapshot.loaded.contains(&client)) {
            return Ok(());
        }
        let whose = store::whose();
        let (notes, attached) = (read_notes(client).await?, attachments::read(client).await?);
        if store::whose() != whose {
            return Err(StoreError::Locked);
        }
        self.snapshot.update_value(|snapshot| {
            snapshot.model.notes.insert(client, notes);
            snapshot.model.attachments.insert(client, attached);
            snapshot.loaded.insert(client);
        });
        self.show();
        Ok(())
    }

    /// Removes from the outbox what was received more than 30 days ago.
    fn prune(queue: &[Queued]) {
        let now = clock::now();
        let done: Vec<Write> = queue
            .iter()
            .filter(|q| outbox::is_prunable(&q.state, now))
            .map(|q| Write::DeleteQueued(q.op.seq))
            .collect();
        if !done.is_empty() {
            leptos::task::spawn_local(async move {
                // Not urgent: what is not removed now is removed at the next start.
                let _ = store::write(done).await;
            });
        }
    }
}
