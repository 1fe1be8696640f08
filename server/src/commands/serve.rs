//! `lignum serve`: the server itself.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail};
use axum::Router;
use clap::Args;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    config::Config,
    db, demo,
    http::{router::router, state::AppState},
    services::{
        contents::{ContentStore, Objects},
        envelopes::Envelopes,
        epoch, seal,
    },
    startup::{Database, choose_ciphers, listen, open_database, shutdown_requested},
    telemetry,
};

/// How long requests may go on after the server was asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How often metrics are tidied.
const UPKEEP: Duration = Duration::from_secs(5);
/// How often what is no longer needed is forgotten.
const SWEEP: Duration = Duration::from_hours(1);

/// What `lignum serve` takes.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Fill an empty database with fictional people, and show their accounts on the sign-in page
    #[arg(long)]
    pub demo: bool,
    /// Where to listen, such as 127.0.0.1:3000
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub address: Option<SocketAddr>,
}

/// The demonstration's passwords are known to all: it serves this machine alone.
fn refuse_visitors(config: &Config) -> Result<()> {
    if config.address.ip().is_loopback() && !config.is_https() {
        return Ok(());
    }
    bail!(
        "--demo shows its passwords to everyone and so serves this machine alone: use an address such as 127.0.0.1:3000, without an https public_url"
    )
}

/// Serves until it is asked to stop.
pub async fn run(args: &ServeArgs, config: Config) -> Result<()> {
    if args.demo {
        refuse_visitors(&config)?;
    }
    let metrics = telemetry::start_metrics()?;
    let listener = listen(config.address).await?;
    let database = open_database(&config).await?;
    let served = serve(args, config, &database, metrics, listener).await;
    database.close().await;
    served
}

async fn serve(
    args: &ServeArgs,
    config: Config,
    database: &Database,
    metrics: PrometheusHandle,
    listener: TcpListener,
) -> Result<()> {
    epoch::ensure(&database.owner).await.context("the database cannot be used")?;
    let address = listener.local_addr()?;
    let url = if config.is_https() { config.public_url.origin().to_owned() } else { format!("http://{address}") };
    let envelopes = Envelopes::open(&config.data_dir).context("the keys of envelopes")?;
    let contents = content_store(&config)?;
    let state = AppState::new(config, database.app.clone(), database.owner.clone())?
        .with_envelopes(envelopes)
        .with_contents(contents)
        .with_metrics(metrics.clone())
        .as_demo(args.demo);
    if args.demo {
        demo::load_once(&state).await?;
    }
    let housekeeping = tokio::spawn(keep_house(state.clone(), metrics));
    let sealing = tokio::spawn(seal::keep_sealing(state.owner.clone(), state.config.data_dir.clone()));
    println!("Lignum is at {url}");
    if args.demo {
        println!("{}", demo::accounts_shown());
    }
    tracing::info!(%address, demo = args.demo, "serving");
    let served = until_stopped(listener, router(state)).await;
    housekeeping.abort();
    sealing.abort();
    served
}

/// Where `content_store` says that pictures are kept.
fn content_store(config: &Config) -> Result<ContentStore> {
    let Some(address) = &config.content_store else { return Ok(ContentStore::postgres()) };
    choose_ciphers();
    let objects = Objects::at(address).context("content_store cannot be used")?;
    Ok(ContentStore::objects(objects))
}

/// Answers requests until the process is asked to stop, and then finishes what is under way.
async fn until_stopped(listener: TcpListener, router: Router) -> Result<()> {
    let (stop, mut stopped) = watch::channel(false);
    tokio::spawn(async move {
        shutdown_requested().await;
        let _ = stop.send(true);
    });
    let mut asked = stopped.clone();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = asked.wait_for(|stop| *stop).await;
    });
    let too_long = async {
        let _ = stopped.wait_for(|stop| *stop).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = server => ended.context("the server failed"),
        () = too_long => {
            tracing::warn!("some requests were not finished in time");
            Ok(())
        }
    }
}

/// What has to be done now and then.
async fn keep_house(state: AppState, metrics: PrometheusHandle) {
    let mut upkeep = tokio::time::interval(UPKEEP);
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = upkeep.tick() => metrics.run_upkeep(),
            _ = sweep.tick() => {
                let swept = async {
                    let sessions = db::session::sweep(&state.pool).await?;
                    let counts = db::throttle::sweep(&state.pool, &state.config.sign_in).await?;
                    let contents = db::content::sweep(&state.pool).await?;
                    Ok::<_, sqlx::Error>((sessions, counts, contents))
                };
                match swept.await {
                    Ok((sessions, counts, contents)) => tracing::debug!(sessions, counts, contents, "forgot what is no longer needed"),
                    Err(problem) => tracing::warn!("could not forget what is no longer needed: {problem}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Sources};

    use super::refuse_visitors;

    fn refused(variables: &[(&str, &str)]) -> bool {
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        refuse_visitors(&Config::load(&Sources { environment, ..Sources::default() }).unwrap()).is_err()
    }

    #[test]
    fn the_demonstration_serves_this_machine_only() {
        assert!(!refused(&[]));
        assert!(!refused(&[("LIGNUM_ADDRESS", "[::1]:3000")]));
        assert!(refused(&[("LIGNUM_ADDRESS", "0.0.0.0:3000"), ("LIGNUM_INSECURE_COOKIES", "true")]));
        assert!(refused(&[("LIGNUM_ADDRESS", "0.0.0.0:3000"), ("LIGNUM_PUBLIC_URL", "https://lignum.example")]));
        assert!(refused(&[("LIGNUM_PUBLIC_URL", "https://lignum.example")]));
    }
}
