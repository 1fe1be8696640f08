//! The data interface: `/api/v1/…` for devices.

pub mod v1;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};

use super::{error::Problem, state::AppState};
use crate::auth::layer::resolve_session;

/// A name and a password need no more.
const SMALL_BODY: usize = 16 * 1024;

/// Routes under `/api/v1`. What is not there is a problem, never a page.
pub fn routes(state: &AppState) -> Router<AppState> {
    let small = DefaultBodyLimit::max(SMALL_BODY);
    Router::new()
        .route("/sign-in", post(v1::session::sign_in).layer(small))
        .route("/sign-out", post(v1::session::sign_out).layer(small))
        .route("/session", get(v1::session::who_am_i))
        .merge(v1::sync::routes(state))
        .merge(v1::contents::routes(state))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn_with_state(state.clone(), resolve_session))
}
