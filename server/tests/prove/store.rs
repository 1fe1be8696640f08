//! What a device's disk holds: the shelves, the outbox, and envelopes of what is unsent. A list of writes
//! happens whole or not at all, and does what `app/src/platform/browser/store.rs` does.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    device::{
        shelf::{Shelf, Write},
        stored::{Notes, Stored, decode, key, put_queued},
        take::{Held, Kept, Needs},
    },
    ids::{ClientId, DeviceId, UserId},
    sync::{model::Model, outbox::Queued},
    vault::envelope::{Letter, SealingKey},
};
use rand::{SeedableRng, rngs::StdRng};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use uuid::Uuid;

/// A disk.
#[derive(Debug)]
pub struct Store {
    user: UserId,
    /// The vault: whose device it makes this. None where its key was destroyed and no PIN chosen since.
    vault: Option<DeviceId>,
    /// The vault before, whose key was destroyed.
    last_vault: Option<DeviceId>,
    outbox: BTreeMap<u64, Vec<u8>>,
    /// What a locked phone can send: every unsent op in an envelope, and nothing else.
    sealed: BTreeMap<u64, Vec<u8>>,
    /// Envelopes that the server has taken.
    delivered: BTreeSet<u64>,
    /// Rolls back with its transaction and is never given twice, as the browser's key generator.
    last: u64,
    shelves: BTreeMap<(Shelf, String), Vec<u8>>,
    chance: StdRng,
}

impl Store {
    /// A person's store on a new phone.
    pub fn new(user: UserId) -> Self {
        Self {
            user,
            vault: None,
            last_vault: None,
            outbox: BTreeMap::new(),
            sealed: BTreeMap::new(),
            delivered: BTreeSet::new(),
            last: 0,
            shelves: BTreeMap::new(),
            chance: StdRng::seed_from_u64(1),
        }
    }

    /// Which device this is; none without a vault.
    pub fn vault(&self) -> Option<DeviceId> {
        self.vault
    }

    /// As which device the worker speaks.
    pub fn speaks_as(&self) -> Option<DeviceId> {
        self.vault.or(self.last_vault)
    }

    /// A PIN is chosen.
    pub fn set_up(&mut self, device: DeviceId) {
        self.vault = Some(device);
    }

    /// The key is destroyed, and with it everything but envelopes.
    pub fn destroy(&mut self) {
        self.last_vault = self.vault.take().or(self.last_vault);
        self.outbox.clear();
        self.shelves.clear();
    }

    /// Everything here is of a version that knew of no envelopes.
    pub fn drop_envelopes(&mut self) {
        self.sealed.clear();
        self.delivered.clear();
        self.shelves.remove(&(Shelf::Meta, key::SEALING_KEY.to_owned()));
    }

    pub fn write(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write {
                Write::Put(part, key, value) => drop(self.shelves.insert((part, key), value)),
                Write::Delete(part, key) => drop(self.shelves.remove(&(part, key))),
                Write::Clear(part) => self.shelves.retain(|(of, _), _| *of != part),
                Write::PutQueued { seq, value, to_seal } => {
                    self.outbox.insert(seq, value);
                    match to_seal.and_then(|op| self.envelope(op)) {
                        Some(envelope) => drop(self.sealed.insert(seq, envelope)),
                        None => drop(self.sealed.remove(&seq)),
                    }
                    self.delivered.remove(&seq);
                }
                // The contents of attachments are not part of this proof.
                Write::OfferContentsAgain => {}
                Write::DeleteQueued(seq) => {
                    self.outbox.remove(&seq);
                    self.sealed.remove(&seq);
                    self.delivered.remove(&seq);
                }
            }
        }
    }

    fn envelope(&mut self, op: Vec<u8>) -> Option<Vec<u8>> {
        let op = RawValue::from_string(String::from_utf8(op).unwrap()).unwrap();
        let letter = Letter { user: self.user, device: self.vault.unwrap(), op };
        Some(self.sealing_key()?.seal(&letter, &mut self.chance).unwrap())
    }

    /// To which key of the server unsent ops are sealed.
    pub fn sealing_key(&self) -> Option<SealingKey> {
        self.read(Shelf::Meta, key::SEALING_KEY)
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

    /// Envelopes that the server has not taken, in the order of their numbers.
    pub fn undelivered(&self) -> Vec<(u64, &[u8])> {
        let waits = |seq: &u64| !self.delivered.contains(seq);
        self.sealed.iter().filter(|(seq, _)| waits(seq)).map(|(seq, envelope)| (*seq, &**envelope)).collect()
    }

    /// Whether this lies in an envelope, taken or not.
    pub fn has_envelope(&self, seq: u64) -> bool {
        self.sealed.contains_key(&seq)
    }

    /// The server has taken these.
    pub fn note_delivered(&mut self, taken: &[u64]) {
        self.delivered.extend(taken);
    }

    /// After unlocking: removes what was delivered of a vault before this one, and seals what lies here without
    /// an envelope.
    pub fn tidy(&mut self) {
        let queue = self.outbox();
        let is_of_before = |seq: &u64| !queue.iter().any(|queued| queued.op.seq == *seq);
        for seq in self.delivered.clone().iter().filter(|seq| is_of_before(seq)) {
            self.sealed.remove(seq);
            self.delivered.remove(seq);
        }
        let missing =
            queue.iter().filter(|queued| queued.state.is_unsent() && !self.sealed.contains_key(&queued.op.seq));
        let missing = missing.map(put_queued).collect();
        self.write(missing);
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
