//! Every request learns whose session it carries.
//!
//! The session is looked up at each request, by one read of one index: what was revoked, disabled or
//! moved acts at the next request, on every server process.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Request, State},
    http::{StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Session, session};
use crate::http::{error::Problem, state::AppState};

/// Looks up the session of the cookie and hands it on as an extension. Without a session the request
/// goes on without one. Use with `axum::middleware::from_fn_with_state`.
pub async fn resolve_session(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if let Some(token) = state.cookies().token(request.headers()) {
        match session::find(&state.pool, &token, state.config.session.idle).await {
            Ok(Some(session)) => {
                request.extensions_mut().insert(session);
            }
            Ok(None) => {}
            // Not "signed out": a device would ask its person to sign in for nothing.
            Err(problem) => return Problem::from(problem).into_response(),
        }
    }
    next.run(request).await
}

/// The session of a request that needs one; without it the answer is 401 `signed-out`.
#[derive(Debug, Clone)]
pub struct RequireSession(pub Session);

impl<S: Send + Sync> FromRequestParts<S> for RequireSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Session>().cloned().map(Self).ok_or_else(signed_out)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for RequireSession {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Session>().cloned().map(Self))
    }
}

/// Nobody is signed in.
pub fn signed_out() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "signed-out",
        "Please sign in. What you have written is kept on this device.",
    )
}
