//! What the server makes once at the start from the built browser files: the script that starts the app,
//! the offline shell, and the service worker with its list of files to keep.
//!
//! The list's version is a hash over the content of everything on it. The same build gives the same
//! version on every server, and any change of any file gives another: a browser then fetches all of it
//! anew and never mixes two builds.

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use app::shell::Assets;
use sha2::{Digest, Sha256};

/// The folder of the built files, and the beginning of their names.
const PKG: &str = "pkg";
const OUTPUT: &str = "lignum";
/// Where the names' hashes stand, beside the server's binary.
const HASHES: &str = "hash.txt";

/// What is made at the start.
#[derive(Debug, Clone)]
pub struct Site {
    /// The files of this build.
    pub assets: Assets,
    /// `/boot.js`.
    pub boot: String,
    /// `/app-shell`.
    pub shell: String,
    /// `/sw.js`; none where the built files have no worker.
    pub worker: Option<String>,
    /// The version of all of it.
    pub version: String,
}

impl Site {
    /// Looks at the built files. Without them (tests, a build of the server alone) there is no worker and
    /// the shell names files that are not there.
    pub fn load(root: &Path, demo: bool) -> Self {
        let assets = find_assets(root);
        let boot = assets.boot_script();
        let shell = leptos::prelude::Owner::new().with(|| app::shell::offline_shell(assets.clone(), demo));
        let mut urls: Vec<String> = [&assets.js, &assets.wasm, &assets.css]
            .into_iter()
            .filter(|url| at(root, url).is_file())
            .cloned()
            .collect();
        for folder in ["pkg/snippets", "icons"] {
            files_below(root, &root.join(folder), &mut urls);
        }
        urls.extend(["/manifest.webmanifest"].into_iter().filter(|url| at(root, url).is_file()).map(str::to_owned));
        urls.sort();
        let template = fs::read_to_string(root.join("sw.js")).ok();
        let mut digest = Sha256::new();
        for content in [boot.as_str(), shell.as_str(), template.as_deref().unwrap_or_default()] {
            digest.update(Sha256::digest(content));
        }
        for url in &urls {
            digest.update(url);
            digest.update(Sha256::digest(fs::read(at(root, url)).unwrap_or_default()));
        }
        let version = digest.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        urls.extend(["/app-shell".to_owned(), "/boot.js".to_owned()]);
        let worker = template.map(|template| {
            let list = serde_json::to_string(&urls).unwrap_or_else(|_| "[]".to_owned());
            template.replace("__VERSION__", &version).replace("__PRECACHE__", &list)
        });
        Self { assets, boot, shell, worker, version }
    }
}

fn at(root: &Path, url: &str) -> PathBuf {
    root.join(url.trim_start_matches('/'))
}

/// The build's own word on the names if it is there and true, else the newest files.
fn find_assets(root: &Path) -> Assets {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(HASHES)));
    if let Some(hashes) = beside.and_then(|path| fs::read_to_string(path).ok()) {
        let named = Assets::named(PKG, OUTPUT, &hashes);
        if at(root, &named.js).is_file() && at(root, &named.wasm).is_file() {
            return named;
        }
    }
    let plain = Assets::named(PKG, OUTPUT, "");
    let newest = |ending: &str, otherwise: String| newest(&root.join(PKG), ending).unwrap_or(otherwise);
    Assets { js: newest("js", plain.js), wasm: newest("wasm", plain.wasm), css: newest("css", plain.css) }
}

fn newest(folder: &Path, ending: &str) -> Option<String> {
    fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (stem, kind) = name.rsplit_once('.')?;
            let is_ours = kind == ending
                && stem.strip_prefix(OUTPUT).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_']));
            let changed = entry.metadata().and_then(|facts| facts.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            is_ours.then(|| (changed, format!("/{PKG}/{name}")))
        })
        .max()
        .map(|(_, url)| url)
}

/// Adds the files below a folder, without those that are only compressed forms or type declarations.
fn files_below(root: &Path, folder: &Path, urls: &mut Vec<String>) {
    let entries: Vec<io::Result<fs::DirEntry>> = fs::read_dir(folder).map(Iterator::collect).unwrap_or_default();
    for path in entries.into_iter().filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            files_below(root, &path, urls);
        } else if let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            let is_extra = [".br", ".gz", ".d.ts"].iter().any(|ending| relative.ends_with(ending));
            if !is_extra {
                urls.push(format!("/{}", relative.replace('\\', "/")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Site;

    fn built(wasm: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in ["pkg", "icons"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        for (name, content) in [
            ("pkg/lignum.AAA.js", "js"),
            ("pkg/lignum.BBB.wasm", wasm),
            ("pkg/lignum.CCC.css", "css"),
            ("pkg/lignum.AAA.js.br", "…"),
            ("pkg/lignum.AAA.d.ts", "…"),
            ("icons/icon.svg", "svg"),
            ("manifest.webmanifest", "{}"),
            ("sw.js", "const VERSION = '__VERSION__';\nconst FILES = __PRECACHE__;"),
        ] {
            fs::write(root.path().join(name), content).unwrap();
        }
        root
    }

    #[test]
    fn the_worker_keeps_exactly_what_the_app_needs_without_a_network() {
        let root = built("wasm");
        let site = Site::load(root.path(), false);
        let worker = site.worker.unwrap();
        let list = worker.split("const FILES = ").nth(1).unwrap().trim_end_matches(';');
        let mut urls: Vec<String> = serde_json::from_str(list).unwrap();
        urls.sort();
        assert_eq!(
            urls,
            [
                "/app-shell",
                "/boot.js",
                "/icons/icon.svg",
                "/manifest.webmanifest",
                "/pkg/lignum.AAA.js",
                "/pkg/lignum.BBB.wasm",
                "/pkg/lignum.CCC.css",
            ]
        );
        assert!(worker.contains(&format!("'{}'", site.version)));
        assert!(site.shell.contains("/pkg/lignum.CCC.css") && site.boot.contains("/pkg/lignum.BBB.wasm"));
    }

    #[test]
    fn the_version_is_the_content() {
        let (one, same, other) = (built("wasm"), built("wasm"), built("wasm2"));
        let version = |root: &tempfile::TempDir, demo| Site::load(root.path(), demo).version;
        assert_eq!(version(&one, false), version(&same, false));
        assert_ne!(version(&one, false), version(&other, false));
        assert_ne!(version(&one, false), version(&one, true));
    }

    #[test]
    fn a_server_without_built_files_starts() {
        let site = Site::load(std::path::Path::new("/nowhere"), false);
        assert!(site.worker.is_none() && !site.shell.is_empty());
    }
}
