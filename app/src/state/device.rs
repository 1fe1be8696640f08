//! The person's device: opening its store, showing what is in it, saving an op.
//!
//! Saving is durable before anything on the screen says so: [`Device::record`] returns when the
//! browser reports the op on the disk. What is shown is always snapshot plus unsent ops.

pub(super) mod files;

use crate::platform::{Shelf, Standing, StoreError, Write, clock, page, store, tabs};
use crate::state::picture::{Picture, Snapshot};
use crate::state::session::{self, Arrived};
use crate::state::sync::{self, SyncState};
use crate::state::{attachments, vault};
use domain::access::Actor;
pub use domain::device::stored::key;
use domain::error::Refusal;
use domain::ids::{DeviceId, OpId, UserId};
use domain::reference::ReferenceNumber;
use domain::sync::op::{Body, Op, Subject};
use domain::sync::outbox::{self, QueueState, Queued};
use domain::vault::Kind;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How far the start has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// The store is being opened; also what the server renders.
    Starting,
    /// Nobody is signed in on this device.
    SignedOut,
    /// This person has signed in, and is to choose the PIN that seals what lies here.
    ChoosePin(Actor),
    /// The store is sealed; a PIN or a passphrase opens it.
    Locked(Kind),
    /// The store is open and belongs to this person.
    Ready(Actor),
    /// The store cannot be opened.
    Broken(StoreError),
}

/// Why something was not saved. What the person typed is still in the form and in its draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveFailure {
    /// The rules say no.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The device could not keep it.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// What goes with an op when it is saved.
#[derive(Debug, Clone, Default)]
pub struct Along {
    /// The draft that the op was made from; it goes in the same transaction.
    pub draft: Option<String>,
    /// The refused op that this one mends.
    pub mends: Option<OpId>,
}

/// The person's device, from any component: see [`use_device`].
#[derive(Clone, Copy)]
pub struct Device {
    /// How far the start has come.
    pub phase: RwSignal<Phase>,
    /// What the screens show.
    pub picture: RwSignal<Picture>,
    /// The outbox, in the order of its sequence numbers.
    pub queue: RwSignal<Vec<Queued>>,
    /// When and how the device last spoke with the server.
    pub sync: RwSignal<SyncState>,
    /// A newer version of the app is ready.
    pub update_ready: RwSignal<bool>,
    /// How many screens hold something unsaved: an update waits for none.
    pub unsaved: RwSignal<u32>,
    /// What a person should know who finds themselves at the sign-in page.
    pub notice: RwSignal<Option<String>>,
    /// Somebody is looking: the screen shows nothing until the person says so.
    pub covered: RwSignal<bool>,
    pub(super) snapshot: StoredValue<Snapshot>,
    pub(super) known_as: StoredValue<Option<DeviceId>>,
    /// Who has signed in and has still to open the store or to choose its PIN.
    pub(super) arrived: StoredValue<Option<Arrived>>,
    /// The keys are about to be dropped: what was typed last is being written.
    pub(super) locking: StoredValue<bool>,
}

/// The device of this page.
pub fn use_device() -> Device {
    expect_context::<Device>()
}

impl Device {
    /// Makes the device of this page known to every component; in the browser, starts it.
    pub fn provide() -> Self {
        let device = Self {
            phase: RwSignal::new(Phase::Starting),
            picture: RwSignal::new(Picture::default()),
            queue: RwSignal::new(Vec::new()),
            sync: RwSignal::new(SyncState::default()),
            update_ready: RwSignal::new(false),
            unsaved: RwSignal::new(0),
            notice: RwSignal::new(None),
            covered: RwSignal::new(false),
            snapshot: StoredValue::new(Snapshot::default()),
            known_as: StoredValue::new(None),
            arrived: StoredValue::new(None),
            locking: StoredValue::new(false),
        };
        provide_context(device);
        // Effects run in the browser only.
        Effect::new(move |started: Option<()>| {
            if started.is_none() {
                device.start();
            }
        });
        device
    }

    fn start(self) {
        page::start_service_worker(move || self.update_ready.set(true));
        page::on_wake(move || sync::wake_with_hope(self));
        page::on_worker_word(move |word| {
            let lost = word.strip_prefix("revoked ").and_then(|id| id.parse::<UserId>().ok());
            if let Some(user) = lost {
                spawn_local(vault::revoked(self, user));
            } else if word == "delivered" {
                sync::wake(self);
            } else if word == "carried" {
                // What came of the picture is the server's word.
                attachments::carry(self, false);
                sync::wake(self);
            } else if let Some(bytes) = word.strip_prefix("sent ").and_then(|bytes| bytes.parse().ok()) {
                spawn_local(sync::count_bytes(self, bytes));
            }
        });
        tabs::listen(move |message| {
            // Another tab saved or received: what is on the disk is the truth.
            if message == tabs_message::CHANGED && self.me().is_some() {
                spawn_local(async move {
                    let _ = self.reload().await;
                });
            }
            if message == tabs_message::SIGNED_OUT {
                self.close();
            }
            if message == tabs_message::LOCKED {
                spawn_local(vault::lock_here(self));
            }
            let other = message.strip_prefix(tabs_message::USER).and_then(|id| id.parse::<UserId>().ok());
            if let Some(user) = other.filter(|user| self.me().is_none_or(|me| me.user != *user)) {
                // One browser, one session: this tab goes with it. What was unsent here stays in its own store.
                self.close();
                spawn_local(self.open(user));
            }
        });
        spawn_local(async move {
            match session::last().await {
                Some(user) => self.open(user).await,
                None => self.phase.set(Phase::SignedOut),
            }
        });
        sync::keep_time(self);
        vault::keep_watch(self);
    }

    /// Opens a user's store: the PIN comes next, or its choice.
    pub async fn open(self, user: UserId) {
        let arrived = self.arrived.with_value(|arrived| arrived.as_ref().map(|arrived| arrived.me.clone()));
        let arrived = arrived.filter(|me| me.user == user);
        self.phase.set(match store::open(user).await {
            Ok(Standing::Locked(header)) => Phase::Locked(header.kind),
            Ok(Standing::InTheOpen(me)) => Phase::ChoosePin(arrived.unwrap_or(*me)),
            // The store was cleared by the browser, or never filled: sign in anew.
            Ok(Standing::New) => arrived.map_or(Phase::SignedOut, Phase::ChoosePin),
            Err(error) => Phase::Broken(error),
        });
    }

    /// Shows what is in the unlocked store; the first sync follows.
    pub(super) async fn show_files(self) {
        let opened = async {
            let arrived = self.arrived.try_update_value(Option::take).flatten();
            if let Some(arrived) = arrived.filter(|arrived| store::whose() == Some(arrived.me.user)) {
                let (queue, _) = files::read_outbox().await?;
                store::write(arrived.writes(&queue)).await?;
            }
            let exchanged = files::read_meta(key::EXCHANGED).await?;
            let data = files::read_meta(key::DATA_USED).await?.unwrap_or_default();
            self.sync.update(|sync| (sync.complete_at, sync.data_used) = (exchanged, data));
            let me = self.reload().await?;
            attachments::count(self).await;
            Ok(me)
        };
        match opened.await {
            Ok(Some(me)) => {
                self.notice.set(None);
                self.phase.set(Phase::Ready(me));
                sync::wake(self);
                // Nothing depends on it: what is not tidied now is tidied at the next start.
                let queue = self.queue.get_untracked();
                let _ = store::vault::tidy(&queue).await;
                let _ = attachments::tidy(self).await;
                store::ask_to_keep().await;
            }
            // Killed between choosing a PIN and keeping who chose it: the sign-in tells it once more.
            Ok(None) => {
                store::vault::lock();
                self.phase.set(Phase::SignedOut);
            }
            Err(error) => self.phase.set(Phase::Broken(error)),
        }
    }

    /// Closes the store and shows nothing of it any more. What is unsent stays on the disk.
    pub fn close(self) {
        store::close();
        self.phase.set(Phase::SignedOut);
        self.forget();
    }

    /// Keeps nothing of the store in memory.
    pub(super) fn forget(self) {
        self.snapshot.set_value(Snapshot::default());
        self.known_as.set_value(None);
        self.queue.set(Vec::new());
        self.picture.set(Picture::default());
        self.sync.set(SyncState::default());
        self.covered.set(false);
    }

    /// Who is here.
    pub fn me(self) -> Option<Actor> {
        self.phase.with_untracked(|phase| match phase {
            Phase::Ready(me) => Some(me.clone()),
            _ => None,
        })
    }

    /// Who is to choose a PIN.
    pub fn choosing(self) -> Option<UserId> {
        self.phase.with_untracked(|phase| match phase {
            Phase::ChoosePin(me) => Some(me.user),
            _ => None,
        })
    }

    /// Who is here, for a component that follows changes.
    pub fn me_now(self) -> Option<Actor> {
        self.phase.with(|phase| match phase {
            Phase::Ready(me) => Some(me.clone()),
            _ => None,
        })
    }

    /// This device's identity, made on first use of the store.
    pub async fn identity(self) -> Result<DeviceId, StoreError> {
        if let Some(id) = self.known_as.get_value() {
            return Ok(id);
        }
        let id = if let Some(id) = files::read_meta::<DeviceId>(key::DEVICE).await? {
            id
        } else {
            let id = DeviceId(clock::new_id());
            store::write(vec![files::put_meta(key::DEVICE, &id)]).await?;
            id
        };
        self.known_as.set_value(Some(id));
        Ok(id)
    }

    /// The next client reference number of this device.
    pub async fn next_reference(self) -> Result<ReferenceNumber, StoreError> {
        let device = self.identity().await?;
        let count = store::count_up(key::REFERENCES).await?;
        Ok(ReferenceNumber::given_by(device, count))
    }

    /// Saves what a person did. Durable when this returns; sent as soon as there is a network.
    ///
    /// What the rules refuse is told at once and not saved: the form and its draft stay.
    pub async fn record(self, subject: Subject, body: Body, along: Along) -> Result<OpId, SaveFailure> {
        let Some(me) = self.me() else { return Err(SaveFailure::Store(StoreError::Unavailable)) };
        let queue = self.queue.get_untracked();
        let mut op = Op {
            id: OpId(clock::new_id()),
            seq: 0,
            subject,
            recorded_at: clock::now(),
            after: outbox::base_of(&queue, subject, &body),
            mends: along.mends,
            body,
        };
        self.judge(&op, &me).map_err(SaveFailure::Refused)?;

        let mut also: Vec<Write> = Vec::new();
        if let Some(draft) = along.draft {
            also.push(Write::Delete(Shelf::Drafts, draft));
        }
        let mended = along.mends.map(|old| outbox::mend(&queue, old, op.id, op.recorded_at)).unwrap_or_default();
        also.extend(mended.iter().map(files::put_queued));
        let saved = Queued { op: op.clone(), state: QueueState::Waiting };
        op.seq = store::append(saved, also).await?;

        let id = op.id;
        if store::whose() != Some(me.user) {
            // Locked just now: it is on the disk, and nothing of it comes back into memory.
            return Ok(id);
        }
        self.queue.update(|queue| {
            files::replace(queue, mended);
            queue.push(Queued { op: op.clone(), state: QueueState::Waiting });
        });
        self.picture.update(|picture| picture.lay_over(&op, &me));
        if matches!(op.body, Body::Attach { .. }) {
            // Before its op is received: "All sent" must not be said while the picture waits.
            attachments::count(self).await;
        }
        tabs::tell(tabs_message::CHANGED);
        sync::wake(self);
        Ok(id)
    }

    /// The rules' word on an op, before it is saved. Of files that are not on this device (a
    /// supervisor works on cases online) only the server can judge.
    fn judge(self, op: &Op, me: &Actor) -> Result<(), Refusal> {
        self.picture.with_untracked(|Picture { model, .. }| {
            let known = match op.subject {
                Subject::Client(id) => model.clients.contains_key(&id),
                Subject::Referral(id) => {
                    model.referrals.contains_key(&id) || matches!(op.body, Body::SendReferral { .. })
                }
            };
            if known { model.judge(op, me, op.recorded_at).map(drop) } else { Ok(()) }
        })
    }

    /// A person decides not to send a refused op. It is kept aside for 30 days.
    pub async fn discard(self, op: OpId) -> Result<(), StoreError> {
        let changed = self.queue.with_untracked(|queue| outbox::discard(queue, op, clock::now()));
        store::write(changed.iter().map(files::put_queued).collect()).await?;
        self.queue.update(|queue| files::replace(queue, changed));
        self.show();
        tabs::tell(tabs_message::CHANGED);
        Ok(())
    }

    /// Lays the unsent ops over the snapshot anew.
    pub(super) fn show(self) {
        let me = self.me();
        let picture = self
            .snapshot
            .with_value(|snapshot| self.queue.with_untracked(|queue| Picture::of(snapshot, queue, me.as_ref())));
        self.picture.set(picture);
    }
}

/// What tabs tell each other.
pub(super) mod tabs_message {
    /// Something on the disk changed.
    pub const CHANGED: &str = "changed";
    /// Somebody signed in; the user's id follows.
    pub const USER: &str = "user ";
    /// The person signed out.
    pub const SIGNED_OUT: &str = "signed-out";
    /// The person locked the app, or it locked itself.
    pub const LOCKED: &str = "locked";
}
