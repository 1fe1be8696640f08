//! A phone and the person who holds it.

use crate::person::Hand;
use crate::server::{Reply, Server};
use domain::access::{Actor, Role};
use domain::clock::Moment;
use domain::ids::{OpId, RegionId, SchoolId, UserId};
use domain::sync::model::Model;
use domain::sync::op::{Body, Op, Subject};
use domain::sync::outbox::{QueueState, Queued, Walk, base_of, reoffer, settle};
use domain::sync::pull::Cursor;
use std::collections::BTreeSet;
use uuid::Uuid;

pub const OFFICERS: [UserId; 2] = [UserId(Uuid::from_u128(3)), UserId(Uuid::from_u128(4))];
/// Ops in one request: few, so that a queue takes several.
const BATCH: usize = 4;

/// A phone: what it has stored, and the test's own ledger of what it was ever told.
pub struct Device {
    pub number: u128,
    pub actor: Actor,
    pub snapshot: Model,
    fresh: Option<Model>,
    pub queue: Vec<Queued>,
    walk: Walk,
    pub cursor: Option<Cursor>,
    epoch: Option<Uuid>,
    pub told: BTreeSet<OpId>,
}

/// What the network does to one sync.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Fine,
    RequestLost,
    /// After the commit, before the reply arrives.
    ReplyLost,
    /// The battery dies when the receipts are stored and the pull is not.
    CutInHalf,
    /// A proxy sends the request twice.
    Doubled,
}

impl Device {
    pub fn new(number: u128, person: u128, role: Role) -> Self {
        let region = Some(RegionId(Uuid::from_u128(1)));
        let school = (role == Role::Counsellor).then(|| SchoolId(Uuid::from_u128(1)));
        let actor = Actor {
            user: UserId(Uuid::from_u128(person)),
            name: format!("Sample {person}"),
            role,
            region,
            school,
            post: String::new(),
        };
        Self {
            number,
            actor,
            snapshot: Model::default(),
            fresh: None,
            queue: Vec::new(),
            walk: Walk::default(),
            cursor: None,
            epoch: None,
            told: BTreeSet::new(),
        }
    }

    pub fn sync(&mut self, server: &mut Server, fate: Fate, now: Moment) {
        if fate == Fate::RequestLost {
            return;
        }
        if self.walk.next(&self.queue, BATCH).is_empty() {
            self.walk = Walk::default();
        }
        let batch: Vec<Op> = self.walk.next(&self.queue, BATCH).iter().map(|q| q.op.clone()).collect();
        let travelled: Vec<Op> = serde_json::from_str(&serde_json::to_string(&batch).unwrap()).unwrap();
        let mut reply = server.sync(&self.actor, &travelled, self.cursor, now);
        if fate == Fate::Doubled {
            reply = server.sync(&self.actor, &travelled, self.cursor, now);
        }
        if fate != Fate::ReplyLost {
            self.hear(reply, fate == Fate::CutInHalf, now);
        }
    }

    fn hear(&mut self, reply: Reply, cut: bool, now: Moment) {
        if self.epoch.replace(reply.epoch).is_some_and(|before| before != reply.epoch) {
            for queued in &mut self.queue {
                queued.state = reoffer(&queued.state).unwrap_or(queued.state.clone());
            }
            self.walk = Walk::default();
        }
        self.walk.heard(&reply.receipts);
        for receipt in reply.receipts {
            for queued in self.queue.iter_mut().filter(|q| q.op.id == receipt.op) {
                queued.state = settle(&queued.state, &receipt, now).unwrap_or(queued.state.clone());
                if matches!(queued.state, QueueState::Received { .. }) {
                    self.told.insert(receipt.op);
                }
            }
        }
        if cut {
            return;
        }
        if reply.reset {
            self.fresh = Some(Model::default());
        }
        let picture = self.fresh.as_mut().unwrap_or(&mut self.snapshot);
        reply.changes.into_iter().for_each(|record| picture.take(record));
        reply.forget.into_iter().for_each(|file| picture.forget(file));
        self.cursor = Some(reply.cursor);
        if !reply.more
            && let Some(whole) = self.fresh.take()
        {
            self.snapshot = whole;
        }
    }

    /// The app is killed and started: only what was stored is there again.
    pub fn restart(&mut self) {
        self.queue = serde_json::from_str(&serde_json::to_string(&self.queue).unwrap()).unwrap();
        self.walk = Walk::default();
    }

    /// What the person sees: the snapshot with the unsent ops on top.
    fn view(&self, now: Moment) -> Model {
        let mut view = self.snapshot.clone();
        for queued in self.queue.iter().filter(|q| q.state.is_unsent()) {
            let _ = view.lay_over(&queued.op, &self.actor, now);
        }
        view
    }

    fn save(&mut self, subject: Subject, body: Body, mends: Option<OpId>, now: Moment) {
        let after = base_of(&self.queue, subject, &body);
        let seq = self.queue.len() as u64 + 1;
        let op = Op { id: OpId(self.fresh_id()), seq, subject, recorded_at: now, after, mends, body };
        self.queue.push(Queued { op, state: QueueState::Waiting });
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::from_u128((self.number << 64) + self.queue.len() as u128 + 1)
    }

    /// The person does one thing that the screen offers now, sometimes wrongly; nothing if there is nothing to do.
    pub fn act(&mut self, what: u8, which: usize, now: Moment) {
        let view = self.view(now);
        let hand = Hand {
            actor: &self.actor,
            view: &view,
            queue: &self.queue,
            fresh: self.fresh_id(),
            reference: format!("LG-SAMPE-{:02}", self.queue.len() + 1),
            officers: OFFICERS,
            now,
        };
        let Some(deed) = hand.act(what, which) else { return };
        for change in deed.mended {
            if let Some(queued) = self.queue.iter_mut().find(|queued| queued.op.id == change.op.id) {
                *queued = change;
            }
        }
        self.save(deed.subject, deed.body, deed.mends, now);
    }
}
