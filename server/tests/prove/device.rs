//! A phone: the real outbox, planner and rules, on a disk in memory.

use chrono::TimeDelta;
use domain::{
    clock::Moment,
    device::{
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
};
use serde_json::value::to_raw_value;
use server::auth::Session;
use uuid::Uuid;

use crate::{person::Hand, store::Store};

/// Ops in one request: few, so that a queue takes several.
const BATCH: usize = 4;

/// A phone, and the proof's own ledger of what its person was ever told.
pub struct Device {
    pub session: Session,
    pub id: DeviceId,
    pub store: Store,
    /// Lost with the app.
    walk: Walk,
    /// Every op of which the screen said that it is saved.
    pub saved: Vec<Op>,
    /// How far its clock is ahead.
    pub ahead: TimeDelta,
    pub signed_out: bool,
    /// A request that was given up and is still under way.
    pub late: Option<String>,
    given: u32,
}

impl Device {
    pub fn new(id: Uuid, session: Session) -> Self {
        Self {
            session,
            id: DeviceId(id),
            store: Store::default(),
            walk: Walk::default(),
            saved: Vec::new(),
            ahead: TimeDelta::zero(),
            signed_out: false,
            late: None,
            given: 0,
        }
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
            sealing_key: None,
        };
        serde_json::to_string(&request).unwrap()
    }

    /// Stores an answer, in one transaction. Whether there is more to say at once.
    pub fn hear(&mut self, response: SyncResponse, now: Moment) -> bool {
        let now = now + self.ahead;
        let (queue, kept) = (self.store.outbox(), self.store.kept());
        let held = self.store.held(&Needs::of(&kept, &response));
        self.walk.heard(&response.receipts);
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

    /// The app is killed and started: only what was stored is there again.
    pub fn restart(&mut self) {
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
