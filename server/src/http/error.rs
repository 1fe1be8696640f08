//! Problems, as `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use rand::RngExt;
use serde_json::json;

use crate::db::trouble::Trouble;

/// Why a request was not done, in words for a person and a stable word for a program.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: String,
    retry_after: Option<Duration>,
    index: Option<usize>,
}

impl Problem {
    /// A problem with its stable word (kebab-case) and one sentence.
    pub fn new(status: StatusCode, code: &'static str, title: impl Into<String>) -> Self {
        Self { status, code, title: title.into(), retry_after: None, index: None }
    }

    /// The same, saying when it is worth trying again.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// The same, saying which of several things is at fault, counted from zero.
    #[must_use]
    pub fn at_index(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }

    /// The server, or its database, has enough to do or is away for a moment. Each is told another time
    /// to come back.
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The server is busy. Your device will try again by itself.")
            .retry_after(Duration::from_secs(rand::rng().random_range(5..=15)))
    }

    /// There is nothing here.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here.")
    }

    /// It cannot be asked like this.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This cannot be asked in this way.")
    }

    /// Our fault.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here. It has been noted.")
    }
}

impl From<sqlx::Error> for Problem {
    fn from(problem: sqlx::Error) -> Self {
        Trouble::from(problem).into()
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        if trouble.is_passing() {
            tracing::warn!("{trouble}");
            Self::busy()
        } else {
            tracing::error!("{trouble}");
            Self::internal()
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({ "type": self.code, "title": self.title, "status": self.status.as_u16() });
        if let Some(index) = self.index {
            body["index"] = json!(index);
        }
        let kind = [(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
        let mut response = (self.status, kind, body.to_string()).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
        }
        response
    }
}
