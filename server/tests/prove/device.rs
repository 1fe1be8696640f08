//! A phone: the real outbox, planner and rules, on a disk in memory.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::{
    clock::Moment,
    device::{
        arrival::arrived,
        departure::departed,
        stored::put_queued,
        take::{Needs, take},
    },
    ids::{DeviceId, OpId, UserId},
    reference::ReferenceNumber,
    sync::{
        model::Model,
        op::{Body, Op},
        outbox::{QueueState, Queued, Walk, base_of},
        wire_v1::{SyncRequest, SyncResponse, VERSION},
    },
    vault::envelope::SealingKey,
};
use serde_json::value::to_raw_value;
use server::auth::Session;
use uuid::Uuid;

use crate::{person::Hand, store::Store, wire::Late};

/// Ops in one request: few, so that a queue takes several.
const BATCH: usize = 4;

/// A vault whose key was destroyed, as it was at its end.
pub struct Past {
    pub saved: Vec<Op>,
    pub queue: Vec<Queued>,
    /// In which life of the database the phone had listened last.
    pub epoch: Option<Uuid>,
    /// It never had the server's key: what was unsent had no envelope.
    pub knew_no_key: bool,
}

/// Whether a phone's person is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    SignedIn,
    /// The session has ended, and work goes on.
    SessionEnded,
    /// The person has signed out: nothing is done here before they sign in again.
    Departed,
}

/// A phone, and the proof's own ledger of what its person was ever told.
pub struct Device {
    pub session: Session,
    /// Whose place in the schedule it has.
    pub place: usize,
    pub id: DeviceId,
    pub store: Store,
    /// Lost with the app.
    walk: Walk,
    /// Every op of which the screen said that it is saved, under the present vault.
    pub saved: Vec<Op>,
    pub past: Vec<Past>,
    /// Of each envelope that the server has taken: how often the database had been restored then.
    pub delivered_in: BTreeMap<u64, usize>,
    /// How far its clock is ahead.
    pub ahead: TimeDelta,
    pub person: Presence,
    /// The server has told its key, so what is unsent lies in envelopes.
    pub was_told_key: bool,
    /// Somebody has it who does not know the PIN, and nobody gets it back.
    pub is_gone: bool,
    pub late: Option<Late>,
    /// The last answer was not the last page.
    pub is_between_pages: bool,
    given: u32,
}

impl Device {
    /// A phone on which nobody has signed in yet.
    pub fn new(place: usize, base: Uuid, session: Session) -> Self {
        Self {
            store: Store::new(session.actor.user),
            session,
            place,
            id: DeviceId(base),
            walk: Walk::default(),
            saved: Vec::new(),
            past: Vec::new(),
            delivered_in: BTreeMap::new(),
            ahead: TimeDelta::zero(),
            person: Presence::Departed,
            was_told_key: false,
            is_gone: false,
            late: None,
            is_between_pages: false,
            given: 0,
        }
    }

    /// The person signs in, and chooses a PIN where there is none. The server tells its key.
    pub fn sign_in(&mut self, key: Option<&SealingKey>) {
        self.person = Presence::SignedIn;
        self.was_told_key |= key.is_some();
        let is_locked_out = self.store.vault().is_none();
        if is_locked_out {
            self.id = self.next_id();
            self.given = 0;
            self.store.set_up(self.id);
        }
        self.store.write(arrived(&self.session.actor, key, &self.store.outbox()));
        if is_locked_out {
            self.store.tidy();
        }
    }

    pub fn is_signed_in(&self) -> bool {
        self.person == Presence::SignedIn
    }

    /// The session ends; who has left stays away.
    pub fn end_session(&mut self) {
        if self.is_signed_in() {
            self.person = Presence::SessionEnded;
        }
    }

    /// The person leaves: the files go, what is unsent stays.
    pub fn sign_out(&mut self) {
        self.person = Presence::Departed;
        if self.store.vault().is_some() {
            self.store.write(departed(&self.store.kept()));
        }
    }

    /// Until now the phone ran a version that knew of no envelopes.
    pub fn update(&mut self) {
        self.store.drop_envelopes();
        self.was_told_key = false;
    }

    /// A number that no other phone has, nor any op; its last bits make the reference numbers.
    pub fn next_id(&self) -> DeviceId {
        DeviceId(Uuid::from_u128(self.id.0.as_u128() + (1 << 21)))
    }

    /// The key is destroyed: what lay under it can be read by nobody any more.
    pub fn lose_key(&mut self) {
        self.past.push(Past {
            saved: std::mem::take(&mut self.saved),
            queue: self.store.outbox(),
            epoch: self.store.kept().epoch,
            knew_no_key: !std::mem::take(&mut self.was_told_key),
        });
        self.store.destroy();
        self.walk = Walk::default();
        self.is_between_pages = false;
    }

    pub fn has_unsent(&self) -> bool {
        self.store.outbox().iter().any(|queued| queued.state.is_unsent())
    }

    /// Envelopes of a vault before this one, which only the worker can send.
    pub fn has_old_envelopes(&self) -> bool {
        let queue = self.store.outbox();
        self.store.undelivered().iter().any(|(seq, _)| !queue.iter().any(|queued| queued.op.seq == *seq))
    }

    /// The ops that lie, or lay, under these numbers.
    pub fn ops_of(&self, seqs: &[u64]) -> Vec<Uuid> {
        let all = self.past.iter().flat_map(|past| &past.saved).chain(&self.saved);
        all.filter(|op| seqs.contains(&op.seq)).map(|op| op.id.0).collect()
    }

    pub fn note_delivered(&mut self, taken: &[u64], life: usize) {
        self.store.note_delivered(taken);
        self.delivered_in.extend(taken.iter().map(|seq| (*seq, life)));
    }

    /// What the person sees: the snapshot with the unsent ops on top.
    fn view(&self, queue: &[Queued]) -> Model {
        let mut view = self.store.snapshot();
        for queued in queue.iter().filter(|queued| queued.state.is_unsent()) {
            let _ = view.lay_over(&queued.op, &self.session.actor, queued.op.recorded_at);
        }
        view
    }

    /// The person does one thing, and it is stored.
    pub fn act(&mut self, officers: [UserId; 2], what: u8, which: usize, now: Moment) {
        // Without the PIN nobody does anything.
        if self.is_gone || self.person == Presence::Departed || self.store.vault().is_none() {
            return;
        }
        let now = now + self.ahead;
        let queue = self.store.outbox();
        let view = self.view(&queue);
        let fresh = Uuid::from_u128(self.id.0.as_u128() + u128::from(self.store.next_seq()));
        // Now and then a number that this device has given before: the database objects to it.
        if self.given == 0 || which != 11 {
            self.given += 1;
        }
        let reference = ReferenceNumber::given_by(self.id, self.given).as_str().to_owned();
        let hand = Hand { actor: &self.session.actor, view: &view, queue: &queue, fresh, reference, officers, now };
        let Some(deed) = hand.act(what, which) else { return };
        let op = Op {
            id: OpId(fresh),
            seq: self.store.next_seq(),
            subject: deed.subject,
            recorded_at: now,
            after: base_of(&queue, deed.subject, &deed.body),
            mends: deed.mends,
            body: deed.body,
        };
        let also = deed.mended.iter().map(put_queued).collect();
        self.store.append(&Queued { op: op.clone(), state: QueueState::Waiting }, also);
        self.saved.push(op);
    }

    /// The next request, or one that only asks.
    pub fn request(&mut self, only_asks: bool) -> String {
        let queue = self.store.outbox();
        if self.walk.next(&queue, BATCH).is_empty() {
            self.walk = Walk::default();
        }
        let sent = if only_asks { Vec::new() } else { self.walk.next(&queue, BATCH) };
        let request = SyncRequest {
            v: VERSION,
            device: self.id,
            user: Some(self.session.actor.user),
            cursor: self.store.kept().cursor,
            ops: sent.iter().map(|queued| to_raw_value(&queued.op).unwrap()).collect(),
            unsent: 0,
            clock: None,
            state: None,
            sealing_key: self.store.sealing_key().map(|key| key.id),
        };
        serde_json::to_string(&request).unwrap()
    }

    /// Stores an answer, in one transaction. Whether there is more to say at once.
    pub fn hear(&mut self, response: SyncResponse, now: Moment) -> bool {
        let now = now + self.ahead;
        let (queue, kept) = (self.store.outbox(), self.store.kept());
        let held = self.store.held(&Needs::of(&kept, &response));
        self.walk.heard(&response.receipts);
        self.was_told_key |= response.sealing_key.is_some();
        self.is_between_pages = response.more;
        let taken = take(&queue, kept, response, held, now);
        self.store.write(taken.writes);
        if taken.new_epoch {
            self.walk = Walk::default();
        }
        let after = self.store.outbox();
        if self.walk.next(&after, 1).is_empty() && self.walk.wants_another(&after) {
            self.walk = Walk::default();
            return true;
        }
        taken.new_epoch || queue != after || !self.walk.next(&after, 1).is_empty()
    }

    /// The app is killed, started and unlocked: only what was stored is there again.
    pub fn restart(&mut self) {
        self.ends_exchange();
        if self.store.vault().is_some() {
            self.store.tidy();
        }
    }

    /// An exchange that came to nothing: the next one begins anew.
    pub fn ends_exchange(&mut self) {
        self.walk = Walk::default();
    }

    /// What a person reads on the Sync screen about an op; none if it is not there any more.
    pub fn state_of(queue: &[Queued], op: OpId) -> Option<&QueueState> {
        queue.iter().find(|queued| queued.op.id == op).map(|queued| &queued.state)
    }

    /// The clients that this device's op opens.
    pub fn opens(op: &Op) -> Option<Uuid> {
        match &op.body {
            Body::Accept { client, .. } => Some(client.0),
            _ => None,
        }
    }
}
