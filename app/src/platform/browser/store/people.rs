//! Whose stores lie on this device: so that each person reaches their lock screen without a network, the second
//! at a tablet too, and also where the browser has forgotten its preferences.

use super::opening::database;
use super::vault::STORE;
use super::{Told, get, writing};
use crate::platform::StoreError;
use domain::ids::UserId;
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A tag of the person's name lies in their own store; it tells no name.
const TAG: &str = "tag";

/// Whose stores lie here, unlocked or not. None where the browser does not tell.
pub async fn all() -> Vec<UserId> {
    names().await.unwrap_or_default().iter().filter_map(|name| name.strip_prefix("lignum-")?.parse().ok()).collect()
}

async fn names() -> Result<Vec<String>, JsValue> {
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
    let databases: Function = Reflect::get(&factory, &"databases".into())?.dyn_into()?;
    let list: Array = JsFuture::from(databases.call0(&factory)?.dyn_into::<Promise>()?).await?.dyn_into()?;
    Ok(list.iter().filter_map(|found| Reflect::get(&found, &"name".into()).ok()?.as_string()).collect())
}

/// Lets the open store know its person again.
pub async fn remember(tag: &str) -> Result<(), StoreError> {
    let database = database()?;
    let transaction = writing(&database, &[STORE])?;
    let store = transaction.object_store(STORE).told()?;
    store.put(JsValue::from_str(tag)).with_key(TAG).without_key_type().primitive().map(drop).told()?;
    transaction.commit().await.told()
}

/// Whose store knows its person by this tag.
pub async fn find(tag: impl Fn(UserId) -> String) -> Option<UserId> {
    for user in all().await {
        if tag_in(user).await.ok().flatten().is_some_and(|known| known == tag(user)) {
            return Some(user);
        }
    }
    None
}

async fn tag_in(user: UserId) -> Result<Option<String>, StoreError> {
    let name = format!("lignum-{user}");
    let database = Database::open(name.as_str()).await.map_err(|error| StoreError::Other(error.to_string()))?;
    let tag = async {
        let transaction = database.transaction(STORE).build().told()?;
        get(&transaction, STORE, TAG).await
    }
    .await;
    // Also where it could not be read: a store that stays open keeps a later layout back.
    database.close();
    Ok(tag?.and_then(|tag| tag.as_string()))
}
