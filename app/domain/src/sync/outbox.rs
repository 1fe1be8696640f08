//! A device's outbox: what waits, what goes next, what a receipt does to it.
//!
//! Plan, then apply: these functions look and say; the device's store does what they say, each in one
//! transaction. An op leaves the outbox only 30 days after its receipt was stored.

use crate::clock::Moment;
use crate::error::Refusal;
use crate::ids::OpId;
use crate::mutation::{Mutation, is_on};
use crate::sync::op::{Body, Op, Subject};
use crate::sync::receipt::{Outcome, Receipt};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long a received op is kept, in case the server is restored from a backup that lacks it.
pub const KEEP_RECEIVED: TimeDelta = TimeDelta::days(30);

/// An op in the outbox, and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    /// The op, never changed after it was saved.
    pub op: Op,
    /// How far it has come.
    pub state: QueueState,
}

/// How far an op has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum QueueState {
    /// Saved on this device; to be sent.
    Waiting,
    /// The server has it not yet judged: it builds on one that is not applied.
    Held {
        /// The op that it builds on.
        waits_for: OpId,
    },
    /// The server refused it; a person mends or discards it.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// The server's receipt is stored on this device.
    Received {
        /// Its place in the journal.
        position: i64,
        /// When the receipt was stored.
        at: Moment,
    },
    /// A person decided not to send it after it was refused. Kept, so that nothing vanishes.
    Discarded {
        /// When.
        at: Moment,
    },
}

impl QueueState {
    /// Whether the op has still to reach the server.
    pub const fn is_unsent(&self) -> bool {
        matches!(self, Self::Waiting | Self::Held { .. })
    }
}

impl QueueState {
    /// Whether the content of an attachment that this op brought has to reach the server.
    pub const fn counts_for_contents(&self) -> bool {
        !matches!(self, Self::Discarded { .. } | Self::Refused { .. })
    }
}

/// What the header chip and the Sync screen count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Saved here, not received.
    pub waiting: u32,
    /// Refused, and wanting a person.
    pub attention: u32,
}

/// Counts what waits and what wants attention.
pub fn tally<'a>(queue: impl IntoIterator<Item = &'a QueueState>) -> Tally {
    queue.into_iter().fold(Tally::default(), |mut tally, state| {
        match state {
            QueueState::Waiting | QueueState::Held { .. } => tally.waiting += 1,
            QueueState::Refused { .. } => tally.attention += 1,
            QueueState::Received { .. } | QueueState::Discarded { .. } => {}
        }
        tally
    })
}

/// One walk through the outbox: every unsent op is offered once, in the order of `seq`, batch by batch.
///
/// Held ops are offered on every walk. However many there are, they keep nothing else from the server, and
/// none of them keeps another: each may be the one that can be judged by now.
#[derive(Debug, Default)]
pub struct Walk {
    judged: BTreeSet<OpId>,
    has_freed: bool,
}

impl Walk {
    /// The next ops to send, at most `max`.
    ///
    /// Left out is what has been judged on this walk, and what builds, directly or through others, on an op
    /// that was refused or discarded: the server could only hold it again. An op that the server left
    /// untouched comes again, before every later one of its file.
    pub fn next<'a>(&self, queue: &'a [Queued], max: usize) -> Vec<&'a Queued> {
        let stuck = stuck(queue);
        in_order(queue)
            .into_iter()
            .take_while(|q| !(is_on(Mutation::RefusedBlocks) && matches!(q.state, QueueState::Refused { .. })))
            .filter(|q| q.state.is_unsent() && !stuck.contains(&q.op.id) && !self.judged.contains(&q.op.id))
            .take(max)
            .collect()
    }

    /// Notes what the server judged.
    pub fn heard(&mut self, receipts: &[Receipt]) {
        self.judged.extend(receipts.iter().map(|receipt| receipt.op));
        self.has_freed |= receipts.iter().any(|receipt| matches!(receipt.outcome, Outcome::Applied { .. }));
    }

    /// Whether another walk is worth while at once: something was applied, and what is held may have waited for it.
    pub fn wants_another(&self, queue: &[Queued]) -> bool {
        self.has_freed && queue.iter().any(|q| matches!(q.state, QueueState::Held { .. }))
    }
}

fn in_order(queue: &[Queued]) -> Vec<&Queued> {
    let mut in_order: Vec<&Queued> = queue.iter().collect();
    in_order.sort_by_key(|q| q.op.seq);
    in_order
}

/// What builds, directly or through others, on an op that was refused or discarded, and these themselves.
fn stuck(queue: &[Queued]) -> BTreeSet<OpId> {
    let mut stuck = BTreeSet::new();
    for queued in in_order(queue) {
        let builds_on_stuck = queued.op.after.is_some_and(|after| stuck.contains(&after));
        let is_put_aside = matches!(queued.state, QueueState::Refused { .. } | QueueState::Discarded { .. });
        if is_put_aside || (queued.state.is_unsent() && builds_on_stuck) {
            stuck.insert(queued.op.id);
        }
    }
    stuck
}

/// What waits to be sent and builds on an op that was refused: the server could only hold it, so it is told as
/// held until a person mends that one or puts it aside.
pub fn behind_refused(queue: &[Queued]) -> Vec<Queued> {
    let stuck = stuck(queue);
    let waiting = queue.iter().filter(|q| matches!(q.state, QueueState::Waiting));
    waiting
        .filter_map(|q| {
            let waits_for = q.op.after.filter(|after| stuck.contains(after))?;
            Some(Queued { op: q.op.clone(), state: QueueState::Held { waits_for } })
        })
        .collect()
}

/// What a receipt makes of an op. A receipt for an op that has one already changes nothing.
pub fn settle(state: &QueueState, receipt: &Receipt, now: Moment) -> Option<QueueState> {
    match (state, &receipt.outcome) {
        (QueueState::Received { .. } | QueueState::Discarded { .. }, _) => None,
        (_, Outcome::Applied { position, .. }) => Some(QueueState::Received { position: *position, at: now }),
        (_, Outcome::Refused { refusal }) => Some(QueueState::Refused { refusal: refusal.clone() }),
        (_, Outcome::Held { waits_for }) => Some(QueueState::Held { waits_for: *waits_for }),
    }
}

/// What a new epoch makes of an op: the restored server may lack it, so what was received is offered again.
pub fn reoffer(state: &QueueState) -> Option<QueueState> {
    match state {
        QueueState::Received { .. } if !is_on(Mutation::NothingOfferedAgain) => Some(QueueState::Waiting),
        _ => None,
    }
}

/// What else changes when a person mends a refused op: the old one is put aside, and what built on it
/// builds on the new one. (Held ops were never taken up by the server, so they may be pointed anew.)
pub fn mend(queue: &[Queued], old: OpId, new: OpId, now: Moment) -> Vec<Queued> {
    changed(queue, old, now, |dependent| {
        dependent.op.after = Some(new);
        dependent.state = QueueState::Waiting;
    })
}

/// What else changes when a person discards a refused op: what built on it wants a decision as well.
pub fn discard(queue: &[Queued], op: OpId, now: Moment) -> Vec<Queued> {
    changed(queue, op, now, |dependent| {
        let refusal = Refusal::new(
            "base-discarded",
            "The item that this one corrects was discarded. Please discard this one too.",
        );
        dependent.state = QueueState::Refused { refusal };
    })
}

fn changed(queue: &[Queued], put_aside: OpId, now: Moment, change: impl Fn(&mut Queued)) -> Vec<Queued> {
    queue
        .iter()
        .filter_map(|queued| {
            let mut queued = queued.clone();
            if queued.op.id == put_aside && matches!(queued.state, QueueState::Refused { .. }) {
                queued.state = QueueState::Discarded { at: now };
            } else if queued.op.after == Some(put_aside) && queued.state.is_unsent() {
                change(&mut queued);
            } else {
                return None;
            }
            Some(queued)
        })
        .collect()
}

/// The unsent op that a new one builds on, if any: a correction on its
/// note, an edit on the edit of the same field before.
pub fn base_of(queue: &[Queued], subject: Subject, body: &Body) -> Option<OpId> {
    let is_base = |earlier: &Body| match (body, earlier) {
        (
            Body::AmendContact { note, .. } | Body::FinishNextAction { note },
            Body::RecordContact { note: earlier, .. },
        ) => note == earlier,
        (Body::EditProfile { edits }, Body::EditProfile { edits: earlier }) => {
            edits.iter().any(|edit| earlier.iter().any(|before| before.field == edit.field))
        }
        _ => false,
    };
    queue
        .iter()
        .filter(|q| !matches!(q.state, QueueState::Received { .. } | QueueState::Discarded { .. }))
        .filter(|q| q.op.subject == subject && is_base(&q.op.body))
        .max_by_key(|q| q.op.seq)
        .map(|q| q.op.id)
}

/// Whether an op has done its time in the outbox.
pub fn is_prunable(state: &QueueState, now: Moment) -> bool {
    match state {
        QueueState::Received { at, .. } | QueueState::Discarded { at } => now - *at > KEEP_RECEIVED,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
