//! The one module that reads and writes what stays on the phone.
//!
//! One IndexedDB database per user, so that three people can share a tablet and nobody's sign-in
//! touches another's unsent work. Values are opaque bytes: [`seal`] and [`open_sealed`] stand at the
//! only door, for the day when they encrypt. Keys are random ids and reveal nothing.
//!
//! What always holds: a write is one transaction with strict durability, and is over when the browser
//! says that it is on the disk. The outbox counts for itself (the key generator rolls back with its
//! transaction), so sequence numbers have no gaps, whatever two tabs do.

use crate::platform::{Shelf, StoreError, StoreHealth, Write};
use domain::ids::UserId;
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{Transaction, TransactionDurability, TransactionMode, TransactionOptions};
use indexed_db_futures::{OpenDbResult, error::OpenDbError};
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Version of the layout. Each step up keeps what was there.
const LAYOUT: u8 = 1;
const OUTBOX: &str = "outbox";
const SHELVES: [Shelf; 4] = [Shelf::Heads, Shelf::Bodies, Shelf::Drafts, Shelf::Meta];

thread_local! {
    static OPEN: RefCell<Option<(UserId, Rc<Database>)>> = const { RefCell::new(None) };
}

fn seal(plain: &[u8]) -> JsValue {
    Uint8Array::from(plain).into()
}

fn open_sealed(sealed: &JsValue) -> Vec<u8> {
    sealed.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default()
}

/// Opens this user's store, making it on first use.
pub async fn open(user: UserId) -> Result<(), StoreError> {
    close();
    let name = format!("lignum-{user}");
    let database = Database::open(name.as_str())
        .with_version(LAYOUT)
        .with_on_upgrade_needed(|event, database| {
            if event.old_version() < 1.0 {
                for shelf in SHELVES {
                    database.create_object_store(shelf.name()).build()?;
                }
                database.create_object_store(OUTBOX).with_auto_increment(true).build()?;
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
    OPEN.with_borrow_mut(|open| *open = Some((user, database)));
    Ok(())
}

/// Closes the store, for another user's turn.
pub fn close() {
    if let Some((_, database)) = OPEN.with_borrow_mut(Option::take)
        && let Some(database) = Rc::into_inner(database)
    {
        database.close();
    }
}

/// Whose store is open. An answer that was asked for in one person's name must not be written into
/// another's store.
pub fn whose() -> Option<UserId> {
    OPEN.with_borrow(|open| open.as_ref().map(|(user, _)| *user))
}

fn opened(result: OpenDbResult<Database>) -> Result<Database, StoreError> {
    result.map_err(|error| match error {
        OpenDbError::VersionZero | OpenDbError::UnsupportedEnvironment | OpenDbError::NullFactory => {
            StoreError::Unavailable
        }
        OpenDbError::Base(error) => failed(&error),
    })
}

fn database() -> Result<Rc<Database>, StoreError> {
    OPEN.with_borrow(|open| open.as_ref().map(|(_, database)| Rc::clone(database))).ok_or(StoreError::Unavailable)
}

/// A transaction that the browser aborts by itself is one for which there was no room.
fn failed(error: &indexed_db_futures::error::Error) -> StoreError {
    let text = error.to_string();
    let is_full = ["Quota", "quota", "was aborted"].iter().any(|sign| text.contains(sign));
    if is_full { StoreError::Full } else { StoreError::Other(text) }
}

fn writing<'a>(database: &'a Database, stores: &[&str]) -> Result<Transaction<'a>, StoreError> {
    let mut options = TransactionOptions::new();
    options.set_durability(TransactionDurability::Strict);
    database
        .transaction(stores.to_vec())
        .with_mode(TransactionMode::Readwrite)
        .with_options(options)
        .build()
        .map_err(|error| failed(&error))
}

/// Everything on a shelf, keys and values.
pub async fn read_all(shelf: Shelf) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let database = database()?;
    let transaction = database.transaction(shelf.name()).build().map_err(|error| failed(&error))?;
    let store = transaction.object_store(shelf.name()).map_err(|error| failed(&error))?;
    let keys = store.get_all_keys::<String>().primitive().map_err(|error| failed(&error))?;
    let values = store.get_all::<JsValue>().primitive().map_err(|error| failed(&error))?;
    let keys =
        keys.await.map_err(|error| failed(&error))?.collect::<Result<Vec<_>, _>>().map_err(|error| failed(&error))?;
    let values =
        values.await.map_err(|error| failed(&error))?.collect::<Result<Vec<_>, _>>().map_err(|error| failed(&error))?;
    Ok(keys.into_iter().zip(values.iter().map(open_sealed)).collect())
}

/// One value.
pub async fn read(shelf: Shelf, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let database = database()?;
    let transaction = database.transaction(shelf.name()).build().map_err(|error| failed(&error))?;
    let store = transaction.object_store(shelf.name()).map_err(|error| failed(&error))?;
    let value: Option<JsValue> =
        store.get(key).primitive().map_err(|error| failed(&error))?.await.map_err(|error| failed(&error))?;
    Ok(value.as_ref().map(open_sealed))
}

/// The outbox, in the order of its sequence numbers.
pub async fn read_queue() -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let database = database()?;
    let transaction = database.transaction(OUTBOX).build().map_err(|error| failed(&error))?;
    let store = transaction.object_store(OUTBOX).map_err(|error| failed(&error))?;
    let keys = store.get_all_keys::<JsValue>().primitive().map_err(|error| failed(&error))?;
    let values = store.get_all::<JsValue>().primitive().map_err(|error| failed(&error))?;
    let keys =
        keys.await.map_err(|error| failed(&error))?.collect::<Result<Vec<_>, _>>().map_err(|error| failed(&error))?;
    let values =
        values.await.map_err(|error| failed(&error))?.collect::<Result<Vec<_>, _>>().map_err(|error| failed(&error))?;
    Ok(keys.iter().map(sequence).zip(values.iter().map(open_sealed)).collect())
}

/// Does all of these, durably, or none.
pub async fn write(writes: Vec<Write>) -> Result<(), StoreError> {
    if writes.is_empty() {
        return Ok(());
    }
    let database = database()?;
    let transaction = writing(&database, &stores_of(&writes))?;
    for write in &writes {
        apply(&transaction, write)?;
    }
    transaction.commit().await.map_err(|error| failed(&error))
}

/// Appends to the outbox and does the rest, in one durable transaction; gives the sequence number.
pub async fn append(value: Vec<u8>, also: Vec<Write>) -> Result<u64, StoreError> {
    let database = database()?;
    let mut stores = stores_of(&also);
    if !stores.contains(&OUTBOX) {
        stores.push(OUTBOX);
    }
    let transaction = writing(&database, &stores)?;
    let key: JsValue = transaction
        .object_store(OUTBOX)
        .map_err(|error| failed(&error))?
        .add(seal(&value))
        .with_key_type::<JsValue>()
        .primitive()
        .map_err(|error| failed(&error))?
        .await
        .map_err(|error| failed(&error))?;
    for write in &also {
        apply(&transaction, write)?;
    }
    transaction.commit().await.map_err(|error| failed(&error))?;
    Ok(sequence(&key))
}

/// Counts up by one and gives the new count; two tabs never get the same.
pub async fn count_up(counter: &str) -> Result<u32, StoreError> {
    let database = database()?;
    let meta = Shelf::Meta.name();
    let transaction = writing(&database, &[meta])?;
    let store = transaction.object_store(meta).map_err(|error| failed(&error))?;
    let before: Option<JsValue> =
        store.get(counter).primitive().map_err(|error| failed(&error))?.await.map_err(|error| failed(&error))?;
    let before =
        before.map(|value| open_sealed(&value)).and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<u32>().ok());
    let count = before.unwrap_or(0).saturating_add(1);
    put(&transaction, meta, counter, count.to_string().as_bytes())?;
    transaction.commit().await.map_err(|error| failed(&error))?;
    Ok(count)
}

/// How much room there is and whether the browser keeps it.
pub async fn health() -> StoreHealth {
    let Some(storage) = web_sys::window().map(|window| window.navigator().storage()) else {
        return StoreHealth::default();
    };
    let persistent = match storage.persisted() {
        Ok(asked) => JsFuture::from(asked).await.is_ok_and(|answer| answer.is_truthy()),
        Err(_) => false,
    };
    let estimate = match storage.estimate() {
        Ok(asked) => JsFuture::from(asked).await.ok(),
        Err(_) => None,
    };
    let number = |name: &str| {
        estimate
            .as_ref()
            .and_then(|estimate| js_sys::Reflect::get(estimate, &name.into()).ok()?.as_f64())
            .map_or(0, whole)
    };
    StoreHealth { persistent, used: number("usage"), quota: number("quota") }
}

/// Asks the browser not to clear the store by itself.
pub async fn ask_to_keep() -> bool {
    let Some(storage) = web_sys::window().map(|window| window.navigator().storage()) else { return false };
    match storage.persist() {
        Ok(asked) => JsFuture::from(asked).await.is_ok_and(|answer| answer.is_truthy()),
        Err(_) => false,
    }
}

fn stores_of(writes: &[Write]) -> Vec<&'static str> {
    let mut stores: Vec<&str> = writes
        .iter()
        .map(|write| match write {
            Write::Put(shelf, ..) | Write::Delete(shelf, _) | Write::Clear(shelf) => shelf.name(),
            Write::PutQueued(..) | Write::DeleteQueued(_) => OUTBOX,
        })
        .collect();
    stores.sort_unstable();
    stores.dedup();
    stores
}

fn apply(transaction: &Transaction<'_>, write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Put(shelf, key, value) => put(transaction, shelf.name(), key, value),
        Write::Delete(shelf, key) => {
            let store = transaction.object_store(shelf.name()).map_err(|error| failed(&error))?;
            store.delete(key.as_str()).primitive().map(drop).map_err(|error| failed(&error))
        }
        Write::Clear(shelf) => {
            let store = transaction.object_store(shelf.name()).map_err(|error| failed(&error))?;
            store.clear().map(drop).map_err(|error| failed(&error))
        }
        Write::PutQueued(seq, value) => {
            let store = transaction.object_store(OUTBOX).map_err(|error| failed(&error))?;
            store
                .put(seal(value))
                .with_key(key_of(*seq))
                .without_key_type()
                .primitive()
                .map(drop)
                .map_err(|error| failed(&error))
        }
        Write::DeleteQueued(seq) => {
            let store = transaction.object_store(OUTBOX).map_err(|error| failed(&error))?;
            store.delete(key_of(*seq)).primitive().map(drop).map_err(|error| failed(&error))
        }
    }
}

fn put(transaction: &Transaction<'_>, store: &str, key: &str, value: &[u8]) -> Result<(), StoreError> {
    let store = transaction.object_store(store).map_err(|error| failed(&error))?;
    store.put(seal(value)).with_key(key).without_key_type().primitive().map(drop).map_err(|error| failed(&error))
}

/// JavaScript counts in doubles; sequence numbers stay far below where these lose precision.
#[expect(clippy::cast_precision_loss, reason = "an outbox has fewer than 2^53 entries")]
fn key_of(seq: u64) -> f64 {
    seq as f64
}

fn sequence(key: &JsValue) -> u64 {
    key.as_f64().map_or(0, whole)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range first")]
fn whole(number: f64) -> u64 {
    number.clamp(0.0, 9_007_199_254_740_991.0) as u64
}
