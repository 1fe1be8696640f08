//! The contents of attachments, as they will travel: sealed under keys of their own, so that the service
//! worker carries them while the app is locked, and also after the vault's key was destroyed.

use super::opening::database;
use super::{Told, everything, get, vault, writing};
use crate::platform::chance::Chance;
use crate::platform::{StoreError, clock};
use domain::attachment::content::ContentKey;
use domain::ids::ContentId;
use indexed_db_futures::prelude::*;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Chunks, by the content's name, with when they were put here.
pub(super) const STORE: &str = "contents";
/// Names of contents that the server has settled. The worker notes them.
pub(super) const CARRIED: &str = "carried";
const WIFI_ONLY: &str = "wifi-only";

/// A content to which nothing points any more (its draft was thrown away, its vault destroyed) stays so
/// long, in case that what points to it lies in an envelope.
const KEEP_MS: f64 = 30.0 * 86_400_000.0;

/// Seals a content under a new key and keeps it under a new name. On the disk when this returns.
pub async fn keep(open: &[u8]) -> Result<(ContentId, ContentKey), StoreError> {
    let database = database()?;
    let (name, key) = (ContentId(clock::new_id()), ContentKey::random(&mut Chance));
    let chunks = key.seal(name, open, &mut Chance).map_err(|error| StoreError::Other(error.to_string()))?;
    let list: Array = chunks.iter().map(|chunk| JsValue::from(Uint8Array::from(chunk.as_slice()))).collect();
    let row = Object::new();
    set(&row, "chunks", &list)?;
    #[expect(clippy::cast_precision_loss, reason = "a date")]
    set(&row, "at", &JsValue::from_f64(clock::now().timestamp_millis() as f64))?;
    let transaction = writing(&database, &[STORE])?;
    let store = transaction.object_store(STORE).told()?;
    store.put(JsValue::from(row)).with_key(name.to_string()).without_key_type().primitive().map(drop).told()?;
    drop(store);
    transaction.commit().await.told()?;
    Ok((name, key))
}

fn set(row: &Object, field: &str, value: &JsValue) -> Result<(), StoreError> {
    Reflect::set(row, &field.into(), value).map(drop).map_err(|_| StoreError::Other(field.to_owned()))
}

/// A content, if it is here and whole.
pub async fn read(name: ContentId, key: &ContentKey) -> Result<Option<Vec<u8>>, StoreError> {
    let database = database()?;
    let transaction = database.transaction(STORE).build().told()?;
    let row = get(&transaction, STORE, &name.to_string()).await?;
    let chunks = row.and_then(|row| Reflect::get(&row, &"chunks".into()).ok()?.dyn_into::<Array>().ok());
    let chunks: Option<Vec<Vec<u8>>> =
        chunks.map(|chunks| chunks.iter().filter_map(|chunk| Some(chunk.dyn_ref::<Uint8Array>()?.to_vec())).collect());
    Ok(chunks.and_then(|chunks| key.open(name, &chunks).ok()))
}

/// The names of all contents here that the server has not settled.
pub async fn waiting() -> Result<Vec<ContentId>, StoreError> {
    let database = database()?;
    let transaction = database.transaction([STORE, CARRIED]).build().told()?;
    let names = |keys: Vec<JsValue>| keys.iter().filter_map(|key| key.as_string()?.parse().ok()).collect::<Vec<_>>();
    let here = transaction.object_store(STORE).told()?.get_all_keys::<JsValue>().primitive().told()?;
    let here = names(here.await.told()?.collect::<Result<Vec<_>, _>>().told()?);
    let (carried, _) = everything(&transaction, CARRIED).await?;
    let carried: Vec<ContentId> = names(carried);
    Ok(here.into_iter().filter(|name| !carried.contains(name)).collect())
}

/// Lets go of a content that was never saved with anything: another picture was taken instead.
pub async fn forget(name: ContentId) -> Result<(), StoreError> {
    forget_all(&[name.to_string()]).await
}

async fn forget_all(names: &[String]) -> Result<(), StoreError> {
    let database = database()?;
    let transaction = writing(&database, &[STORE, CARRIED])?;
    for name in names {
        for store in [STORE, CARRIED] {
            transaction.object_store(store).told()?.delete(name.as_str()).primitive().map(drop).told()?;
        }
    }
    transaction.commit().await.told()
}

/// Lets go of contents to which neither the outbox nor a draft points: at once where the server has them, else
/// when nothing in an envelope can point to them any more.
pub async fn tidy(pointed_to: &[ContentId]) -> Result<(), StoreError> {
    let database = database()?;
    let waiting = waiting().await?;
    let mut done = Vec::new();
    {
        let transaction = database.transaction(STORE).build().told()?;
        let keys = transaction.object_store(STORE).told()?.get_all_keys::<JsValue>().primitive().told()?;
        let keys = keys.await.told()?.collect::<Result<Vec<_>, _>>().told()?;
        for key in keys.iter().filter_map(JsValue::as_string) {
            let Ok(name) = key.parse::<ContentId>() else { continue };
            if pointed_to.contains(&name) {
                continue;
            }
            let row = get(&transaction, STORE, &key).await?;
            let at = row.and_then(|row| Reflect::get(&row, &"at".into()).ok()?.as_f64()).unwrap_or(0.0);
            #[expect(clippy::cast_precision_loss, reason = "a date")]
            let age = clock::now().timestamp_millis() as f64 - at;
            if !waiting.contains(&name) || age > KEEP_MS {
                done.push(key);
            }
        }
    }
    if done.is_empty() { Ok(()) } else { forget_all(&done).await }
}

/// Whether contents wait for Wi-Fi; none before the person has chosen.
pub async fn wifi_only() -> Result<Option<bool>, StoreError> {
    let database = database()?;
    let transaction = database.transaction(vault::STORE).build().told()?;
    Ok(get(&transaction, vault::STORE, WIFI_ONLY).await?.and_then(|value| value.as_bool()))
}

/// Chooses it. It lies in the open: the worker reads it while the app is closed.
pub async fn set_wifi_only(only: bool) -> Result<(), StoreError> {
    let database = database()?;
    let transaction = writing(&database, &[vault::STORE])?;
    let store = transaction.object_store(vault::STORE).told()?;
    store.put(JsValue::from_bool(only)).with_key(WIFI_ONLY).without_key_type().primitive().map(drop).told()?;
    drop(store);
    transaction.commit().await.told()
}
