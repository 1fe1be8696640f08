//! The one module that reads and writes what stays on the phone.
//!
//! One IndexedDB database per user, so that three people can share a tablet and nobody's sign-in
//! touches another's unsent work. Every value is sealed under the vault's key, for its own place;
//! without the key nothing is read or written. In the open lie the [`vault`]'s header and the
//! envelopes of unsent ops, which only the server can open. Keys are random ids and reveal nothing.
//!
//! What always holds: a write is one transaction with strict durability, and is over when the browser
//! says that it is on the disk. The outbox counts for itself (the key generator rolls back with its
//! transaction), so sequence numbers have no gaps, whatever two tabs do. Sealing takes no turn of the
//! event loop, so it happens inside the transaction.

pub mod contents;
mod opening;
pub mod people;
mod room;
pub mod vault;

pub use opening::{belongs_to, close, open, whose};
pub use room::{ask_to_keep, health};

use crate::platform::{Shelf, StoreError, Write};
use domain::device::stored::{self, decode, encode};
use domain::sync::outbox::Queued;
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{Transaction, TransactionDurability, TransactionMode, TransactionOptions};
use js_sys::Uint8Array;
use opening::{Keys, database, keys, ready_soon};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

const OUTBOX: &str = "outbox";
/// Envelopes of unsent ops, by sequence number: the service worker sends them while the app is locked.
const SEALED: &str = "sealed";
/// Sequence numbers of envelopes that the server has taken. The worker notes them, nobody else.
const DELIVERED: &str = "delivered";

/// What went wrong, in the store's own words.
trait Told<T> {
    fn told(self) -> Result<T, StoreError>;
}

/// A transaction that the browser aborts by itself is one for which there was no room.
impl<T> Told<T> for Result<T, indexed_db_futures::error::Error> {
    fn told(self) -> Result<T, StoreError> {
        self.map_err(|error| {
            let text = error.to_string();
            let is_full = ["Quota", "quota", "was aborted"].iter().any(|sign| text.contains(sign));
            if is_full { StoreError::Full } else { StoreError::Other(text) }
        })
    }
}

fn bytes_of(value: &JsValue) -> Vec<u8> {
    value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default()
}

fn js_bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// What does not open with the key reads as empty: decoding it finds nothing, and it stays where it is.
fn opened(keys: &Keys, place: &[&str], value: &JsValue) -> Vec<u8> {
    keys.data.open(place, &bytes_of(value)).unwrap_or_default()
}

fn sealed(keys: &Keys, place: &[&str], value: &[u8]) -> Result<JsValue, StoreError> {
    let sealed = keys.data.seal(place, value, &mut crate::platform::chance::Chance);
    sealed.map(|bytes| js_bytes(&bytes)).map_err(|error| StoreError::Other(error.to_string()))
}

fn writing<'a>(database: &'a Database, stores: &[&str]) -> Result<Transaction<'a>, StoreError> {
    let mut options = TransactionOptions::new();
    options.set_durability(TransactionDurability::Strict);
    database.transaction(stores.to_vec()).with_mode(TransactionMode::Readwrite).with_options(options).build().told()
}

/// Everything on a shelf, keys and values.
pub async fn read_all(shelf: Shelf) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let (database, held) = (database()?, keys()?);
    let transaction = database.transaction(shelf.name()).build().told()?;
    let (names, values) = everything(&transaction, shelf.name()).await?;
    let open = |(name, value): (JsValue, JsValue)| {
        let name = name.as_string()?;
        let value = opened(&held, &[shelf.name(), &name], &value);
        Some((name, value))
    };
    Ok(names.into_iter().zip(values).filter_map(open).collect())
}

async fn everything(transaction: &Transaction<'_>, store: &str) -> Result<(Vec<JsValue>, Vec<JsValue>), StoreError> {
    let store = transaction.object_store(store).told()?;
    let names = store.get_all_keys::<JsValue>().primitive().told()?;
    let values = store.get_all::<JsValue>().primitive().told()?;
    let names = names.await.told()?.collect::<Result<Vec<_>, _>>().told()?;
    let values = values.await.told()?.collect::<Result<Vec<_>, _>>().told()?;
    Ok((names, values))
}

/// One value.
pub async fn read(shelf: Shelf, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let (database, held) = (database()?, keys()?);
    let transaction = database.transaction(shelf.name()).build().told()?;
    let value = get(&transaction, shelf.name(), key).await?;
    Ok(value.map(|value| opened(&held, &[shelf.name(), key], &value)))
}

async fn get(transaction: &Transaction<'_>, store: &str, key: &str) -> Result<Option<JsValue>, StoreError> {
    transaction.object_store(store).told()?.get(key).primitive().told()?.await.told()
}

/// The outbox, in the order of its sequence numbers.
pub async fn read_queue() -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let (database, held) = (database()?, keys()?);
    let transaction = database.transaction(OUTBOX).build().told()?;
    let (numbers, values) = everything(&transaction, OUTBOX).await?;
    Ok(numbers.iter().map(number).zip(values.iter().map(|value| opened(&held, &[OUTBOX], value))).collect())
}

/// Does all of these, durably, or none.
pub async fn write(writes: Vec<Write>) -> Result<(), StoreError> {
    if writes.is_empty() {
        return Ok(());
    }
    let (database, held) = (database()?, keys()?);
    held.learn(&writes);
    let transaction = writing(&database, &stores_of(&writes))?;
    for write in &writes {
        apply(&transaction, &held, write)?;
    }
    transaction.commit().await.told()
}

/// Appends to the outbox and does the rest, in one durable transaction; gives the sequence number.
///
/// The number stands in what is sealed, and asking for it takes a turn through the browser's database and
/// back. So one that is known to be free is used; where another tab has taken it, the database refuses it.
pub async fn append(mut queued: Queued, also: Vec<Write>) -> Result<u64, StoreError> {
    let (database, held) = (database()?, keys()?);
    let mut stores = stores_of(&also);
    stores.extend([OUTBOX, SEALED, DELIVERED]);
    stores.sort_unstable();
    stores.dedup();
    let write_also = |transaction: &Transaction<'_>| also.iter().try_for_each(|write| apply(transaction, &held, write));
    if let Some(free) = held.free.take() {
        queued.op.seq = free;
        let transaction = writing(&database, &stores)?;
        add_queued(&transaction, &held, &queued)?;
        write_also(&transaction)?;
        if transaction.commit().await.is_ok() {
            return Ok(appended(&held, free));
        }
    }
    let transaction = writing(&database, &stores)?;
    let given =
        transaction.object_store(OUTBOX).told()?.add(js_bytes(&[])).with_key_type::<JsValue>().primitive().told()?;
    // Meanwhile the rest is written.
    write_also(&transaction)?;
    queued.op.seq = number(&given.await.told()?);
    apply(&transaction, &held, &stored::put_queued(&queued))?;
    transaction.commit().await.told()?;
    Ok(appended(&held, queued.op.seq))
}

fn appended(held: &Rc<Keys>, seq: u64) -> u64 {
    held.free.set(Some(seq + 1));
    ready_soon(held);
    seq
}

/// A new entry under its number, which must be free, and its envelope.
fn add_queued(transaction: &Transaction<'_>, held: &Keys, queued: &Queued) -> Result<(), StoreError> {
    let value = sealed(held, &[OUTBOX], &encode(queued))?;
    let store = transaction.object_store(OUTBOX).told()?;
    store.add(value).with_key(key_of(queued.op.seq)).without_key_type().primitive().map(drop).told()?;
    match held.envelope(&encode(&queued.op)) {
        Some(envelope) => put_number(transaction, SEALED, queued.op.seq, js_bytes(&envelope)),
        None => Ok(()),
    }
}

/// The number that the next entry of the outbox gets: asked for, and given back by not keeping it.
async fn next_number(database: &Database) -> Result<u64, StoreError> {
    let transaction = writing(database, &[OUTBOX])?;
    let given =
        transaction.object_store(OUTBOX).told()?.add(js_bytes(&[])).with_key_type::<JsValue>().primitive().told()?;
    let next = number(&given.await.told()?);
    transaction.abort().await.told()?;
    Ok(next)
}

/// Counts up by one and gives the new count; two tabs never get the same.
pub async fn count_up(counter: &str) -> Result<u32, StoreError> {
    let (database, held) = (database()?, keys()?);
    let meta = Shelf::Meta.name();
    let transaction = writing(&database, &[meta])?;
    let before = get(&transaction, meta, counter).await?;
    let before = before.and_then(|value| decode::<u32>(&opened(&held, &[meta, counter], &value)));
    let count = before.unwrap_or(0).saturating_add(1);
    put(&transaction, &held, meta, counter, &encode(&count))?;
    transaction.commit().await.told()?;
    Ok(count)
}

fn stores_of(writes: &[Write]) -> Vec<&'static str> {
    let mut stores: Vec<&str> = writes
        .iter()
        .flat_map(|write| match write {
            Write::Put(shelf, ..) | Write::Delete(shelf, _) | Write::Clear(shelf) => vec![shelf.name()],
            Write::PutQueued { .. } | Write::DeleteQueued(_) => vec![OUTBOX, SEALED, DELIVERED],
            Write::OfferContentsAgain => vec![contents::CARRIED],
        })
        .collect();
    stores.sort_unstable();
    stores.dedup();
    stores
}

fn apply(transaction: &Transaction<'_>, held: &Keys, write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Put(shelf, key, value) => put(transaction, held, shelf.name(), key, value),
        Write::Delete(shelf, key) => {
            transaction.object_store(shelf.name()).told()?.delete(key.as_str()).primitive().map(drop).told()
        }
        Write::Clear(shelf) => clear(transaction, shelf.name()),
        Write::OfferContentsAgain => clear(transaction, contents::CARRIED),
        Write::PutQueued { seq, value, to_seal } => {
            put_number(transaction, OUTBOX, *seq, sealed(held, &[OUTBOX], value)?)?;
            match to_seal.as_deref().and_then(|op| held.envelope(op)) {
                Some(envelope) => put_number(transaction, SEALED, *seq, js_bytes(&envelope))?,
                None => delete_number(transaction, SEALED, *seq)?,
            }
            delete_number(transaction, DELIVERED, *seq)
        }
        Write::DeleteQueued(seq) => {
            for store in [OUTBOX, SEALED, DELIVERED] {
                delete_number(transaction, store, *seq)?;
            }
            Ok(())
        }
    }
}

fn put(transaction: &Transaction<'_>, held: &Keys, store: &str, key: &str, value: &[u8]) -> Result<(), StoreError> {
    let value = sealed(held, &[store, key], value)?;
    transaction.object_store(store).told()?.put(value).with_key(key).without_key_type().primitive().map(drop).told()
}

fn put_number(transaction: &Transaction<'_>, store: &str, key: u64, value: JsValue) -> Result<(), StoreError> {
    let store = transaction.object_store(store).told()?;
    store.put(value).with_key(key_of(key)).without_key_type().primitive().map(drop).told()
}

fn delete_number(transaction: &Transaction<'_>, store: &str, key: u64) -> Result<(), StoreError> {
    transaction.object_store(store).told()?.delete(key_of(key)).primitive().map(drop).told()
}

fn clear(transaction: &Transaction<'_>, store: &str) -> Result<(), StoreError> {
    transaction.object_store(store).told()?.clear().map(drop).told()
}

/// JavaScript counts in doubles; sequence numbers stay far below where these lose precision.
#[expect(clippy::cast_precision_loss, reason = "an outbox has fewer than 2^53 entries")]
fn key_of(seq: u64) -> f64 {
    seq as f64
}

fn number(key: &JsValue) -> u64 {
    key.as_f64().map_or(0, whole)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range first")]
fn whole(number: f64) -> u64 {
    number.clamp(0.0, 9_007_199_254_740_991.0) as u64
}
