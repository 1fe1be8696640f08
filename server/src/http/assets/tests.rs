use std::{fs, path::Path};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use tempfile::TempDir;
use tower::ServiceExt;

use super::assets;

fn site() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write("pkg/lignum.abc.wasm", "plain");
    write("pkg/lignum.abc.wasm.br", "brotli");
    write("pkg/lignum.abc.wasm.gz", "gzip");
    write("pkg/lignum.abc.css", "styles");
    write("icons/icon-192.png", "picture");
    write("sw.js", "worker one");
    write("manifest.webmanifest", "{}");
    write("secret.txt", "not a route");
    folder
}

async fn get(site: &Path, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let app: Router = assets(site);
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_smallest_form_that_the_browser_accepts_is_sent() {
    let site = site();
    for (accepted, expected) in [("gzip, br", "brotli"), ("gzip", "gzip"), ("identity", "plain"), ("br;q=0", "plain")] {
        let (status, headers, body) = get(site.path(), "/pkg/lignum.abc.wasm", &[("accept-encoding", accepted)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, expected), "{accepted}");
        assert_eq!(headers["content-type"], "application/wasm");
        assert_eq!(headers["vary"], "accept-encoding");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
    }
    let (_, headers, body) = get(site.path(), "/pkg/lignum.abc.css", &[("accept-encoding", "br")]).await;
    assert_eq!((body.as_str(), headers.get("content-encoding")), ("styles", None), "no sibling, no encoding");
}

#[tokio::test]
async fn a_missing_file_is_not_kept_for_a_year() {
    let site = site();
    let (status, headers, _) = get(site.path(), "/pkg/lignum.old.wasm", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(headers["cache-control"], "no-store");
}

#[tokio::test]
async fn only_what_belongs_to_the_site_is_served() {
    let site = site();
    for path in ["/secret.txt", "/pkg/../secret.txt", "/pkg/%2e%2e/secret.txt", "/icons/..%2fsecret.txt", "/pkg"] {
        let (status, _, body) = get(site.path(), path, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(!body.contains("not a route"), "{path}");
    }
}

#[tokio::test]
async fn the_worker_is_asked_for_each_time_and_sent_only_when_it_changed() {
    let site = site();
    let (status, headers, body) = get(site.path(), "/sw.js", &[]).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "worker one"));
    assert_eq!(headers["cache-control"], "no-cache");
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/javascript"));
    let tag = headers["etag"].to_str().unwrap().to_owned();

    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let (status, headers, body) = get(site.path(), "/sw.js", &[("if-none-match", &known)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{known}");
        assert_eq!(headers["etag"], tag.as_str());
        assert_eq!(headers["cache-control"], "no-cache");
    }
}

#[tokio::test]
async fn a_changed_worker_of_equal_length_and_time_is_sent() {
    let site = site();
    let path = site.path().join("sw.js");
    let (_, headers, _) = get(site.path(), "/sw.js", &[]).await;
    let tag = headers["etag"].to_str().unwrap().to_owned();
    let time = fs::metadata(&path).unwrap().modified().unwrap();

    fs::write(&path, "worker two").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let later = [("if-none-match", tag.as_str()), ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")];
    let (status, _, body) = get(site.path(), "/sw.js", &later).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "worker two"));
}

#[tokio::test]
async fn icons_are_kept_for_a_day() {
    let site = site();
    let (status, headers, _) = get(site.path(), "/icons/icon-192.png", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(headers["cache-control"], "public, max-age=86400");
    assert!(headers.contains_key("etag"));
    let (_, headers, _) = get(site.path(), "/manifest.webmanifest", &[]).await;
    assert_eq!(headers["content-type"], "application/manifest+json");
    assert_eq!(headers["cache-control"], "no-cache");
}
