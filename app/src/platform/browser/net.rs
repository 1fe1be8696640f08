//! Asking the server, with a bound on the time. `navigator.onLine` is never trusted: an answer decides.

use crate::platform::{NetError, Reply};
use gloo_timers::callback::Timeout;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCredentials, RequestInit, Response, Window};

/// A slow network in a valley gets this long.
const PATIENCE_MS: u32 = 45_000;

/// Posts JSON and reads the answer.
pub async fn post_json(path: &str, body: &str) -> Result<Reply, NetError> {
    ask(path, "POST", Some(body)).await
}

/// Gets a resource.
pub async fn get(path: &str) -> Result<Reply, NetError> {
    ask(path, "GET", None).await
}

async fn ask(path: &str, method: &str, body: Option<&str>) -> Result<Reply, NetError> {
    let window = web_sys::window().ok_or(NetError::Unreachable)?;
    let abort = AbortController::new().map_err(unreachable)?;
    let options = RequestInit::new();
    options.set_method(method);
    options.set_credentials(RequestCredentials::SameOrigin);
    options.set_signal(Some(&abort.signal()));
    if let Some(body) = body {
        let headers = web_sys::Headers::new().map_err(unreachable)?;
        headers.set("content-type", "application/json").map_err(unreachable)?;
        options.set_headers(&headers);
        options.set_body(&JsValue::from_str(body));
    }
    let timed_out = Rc::new(Cell::new(false));
    let marker = Rc::clone(&timed_out);
    let timeout = Timeout::new(PATIENCE_MS, move || {
        marker.set(true);
        abort.abort();
    });
    let answer = read(JsFuture::from(window.fetch_with_str_and_init(path, &options))).await;
    timeout.cancel();
    let sent = body.map_or(0, str::len) as u64;
    let answer = answer.map(|reply| Reply { bytes: sent + received(&window, path).unwrap_or(reply.bytes), ..reply });
    answer.map_err(|_| if timed_out.get() { NetError::TimedOut } else { NetError::Unreachable })
}

async fn read(fetch: JsFuture) -> Result<Reply, JsValue> {
    let response: Response = fetch.await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    let retry_after = response.headers().get("retry-after")?.and_then(|seconds| seconds.parse().ok());
    let body = text.as_string().unwrap_or_default();
    let bytes = body.len() as u64;
    Ok(Reply { status: response.status(), retry_after, body, bytes })
}

/// What the last answer took on the network, packed and with its headers, where the browser measures it.
fn received(window: &Window, path: &str) -> Option<u64> {
    let performance = window.performance()?;
    let address = format!("{}{path}", window.location().origin().ok()?);
    let measured = performance.get_entries_by_name(&address);
    let last = measured.get(measured.length().checked_sub(1)?);
    let size = js_sys::Reflect::get(&last, &"transferSize".into()).ok()?.as_f64()?;
    // The browser keeps 250 of these and then measures no more.
    performance.clear_resource_timings();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size")]
    (size > 0.0).then_some(size as u64)
}

fn unreachable(_: JsValue) -> NetError {
    NetError::Unreachable
}
