//! Documents: the app rendered for a first visit, the offline shell, the service worker.
//!
//! No page needs a session, and none carries personal data: whose work is shown, the device decides.

use std::sync::Arc;

use app::shell;
use axum::{
    Router,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::prelude::{IntoView, use_context};
use leptos_axum::{ResponseOptions, render_app_to_stream_with_context};

use super::{error::Problem, headers::document_policy, site::Site, state::AppState};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
/// A worker is judged by the policy that comes with its script; it fetches our own files.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";

/// What is made at the start.
pub fn routes(site: &Arc<Site>) -> Router<AppState> {
    Router::new()
        .route("/app-shell", get(app_shell))
        .route("/boot.js", get(boot))
        .route("/sw.js", get(worker))
        .with_state(Arc::clone(site))
}

/// Every page of the app: the same document, in which the app's own route table finds the screen or says
/// that there is none. Which screens a person has is known to the device alone.
pub fn any_page(site: &Arc<Site>, demo: bool) -> axum::routing::MethodRouter<AppState> {
    // What renders pages runs on this runtime; that it was told so before is fine.
    let _ = any_spawner::Executor::init_tokio();
    let site = Arc::clone(site);
    let document = move || rendered(&site, demo);
    get(render_app_to_stream_with_context(|| {}, document)).fallback(async || Problem::not_found())
}

/// The document, with the policy that lets its own inline scripts run.
fn rendered(site: &Site, demo: bool) -> impl IntoView + use<> {
    if let Some(options) = use_context::<ResponseOptions>() {
        if let Ok(policy) = HeaderValue::try_from(document_policy(shell::nonce().as_deref())) {
            options.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
        options.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    shell::document(site.assets.clone(), demo)
}

async fn app_shell(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    made(&site, &headers, HTML, &site.shell)
}

async fn boot(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    made(&site, &headers, SCRIPT, &site.boot)
}

async fn worker(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let Some(worker) = &site.worker else { return Problem::not_found().into_response() };
    let mut response = made(&site, &headers, SCRIPT, worker);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(WORKER_POLICY));
    response
}

/// Something made at the start: asked for each time, sent when it is new.
fn made(site: &Site, headers: &HeaderMap, kind: &'static str, content: &str) -> Response {
    let tag = format!("\"{}\"", site.version);
    let is_known = headers
        .get(IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok())
        .is_some_and(|known| known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag));
    let caching = [(CACHE_CONTROL, "no-cache".to_owned()), (ETAG, tag)];
    if is_known {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(CONTENT_TYPE, kind)], content.to_owned()).into_response()
}
