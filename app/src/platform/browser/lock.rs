//! One tab at a time, by Web Locks.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`, which web-sys has only among its unstable parts.
    type LockManager;
    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, callback: &js_sys::Function) -> js_sys::Promise;
}

/// Runs the work while no other tab runs work under the same name; waits for its turn.
///
/// None if the browser refused the lock. A browser without Web Locks runs the work at once: such
/// browsers are older than the ones that Lignum supports, and the server's receipts still make
/// every op count once.
pub async fn exclusive<T: 'static>(name: &str, work: impl Future<Output = T> + 'static) -> Option<T> {
    let navigator = web_sys::window()?.navigator();
    let locks = js_sys::Reflect::get(&navigator, &"locks".into()).ok().filter(|locks| !locks.is_undefined());
    let Some(locks) = locks else { return Some(work.await) };
    let locks: LockManager = locks.unchecked_into();
    let result: Rc<RefCell<Option<T>>> = Rc::default();
    let slot = Rc::clone(&result);
    let callback = Closure::once(move |_lock: JsValue| {
        future_to_promise(async move {
            let done = work.await;
            slot.replace(Some(done));
            Ok(JsValue::UNDEFINED)
        })
    });
    let granted = locks.request(name, callback.as_ref().unchecked_ref());
    let _ = JsFuture::from(granted).await;
    result.take()
}
