//! The built browser files.
//!
//! | what | kept by browsers |
//! |---|---|
//! | `/pkg/*`, whose names hold a hash of their content | a year, never asked for again |
//! | `/icons/*`, `/favicon.ico` | a day, then asked for by `ETag` |
//! | `/sw.js`, `/boot.js`, `/manifest.webmanifest`, `/robots.txt` | asked for each time, by `ETag` |
//!
//! Where a file has a compressed sibling (`.br`, `.gz`) that the browser accepts, that one is sent.
//!
//! The `ETag` is made from the content. A time of change would not do: images and archives of a release
//! often give all files the same time, and a service worker that is "not modified" is never replaced.

use std::path::Path;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode,
        header::{
            ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE,
            LAST_MODIFIED, RANGE, VARY,
        },
    },
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use tower_http::services::{ServeDir, ServeFile};

const YEAR: &str = "public, max-age=31536000, immutable";
const DAY: &str = "public, max-age=86400";
const ASK: &str = "no-cache";

/// Files at the root that are asked for each time.
const ROOT_FILES: [&str; 4] = ["sw.js", "boot.js", "manifest.webmanifest", "robots.txt"];
/// No icon and no worker is larger.
const LARGEST_TAGGED: usize = 4 * 1024 * 1024;

/// Routes for the files under `site_root`; merge it into the router.
pub fn assets<S: Clone + Send + Sync + 'static>(site_root: &Path) -> Router<S> {
    let hashed = Router::new()
        .nest_service("/pkg", folder(&site_root.join("pkg")))
        .layer(from_fn(async |request, next: Next| keep(YEAR, next.run(request).await)));
    let daily = Router::new()
        .nest_service("/icons", folder(&site_root.join("icons")))
        .route_service("/favicon.ico", file(&site_root.join("favicon.ico")))
        .layer(from_fn(async |request, next| keep(DAY, tagged(request, next).await)));
    let asked = ROOT_FILES
        .into_iter()
        .fold(Router::new(), |router, name| router.route_service(&format!("/{name}"), file(&site_root.join(name))))
        .layer(from_fn(async |request, next| keep(ASK, tagged(request, next).await)));
    hashed.merge(daily).merge(asked)
}

fn folder(path: &Path) -> ServeDir {
    ServeDir::new(path).append_index_html_on_directories(false).precompressed_br().precompressed_gzip()
}

fn file(path: &Path) -> ServeFile {
    ServeFile::new(path).precompressed_br().precompressed_gzip()
}

/// Says how long a found file is kept. What is missing may be there after the next release.
fn keep(how_long: &'static str, mut response: Response) -> Response {
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let value = if found { how_long } else { "no-store" };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
    // Also where no sibling was sent: a cache must know that there may be one for somebody else.
    headers.insert(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
    response
}

/// Adds the `ETag`, and answers 304 where the browser has the same content.
async fn tagged(mut request: Request, next: Next) -> Response {
    let known = request.headers_mut().remove(IF_NONE_MATCH);
    for by_time_or_part in [IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, RANGE] {
        request.headers_mut().remove(by_time_or_part);
    }
    let has_body = request.method() == Method::GET;
    let response = next.run(request).await;
    if response.status() != StatusCode::OK || !has_body {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(content) = to_bytes(body, LARGEST_TAGGED).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    // Of what is sent: a compressed form has a tag of its own.
    let digest = Sha256::digest(&content);
    let tag = digest.iter().take(16).fold(String::from("\""), |tag, byte| tag + &format!("{byte:02x}")) + "\"";
    parts.headers.remove(LAST_MODIFIED);
    parts.headers.remove(ACCEPT_RANGES);
    if let Ok(value) = HeaderValue::try_from(&tag) {
        parts.headers.insert(ETAG, value);
    }
    if known.is_some_and(|known| names(&known, &tag)) {
        parts.status = StatusCode::NOT_MODIFIED;
        for of_the_content in ["content-length", "content-encoding", "content-type"] {
            parts.headers.remove(of_the_content);
        }
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(content))
}

/// Whether an `If-None-Match` names the tag; proxies that compress make tags weak.
fn names(known: &HeaderValue, tag: &str) -> bool {
    let listed = known.to_str().unwrap_or_default().split(',').map(str::trim);
    listed.map(|one| one.strip_prefix("W/").unwrap_or(one)).any(|one| one == tag || one == "*")
}

#[cfg(test)]
mod tests;
