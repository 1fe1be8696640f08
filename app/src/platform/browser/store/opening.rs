//! Opening a person's store, and whose it is.

use super::{DELIVERED, OUTBOX, SEALED, Told, contents, next_number, vault};
use crate::platform::chance::Chance;
use crate::platform::{Shelf, StoreError, Write};
use domain::device::stored::{decode, key};
use domain::ids::{DeviceId, UserId};
use domain::vault::DataKey;
use domain::vault::envelope::{Envelope, Letter, SealingKey};
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use indexed_db_futures::{OpenDbResult, error::OpenDbError};
use serde_json::value::RawValue;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Version of the layout. Each step up keeps what was there.
///
/// 1: everything in the open. 2: the vault, envelopes of unsent ops, which of these were delivered.
/// 3: attachments and their contents.
const LAYOUT: u8 = 3;
pub(super) const SHELVES: [Shelf; 5] = [Shelf::Heads, Shelf::Bodies, Shelf::Drafts, Shelf::Meta, Shelf::Attachments];

/// What is in memory only while the app is unlocked.
pub(super) struct Keys {
    pub(super) user: UserId,
    pub(super) device: DeviceId,
    pub(super) data: DataKey,
    /// The number of the next entry of the outbox, unless another tab takes it.
    pub(super) free: Cell<Option<u64>>,
    sealing: RefCell<Sealing>,
}

/// The server's key, where it has told one, and an envelope that is ready for the next op.
#[derive(Default)]
struct Sealing {
    key: Option<SealingKey>,
    ready: Option<Envelope>,
}

impl Keys {
    /// Keys of a vault whose server's key is not known yet.
    pub(super) fn new(user: UserId, device: DeviceId, data: DataKey) -> Self {
        Self { user, device, data, free: Cell::new(None), sealing: RefCell::default() }
    }

    /// A new sealing key counts from the very transaction that stores it.
    pub(super) fn learn(&self, writes: &[Write]) {
        for write in writes {
            if let Write::Put(Shelf::Meta, name, value) = write
                && name == key::SEALING_KEY
            {
                self.seal_to(decode(value));
            }
        }
    }

    /// From now on envelopes are for this key.
    pub(super) fn seal_to(&self, key: Option<SealingKey>) {
        *self.sealing.borrow_mut() = Sealing { key, ready: None };
    }

    /// The op in an envelope for the server. None before the server has told its key: such an op waits for
    /// the person's PIN.
    pub(super) fn envelope(&self, op: &[u8]) -> Option<Vec<u8>> {
        let op = RawValue::from_string(std::str::from_utf8(op).ok()?.to_owned()).ok()?;
        let letter = Letter { user: self.user, device: self.device, op };
        let ready = self.sealing.borrow_mut().ready.take();
        let envelope = match ready {
            Some(ready) => ready,
            None => self.sealing.borrow().key.as_ref()?.make_ready(&mut Chance).ok()?,
        };
        envelope.seal(&letter).ok()
    }

    fn make_ready(&self) {
        let mut sealing = self.sealing.borrow_mut();
        if sealing.ready.is_none() {
            sealing.ready = sealing.key.as_ref().and_then(|key| key.make_ready(&mut Chance).ok());
        }
    }
}

/// After this time the screen shows what was done last.
const SHOWN_MS: u32 = 400;

/// Does ahead what the next save needs, when nobody waits. Who locks meanwhile is not held up.
pub(super) fn ready_soon(held: &Rc<Keys>) {
    let held = Rc::downgrade(held);
    wasm_bindgen_futures::spawn_local(async move {
        gloo_timers::future::TimeoutFuture::new(SHOWN_MS).await;
        let knows_number = {
            let Some(held) = held.upgrade() else { return };
            held.make_ready();
            held.free.get().is_some()
        };
        if !knows_number
            && let Ok(database) = database()
            && let Ok(next) = next_number(&database).await
            && let Some(held) = held.upgrade()
        {
            held.free.set(Some(next));
        }
    });
}

struct Open {
    user: UserId,
    database: Rc<Database>,
    keys: Option<Rc<Keys>>,
}

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

/// Opens this user's store, making it on first use; tells how it stands. Nothing can be read or written
/// before [`vault::unlock`] or [`vault::set_up`].
pub async fn open(user: UserId) -> Result<vault::Standing, StoreError> {
    close();
    let name = format!("lignum-{user}");
    let database = Database::open(name.as_str())
        .with_version(LAYOUT)
        .with_on_upgrade_needed(|event, database| {
            if event.old_version() < 1.0 {
                for shelf in [Shelf::Heads, Shelf::Bodies, Shelf::Drafts, Shelf::Meta] {
                    database.create_object_store(shelf.name()).build()?;
                }
                database.create_object_store(OUTBOX).with_auto_increment(true).build()?;
            }
            if event.old_version() < 2.0 {
                for store in [vault::STORE, SEALED, DELIVERED] {
                    database.create_object_store(store).build()?;
                }
            }
            if event.old_version() < 3.0 {
                for store in [Shelf::Attachments.name(), contents::STORE, contents::CARRIED] {
                    database.create_object_store(store).build()?;
                }
            }
            Ok(())
        })
        .await;
    let database = Rc::new(opened(database)?);
    // A newer version of Lignum in another tab wants to change the layout: let it.
    let watched = Rc::downgrade(&database);
    if let Ok(mut changes) = database.version_changes() {
        wasm_bindgen_futures::spawn_local(async move {
            if changes.recv().await.is_some() && watched.upgrade().is_some() {
                close();
            }
        });
    }
    OPEN.with_borrow_mut(|open| *open = Some(Open { user, database, keys: None }));
    vault::standing().await
}

/// Closes the store, for another user's turn.
pub fn close() {
    if let Some(open) = OPEN.with_borrow_mut(Option::take)
        && let Some(database) = Rc::into_inner(open.database)
    {
        database.close();
    }
}

/// Whose store is open and unlocked. An answer that was asked for in one person's name must not be
/// written into another's store.
pub fn whose() -> Option<UserId> {
    OPEN.with_borrow(|open| open.as_ref().filter(|open| open.keys.is_some()).map(|open| open.user))
}

/// Whose store is open, unlocked or not.
pub fn belongs_to() -> Option<UserId> {
    OPEN.with_borrow(|open| open.as_ref().map(|open| open.user))
}

pub(super) fn user() -> Result<UserId, StoreError> {
    belongs_to().ok_or(StoreError::Unavailable)
}

pub(super) fn database() -> Result<Rc<Database>, StoreError> {
    OPEN.with_borrow(|open| open.as_ref().map(|open| Rc::clone(&open.database))).ok_or(StoreError::Unavailable)
}

pub(super) fn keys() -> Result<Rc<Keys>, StoreError> {
    OPEN.with_borrow(|open| open.as_ref().and_then(|open| open.keys.clone())).ok_or(StoreError::Locked)
}

/// Puts the keys in the place of others or of none; none locks. What is dropped is wiped, also keys of
/// somebody whose store is not the open one any more.
pub(super) fn hold(keys: Option<Keys>) {
    OPEN.with_borrow_mut(|open| {
        if let Some(open) = open
            && keys.as_ref().is_none_or(|keys| keys.user == open.user)
        {
            open.keys = keys.map(Rc::new);
        }
    });
}

fn opened(result: OpenDbResult<Database>) -> Result<Database, StoreError> {
    match result {
        Err(OpenDbError::VersionZero | OpenDbError::UnsupportedEnvironment | OpenDbError::NullFactory) => {
            Err(StoreError::Unavailable)
        }
        Err(OpenDbError::Base(error)) => Err(error).told(),
        Ok(database) => Ok(database),
    }
}
