//! The picture that the screens show: the server's snapshot with the unsent ops laid on top.

use domain::access::Actor;
use domain::client::FileHead;
use domain::device::stored::Stored;
use domain::ids::{ClientId, ReferralId};
use domain::referral::Referral;
use domain::sync::model::Model;
use domain::sync::op::{Op, Subject};
use domain::sync::outbox::Queued;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What the server said last, as far as it is in memory.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Referrals and clients; notes only of the files that were opened.
    pub model: Model,
    /// Every client's head.
    pub heads: BTreeMap<ClientId, FileHead>,
    /// Clients whose notes are in memory.
    pub loaded: BTreeSet<ClientId>,
}

impl Snapshot {
    /// Takes in what lay on the shelf of heads.
    pub fn shelve(&mut self, stored: Stored) {
        match stored {
            Stored::Referral(referral) => {
                self.model.referrals.insert(referral.id, *referral);
            }
            Stored::Client(head) => {
                self.model.clients.insert(head.client.id, head.client.clone());
                self.heads.insert(head.client.id, *head);
            }
        }
    }

    /// Lets go of a file.
    pub fn forget(&mut self, file: Uuid) {
        self.model.forget(file);
        self.heads.remove(&ClientId(file));
        self.loaded.remove(&ClientId(file));
    }
}

/// What the screens show.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// Files with the unsent ops laid over.
    pub model: Model,
    /// Every client's head, the same way.
    pub heads: BTreeMap<ClientId, FileHead>,
    /// Clients whose notes are in memory.
    pub loaded: BTreeSet<ClientId>,
}

impl Picture {
    /// Lays the unsent ops over the snapshot, in their order.
    pub fn of(snapshot: &Snapshot, queue: &[Queued], me: Option<&Actor>) -> Self {
        let mut picture =
            Self { model: snapshot.model.clone(), heads: snapshot.heads.clone(), loaded: snapshot.loaded.clone() };
        if let Some(me) = me {
            for queued in queue.iter().filter(|queued| queued.state.is_unsent()) {
                picture.lay_over(&queued.op, me);
            }
        }
        picture
    }

    /// Lays one more op over the picture. An op that the rules refuse here changes nothing: its own
    /// entry on the Sync screen tells of it.
    pub fn lay_over(&mut self, op: &Op, me: &Actor) {
        if self.model.lay_over(op, me, op.recorded_at).is_ok() {
            match op.subject {
                Subject::Client(client) => self.refresh_head(client),
                Subject::Referral(_) => {}
            }
        }
    }

    /// Reads the head of a file anew from the picture.
    pub fn refresh_head(&mut self, client: ClientId) {
        let Some(file) = self.model.clients.get(&client) else { return };
        let none = BTreeMap::new();
        let notes = self.model.notes.get(&client).unwrap_or(&none);
        self.heads.insert(client, FileHead::of(file.clone(), notes.values()));
    }

    /// A referral by its id.
    pub fn referral(&self, id: ReferralId) -> Option<&Referral> {
        self.model.referrals.get(&id)
    }
}
