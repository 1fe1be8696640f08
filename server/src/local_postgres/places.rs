//! Where the private cluster keeps its files and its socket.
//!
//! ```text
//! <data dir>/postgres.lock      held by the one server process that runs the cluster
//! <data dir>/postgres           the cluster
//! <data dir>/postgres.log       what postgres says; without values of rows
//! <data dir>/socket             the socket's folder, 0700
//! ```
//!
//! Two of them may have to lie elsewhere. A socket's path is limited to 107 bytes, so a long one moves
//! to a private folder under `$XDG_RUNTIME_DIR` or `/tmp`. And where root runs Lignum from a folder that
//! the unprivileged user cannot reach (a checkout under `/root`), the cluster lives in
//! `/var/lib/lignum/<hash>` and the file `<data dir>/postgres-is-at` says so; whoever removes the data
//! folder thereby starts afresh, and the old cluster is kept.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{error::LocalPostgresError, identity::Identity, install::Installation};

/// Longest folder of a socket: 107 bytes less `/.s.PGSQL.5432`.
const LONGEST_SOCKET_FOLDER: usize = 107 - 14;
/// In the data folder: the path of a cluster that lies elsewhere.
const POINTER: &str = "postgres-is-at";

/// The files of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The cluster itself.
    pub(super) cluster: PathBuf,
    /// Its log.
    pub(super) log: PathBuf,
    /// The folder that holds the two and that belongs to Lignum alone.
    pub(super) home: PathBuf,
}

impl Places {
    /// Makes the data folder where it is missing; returns its absolute path.
    pub(super) fn open_data_dir(data_dir: &Path, drops_root: bool) -> Result<PathBuf, LocalPostgresError> {
        make_folder(data_dir, if drops_root { 0o711 } else { 0o700 })?;
        data_dir.canonicalize().map_err(|source| LocalPostgresError::folder(data_dir, source))
    }

    /// The place of the cluster as it is known without trying: an existing one, or in the data folder.
    pub(super) fn known(data_dir: &Path) -> Self {
        let elsewhere = fs::read_to_string(data_dir.join(POINTER)).ok();
        Self::at(elsewhere.map_or_else(|| data_dir.to_owned(), |home| PathBuf::from(home.trim_end())))
    }

    fn at(home: PathBuf) -> Self {
        Self { cluster: home.join("postgres"), log: home.join("postgres.log"), home }
    }

    /// The place that `identity` can reach, choosing one under `elsewhere` for a new cluster if it must.
    pub(super) async fn reachable(
        data_dir: &Path,
        elsewhere: &Path,
        identity: &Identity,
        installation: &Installation,
    ) -> Result<Self, LocalPostgresError> {
        let known = Self::known(data_dir);
        let program = installation.program("postgres");
        if identity.can_enter(&known.home, &program).await {
            return Ok(known);
        }
        if known.cluster.exists() || !identity.drops_root() {
            return Err(LocalPostgresError::OutOfReach { path: known.home, user: identity.name().to_owned() });
        }
        let moved = Self::at(new_home(elsewhere, data_dir)?);
        if !identity.can_enter(&moved.home, &program).await {
            return Err(LocalPostgresError::OutOfReach { path: moved.home, user: identity.name().to_owned() });
        }
        let pointer = data_dir.join(POINTER);
        fs::write(&pointer, moved.home.as_os_str().as_encoded_bytes())
            .map_err(|source| LocalPostgresError::folder(&pointer, source))?;
        tracing::warn!(
            "user {} cannot reach {}: the database is kept in {}",
            identity.name(),
            data_dir.display(),
            moved.home.display()
        );
        Ok(moved)
    }

    /// Makes the folder of the socket.
    pub(super) fn open_socket_folder(&self, identity: &Identity) -> Result<PathBuf, LocalPostgresError> {
        let path = socket_folder(&self.home, identity.drops_root(), std::env::var_os("XDG_RUNTIME_DIR"));
        identity
            .make_private_folder(&path)
            .map_err(|problem| LocalPostgresError::SocketFolder { path: path.clone(), reason: problem.to_string() })?;
        Ok(path)
    }
}

/// The folder for the socket: beside the cluster if its path is short and plain enough for PostgreSQL's
/// list syntax, else a private short one.
fn socket_folder(home: &Path, drops_root: bool, runtime_dir: Option<std::ffi::OsString>) -> PathBuf {
    let beside = home.join("socket");
    let plain = beside.to_str().is_some_and(|path| !path.contains([',', '"', '\'', '\\']));
    if plain && beside.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
        return beside;
    }
    let name = format!("lignum-{}", short_hash(home));
    runtime_dir
        .map(PathBuf::from)
        // Root's own run-time folder is closed to the unprivileged user.
        .filter(|base| !drops_root && base.is_absolute() && base.is_dir())
        .map(|base| base.join(&name))
        .filter(|path| path.as_os_str().len() <= LONGEST_SOCKET_FOLDER)
        .unwrap_or_else(|| Path::new("/tmp").join(name))
}

/// A folder under `elsewhere` that no earlier data folder of the same path has used.
fn new_home(elsewhere: &Path, data_dir: &Path) -> Result<PathBuf, LocalPostgresError> {
    make_folder(elsewhere, 0o755)?;
    let hash = short_hash(data_dir);
    let mut attempt = 1;
    loop {
        let home = match attempt {
            1 => elsewhere.join(&hash),
            _ => elsewhere.join(format!("{hash}-{attempt}")),
        };
        match DirBuilder::new().mode(0o711).create(&home) {
            Ok(()) => return Ok(home),
            Err(problem) if problem.kind() == std::io::ErrorKind::AlreadyExists => attempt += 1,
            Err(problem) => return Err(LocalPostgresError::folder(&home, problem)),
        }
    }
}

fn make_folder(path: &Path, mode: u32) -> Result<(), LocalPostgresError> {
    DirBuilder::new().recursive(true).mode(mode).create(path).map_err(|source| LocalPostgresError::folder(path, source))
}

/// Sixteen hexadecimal digits that stand for a path.
fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest.iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{LONGEST_SOCKET_FOLDER, socket_folder};

    #[test]
    fn a_socket_lies_beside_its_cluster_where_the_path_is_short() {
        let folder = socket_folder(Path::new("/srv/lignum/data"), false, None);
        assert_eq!(folder, Path::new("/srv/lignum/data/socket"));
    }

    #[test]
    fn a_long_or_odd_path_moves_the_socket_to_a_short_folder() {
        for home in ["/srv/".to_owned() + &"deep/".repeat(30), "/srv/a,b".to_owned()] {
            let folder = socket_folder(Path::new(&home), true, Some("/run".into()));
            assert!(folder.starts_with("/tmp"), "{}", folder.display());
            assert!(folder.as_os_str().len() <= LONGEST_SOCKET_FOLDER);
        }
    }

    #[test]
    fn an_ordinary_user_has_the_short_folder_in_the_run_time_folder() {
        let home = "/srv/".to_owned() + &"deep/".repeat(30);
        let folder = socket_folder(Path::new(&home), false, Some("/tmp".into()));
        assert!(folder.starts_with("/tmp/"));
        let other = socket_folder(Path::new(&(home + "x")), false, Some("/tmp".into()));
        assert_ne!(folder, other, "two data folders never share a socket");
    }
}
