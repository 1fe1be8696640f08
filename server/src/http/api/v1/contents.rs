//! `/api/v1/contents/{content}`: the pictures of attachments, chunk by chunk.
//! `/api/v1/attachments/{attachment}`: a picture, for whoever may see the file.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State, rejection::BytesRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::IntoResponse,
    routing::{get, put},
};
use domain::{
    attachment::content::{CHUNK, SEAL},
    ids::{AttachmentId, ContentId},
    sync::wire_v1::ContentProgress,
};

use super::backpressure::Gate;
use crate::{
    auth::layer::RequireSession,
    clock,
    http::{error::Problem, state::AppState},
    services::contents::{ContentError, Contents, StoreTrouble},
};

/// What the handlers need.
#[derive(Debug, Clone)]
pub struct ContentsState {
    contents: Contents,
    gate: Arc<Gate>,
}

/// The routes, with their own bound on the body.
pub fn routes(state: &AppState) -> Router<AppState> {
    let bound = DefaultBodyLimit::max(CHUNK + SEAL);
    let contents = ContentsState {
        contents: Contents::new(state.pool.clone(), state.contents.clone()),
        gate: Arc::new(Gate::new(state.config.sync.max_concurrent)),
    };
    Router::new()
        .route("/contents/{content}", get(progress))
        .route("/contents/{content}/{chunk}", put(take).layer(bound))
        .route("/attachments/{attachment}", get(show))
        .with_state(contents)
}

async fn progress(
    RequireSession(session): RequireSession,
    State(state): State<ContentsState>,
    Path(content): Path<ContentId>,
) -> Result<Json<ContentProgress>, Problem> {
    let _place = state.gate.enter(session.actor.user).await?;
    Ok(Json(state.contents.progress(&session.actor, content, clock::now()).await?))
}

async fn take(
    RequireSession(session): RequireSession,
    State(state): State<ContentsState>,
    Path((content, chunk)): Path<(ContentId, usize)>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ContentProgress>, Problem> {
    let sealed = body.map_err(|rejected| match rejected.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "This is larger than a chunk of a picture.")
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "cut-off", "The chunk did not arrive whole."),
    })?;
    let _place = state.gate.enter(session.actor.user).await?;
    Ok(Json(state.contents.take(&session.actor, content, chunk, &sealed, clock::now()).await?))
}

async fn show(
    RequireSession(session): RequireSession,
    State(state): State<ContentsState>,
    Path(attachment): Path<AttachmentId>,
) -> Result<impl IntoResponse, Problem> {
    let shown = state.contents.show(&session.actor, attachment).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(shown.media.code())),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        // Opened by itself it can do nothing at all.
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((headers, shown.bytes))
}

impl From<ContentError> for Problem {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Unknown => Self::not_found(),
            ContentError::NotAChunk(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not-a-chunk", "This is no chunk of that picture.")
            }
            ContentError::Garbled => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "garbled",
                "The picture did not arrive as it was sent. Your device sends it again.",
            ),
            ContentError::Trouble(trouble) | ContentError::Store(StoreTrouble::Database(trouble)) => trouble.into(),
            ContentError::Store(trouble @ StoreTrouble::Objects(_)) => {
                tracing::error!("{trouble}");
                Self::busy()
            }
            ContentError::Store(trouble) => {
                tracing::error!("{trouble}");
                Self::internal()
            }
        }
    }
}
