//! `POST /api/v1/sync`: ops in, receipts and changes out.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    routing::post,
};
use domain::{
    ids::UserId,
    sync::wire_v1::{SealedRequest, SealedResponse, SyncRequest, SyncResponse},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::backpressure::Gate;
use crate::{
    auth::layer::{RequireSession, signed_out},
    clock,
    http::{error::Problem, state::AppState},
    services::sync::{SyncError, SyncService},
};

/// What the handler needs.
#[derive(Debug, Clone)]
pub struct SyncState {
    service: SyncService,
    gate: Arc<Gate>,
}

impl SyncState {
    /// From the state of the whole.
    pub fn new(state: &AppState) -> Self {
        let limits = &state.config.sync;
        Self {
            service: SyncService::new(
                state.pool.clone(),
                state.owner.clone(),
                Arc::clone(&state.envelopes),
                limits.max_ops,
            ),
            gate: Arc::new(Gate::new(limits.max_concurrent)),
        }
    }
}

/// The route, with its own bound on the body.
pub fn routes(state: &AppState) -> Router<AppState> {
    let bound = DefaultBodyLimit::max(state.config.sync.max_body);
    Router::new()
        .route("/sync", post(sync))
        .route("/sealed", post(sealed))
        .layer(bound)
        .with_state(SyncState::new(state))
}

/// Takes up ops and tells what changed.
pub async fn sync(
    RequireSession(session): RequireSession,
    State(state): State<SyncState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<SyncResponse>, Problem> {
    let request: SyncRequest = read(&headers, body)?;
    let _place = state.gate.enter(session.actor.user).await?;
    let response = state.service.synchronise(&session, &request, clock::now()).await?;
    Ok(Json(response))
}

/// Takes up what lies in envelopes; see [`crate::services::sync::sealed`].
pub async fn sealed(
    session: Option<RequireSession>,
    State(state): State<SyncState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<SealedResponse>, Problem> {
    let request: SealedRequest = read(&headers, body)?;
    let session = session.map(|RequireSession(session)| session);
    // Who has no session takes the place of the device.
    let visitor = session.as_ref().map(|session| session.actor.user);
    let visitor = visitor.or(request.device.map(|device| UserId(device.0))).ok_or_else(signed_out)?;
    let _place = state.gate.enter(visitor).await?;
    let response = state.service.take_sealed(session.as_ref(), &request, clock::now()).await?;
    Ok(Json(response))
}

/// Only the version, so that a newer envelope is told apart from a damaged one.
#[derive(Deserialize)]
struct Version {
    v: u16,
}

fn read<T: DeserializeOwned>(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<T, Problem> {
    let is_json = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    });
    if !is_json {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "The request must be application/json.",
        ));
    }
    let body = body.map_err(|rejected| match rejected.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The request is too large. Send fewer items at once.",
        ),
        _ => Problem::new(StatusCode::BAD_REQUEST, "cut-off", "The request did not arrive whole."),
    })?;
    serde_json::from_slice(&body).map_err(|_| match serde_json::from_slice::<Version>(&body) {
        Ok(Version { v }) if v != domain::sync::wire_v1::VERSION => unknown_version(),
        _ => Problem::new(StatusCode::BAD_REQUEST, "malformed", "The request could not be read."),
    })
}

fn unknown_version() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unknown-wire-version",
        "The app and the server do not speak the same version. Please update the app; what you have written is kept.",
    )
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::UnknownVersion(_) => unknown_version(),
            SyncError::OtherPerson => Self::new(
                StatusCode::FORBIDDEN,
                "other-person",
                "Somebody else has signed in on this device meanwhile. What you have written is kept; sign in to send it.",
            ),
            SyncError::SignedOut => signed_out(),
            SyncError::Revoked => Self::new(
                StatusCode::FORBIDDEN,
                "device-revoked",
                "This device was reported lost. What lies on it can no longer be read; sign in to use it again.",
            ),
            SyncError::TooManyOps { most, .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-many-ops",
                format!("The request carries too many items: at most {most} at once."),
            ),
            SyncError::NamelessOp { index } => Self::new(
                StatusCode::BAD_REQUEST,
                "nameless-op",
                format!("Item {index} has no number that can be read."),
            )
            .at_index(index),
            SyncError::Trouble(trouble) => trouble.into(),
            SyncError::NoEpoch => {
                tracing::error!("the database has no epoch");
                Self::internal()
            }
        }
    }
}
