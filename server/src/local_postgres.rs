//! The private PostgreSQL cluster that Lignum runs when it is given no `DATABASE_URL`.
//!
//! It is made from the PostgreSQL that is installed on the machine and lives in the data folder. It
//! listens on a Unix socket in a folder that nobody else can enter, and on no network port; so local
//! `trust` is enough. Root is left for an unprivileged user, since PostgreSQL refuses it.
//!
//! What always holds:
//! - One server process at a time runs the cluster: it holds a lock on `postgres.lock`, which the
//!   operating system lets go of however that process ends.
//! - A postmaster left behind by a killed server is stopped before a new one is started.
//! - A postmaster that dies is started again; a stop is orderly and bounded in time.
//! - `fsync` stays on.
//!
//! Lignum works as the role `lignum`, which owns the database `lignum` and is no superuser, so that it
//! meets here the same limits as on a server of the ministry's.

mod cluster;
mod error;
mod identity;
mod install;
mod orphan;
mod places;
mod postmaster;
mod supervisor;

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::unistd::geteuid;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
};

pub use self::{
    error::{LocalPostgresError, OLDEST_MAJOR},
    install::Installation,
};
use self::{
    identity::Identity,
    orphan::PidFile,
    places::Places,
    postmaster::{Launcher, Postmaster},
};
use crate::db::provision;

/// Where the cluster is and what it is made from.
#[derive(Debug, Clone)]
pub struct LocalPostgresConfig {
    /// The data folder; made where it is missing.
    pub data_dir: PathBuf,
    /// The folder of the PostgreSQL programs; the newest installed ones without it.
    pub bin: Option<PathBuf>,
    /// Where root keeps clusters whose data folder the unprivileged user cannot reach.
    pub elsewhere: PathBuf,
    /// How long a start, a crash recovery included, may take.
    pub start_patience: Duration,
}

impl LocalPostgresConfig {
    /// The usual configuration for a data folder.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            bin: None,
            elsewhere: PathBuf::from("/var/lib/lignum"),
            start_patience: Duration::from_mins(5),
        }
    }
}

/// A running private cluster. Dropping it stops it as well, without waiting.
#[derive(Debug)]
pub struct LocalPostgres {
    sockets: PathBuf,
    pid: watch::Receiver<Option<u32>>,
    /// None where another process runs the cluster and this one only uses it.
    supervisor: Option<Supervisor>,
}

#[derive(Debug)]
struct Supervisor {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl LocalPostgres {
    /// Starts the cluster, making it first where it is missing, and keeps it running.
    ///
    /// Refused with [`LocalPostgresError::AlreadyServed`] while another process runs it.
    pub async fn start(config: &LocalPostgresConfig) -> Result<Self, LocalPostgresError> {
        let data_dir = Places::open_data_dir(&config.data_dir, geteuid().is_root())?;
        let lock = lock_soon(&data_dir).await?;
        let (launcher, postmaster) = start_locked(&data_dir, config).await?;
        let sockets = launcher.sockets.clone();
        let (pid_sender, pid) = watch::channel(postmaster.pid());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(supervisor::supervise(launcher, postmaster, stopped, pid_sender, lock));
        Ok(Self { sockets, pid, supervisor: Some(Supervisor { stop, task }) })
    }

    /// Uses the cluster beside the server process that runs it; starts it where none does. For the
    /// sub-commands that people call while the server works.
    pub async fn share(config: &LocalPostgresConfig) -> Result<Self, LocalPostgresError> {
        match Self::start(config).await {
            Err(LocalPostgresError::AlreadyServed { data_dir, .. }) => Self::attach(&data_dir).await,
            other => other,
        }
    }

    async fn attach(data_dir: &Path) -> Result<Self, LocalPostgresError> {
        let cluster = Places::known(data_dir).cluster;
        let not_running = || LocalPostgresError::NotRunning { data_dir: data_dir.to_owned() };
        let PidFile { pid, socket_folder } = PidFile::read(&cluster).ok_or_else(not_running)?;
        let sockets = socket_folder.ok_or_else(not_running)?;
        // The sender goes; the last value stays readable.
        let (_, pid) = watch::channel(u32::try_from(pid).ok());
        let attached = Self { sockets, pid, supervisor: None };
        let options = attached.connect_options();
        let connection = PgConnection::connect_with(&options).await.map_err(|_| not_running())?;
        // It answers; whether it hears the good-bye does not matter.
        let _ = connection.close().await;
        Ok(attached)
    }

    /// How to connect as the owner of the database.
    pub fn connect_options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.sockets)
            .port(5432)
            .username(provision::OWNER)
            .database(provision::DATABASE)
    }

    /// The same as a URL, for the programs of PostgreSQL. It holds no secret: the folder is the guard.
    pub fn url(&self) -> String {
        let sockets = self.sockets.to_string_lossy();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("host", &sockets)
            .append_pair("user", provision::OWNER)
            .finish();
        format!("postgres:///{}?{query}", provision::DATABASE)
    }

    /// The postmaster's process id; none while it is down.
    pub fn postmaster_pid(&self) -> Option<u32> {
        *self.pid.borrow()
    }

    /// Whether this process runs the cluster, or only uses it beside the one that does.
    pub fn is_ours(&self) -> bool {
        self.supervisor.is_some()
    }

    /// Stops the cluster in order and waits for it. A shared one goes on running.
    pub async fn stop(self) {
        if let Some(Supervisor { stop, task }) = self.supervisor {
            // Fails only where the task has ended already.
            let _ = stop.send(());
            let _ = task.await;
        }
    }
}

async fn start_locked(
    data_dir: &Path,
    config: &LocalPostgresConfig,
) -> Result<(Launcher, Postmaster), LocalPostgresError> {
    let bin = config.bin.as_deref();
    let cluster = Places::known(data_dir).cluster;
    let installation = if cluster.join("PG_VERSION").is_file() {
        Installation::for_cluster(bin, &cluster)?
    } else {
        Installation::newest(bin)?
    };
    let identity = Identity::choose(&cluster)?;
    let places = Places::reachable(data_dir, &config.elsewhere, &identity, &installation).await?;
    let sockets = places.open_socket_folder(&identity)?;
    orphan::clear(&places.cluster, &sockets).await?;
    cluster::ensure(&places, &identity, &installation).await?;
    let launcher = Launcher { installation, identity, places, sockets, patience: config.start_patience };
    let mut postmaster = launcher.launch().await?;
    if let Err(problem) = provision::provision(&launcher.superuser()).await {
        postmaster.stop().await;
        return Err(LocalPostgresError::Provision(problem));
    }
    Ok((launcher, postmaster))
}

/// Takes the lock, with a little patience: a program that is being started holds it too for the instant
/// between fork and exec, and a server that was just stopped may not quite be gone.
async fn lock_soon(data_dir: &Path) -> Result<File, LocalPostgresError> {
    for _ in 0..10 {
        match lock(data_dir) {
            Err(LocalPostgresError::AlreadyServed { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
            taken => return taken,
        }
    }
    lock(data_dir)
}

/// Takes the lock that makes this process the one that runs the cluster.
fn lock(data_dir: &Path) -> Result<File, LocalPostgresError> {
    let path = data_dir.join("postgres.lock");
    let failed = |source| LocalPostgresError::folder(&path, source);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // Only for the message.
            let _ = file.read_to_string(&mut pid);
            let holder = match pid.trim() {
                "" => "process unknown".to_owned(),
                pid => format!("process {pid}"),
            };
            return Err(LocalPostgresError::AlreadyServed { data_dir: data_dir.to_owned(), holder });
        }
        Err(TryLockError::Error(problem)) => return Err(failed(problem)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(failed)?;
    Ok(file)
}
