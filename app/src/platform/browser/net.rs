//! Asking the server, with a bound on the time. `navigator.onLine` is never trusted: an answer decides.

use crate::platform::{NetError, Reply};
use gloo_timers::callback::Timeout;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCredentials, RequestInit, Response};

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
    answer.map_err(|_| if timed_out.get() { NetError::TimedOut } else { NetError::Unreachable })
}

async fn read(fetch: JsFuture) -> Result<Reply, JsValue> {
    let response: Response = fetch.await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    let retry_after = response.headers().get("retry-after")?.and_then(|seconds| seconds.parse().ok());
    Ok(Reply { status: response.status(), retry_after, body: text.as_string().unwrap_or_default() })
}

fn unreachable(_: JsValue) -> NetError {
    NetError::Unreachable
}
