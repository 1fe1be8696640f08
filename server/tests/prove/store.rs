//! What a device's disk holds: the shelves and the outbox. A list of writes happens whole or not at all.

use std::collections::BTreeMap;

use domain::{
    device::{
        shelf::{Shelf, Write},
        stored::{Notes, Stored, decode, key, put_queued},
        take::{Held, Kept, Needs},
    },
    ids::ClientId,
    sync::{model::Model, outbox::Queued},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A disk.
#[derive(Debug, Clone, Default)]
pub struct Store {
    outbox: BTreeMap<u64, Vec<u8>>,
    /// What a locked phone can send: every unsent op, and nothing else.
    sealed: BTreeMap<u64, Vec<u8>>,
    /// Rolls back with its transaction and is never given twice, as the browser's key generator.
    last: u64,
    shelves: BTreeMap<(Shelf, String), Vec<u8>>,
}

impl Store {
    pub fn write(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write {
                Write::Put(part, key, value) => drop(self.shelves.insert((part, key), value)),
                Write::Delete(part, key) => drop(self.shelves.remove(&(part, key))),
                Write::Clear(part) => self.shelves.retain(|(of, _), _| *of != part),
                Write::PutQueued { seq, value, to_seal } => {
                    self.outbox.insert(seq, value);
                    match to_seal {
                        Some(op) => drop(self.sealed.insert(seq, op)),
                        None => drop(self.sealed.remove(&seq)),
                    }
                }
                // The contents of attachments are not part of this proof.
                Write::OfferContentsAgain => {}
                Write::DeleteQueued(seq) => {
                    self.outbox.remove(&seq);
                    self.sealed.remove(&seq);
                }
            }
        }
    }

    /// Appends to the outbox and does the rest, at once.
    pub fn append(&mut self, queued: &Queued, also: Vec<Write>) {
        self.last += 1;
        self.write(vec![put_queued(queued)]);
        self.write(also);
    }

    pub fn next_seq(&self) -> u64 {
        self.last + 1
    }

    pub fn outbox(&self) -> Vec<Queued> {
        self.outbox
            .iter()
            .map(|(seq, bytes)| {
                let mut queued: Queued = decode(bytes).unwrap();
                queued.op.seq = *seq;
                queued
            })
            .collect()
    }

    fn read<T: DeserializeOwned>(&self, part: Shelf, key: &str) -> Option<T> {
        self.shelves.get(&(part, key.to_owned())).and_then(|bytes| decode(bytes))
    }

    pub fn kept(&self) -> Kept {
        self.read(Shelf::Meta, key::CURSOR).unwrap_or_default()
    }

    fn on(&self, wanted: Shelf) -> impl Iterator<Item = (&str, &[u8])> {
        self.shelves.iter().filter(move |((part, _), _)| *part == wanted).map(|((_, key), value)| (&**key, &**value))
    }

    fn notes(&self, client: ClientId) -> Notes {
        self.read(Shelf::Bodies, &client.to_string()).unwrap_or_default()
    }

    pub fn held(&self, needs: &Needs) -> Held {
        let mut held = Held::default();
        for id in &needs.files {
            let client = match self.read(Shelf::Heads, &id.to_string()) {
                Some(Stored::Client(file)) => Some(file.client),
                _ => None,
            };
            held.files.insert(*id, (client, self.notes(*id)));
            held.attachments.insert(*id, self.read(Shelf::Attachments, &id.to_string()).unwrap_or_default());
        }
        if needs.every_file {
            held.every_file = self.on(Shelf::Heads).map(|(key, _)| Uuid::parse_str(key).unwrap()).collect();
        }
        held
    }

    /// The server's snapshot, as the screens begin with it.
    pub fn snapshot(&self) -> Model {
        let mut model = Model::default();
        for (_, bytes) in self.on(Shelf::Heads) {
            match decode(bytes).unwrap() {
                Stored::Referral(referral) => drop(model.referrals.insert(referral.id, *referral)),
                Stored::Client(head) => {
                    model.notes.insert(head.client.id, self.notes(head.client.id));
                    let attached = self.read(Shelf::Attachments, &head.client.id.to_string()).unwrap_or_default();
                    model.attachments.insert(head.client.id, attached);
                    model.clients.insert(head.client.id, head.client);
                }
            }
        }
        if let Some((officers, limits)) =
            self.read::<(Vec<domain::caseload::Colleague>, _)>(Shelf::Meta, key::COLLEAGUES)
        {
            model.colleagues = officers.into_iter().map(|c| (c.user, c)).collect();
            model.limits = limits;
        }
        model
    }

    /// Everything that came from the server, besides these files: what two devices of one person must agree on.
    pub fn what_the_server_sent(&self, besides: impl Fn(Uuid) -> bool) -> BTreeMap<(Shelf, &str), &[u8]> {
        self.shelves
            .iter()
            .filter(|((part, key), _)| match part {
                Shelf::Heads | Shelf::Bodies | Shelf::Attachments => !besides(Uuid::parse_str(key).unwrap()),
                Shelf::Meta => matches!(&**key, key::SITES | key::COLLEAGUES),
                Shelf::Drafts => false,
            })
            .map(|((part, key), value)| ((*part, &**key), &**value))
            .collect()
    }
}
