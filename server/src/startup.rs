//! From a checked configuration to an open database and a listening socket, and the way back.
//!
//! Everything that can be wrong with the surroundings (no PostgreSQL, an old one, a wrong URL, a taken
//! port) is found here and said in one line.

use std::{io::ErrorKind, net::SocketAddr, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{PgPool, postgres::PgConnectOptions};
use tokio::net::TcpListener;

use crate::{
    config::Config,
    db::{
        migrations::{SchemaError, migrate},
        pools::{AppPoolLimits, ServerFacts, app_pool, owner_pool},
    },
    local_postgres::{LocalPostgres, LocalPostgresConfig, LocalPostgresError, OLDEST_MAJOR},
};

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// The private cluster.
    #[error(transparent)]
    LocalPostgres(#[from] LocalPostgresError),
    /// `DATABASE_URL` cannot be read.
    #[error("DATABASE_URL is not a PostgreSQL URL, such as postgres://user:password@host:5432/database")]
    WrongUrl,
    /// Nobody answers there.
    #[error("the database server at {at} cannot be reached: {reason}; check DATABASE_URL and that it runs")]
    Unreachable {
        /// Host and port.
        at: String,
        /// What went wrong.
        reason: String,
    },
    /// It answers and does not let us in.
    #[error("the database server at {at} refuses: {reason}; check user, password and database in DATABASE_URL")]
    Refused {
        /// Host and port.
        at: String,
        /// What it said.
        reason: String,
    },
    /// It is too old.
    #[error("the database server at {at} is PostgreSQL {major}: version {OLDEST_MAJOR} or newer is needed")]
    TooOld {
        /// Host and port.
        at: String,
        /// Its major version.
        major: u32,
    },
    /// It is a replica.
    #[error("the database server at {at} is a read-only standby: name the primary in DATABASE_URL")]
    Standby {
        /// Host and port.
        at: String,
    },
    /// The schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The pool of requests could not connect.
    #[error("the database server does not serve requests: {0}")]
    AppPool(#[source] sqlx::Error),
    /// Somebody else listens there.
    #[error("{address} is in use by another program: stop it, or choose another with --address or LIGNUM_ADDRESS")]
    AddressTaken {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {source}; choose another with --address or LIGNUM_ADDRESS")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Who else may be using the private cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenancy {
    /// Nobody: this process runs it, or is refused. For `serve` and `restore`.
    Alone,
    /// The server may be running: its cluster is shared. For the other sub-commands.
    Shared,
}

/// A PostgreSQL server that answers and is new enough.
#[derive(Debug)]
pub struct DatabaseServer {
    /// How to connect as the owner of the database.
    pub options: PgConnectOptions,
    url: SecretString,
    local: Option<LocalPostgres>,
}

/// The open database.
#[derive(Debug)]
pub struct Database {
    /// Connections of the owner: migrations, maintenance.
    pub owner: PgPool,
    /// Connections of requests, as `lignum_app`.
    pub app: PgPool,
    server: DatabaseServer,
}

impl DatabaseServer {
    /// Finds or starts the server that the configuration names.
    pub async fn open(config: &Config, tenancy: Tenancy) -> Result<Self, StartupError> {
        if let Some(url) = &config.database_url {
            let options = PgConnectOptions::from_str(url.expose_secret()).map_err(|_| StartupError::WrongUrl)?;
            return Ok(Self { options, url: url.clone(), local: None });
        }
        let mut local_config = LocalPostgresConfig::new(&config.data_dir);
        local_config.bin.clone_from(&config.postgres_bin);
        let local = match tenancy {
            Tenancy::Alone => LocalPostgres::start(&local_config).await?,
            Tenancy::Shared => LocalPostgres::share(&local_config).await?,
        };
        Ok(Self { options: local.connect_options(), url: local.url().into(), local: Some(local) })
    }

    /// The URL, for the programs of PostgreSQL.
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// The private cluster, if that is what is used.
    pub fn local(&self) -> Option<&LocalPostgres> {
        self.local.as_ref()
    }

    /// Connects as the owner and looks whether the server will do.
    pub async fn owner_pool(&self) -> Result<PgPool, StartupError> {
        let at = self.place();
        let explained = |problem| explain(problem, at.clone());
        let pool = owner_pool(&self.options).await.map_err(explained)?;
        let facts = ServerFacts::ask(&pool).await.map_err(|problem| explain(problem, at.clone()))?;
        if facts.major() < OLDEST_MAJOR {
            return Err(StartupError::TooOld { at, major: facts.major() });
        }
        if facts.is_standby {
            return Err(StartupError::Standby { at });
        }
        Ok(pool)
    }

    /// Stops the private cluster, if this process runs one.
    pub async fn close(self) {
        if let Some(local) = self.local {
            local.stop().await;
        }
    }

    fn place(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }
}

impl Database {
    /// The server that holds it.
    pub fn server(&self) -> &DatabaseServer {
        &self.server
    }

    /// Closes all connections, then stops the private cluster if this process runs one.
    pub async fn close(self) {
        self.app.close().await;
        self.owner.close().await;
        self.server.close().await;
    }
}

/// Opens the database for `serve`: this process runs the private cluster, or uses `DATABASE_URL`; the
/// schema is brought up to date.
pub async fn open_database(config: &Config) -> Result<Database, StartupError> {
    open_database_as(config, Tenancy::Alone).await
}

/// The same, choosing whether a running server's private cluster may be shared.
pub async fn open_database_as(config: &Config, tenancy: Tenancy) -> Result<Database, StartupError> {
    let server = DatabaseServer::open(config, tenancy).await?;
    match open_pools(&server, config).await {
        Ok((owner, app)) => Ok(Database { owner, app, server }),
        Err(problem) => {
            // Not left to `Drop`: a cluster that was just started is stopped in order.
            server.close().await;
            Err(problem)
        }
    }
}

async fn open_pools(server: &DatabaseServer, config: &Config) -> Result<(PgPool, PgPool), StartupError> {
    let owner = server.owner_pool().await?;
    migrate(&owner).await?;
    let limits = AppPoolLimits { connections: config.database_connections, ..AppPoolLimits::default() };
    let app = app_pool(&server.options, &limits).await.map_err(StartupError::AppPool)?;
    Ok((owner, app))
}

fn explain(problem: sqlx::Error, at: String) -> StartupError {
    match problem {
        sqlx::Error::Database(said) => StartupError::Refused { at, reason: said.message().to_owned() },
        sqlx::Error::Io(problem) => StartupError::Unreachable { at, reason: problem.to_string() },
        sqlx::Error::PoolTimedOut => StartupError::Unreachable { at, reason: "no answer".to_owned() },
        other => StartupError::Unreachable { at, reason: other.to_string() },
    }
}

/// Listens on `address`.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, StartupError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        ErrorKind::AddrInUse => StartupError::AddressTaken { address },
        _ => StartupError::Address { address, source },
    })
}

/// Resolves when the operating system asks this process to stop (SIGTERM), or a person does (Ctrl-C).
pub async fn shutdown_requested() {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = async |kind| match signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(problem) => {
            tracing::error!("signals cannot be received: {problem}");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
    }
    tracing::info!("asked to stop: finishing what is under way");
}

/// The client of S3-compatible stores has no ciphers of its own; where they were chosen already they stay.
pub fn choose_ciphers() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
