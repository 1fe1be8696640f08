//! Security headers on every answer: deny by default.
//!
//! The layer goes outermost, so that errors and static files have them too. It never overwrites what an
//! inner part has set: a server-rendered page brings a policy with its own nonce.

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};

/// For answers that are no documents: nothing may be loaded, nobody may frame it.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// Two years, as browsers' preload lists ask for.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// On every answer. What the browser offers to pages and Lignum does not use is switched off.
const FIXED: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
         microphone=(), midi=(), payment=(), usb=()",
    ),
];

/// What the headers depend on.
#[derive(Debug, Clone, Copy)]
pub struct HeaderPolicy {
    /// Whether people reach the server by https. Only then may a browser be told to insist on it.
    pub https: bool,
}

/// The policy of a document. With a nonce for a page that the server renders, whose inline scripts carry
/// it; without one for the offline shell, which has none.
pub fn document_policy(nonce: Option<&str>) -> String {
    let nonce = nonce.map_or_else(String::new, |nonce| format!(" 'nonce-{nonce}'"));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{nonce}; style-src 'self'; connect-src 'self'; \
         img-src 'self' blob: data:; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

/// Adds the headers that are missing. Use with `axum::middleware::from_fn_with_state`.
pub async fn security_headers(State(policy): State<HeaderPolicy>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    complete(response.headers_mut(), policy);
    response
}

fn complete(headers: &mut HeaderMap, policy: HeaderPolicy) {
    let is_document =
        headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.starts_with("text/html"));
    for (name, value) in FIXED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Whatever did not say otherwise may hold somebody's data.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if policy.https {
        headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static(HSTS));
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let strict = HeaderValue::from_static(DATA_POLICY);
        let value = if is_document { HeaderValue::try_from(document_policy(None)).unwrap_or(strict) } else { strict };
        headers.insert(CONTENT_SECURITY_POLICY, value);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

    use super::{HeaderPolicy, complete, document_policy};

    fn completed(pairs: &[(&'static str, &'static str)], https: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        complete(&mut headers, HeaderPolicy { https });
        headers
    }

    #[test]
    fn an_answer_with_data_may_load_nothing_and_is_not_kept() {
        let headers = completed(&[(CONTENT_TYPE.as_str(), "application/json")], false);
        assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
    }

    #[test]
    fn a_document_may_run_our_own_files_only() {
        let headers = completed(&[(CONTENT_TYPE.as_str(), "text/html; charset=utf-8")], false);
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    }

    #[test]
    fn what_a_page_brings_itself_is_kept() {
        let own = [("content-security-policy", "default-src 'self'"), ("cache-control", "no-cache")];
        let headers = completed(&own, false);
        assert_eq!(headers["content-security-policy"], "default-src 'self'");
        assert_eq!(headers["cache-control"], "no-cache");
    }

    #[test]
    fn https_is_insisted_on_only_where_it_is_used() {
        assert!(!completed(&[], false).contains_key("strict-transport-security"));
        assert!(completed(&[], true).contains_key("strict-transport-security"));
    }

    #[test]
    fn a_nonce_permits_the_scripts_that_carry_it() {
        assert!(document_policy(Some("abc")).contains("script-src 'self' 'wasm-unsafe-eval' 'nonce-abc';"));
    }
}
