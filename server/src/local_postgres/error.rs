//! What can go wrong with the private cluster, each in one line that says what to do.

use std::path::PathBuf;

/// The oldest PostgreSQL that Lignum runs on.
pub const OLDEST_MAJOR: u32 = 15;

/// Why the private cluster could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LocalPostgresError {
    /// No PostgreSQL in any of the usual places.
    #[error(
        "PostgreSQL {OLDEST_MAJOR} or newer is not installed: install it (Debian: apt-get install postgresql), \
         name its folder in LIGNUM_POSTGRES_BIN, or set DATABASE_URL to use another server"
    )]
    NotInstalled,
    /// The folder named by the configuration has no `initdb` and `postgres`.
    #[error("LIGNUM_POSTGRES_BIN: {} holds no initdb and postgres; name the bin folder of a PostgreSQL {OLDEST_MAJOR} or newer", .folder.display())]
    NoProgramsIn {
        /// The folder that was searched.
        folder: PathBuf,
    },
    /// Only an older PostgreSQL was found.
    #[error("PostgreSQL {major} in {} is too old: install PostgreSQL {OLDEST_MAJOR} or newer", .bin.display())]
    TooOld {
        /// Its major version.
        major: u32,
        /// Its folder.
        bin: PathBuf,
    },
    /// The data was made by a major version that is not installed any more.
    #[error(
        "the data in {} was made by PostgreSQL {made_by}, which is not installed: install postgresql-{made_by}, \
         or move the data to the installed version with pg_upgrade", .cluster.display()
    )]
    WrongMajor {
        /// The data folder.
        cluster: PathBuf,
        /// The version that made it.
        made_by: String,
    },
    /// Started as root, and there is nobody to hand the database to.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has no user `postgres` or `nobody`: start Lignum as an ordinary user"
    )]
    NoUnprivilegedUser,
    /// The user has a number and no name.
    #[error(
        "user number {uid} has no entry in the user database, without which PostgreSQL does not run: start Lignum as another user"
    )]
    NamelessUser {
        /// The number.
        uid: u32,
    },
    /// A folder cannot be made, read or written.
    #[error("{}: {source}; let the user that runs Lignum write there, or set LIGNUM_DATA_DIR to another folder", .path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The data belongs to another user.
    #[error("{} belongs to user {owner}: start Lignum as that user or as root", .path.display())]
    ForeignOwner {
        /// The data folder.
        path: PathBuf,
        /// Its owner, by name or number.
        owner: String,
    },
    /// The unprivileged user cannot reach the existing data.
    #[error("user {user}, who runs PostgreSQL, cannot reach {}: make its parent folders traversable (chmod o+x)", .path.display())]
    OutOfReach {
        /// The data folder.
        path: PathBuf,
        /// The unprivileged user.
        user: String,
    },
    /// Something else than a cluster lies where the cluster should be.
    #[error("{} is not empty and is not a PostgreSQL data folder: move it away or set LIGNUM_DATA_DIR to another folder", .path.display())]
    NotACluster {
        /// The folder.
        path: PathBuf,
    },
    /// Another server process uses this data folder.
    #[error("another lignum ({holder}) already uses {}: stop it first, or set LIGNUM_DATA_DIR to another folder", .data_dir.display())]
    AlreadyServed {
        /// The data folder.
        data_dir: PathBuf,
        /// The other process, as far as known.
        holder: String,
    },
    /// The other server process, which is to share its cluster, has none that answers.
    #[error("the lignum that uses {} has no running database yet: try again in a moment", .data_dir.display())]
    NotRunning {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// No room.
    #[error("the disk that holds {} is full: free some space (PostgreSQL needs about 100 MB to start)", .path.display())]
    DiskFull {
        /// The data folder.
        path: PathBuf,
    },
    /// The folder for the socket cannot be trusted or made.
    #[error("the socket folder {} cannot be used: {reason}; remove it or set XDG_RUNTIME_DIR", .path.display())]
    SocketFolder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another program listens on the socket.
    #[error("another PostgreSQL already listens in {}: stop it, then start Lignum again", .path.display())]
    SocketTaken {
        /// The folder with the socket.
        path: PathBuf,
    },
    /// Processes of a killed postmaster still hold the data.
    #[error("processes of an earlier PostgreSQL still use {}: wait for them to end or stop them", .path.display())]
    StillInUse {
        /// The data folder.
        path: PathBuf,
    },
    /// `initdb` failed for another reason.
    #[error("initdb could not make the database in {}: {detail}", .path.display())]
    InitFailed {
        /// The data folder.
        path: PathBuf,
        /// Its last words.
        detail: String,
    },
    /// `postgres` ended at its start for another reason.
    #[error("PostgreSQL did not start: {detail} (more in {})", .log.display())]
    StartFailed {
        /// Its last words.
        detail: String,
        /// Its log.
        log: PathBuf,
    },
    /// `postgres` runs and does not answer.
    #[error("PostgreSQL did not answer within {seconds} s (see {})", .log.display())]
    TimedOut {
        /// How long was waited.
        seconds: u64,
        /// Its log.
        log: PathBuf,
    },
    /// An earlier postmaster ignores every signal.
    #[error("an earlier PostgreSQL (process {pid}) does not stop: end it, then start Lignum again")]
    OrphanStays {
        /// Its process id.
        pid: i32,
    },
    /// A program of PostgreSQL cannot be run.
    #[error("{} cannot be run: {source}", .program.display())]
    Program {
        /// Which one.
        program: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The cluster runs and its first roles or database cannot be made.
    #[error("the fresh database could not be prepared: {0}")]
    Provision(#[source] sqlx::Error),
}

impl LocalPostgresError {
    /// A failure on `path`, telling a full disk apart.
    pub(super) fn folder(path: &std::path::Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == std::io::ErrorKind::StorageFull {
            Self::DiskFull { path }
        } else {
            Self::Folder { path, source }
        }
    }

    /// Whether the same start may succeed a moment later, without anybody doing anything.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::StillInUse { .. })
    }
}
