//! Starts the postmaster, waits until it answers, and stops it.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    process::Child,
    time::{Instant, sleep, timeout},
};

use super::{
    cluster::SUPERUSER, error::LocalPostgresError, identity::Identity, install::Installation, orphan::STOP_STEPS,
    places::Places,
};

/// The log is set aside at a start when it has grown over this.
const LARGEST_LOG: u64 = 10 * 1024 * 1024;
/// Pause between two questions whether it answers.
const POLL: Duration = Duration::from_millis(25);
/// A socket that accepts and then says nothing is not waited for longer than this.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// Settings that hold whatever `postgresql.conf` says.
///
/// Durability is never traded (`fsync`). The log is kept free of personal data: no statements, and
/// `terse` leaves out the DETAIL lines, which quote rows.
const SETTINGS: [(&str, &str); 13] = [
    ("listen_addresses", ""),
    ("port", "5432"),
    ("unix_socket_permissions", "0700"),
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
    ("log_line_prefix", "%m [%p] "),
    ("log_timezone", "UTC"),
    ("log_statement", "none"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("timezone", "UTC"),
];

/// Everything that is needed to start the postmaster, also again.
#[derive(Debug)]
pub(super) struct Launcher {
    pub(super) installation: Installation,
    pub(super) identity: Identity,
    pub(super) places: Places,
    pub(super) sockets: PathBuf,
    pub(super) patience: Duration,
}

/// A running postmaster, our child.
#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
    log_start: u64,
}

impl Launcher {
    /// How the superuser connects.
    pub(super) fn superuser(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.sockets)
            .port(5432)
            .username(SUPERUSER)
            .database("postgres")
            .disable_statement_logging()
    }

    /// Starts postgres and waits until it answers, trying again while processes of a killed
    /// predecessor still hold the data.
    pub(super) async fn launch(&self) -> Result<Postmaster, LocalPostgresError> {
        let deadline = Instant::now() + self.patience;
        let mut pause = Duration::from_millis(100);
        loop {
            let mut postmaster = self.spawn()?;
            match self.until_ready(&mut postmaster, deadline).await {
                Ok(()) => return Ok(postmaster),
                Err(problem) if problem.is_passing() && Instant::now() < deadline => {
                    tracing::warn!("{problem}; trying again");
                    sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                Err(problem) => {
                    postmaster.stop().await;
                    return Err(problem);
                }
            }
        }
    }

    fn spawn(&self) -> Result<Postmaster, LocalPostgresError> {
        let path = &self.places.log;
        let in_log = |source| LocalPostgresError::folder(path, source);
        if fs::metadata(path).is_ok_and(|log| log.len() > LARGEST_LOG) {
            fs::rename(path, path.with_extension("log.1")).map_err(in_log)?;
        }
        let log = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(in_log)?;
        let log_start = log.metadata().map_err(in_log)?.len();
        let both = log.try_clone().map_err(in_log)?;

        let program = self.installation.program("postgres");
        let mut command = self.identity.command(&program, &self.places.cluster);
        command.arg("-D").arg(&self.places.cluster).stdout(both).stderr(log);
        for (name, value) in SETTINGS {
            command.args(["-c", &format!("{name}={value}")]);
        }
        let mut sockets = OsString::from("unix_socket_directories=");
        sockets.push(&self.sockets);
        command.arg("-c").arg(sockets);
        let child = command.spawn().map_err(|source| LocalPostgresError::Program { program, source })?;
        Ok(Postmaster { child, log_start })
    }

    async fn until_ready(&self, postmaster: &mut Postmaster, deadline: Instant) -> Result<(), LocalPostgresError> {
        let superuser = self.superuser();
        let started = Instant::now();
        let mut announced = false;
        loop {
            if let Ok(Some(status)) = postmaster.child.try_wait() {
                return Err(self.explain(status, &postmaster.log(&self.places.log)));
            }
            match timeout(CONNECT_PATIENCE, PgConnection::connect_with(&superuser)).await {
                Ok(Ok(connection)) => {
                    // It answers; whether it hears the good-bye does not matter.
                    let _ = connection.close().await;
                    return Ok(());
                }
                // A crash recovery may take minutes after hours of writing.
                _ if Instant::now() < deadline => {}
                _ => {
                    let seconds = self.patience.as_secs();
                    return Err(LocalPostgresError::TimedOut { seconds, log: self.places.log.clone() });
                }
            }
            if !announced && started.elapsed() > Duration::from_secs(5) {
                announced = true;
                tracing::info!("waiting for PostgreSQL to recover (see {})", self.places.log.display());
            }
            sleep(POLL).await;
        }
    }

    /// What an end at the start means, from what postgres wrote since it was started.
    fn explain(&self, status: ExitStatus, said: &str) -> LocalPostgresError {
        let cluster = || self.places.cluster.clone();
        if said.contains("No space left on device") {
            LocalPostgresError::DiskFull { path: cluster() }
        } else if said.contains("pre-existing shared memory block")
            || said.contains("\"postmaster.pid\" already exists")
        {
            LocalPostgresError::StillInUse { path: cluster() }
        } else if said.contains("Address already in use") || said.contains(".lock\" already exists") {
            LocalPostgresError::SocketTaken { path: self.sockets.clone() }
        } else {
            let detail = said
                .lines()
                .rev()
                .find_map(|line| line.split_once("FATAL:").or_else(|| line.split_once("PANIC:")))
                .map_or_else(|| format!("it ended with {status}"), |(_, text)| text.trim().to_owned());
            LocalPostgresError::StartFailed { detail, log: self.places.log.clone() }
        }
    }
}

impl Postmaster {
    /// Its process id, until it has ended.
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub(super) async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Stops it: in order if it obeys within bounds, harder else.
    pub(super) async fn stop(&mut self) {
        for (signal, patience) in STOP_STEPS {
            if !self.signal(signal) || timeout(patience, self.child.wait()).await.is_ok() {
                return;
            }
            tracing::warn!("PostgreSQL does not obey {signal} within {} s", patience.as_secs());
        }
    }

    fn signal(&self, signal: Signal) -> bool {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        pid.is_some_and(|pid| kill(Pid::from_raw(pid), signal).is_ok())
    }

    /// What it has written so far, at most the last 16 KiB.
    fn log(&self, path: &Path) -> String {
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = fs::File::open(path)?;
            let end = file.metadata()?.len();
            file.seek(SeekFrom::Start(self.log_start.max(end.saturating_sub(16 * 1024))))?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            Ok(text)
        };
        String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
    }
}

impl Drop for Postmaster {
    /// Where there was no time for an orderly stop (a panic, an aborted task), it is at least asked to.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::SIGINT);
        }
    }
}
