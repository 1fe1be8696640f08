//! The vault's place on the disk: its header, setting it up, opening and closing it, destroying it.

use super::opening::{Keys, SHELVES, database, hold, keys, ready_soon, user};
use super::{
    DELIVERED, OUTBOX, SEALED, Told, bytes_of, clear, everything, get, js_bytes, number, put_number, sealed, writing,
};
use crate::platform::chance::Chance;
use crate::platform::{Shelf, StoreError};
use chrono::TimeDelta;
use domain::access::Actor;
use domain::clock::Moment;
use domain::device::stored::{decode, encode, key};
use domain::ids::{DeviceId, UserId};
use domain::sync::outbox::Queued;
use domain::vault::{Cost, DataKey, Given, Header, Passkey, Tries, VaultError};
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::Transaction;
use wasm_bindgen::JsValue;

pub(super) const STORE: &str = "vault";
const HEADER: &str = "header";
/// Which device this was, when its key has been destroyed: as it the worker delivers what is left in envelopes.
const LAST_DEVICE: &str = "last-device";

pub use crate::platform::kinds::{Standing, Unlocked};

/// How the open store stands.
pub(super) async fn standing() -> Result<Standing, StoreError> {
    let database = database()?;
    let transaction = database.transaction([STORE, Shelf::Meta.name(), OUTBOX]).build().told()?;
    if let Some(header) = get(&transaction, STORE, HEADER).await? {
        return decode(&bytes_of(&header)).map(Box::new).map(Standing::Locked).ok_or(StoreError::TooNew);
    }
    // Before the vault existed things lay here in the open.
    let me = get(&transaction, Shelf::Meta.name(), key::ME).await?;
    Ok(match me.and_then(|me| decode::<Actor>(&bytes_of(&me))) {
        Some(me) => Standing::InTheOpen(Box::new(me)),
        None => Standing::New,
    })
}

/// Sets up the vault with a PIN: a new key, and everything that lies here in the open sealed with it.
/// One transaction: whoever pulls the battery finds all of it sealed, or all as before.
pub async fn set_up(secret: &str, cost: Cost) -> Result<(), StoreError> {
    let (database, user) = (database()?, user()?);
    let data = DataKey::random(&mut Chance);
    let reading = database.transaction(Shelf::Meta.name()).build().told()?;
    let device = get(&reading, Shelf::Meta.name(), key::DEVICE).await?;
    let device = device.and_then(|id| decode::<DeviceId>(&bytes_of(&id)));
    let device = device.unwrap_or_else(|| DeviceId(crate::platform::clock::new_id()));
    drop(reading);
    let header = Header::wrap(user, device, &data, secret, cost, &mut Chance).map_err(refused)?;
    let held = Keys::new(user, device, data);

    let stores: Vec<&str> = SHELVES.iter().map(|shelf| shelf.name()).chain([OUTBOX, STORE]).collect();
    let transaction = writing(&database, &stores)?;
    if get(&transaction, STORE, HEADER).await?.is_some() {
        // Another tab was first; its PIN counts.
        return Err(StoreError::Locked);
    }
    let me = get(&transaction, Shelf::Meta.name(), key::ME).await?;
    if me.and_then(|me| decode::<Actor>(&bytes_of(&me))).is_some() {
        seal_what_lies_open(&transaction, &held).await?;
    } else {
        // Of a vault whose key was destroyed: nobody reads it ever again.
        for store in SHELVES.map(Shelf::name).into_iter().chain([OUTBOX]) {
            clear(&transaction, store)?;
        }
    }
    super::put(&transaction, &held, Shelf::Meta.name(), key::DEVICE, &encode(&device))?;
    put_header(&transaction, &header)?;
    transaction.commit().await.told()?;
    hold(Some(held));
    Ok(())
}

/// What a version without a vault left in the open.
async fn seal_what_lies_open(transaction: &Transaction<'_>, held: &Keys) -> Result<(), StoreError> {
    for shelf in SHELVES.map(Shelf::name) {
        let (names, values) = everything(transaction, shelf).await?;
        for (name, value) in names.iter().zip(values) {
            let Some(name) = name.as_string() else { continue };
            super::put(transaction, held, shelf, &name, &bytes_of(&value))?;
        }
    }
    let (numbers, values) = everything(transaction, OUTBOX).await?;
    for (at, value) in numbers.iter().zip(values) {
        put_number(transaction, OUTBOX, number(at), sealed(held, &[OUTBOX], &bytes_of(&value))?)?;
    }
    Ok(())
}

fn put_header(transaction: &Transaction<'_>, header: &Header) -> Result<(), StoreError> {
    let store = transaction.object_store(STORE).told()?;
    store.put(js_bytes(&encode(header))).with_key(HEADER).without_key_type().primitive().map(drop).told()
}

/// The header as it lies on the disk; none where the vault is gone.
pub async fn header() -> Result<Option<Header>, StoreError> {
    let database = database()?;
    let transaction = database.transaction(STORE).build().told()?;
    match get(&transaction, STORE, HEADER).await? {
        Some(header) => decode(&bytes_of(&header)).map(Some).ok_or(StoreError::TooNew),
        None => Ok(None),
    }
}

/// Counts a try. Whoever may not try yet, or no more, is told so and nothing is counted.
async fn count_try(database: &Database, now: Moment) -> Result<Result<Header, Unlocked>, StoreError> {
    let transaction = writing(database, &[STORE])?;
    let Some(header) = get(&transaction, STORE, HEADER).await? else { return Ok(Err(Unlocked::Destroyed)) };
    let mut header: Header = decode(&bytes_of(&header)).ok_or(StoreError::TooNew)?;
    if header.tries.are_used_up() {
        return Ok(Err(Unlocked::Destroyed));
    }
    if !header.tries.wait(now).is_zero() {
        return Ok(Err(Unlocked::Wait));
    }
    header.tries = header.tries.counted(now);
    put_header(&transaction, &header)?;
    transaction.commit().await.told()?;
    Ok(Ok(header))
}

/// How long the next try has to wait. Where the clock was set back the pause begins now, or it would last
/// until that time comes again.
pub async fn pause(now: Moment) -> Result<TimeDelta, StoreError> {
    let Some(seen) = header().await? else { return Ok(TimeDelta::zero()) };
    if seen.tries.last.is_some_and(|last| last > now) {
        let begin = |mut header: Header| {
            header.tries.last = Some(now);
            Ok(header)
        };
        let database = database()?;
        change(&database, seen.device, begin).await?;
    }
    Ok(seen.tries.wait(now))
}

/// Tries a PIN. The try is on the disk before the PIN is looked at.
pub async fn unlock(secret: &str, now: Moment) -> Result<Unlocked, StoreError> {
    // One and the same store throughout, also where somebody else comes to the tablet meanwhile.
    let (database, user) = (database()?, user()?);
    let header = match count_try(&database, now).await? {
        Ok(header) => header,
        Err(Unlocked::Destroyed) => {
            destroy().await?;
            return Ok(Unlocked::Destroyed);
        }
        Err(said) => return Ok(said),
    };
    let data = match header.unwrap_key(user, secret) {
        Ok(data) => data,
        Err(VaultError::WrongKey) if header.tries.are_used_up() => {
            destroy().await?;
            return Ok(Unlocked::Destroyed);
        }
        Err(VaultError::WrongKey) => return Ok(Unlocked::Wrong),
        Err(error) => return Err(refused(error)),
    };
    open_with(&database, user, header.device, data).await
}

/// Opens the vault with what its passkey gave. No pause counts here, since nobody guesses what that gives.
pub async fn unlock_by_passkey(given: &Given) -> Result<Unlocked, StoreError> {
    let (database, user) = (database()?, user()?);
    let Some(header) = header().await?.filter(|header| !header.tries.are_used_up()) else {
        destroy().await?;
        return Ok(Unlocked::Destroyed);
    };
    match header.unwrap_by_passkey(user, given) {
        Ok(data) => open_with(&database, user, header.device, data).await,
        Err(VaultError::WrongKey) => Ok(Unlocked::Wrong),
        Err(error) => Err(refused(error)),
    }
}

/// The key is right: nothing was tried in vain, and the store is open.
async fn open_with(database: &Database, user: UserId, device: DeviceId, data: DataKey) -> Result<Unlocked, StoreError> {
    let settle = |mut header: Header| {
        header.tries = Tries::default();
        Ok(header)
    };
    if !change(database, device, settle).await? {
        return Ok(Unlocked::Destroyed);
    }
    hold(Some(Keys::new(user, device, data)));
    // Which key of the server unsent work is sealed to.
    let sealing = super::read(Shelf::Meta, key::SEALING_KEY).await?.as_deref().and_then(decode);
    let held = keys()?;
    held.seal_to(sealing);
    ready_soon(&held);
    Ok(Unlocked::Open)
}

/// Changes the header of this vault as it lies there now, since another tab may have been at it. Whether it is
/// still there: the key may have been destroyed meanwhile, and the vault set up anew.
async fn change(
    database: &Database,
    device: DeviceId,
    how: impl FnOnce(Header) -> Result<Header, VaultError>,
) -> Result<bool, StoreError> {
    let transaction = writing(database, &[STORE])?;
    let Some(lies) = get(&transaction, STORE, HEADER).await? else { return Ok(false) };
    let lies: Header = decode(&bytes_of(&lies)).ok_or(StoreError::TooNew)?;
    if lies.device != device {
        return Ok(false);
    }
    put_header(&transaction, &how(lies).map_err(refused)?)?;
    transaction.commit().await.told()?;
    Ok(true)
}

/// The same for the vault that is open here.
async fn change_open(how: impl FnOnce(Header, &Keys) -> Result<Header, VaultError>) -> Result<(), StoreError> {
    let (database, held) = (database()?, keys()?);
    let is_there = change(&database, held.device, |header| how(header, &held)).await?;
    if is_there { Ok(()) } else { Err(StoreError::Locked) }
}

/// Gives the vault another PIN. The store must be unlocked.
pub async fn change_pin(secret: &str, cost: Cost) -> Result<(), StoreError> {
    change_open(|header, held| header.with_pin(held.user, &held.data, secret, cost, &mut Chance)).await
}

/// Lets this passkey open the vault as well. The store must be unlocked.
pub async fn keep_passkey(passkey: Passkey, given: &Given) -> Result<(), StoreError> {
    change_open(|header, held| header.with_passkey(held.user, &held.data, passkey, given, &mut Chance)).await
}

/// From now on the PIN alone opens the vault. The store must be unlocked.
pub async fn forget_passkey() -> Result<(), StoreError> {
    change_open(|header, _| Ok(header.without_passkey())).await
}

/// Forgets the key. What is on the disk stays as it is.
pub fn lock() {
    hold(None);
}

/// Destroys the wrapped key, and with it everything that it sealed. Envelopes of unsent ops stay: the
/// server alone can open them, and they are still sent.
pub async fn destroy() -> Result<(), StoreError> {
    lock();
    let database = database()?;
    let stores: Vec<&str> = SHELVES.iter().map(|shelf| shelf.name()).chain([OUTBOX, STORE]).collect();
    let transaction = writing(&database, &stores)?;
    let header = get(&transaction, STORE, HEADER).await?;
    let device = match header.and_then(|header| decode::<Header>(&bytes_of(&header))) {
        Some(header) => Some(JsValue::from_str(&header.device.to_string())),
        None => get(&transaction, STORE, LAST_DEVICE).await?,
    };
    for store in stores {
        clear(&transaction, store)?;
    }
    if let Some(device) = device {
        let store = transaction.object_store(STORE).told()?;
        store.put(device).with_key(LAST_DEVICE).without_key_type().primitive().map(drop).told()?;
    }
    transaction.commit().await.told()
}

/// How many envelopes wait that the server has not taken.
pub async fn envelopes() -> Result<u32, StoreError> {
    let database = database()?;
    let transaction = database.transaction([SEALED, DELIVERED]).build().told()?;
    let (waiting, _) = everything(&transaction, SEALED).await?;
    let (delivered, _) = everything(&transaction, DELIVERED).await?;
    let delivered: Vec<u64> = delivered.iter().map(number).collect();
    let waiting = waiting.iter().map(number).filter(|at| !delivered.contains(at)).count();
    Ok(u32::try_from(waiting).unwrap_or(u32::MAX))
}

/// Removes envelopes that the server has taken and that no entry of the outbox stands behind (their vault
/// was destroyed), and seals what waits without one (it was saved before the server had told its key).
pub async fn tidy(queue: &[Queued]) -> Result<(), StoreError> {
    let (database, held) = (database()?, keys()?);
    let transaction = writing(&database, &[OUTBOX, SEALED, DELIVERED])?;
    let (numbers, _) = everything(&transaction, SEALED).await?;
    let (delivered, _) = everything(&transaction, DELIVERED).await?;
    let here: Vec<u64> = numbers.iter().map(number).collect();
    for at in delivered.iter().map(number) {
        if !queue.iter().any(|queued| queued.op.seq == at) {
            super::delete_number(&transaction, SEALED, at)?;
            super::delete_number(&transaction, DELIVERED, at)?;
        }
    }
    let missing = queue.iter().filter(|queued| queued.state.is_unsent() && !here.contains(&queued.op.seq));
    for queued in missing {
        super::apply(&transaction, &held, &domain::device::stored::put_queued(queued))?;
    }
    transaction.commit().await.told()
}

/// How dear guessing shall be on this device: measured once, when a PIN is chosen.
pub fn measured_cost() -> Result<Cost, StoreError> {
    let now = || web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now());
    let before = now();
    Cost::LEAST.rehearse().map_err(refused)?;
    Ok(Cost::calibrated(now() - before))
}

fn refused(error: VaultError) -> StoreError {
    match error {
        VaultError::Unknown => StoreError::TooNew,
        error => StoreError::Other(error.to_string()),
    }
}
