//! A postmaster that an earlier server process left behind when it was killed.
//!
//! It is stopped, not adopted: only a child can be waited for, so only a child can be supervised; and a
//! stop also ends what the dead server's connections were in the middle of. The lock on the data folder
//! was taken before, so a postmaster found here belongs to nobody.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::time::{Instant, sleep};

use super::error::LocalPostgresError;

/// How long each kind of stop may take before the next harder one.
pub(super) const STOP_STEPS: [(Signal, Duration); 3] = [
    // Fast: sessions are ended, transactions rolled back, a checkpoint written.
    (Signal::SIGINT, Duration::from_secs(30)),
    // Immediate: like a power cut, from which the next start recovers.
    (Signal::SIGQUIT, Duration::from_secs(10)),
    (Signal::SIGKILL, Duration::from_secs(10)),
];

/// What `postmaster.pid` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: i32,
    pub(super) socket_folder: Option<PathBuf>,
}

impl PidFile {
    /// Reads the file of a cluster; none where there is none or where it is damaged.
    pub(super) fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(cluster.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 1)?;
        // After it: data folder, start time, port, socket folder, address, shared memory key, status.
        let socket_folder = lines.nth(3).filter(|line| !line.is_empty()).map(PathBuf::from);
        Some(Self { pid, socket_folder })
    }
}

/// Ends a postmaster that was left behind, and removes its `postmaster.pid` and its socket with the
/// socket's lock. Their number may meanwhile belong to an unrelated process, or to a dead one that nobody
/// has waited for, and postgres would take either for a running postmaster. Cluster and socket folder are
/// ours alone, so what no postmaster of this cluster stands behind is stale.
pub(super) async fn clear(cluster: &Path, sockets: &Path) -> Result<(), LocalPostgresError> {
    if let Some(PidFile { pid, .. }) = PidFile::read(cluster).filter(|found| serves(found.pid, cluster)) {
        tracing::warn!(pid, "a PostgreSQL of an earlier run is still there: stopping it");
        stop(pid, cluster).await?;
    }
    let socket = sockets.join(".s.PGSQL.5432");
    for stale in [cluster.join("postmaster.pid"), socket.with_extension("5432.lock"), socket] {
        match fs::remove_file(&stale) {
            Ok(()) => tracing::info!("removed the stale {}", stale.display()),
            Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => {}
            Err(problem) => return Err(LocalPostgresError::folder(&stale, problem)),
        }
    }
    Ok(())
}

async fn stop(pid: i32, cluster: &Path) -> Result<(), LocalPostgresError> {
    for (signal, patience) in STOP_STEPS {
        // Failure means that it has gone meanwhile, which the loop notices.
        let _ = kill(Pid::from_raw(pid), signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !serves(pid, cluster) {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
    Err(LocalPostgresError::OrphanStays { pid })
}

/// Whether the process is a postmaster of this cluster, by its command line; a zombie has none.
pub(super) fn serves(pid: i32, cluster: &Path) -> bool {
    let cluster = cluster.as_os_str().as_encoded_bytes();
    if Path::new("/proc/self/cmdline").exists() {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|word| word == cluster))
    } else {
        let listed = std::process::Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output();
        listed.is_ok_and(|listed| listed.stdout.windows(cluster.len()).any(|part| part == cluster))
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{PidFile, serves};

    #[test]
    fn the_pid_file_gives_process_and_socket_folder() {
        let text = "4711\n/srv/data/postgres\n1763783000\n5432\n/srv/data/socket\n\n  5432001   32\nready   \n";
        assert_eq!(
            PidFile::parse(text),
            Some(PidFile { pid: 4711, socket_folder: Some(PathBuf::from("/srv/data/socket")) })
        );
    }

    #[test]
    fn a_torn_pid_file_is_no_process() {
        for text in ["", "\n", "abc\n/srv\n", "-1\n", "0\n", "1\n"] {
            assert_eq!(PidFile::parse(text), None, "{text:?}");
        }
        assert_eq!(PidFile::parse("4711\n"), Some(PidFile { pid: 4711, socket_folder: None }));
    }

    #[test]
    fn an_unrelated_process_is_not_taken_for_a_postmaster() {
        let me = i32::try_from(std::process::id()).unwrap_or(i32::MAX);
        assert!(!serves(me, Path::new("/srv/data/postgres")));
    }
}
