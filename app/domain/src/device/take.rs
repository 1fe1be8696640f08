//! What an answer of the server does to the store: planned here, written by the caller in one transaction.

use crate::attachment::Attachment;
use crate::client::{Client, FileHead};
use crate::clock::Moment;
use crate::contact::ContactNote;
use crate::device::shelf::{Shelf, Write};
use crate::device::stored::{Attachments, Notes, Stored, encode, key, put_meta, put_queued};
use crate::ids::ClientId;
use crate::mutation::{Mutation, is_on};
use crate::sync::outbox::{self, QueueState, Queued};
use crate::sync::wire_v1::{Record, SyncResponse};
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

/// What the plan needs to know of the store: read before it is made.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The clients' files that the answer speaks of, as far as they are here, with their notes. A head that
    /// this version cannot read is none; its notes stay.
    pub files: BTreeMap<ClientId, (Option<Client>, Notes)>,
    /// What is attached to these files.
    pub attachments: BTreeMap<ClientId, Attachments>,
    /// Every file on the device; looked at only where [`Needs::every_file`] asks for it.
    pub every_file: BTreeSet<Uuid>,
}

/// What is to be read of the store before an answer can be taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// These clients' heads and notes.
    pub files: BTreeSet<ClientId>,
    /// The ids of all files: a pull from the beginning ends here, and what it did not name goes.
    pub every_file: bool,
}

impl Needs {
    /// What this answer needs.
    pub fn of(kept: &Kept, response: &SyncResponse) -> Self {
        let files = response.changes.iter().filter_map(|record| match record {
            Record::Client(client) => Some(client.id),
            Record::Note(note) => Some(note.client),
            Record::Attachment(attachment) => Some(attachment.client),
            Record::Referral(_) | Record::Sites(_) | Record::Colleagues { .. } => None,
        });
        Self { files: files.collect(), every_file: !response.more && (response.reset || kept.named.is_some()) }
    }
}

/// A planned answer.
#[derive(Debug)]
pub struct Taken {
    /// To be written in one transaction.
    pub writes: Vec<Write>,
    /// Whether anything but the cursor changed.
    pub changed: bool,
    /// Whether received ops are offered again to a restored server.
    pub new_epoch: bool,
}

/// Plans what an answer does: receipts first, then files, then what is to be forgotten, then the cursor.
pub fn take(queue: &[Queued], mut kept: Kept, response: SyncResponse, mut store: Held, now: Moment) -> Taken {
    let mut writes = Vec::new();
    let mut queue = queue.to_vec();
    let new_epoch = kept.epoch.is_some_and(|epoch| epoch != response.epoch);

    if let Some(key) = &response.sealing_key {
        writes.push(put_meta(key::SEALING_KEY, key));
    }
    settle(&mut queue, &response, new_epoch, now, &mut writes);
    for held in outbox::behind_refused(&queue) {
        writes.push(put_queued(&held));
    }

    if response.reset {
        kept.named = Some(BTreeSet::new());
    }
    let mut clients: BTreeMap<ClientId, Client> = BTreeMap::new();
    let mut notes: BTreeMap<ClientId, Vec<ContactNote>> = BTreeMap::new();
    let mut attached: BTreeMap<ClientId, Vec<Attachment>> = BTreeMap::new();
    for record in response.changes {
        match record {
            Record::Referral(referral) => {
                name(&mut kept, referral.id.0);
                let key = referral.id.to_string();
                writes.push(Write::Put(Shelf::Heads, key, encode(&Stored::Referral(referral))));
            }
            Record::Client(client) => {
                if comes_whole(&kept, client.id) {
                    // What is here of it may be of a life of the database that is over.
                    store.files.remove(&client.id);
                    if store.attachments.remove(&client.id).is_some() {
                        writes.push(Write::Delete(Shelf::Attachments, client.id.to_string()));
                    }
                }
                name(&mut kept, client.id.0);
                clients.insert(client.id, *client);
            }
            Record::Note(note) => notes.entry(note.client).or_default().push(*note),
            Record::Attachment(attachment) => attached.entry(attachment.client).or_default().push(*attachment),
            Record::Sites(sites) => writes.push(put_meta(key::SITES, &sites)),
            Record::Colleagues { officers, limits } => writes.push(put_meta(key::COLLEAGUES, &(officers, limits))),
        }
    }
    let touched: BTreeSet<ClientId> = clients.keys().chain(notes.keys()).chain(attached.keys()).copied().collect();
    for id in touched {
        let (here, mut file) = store.files.remove(&id).unwrap_or_default();
        // Notes of a file that is not here: the file itself comes on a later page, with its notes.
        let Some(client) = clients.remove(&id).or(here) else { continue };
        file.extend(notes.remove(&id).unwrap_or_default().into_iter().map(|note| (note.id, note)));
        let head = FileHead::of(client, file.values());
        writes.push(Write::Put(Shelf::Heads, id.to_string(), encode(&Stored::Client(Box::new(head)))));
        writes.push(Write::Put(Shelf::Bodies, id.to_string(), encode(&file)));
        if let Some(new) = attached.remove(&id) {
            let mut all = store.attachments.remove(&id).unwrap_or_default();
            all.extend(new.into_iter().map(|attachment| (attachment.id, attachment)));
            writes.push(Write::Put(Shelf::Attachments, id.to_string(), encode(&all)));
        }
    }

    let mut forget: BTreeSet<Uuid> = response.forget.into_iter().collect();
    if !response.more
        && let Some(named) = kept.named.take()
    {
        forget.extend(store.every_file.difference(&named));
    }
    forget.extend(std::mem::take(&mut kept.leaving));
    for id in forget {
        let unsent = queue.iter().any(|q| q.state.is_unsent() && q.op.subject.uuid() == id);
        if is_on(Mutation::LeftFilesTakeUnsent) {
            let about = queue.iter().filter(|q| q.op.subject.uuid() == id);
            writes.extend(about.map(|q| Write::DeleteQueued(q.op.seq)));
        }
        if unsent {
            kept.leaving.insert(id);
        } else if !is_on(Mutation::LeftFilesKept) {
            writes.push(Write::Delete(Shelf::Heads, id.to_string()));
            writes.push(Write::Delete(Shelf::Bodies, id.to_string()));
            writes.push(Write::Delete(Shelf::Attachments, id.to_string()));
        }
    }

    if new_epoch {
        writes.push(Write::OfferContentsAgain);
    }
    if let Some(me) = response.me {
        writes.push(put_meta(key::ME, &me));
    }
    let changed = !writes.is_empty();
    kept.cursor = Some(response.cursor);
    kept.epoch = Some(response.epoch);
    let is_even = !queue.iter().any(|q| matches!(q.state, QueueState::Waiting));
    if !response.more && is_even {
        writes.push(put_meta(key::EXCHANGED, &now));
    }
    writes.push(put_meta(key::CURSOR, &kept));
    Taken { writes, changed, new_epoch }
}

/// What the receipts do to the outbox.
fn settle(queue: &mut [Queued], response: &SyncResponse, new_epoch: bool, now: Moment, writes: &mut Vec<Write>) {
    for queued in queue {
        let receipt = response.receipts.iter().find(|receipt| receipt.op == queued.op.id);
        let settled = receipt.and_then(|receipt| outbox::settle(&queued.state, receipt, now));
        // Receipts of this very answer are of the new epoch; older ones may be missing there.
        let next =
            settled.or_else(|| if new_epoch && receipt.is_none() { outbox::reoffer(&queued.state) } else { None });
        let claimed = is_on(Mutation::ReceivedWithoutReceipt) && queued.state == QueueState::Waiting;
        let next = next.or_else(|| claimed.then_some(QueueState::Received { position: 0, at: now }));
        if let Some(state) = next {
            queued.state = state;
            writes.push(put_queued(queued));
        } else if response.sealing_key.is_some() && queued.state.is_unsent() {
            // What waits is sealed anew, to the key of today.
            writes.push(put_queued(queued));
        }
    }
}

/// Whether a file comes with everything that is in it: in a pull from the beginning, and when it had left.
fn comes_whole(kept: &Kept, client: ClientId) -> bool {
    kept.named.is_some() || kept.leaving.contains(&client.0)
}

fn name(kept: &mut Kept, file: Uuid) {
    if let Some(named) = &mut kept.named {
        named.insert(file);
    }
    kept.leaving.remove(&file);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attachment::{Arrival, AttachmentBody};
    use crate::device::stored::decode;
    use crate::ids::{AttachmentId, NoteId};
    use crate::samples::{CASE, CLIENT, NOTE, OFFICER, attachment_form, client, note, now};

    const OTHER_NOTE: NoteId = NoteId(Uuid::from_u128(0x77));
    const PHOTO: AttachmentId = AttachmentId(Uuid::from_u128(0x78));

    fn photo() -> Attachment {
        Attachment {
            id: PHOTO,
            client: CLIENT,
            case: CASE,
            author: OFFICER,
            author_name: "Case officer Sample".into(),
            recorded_at: now(),
            body: AttachmentBody::parse(&attachment_form()).unwrap().0,
            arrival: Arrival::Arrived,
        }
    }

    /// The client and one note come, where another note and a photo lie: which notes lie there then, and the photo?
    fn what_lies_after(kept: Kept, reset: bool) -> (Vec<NoteId>, bool) {
        let response = SyncResponse {
            v: 1,
            epoch: Uuid::from_u128(1),
            receipts: Vec::new(),
            reset,
            changes: vec![
                Record::Client(Box::new(client())),
                Record::Note(Box::new(ContactNote { id: OTHER_NOTE, ..note() })),
            ],
            forget: Vec::new(),
            cursor: "1".into(),
            more: false,
            now: now(),
            me: None,
            sealing_key: None,
        };
        let store = Held {
            files: [(CLIENT, (Some(client()), [(NOTE, note())].into()))].into(),
            attachments: [(CLIENT, [(PHOTO, photo())].into())].into(),
            every_file: BTreeSet::new(),
        };
        let (mut notes, mut has_photo) = (Vec::new(), true);
        for write in take(&[], kept, response, store, now()).writes {
            match write {
                Write::Put(Shelf::Bodies, _, bytes) => notes = decode::<Notes>(&bytes).unwrap().into_keys().collect(),
                Write::Delete(Shelf::Attachments, _) => has_photo = false,
                _ => {}
            }
        }
        (notes, has_photo)
    }

    #[test]
    fn a_file_that_comes_whole_takes_the_place_of_what_was_here_and_a_part_is_added() {
        let leaving = Kept { leaving: [CLIENT.0].into(), ..Kept::default() };
        assert_eq!(what_lies_after(Kept::default(), false), (vec![NOTE, OTHER_NOTE], true));
        assert_eq!(what_lies_after(Kept::default(), true), (vec![OTHER_NOTE], false));
        assert_eq!(what_lies_after(leaving, false), (vec![OTHER_NOTE], false));
    }
}
