//! One line in the log and one count in the metrics for each request; the answer to a panic and to
//! work without end. Routes are told by their pattern, so that no identifier gets into a metric.

use std::{
    any::Any,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_http::request_id::RequestId;
use tracing::Instrument;

use super::error::Problem;

/// Longer than any honest request; the largest sync takes a few seconds.
const LONGEST: Duration = Duration::from_secs(30);

/// Logs and counts.
pub async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    let span = tracing::info_span!("request", id);
    async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let seconds = begun.elapsed().as_secs_f64();
        let labels = [("method", method.to_string()), ("route", route.clone()), ("status", status.to_string())];
        metrics::counter!("lignum_http_requests_total", &labels).increment(1);
        metrics::histogram!("lignum_http_request_seconds", "route" => route.clone()).record(seconds);
        let milliseconds = format!("{:.1}", seconds * 1000.0);
        if status >= 500 {
            tracing::error!(%method, route, status, milliseconds, "answered");
        } else if route.starts_with("/api") {
            tracing::info!(%method, route, status, milliseconds, "answered");
        } else {
            tracing::debug!(%method, route, status, milliseconds, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// Ends what takes too long. What it had committed stays; a device sends again and gets the same receipts.
pub async fn limit_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(LONGEST, next.run(request)).await.unwrap_or_else(|_| {
        let title = "This took too long. Please try again.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "took-too-long", title)
            .retry_after(Duration::from_secs(10))
            .into_response()
    })
}

/// The answer where a handler panicked. The message may quote data, so it is not repeated.
pub fn panicked(_message: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    metrics::counter!("lignum_panics_total").increment(1);
    Problem::internal().into_response()
}
