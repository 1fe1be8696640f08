//! For those who operate the server: is it alive, can it serve, what does it count.

use std::{net::SocketAddr, time::Duration};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::{error::Problem, state::AppState};
use crate::db::migrations::is_up_to_date;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and has every migration.
pub async fn ready(State(state): State<AppState>) -> Response {
    match tokio::time::timeout(PATIENCE, is_up_to_date(&state.owner)).await {
        Ok(Ok(true)) => "ready\n".into_response(),
        Ok(Ok(false)) => (StatusCode::SERVICE_UNAVAILABLE, "the database lacks migrations\n").into_response(),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response(),
    }
}

/// `GET /metrics`: for a collector on this machine, or one that has the token. To everybody else, and to
/// whoever comes through a proxy without the token, there is no such page.
pub async fn metrics(State(state): State<AppState>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_local = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    let has_token =
        state.config.metrics_token.as_ref().is_some_and(|token| bears(request.headers(), token.expose_secret()));
    let is_forwarded = ["x-forwarded-for", "forwarded"].iter().any(|name| request.headers().contains_key(*name));
    match &state.metrics {
        Some(metrics) if has_token || (is_local && !is_forwarded) => {
            for (name, pool) in [("requests", &state.pool), ("owner", &state.owner)] {
                let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
                metrics::gauge!("lignum_database_connections", "pool" => name).set(pool.size());
                metrics::gauge!("lignum_database_connections_idle", "pool" => name).set(idle);
            }
            ([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()).into_response()
        }
        _ => Problem::not_found().into_response(),
    }
}

/// Whether the request carries this bearer token. Hashes are compared, so that the time tells nothing.
fn bears(headers: &HeaderMap, token: &str) -> bool {
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    given.is_some_and(|given| Sha256::digest(given) == Sha256::digest(token))
}
