//! Makes the cluster's files with `initdb`, whole or not at all.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::Path,
};

use super::{error::LocalPostgresError, identity::Identity, install::Installation, places::Places};

/// The superuser of the cluster, used only to prepare it.
pub(super) const SUPERUSER: &str = "postgres";
/// Begins the name of a folder in which `initdb` has not finished.
const UNFINISHED: &str = "postgres.unfinished";

/// A locale that sorts by code point everywhere and knows the letters of all languages.
const LOCALE: &str = if cfg!(target_os = "macos") { "en_US.UTF-8" } else { "C.UTF-8" };

/// Makes the cluster unless it is there. An interrupted earlier attempt is cleared away.
pub(super) async fn ensure(
    places: &Places,
    identity: &Identity,
    installation: &Installation,
) -> Result<(), LocalPostgresError> {
    let Places { cluster, home, .. } = places;
    if cluster.join("PG_VERSION").is_file() {
        return Ok(());
    }
    match fs::remove_dir(cluster) {
        Err(problem) if problem.kind() == ErrorKind::DirectoryNotEmpty => {
            return Err(LocalPostgresError::NotACluster { path: cluster.clone() });
        }
        Err(problem) if problem.kind() != ErrorKind::NotFound => {
            return Err(LocalPostgresError::folder(cluster, problem));
        }
        _ => {}
    }
    let unfinished = home.join(UNFINISHED);
    clear(&unfinished)?;
    identity.make_private_folder(&unfinished).map_err(|source| LocalPostgresError::folder(&unfinished, source))?;
    tracing::info!("making the database in {}", cluster.display());
    let made = initdb(&unfinished, identity, installation).await;
    if let Err(problem) = made {
        // What is left behind would only take up the room that may be missing.
        clear(&unfinished)?;
        return Err(problem);
    }
    fs::rename(&unfinished, cluster)
        .and_then(|()| File::open(home)?.sync_all())
        .map_err(|source| LocalPostgresError::folder(cluster, source))
}

async fn initdb(folder: &Path, identity: &Identity, installation: &Installation) -> Result<(), LocalPostgresError> {
    let program = installation.program("initdb");
    let output = identity
        .command(&program, folder)
        .arg("--pgdata")
        .arg(folder)
        .args(["--username", SUPERUSER])
        // The folder of the socket is closed to everybody else; there is no network port.
        .args(["--auth-local", "trust", "--auth-host", "reject"])
        .args(["--encoding", "UTF8", "--locale", LOCALE])
        .args(["--data-checksums", "--no-instructions"])
        .output()
        .await
        .map_err(|source| LocalPostgresError::Program { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No space left on device") {
        return Err(LocalPostgresError::DiskFull { path: folder.to_owned() });
    }
    let detail = said
        .lines()
        .rev()
        .find(|line| line.contains("error:") || line.contains("FATAL:"))
        .or_else(|| said.lines().rev().find(|line| !line.trim().is_empty()));
    Err(LocalPostgresError::InitFailed {
        path: folder.to_owned(),
        detail: detail.unwrap_or("it said nothing").trim().to_owned(),
    })
}

fn clear(unfinished: &Path) -> Result<(), LocalPostgresError> {
    match fs::remove_dir_all(unfinished) {
        Err(problem) if problem.kind() != ErrorKind::NotFound => Err(LocalPostgresError::folder(unfinished, problem)),
        _ => Ok(()),
    }
}
