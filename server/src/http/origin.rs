//! Refuses requests that change something and come from another site's page.
//!
//! The algorithm of Go 1.25's `net/http.CrossOriginProtection`, which needs no tokens and so does not
//! break what a phone sends days later: the browser itself says where a request comes from.
//! Nothing may be changed by GET.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{CONTENT_TYPE, HOST, ORIGIN},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The server's own origin as browsers write it, such as `https://lignum.example`: right also where a
/// proxy changes `Host`.
#[derive(Debug, Clone)]
pub struct OwnOrigin(Arc<str>);

impl OwnOrigin {
    /// From `public_url`.
    pub fn new(origin: &str) -> Self {
        Self(origin.into())
    }
}

/// Lets a request through or answers 403. Use with `axum::middleware::from_fn_with_state`.
pub async fn refuse_cross_origin(State(own): State<OwnOrigin>, request: Request, next: Next) -> Response {
    if is_allowed(request.method(), request.uri(), request.headers(), &own) {
        next.run(request).await
    } else {
        tracing::warn!(method = %request.method(), "refused a request from another site");
        refusal()
    }
}

fn is_allowed(method: &Method, uri: &Uri, headers: &HeaderMap, own: &OwnOrigin) -> bool {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
        return true;
    }
    let origin = headers.get(ORIGIN).map(HeaderValue::as_bytes);
    let is_own = origin.is_some_and(|origin| origin.eq_ignore_ascii_case(own.0.as_bytes()));
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        // Set by the browser and out of reach of any script: the surest word.
        Some(b"same-origin" | b"none") => true,
        Some(site) if !site.is_empty() => is_own,
        // An older browser, or a page without https; or no browser at all, which needs no protection.
        _ => origin.is_none_or(|origin| is_own || is_host(origin, uri, headers)),
    }
}

/// Whether the origin's host and port are the ones that the request is for.
fn is_host(origin: &[u8], uri: &Uri, headers: &HeaderMap) -> bool {
    let host = match uri.authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => headers.get(HOST).map(HeaderValue::as_bytes),
    };
    let origin_host = [&b"https://"[..], b"http://"].iter().find_map(|scheme| origin.strip_prefix(*scheme));
    match (origin_host, host) {
        (Some(origin_host), Some(host)) => !host.is_empty() && origin_host.eq_ignore_ascii_case(host),
        _ => false,
    }
}

fn refusal() -> Response {
    let problem = json!({
        "type": "cross-origin",
        "title": "This request came from another site and was refused.",
        "status": 403,
    });
    let kind = [(CONTENT_TYPE, "application/problem+json")];
    (StatusCode::FORBIDDEN, kind, problem.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        http::{Request, StatusCode},
        middleware::from_fn_with_state,
        routing::any,
    };
    use tower::ServiceExt;

    use super::{OwnOrigin, refuse_cross_origin};

    async fn answer(method: &str, headers: &[(&str, &str)]) -> StatusCode {
        let app = Router::new()
            .route("/", any(async || "done"))
            .layer(from_fn_with_state(OwnOrigin::new("https://lignum.example"), refuse_cross_origin));
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if response.status() == StatusCode::FORBIDDEN {
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
        response.status()
    }

    const ALLOWED: StatusCode = StatusCode::OK;
    const REFUSED: StatusCode = StatusCode::FORBIDDEN;

    #[tokio::test]
    async fn reading_is_allowed_from_anywhere() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let headers = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
            assert_eq!(answer(method, &headers).await, ALLOWED, "{method}");
        }
    }

    #[tokio::test]
    async fn the_browsers_word_on_where_it_comes_from_decides() {
        let cases = [
            ("same-origin", ALLOWED),
            ("none", ALLOWED),
            ("same-site", REFUSED),
            ("cross-site", REFUSED),
            ("Same-Origin", REFUSED),
        ];
        for (site, expected) in cases {
            for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE"] {
                let headers = [("host", "lignum.example"), ("sec-fetch-site", site)];
                assert_eq!(answer(method, &headers).await, expected, "{method} {site}");
            }
        }
    }

    #[tokio::test]
    async fn the_browsers_word_outweighs_an_origin_that_merely_equals_the_host() {
        let headers = [("host", "evil.example"), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
        assert_eq!(answer("POST", &headers).await, REFUSED);
    }

    #[tokio::test]
    async fn an_older_browser_is_judged_by_origin_and_host() {
        let cases = [
            ("http://127.0.0.1:3000", ALLOWED),
            ("HTTP://127.0.0.1:3000", REFUSED),
            ("http://127.0.0.1:3001", REFUSED),
            ("http://127.0.0.1", REFUSED),
            ("https://evil.example", REFUSED),
            ("http://127.0.0.1:3000.evil.example", REFUSED),
            ("null", REFUSED),
            ("", REFUSED),
        ];
        for (origin, expected) in cases {
            let headers = [("host", "127.0.0.1:3000"), ("origin", origin)];
            assert_eq!(answer("POST", &headers).await, expected, "{origin}");
        }
    }

    #[tokio::test]
    async fn an_empty_host_matches_no_origin() {
        assert_eq!(answer("POST", &[("host", ""), ("origin", "https://")]).await, REFUSED);
    }

    #[tokio::test]
    async fn our_own_address_is_right_behind_a_proxy_that_changes_the_host() {
        let headers = [("host", "10.0.0.7:3000"), ("origin", "https://lignum.example")];
        assert_eq!(answer("POST", &headers).await, ALLOWED);
    }

    #[tokio::test]
    async fn what_is_no_browser_is_not_held_up() {
        assert_eq!(answer("POST", &[("host", "lignum.example")]).await, ALLOWED);
    }
}
