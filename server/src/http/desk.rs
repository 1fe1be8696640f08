//! The desk road: server functions under `/api/desk`, each with the desk of the person who asks.

use app::desk::DeskError;
use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::post,
};
use domain::error::Refusal;
use leptos::prelude::provide_context;
use leptos_axum::handle_server_fns_with_context;
use tower_http::limit::RequestBodyLimitLayer;

use super::{error::Problem, state::AppState};
use crate::{
    auth::{Session, layer::resolve_session},
    services::desk::PersonsDesk,
};

/// The largest form of the desk is an account.
const LARGEST: usize = 64 * 1024;

/// Routes under `/api/desk`.
pub fn routes(state: &AppState) -> Router<AppState> {
    Router::new()
        // The whole path: a nested router would take the prefix off, by which Leptos knows its functions.
        .route("/api/desk/{function}", post(call))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(RequestBodyLimitLayer::new(LARGEST))
        .layer(from_fn_with_state(state.clone(), resolve_session))
}

async fn call(State(state): State<AppState>, request: Request) -> Response {
    let is_known = function_paths().any(|path| path == request.uri().path());
    if !is_known {
        return Problem::not_found().into_response();
    }
    let session = request.extensions().get::<Session>().cloned();
    let desk = PersonsDesk { state, session }.into_port();
    let context = move || provide_context(std::sync::Arc::clone(&desk));
    let response = handle_server_fns_with_context(context, request).await.into_response();
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR { with_status(response).await } else { response }
}

/// Leptos answers 500 whatever is wrong; each error gets the status that goes with it.
async fn with_status(response: Response) -> Response {
    let said = to_bytes(response.into_body(), LARGEST).await.ok();
    let problem = match said.and_then(|said| serde_json::from_slice(&said).ok()) {
        // In the browser this is an answer that cannot be read; here it is a question that cannot.
        Some(DeskError::Unreachable) => Refusal::new("malformed", "This could not be read.").into(),
        Some(problem) => problem,
        None => DeskError::Failed,
    };
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(problem)).into_response()
}

/// The paths of all functions of the desk.
pub fn function_paths() -> impl Iterator<Item = &'static str> {
    leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path)
}
