//! Whom PostgreSQL runs as: it refuses root, so root hands it to an unprivileged user.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::Stdio,
};

use nix::unistd::{Uid, User, geteuid};
use tokio::process::Command;

use super::error::LocalPostgresError;

/// Variables that the PostgreSQL programs may see; no secret of Lignum's, no `PG…` of somebody's shell.
const PASSED_ON: [&str; 3] = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// The user that PostgreSQL runs as.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    user: User,
    drops_root: bool,
}

impl Identity {
    /// An ordinary user keeps being themselves. Root becomes the owner of the existing cluster, else
    /// `postgres`, else `nobody`.
    pub(super) fn choose(cluster: &Path) -> Result<Self, LocalPostgresError> {
        let me = geteuid();
        let owner = fs::metadata(cluster).ok().map(|found| Uid::from_raw(found.uid()));
        if !me.is_root() {
            if let Some(owner) = owner.filter(|owner| *owner != me) {
                let owner = by_uid(owner).map_or_else(|| owner.to_string(), |user| user.name);
                return Err(LocalPostgresError::ForeignOwner { path: cluster.to_owned(), owner });
            }
            let user = by_uid(me).ok_or(LocalPostgresError::NamelessUser { uid: me.as_raw() })?;
            return Ok(Self { user, drops_root: false });
        }
        let user = owner
            .filter(|owner| !owner.is_root())
            .and_then(by_uid)
            .or_else(|| by_name("postgres"))
            .or_else(|| by_name("nobody"))
            .ok_or(LocalPostgresError::NoUnprivilegedUser)?;
        Ok(Self { user, drops_root: true })
    }

    /// The user's name, for messages.
    pub(super) fn name(&self) -> &str {
        &self.user.name
    }

    /// Whether root is being left for this user.
    pub(super) fn drops_root(&self) -> bool {
        self.drops_root
    }

    /// Whether a file's owner is this user or the one who runs Lignum.
    pub(super) fn may_trust(&self, owner: u32) -> bool {
        owner == self.user.uid.as_raw() || owner == geteuid().as_raw()
    }

    /// A command that runs as this user from folder `at`, in its own process group (a Ctrl-C in the
    /// terminal is for Lignum, which then stops the database in order) and with a bare environment.
    pub(super) fn command(&self, program: impl AsRef<OsStr>, at: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(at).stdin(Stdio::null()).process_group(0).env_clear();
        command.env("LC_ALL", "C");
        for name in PASSED_ON {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.drops_root {
            command.uid(self.user.uid.as_raw()).gid(self.user.gid.as_raw());
        }
        command
    }

    /// Makes a folder that only this user can enter, or takes over one that is there.
    pub(super) fn make_private_folder(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(problem) if problem.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        // Not `metadata`: a link that somebody laid in a shared folder is not followed.
        let found = fs::symlink_metadata(path)?;
        if !found.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is not a folder"));
        }
        if !self.may_trust(found.uid()) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
        }
        if self.drops_root {
            chown(path, Some(self.user.uid.as_raw()), Some(self.user.gid.as_raw()))?;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
    }

    /// Whether this user can make `folder` the working folder, found by trying (permissions, access
    /// lists, mounts and all) with a harmless run of `program`.
    pub(super) async fn can_enter(&self, folder: &Path, program: &Path) -> bool {
        let run = self.command(program, folder).arg("--version").stdout(Stdio::null()).status();
        run.await.is_ok_and(|status| status.success())
    }
}

fn by_uid(uid: Uid) -> Option<User> {
    User::from_uid(uid).ok().flatten()
}

fn by_name(name: &str) -> Option<User> {
    User::from_name(name).ok().flatten()
}
