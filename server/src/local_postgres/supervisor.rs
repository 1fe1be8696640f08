//! Keeps the postmaster running until it is told to stop.
//!
//! A single backend that dies is the postmaster's own business. Only when the postmaster itself is gone
//! is it started again, with a growing pause while that fails (a full disk, processes that hold the
//! data); the connection pools find the new one on the same socket.

use std::{fs::File, time::Duration};

use tokio::{
    sync::{oneshot, watch},
    time::{Instant, sleep},
};

use super::postmaster::{Launcher, Postmaster};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A postmaster that ran this long ends the growing of the pause.
const STEADY: Duration = Duration::from_mins(1);

/// The supervision task of one cluster. `stop` resolves when somebody asks for the stop or has gone.
pub(super) async fn supervise(
    launcher: Launcher,
    mut postmaster: Postmaster,
    mut stop: oneshot::Receiver<()>,
    pid: watch::Sender<Option<u32>>,
    lock: File,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let started = Instant::now();
        tokio::select! {
            _ = &mut stop => break,
            status = postmaster.ended() => {
                pid.send_replace(None);
                let status = status.map_or_else(|| "unknown status".to_owned(), |status| status.to_string());
                tracing::error!("PostgreSQL ended unexpectedly ({status}): starting it again");
            }
        }
        if started.elapsed() > STEADY {
            pause = FIRST_PAUSE;
        }
        postmaster = tokio::select! {
            _ = &mut stop => break,
            again = relaunch(&launcher, &mut pause) => again,
        };
        pid.send_replace(postmaster.pid());
        metrics::counter!("lignum_postgres_restarts_total").increment(1);
        tracing::info!(pid = postmaster.pid(), "PostgreSQL runs again");
    }
    postmaster.stop().await;
    pid.send_replace(None);
    // Only now may another server take over the data.
    drop(lock);
}

async fn relaunch(launcher: &Launcher, pause: &mut Duration) -> Postmaster {
    loop {
        sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        match launcher.launch().await {
            Ok(postmaster) => return postmaster,
            Err(problem) => tracing::error!("{problem}; trying again in {} ms", pause.as_millis()),
        }
    }
}
