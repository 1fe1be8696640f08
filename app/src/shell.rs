//! The document around the app: rendered with each first visit, and once, empty, as the offline shell.
//!
//! Neither carries personal data. Scripts are files of this server; what Leptos puts inline carries the
//! nonce of the response.

use crate::app::App;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The files of this build, by the names that carry their hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    /// The JavaScript that starts the WASM.
    pub js: String,
    /// The app.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
}

impl Assets {
    /// Reads the hashes that the build wrote beside the server (`js: …`, `wasm: …`, `css: …`).
    /// Without them (a build that does not hash) the plain names.
    pub fn named(pkg: &str, output: &str, hashes: &str) -> Self {
        let hash = |kind: &str| {
            hashes
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.trim() == kind)
                .map(|(_, hash)| format!(".{}", hash.trim()))
                .unwrap_or_default()
        };
        let plain = hashes.is_empty();
        Self {
            js: format!("/{pkg}/{output}{}.js", hash("js")),
            wasm: format!("/{pkg}/{output}{}{}.wasm", if plain { "_bg" } else { "" }, hash("wasm")),
            css: format!("/{pkg}/{output}{}.css", hash("css")),
        }
    }

    /// `/boot.js`: loads and starts the app; a file, so that the cached shell needs no inline script.
    pub fn boot_script(&self) -> String {
        format!(
            "import start, {{ draw }} from \"{}\";\nawait start({{ module_or_path: \"{}\" }});\ndraw();\n",
            self.js, self.wasm
        )
    }
}

/// What `<head>` has in both documents.
#[component]
fn Head(assets: Assets, demo: bool) -> impl IntoView {
    view! {
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
        <meta name="description" content="Case management for young people at risk of violence, on the phone, with or without a network."/>
        <meta name="color-scheme" content="light dark"/>
        <meta name="theme-color" content="#0f5b3f"/>
        <meta name="format-detection" content="telephone=no"/>
        {demo.then(|| view! { <meta name="lignum-demo" content="1"/> })}
        <link rel="manifest" href="/manifest.webmanifest"/>
        <link rel="icon" href="/icons/favicon.svg" type="image/svg+xml"/>
        <link rel="apple-touch-icon" href="/icons/apple-touch-icon.png"/>
        <link rel="stylesheet" href=assets.css/>
        <link rel="modulepreload" href=assets.js/>
        <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" src="/boot.js"></script>
    }
}

/// The document of a first visit, with the app rendered in it.
pub fn document(assets: Assets, demo: bool) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en-JM">
            <head>
                <Head assets demo/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The shell that the service worker keeps: the same document with nothing in it.
pub fn offline_shell(assets: Assets, demo: bool) -> String {
    let head = view! { <Head assets demo/> }.to_html();
    format!(
        "<!DOCTYPE html><html lang=\"en-JM\"><head>{head}<title>Lignum</title><meta name=\"app-shell\" content=\"1\"></head><body></body></html>"
    )
}

/// The nonce of this response, for its Content-Security-Policy.
pub fn nonce() -> Option<String> {
    use_nonce().map(|nonce| nonce.to_string())
}
