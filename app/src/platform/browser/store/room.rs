//! How much room there is on the device.

use super::whole;
use crate::platform::StoreHealth;
use wasm_bindgen_futures::JsFuture;

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
