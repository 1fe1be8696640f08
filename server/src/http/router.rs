//! The whole router: what is where, and what every request passes through.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::HeaderName,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get},
};
use tower::util::MapRequestLayer;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, predicate::SizeAbove},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
};

use super::{
    api,
    assets::assets,
    desk,
    error::Problem,
    headers::{HeaderPolicy, security_headers},
    health,
    observe::{limit_time, observe, panicked},
    origin::{OwnOrigin, refuse_cross_origin},
    pages,
    site::Site,
    state::AppState,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Below this a compressed answer is hardly smaller.
const WORTH_COMPRESSING: u16 = 1024;

/// Everything that the server answers.
pub fn router(state: AppState) -> Router {
    let policy = HeaderPolicy { https: state.config.is_https() };
    let own_origin = OwnOrigin::new(state.config.public_url.origin());
    let site = Arc::new(Site::load(&state.config.site_root, state.demo));
    let made = Router::new()
        .nest("/api/v1", api::routes(&state))
        .merge(desk::routes(&state))
        .route("/api", any(async || Problem::not_found()))
        .route("/api/{*path}", any(async || Problem::not_found()))
        .merge(pages::routes(&site))
        .layer(compression());
    let operation = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    made.merge(operation)
        .fallback_service(built_files(&state, &site))
        .layer(from_fn(limit_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(own_origin, refuse_cross_origin))
        .layer(from_fn_with_state(policy, security_headers))
        .layer(from_fn(observe))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(MapRequestLayer::new(without_request_id))
        .with_state(state)
}

/// What is made at the moment of asking is compressed; built files are so already.
fn compression() -> CompressionLayer<SizeAbove> {
    CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(SizeAbove::new(WORTH_COMPRESSING))
}

/// A visitor's own number would get into the log as it came.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove(REQUEST_ID);
    request
}

/// What has no route of its own: a built file, or the app's word that there is no such page.
fn built_files(state: &AppState, site: &Arc<Site>) -> Router {
    assets(&state.config.site_root)
        .fallback_service(pages::any_page(site, state.demo).layer(compression()).with_state(state.clone()))
        .with_state(state.clone())
}
