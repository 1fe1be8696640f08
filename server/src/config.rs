//! The configuration: read once at the start, checked whole, and from then on a plain value.
//!
//! Every key can be given in a TOML file (`--config FILE` or `LIGNUM_CONFIG`) and as an environment
//! variable (`LIGNUM_` and the key in capitals; the database also as `DATABASE_URL`). The environment
//! wins over the file, the command line over both. All wrong keys are reported together, by name and
//! without their values where these could be secret.

mod problem;
mod source;

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use url::Url;

use self::source::Values;
use crate::auth::password::PasswordCost;

pub use self::{
    problem::{ConfigError, Problem},
    source::Sources,
};

const KIB: usize = 1024;
const DAY: u64 = 24;

/// The checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// `address`: where to listen.
    pub address: SocketAddr,
    /// `data_dir`: the folder of everything that the server keeps itself, the private cluster above all.
    pub data_dir: PathBuf,
    /// `site_root`: the folder with the built browser files.
    pub site_root: PathBuf,
    /// `database_url`: a PostgreSQL to use instead of the private cluster.
    pub database_url: Option<SecretString>,
    /// `content_store`: where the pictures of attachments are kept, `file:///folder` or `s3://bucket/prefix`;
    /// in the database where this is left out.
    pub content_store: Option<Url>,
    /// `postgres_bin`: the folder of the PostgreSQL programs.
    pub postgres_bin: Option<PathBuf>,
    /// `database_connections`: how many connections serve requests.
    pub database_connections: u32,
    /// `public_url`: the address that people type, without a path.
    pub public_url: PublicUrl,
    /// How long a sign-in lasts.
    pub session: SessionConfig,
    /// How wrong passwords are slowed down.
    pub sign_in: SignInConfig,
    /// `password_memory_kib`, `password_passes`: what hashing a password costs. Changing it makes every
    /// password be hashed anew at its next use.
    pub password: PasswordCost,
    /// `metrics_token`: with this bearer token a collector on another machine may read `/metrics`.
    pub metrics_token: Option<SecretString>,
    /// What one sync may ask for.
    pub sync: SyncConfig,
    /// The log.
    pub log: LogConfig,
    /// Environment variables beginning with `LIGNUM_` that name no key: perhaps misspelt.
    pub unknown_variables: Vec<String>,
}

/// How long a sign-in lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionConfig {
    /// `session_idle_hours`: after this long without a request the session ends.
    pub idle: Duration,
    /// `session_absolute_hours`: after this long it ends in any case.
    pub absolute: Duration,
}

/// How wrong passwords are slowed down. Nobody is locked out for longer than the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInConfig {
    /// `sign_in_window_minutes`: the time over which attempts are counted.
    pub window: Duration,
    /// `sign_in_attempts_per_account`: wrong passwords for one account within the window.
    pub attempts_per_account: u32,
    /// `sign_in_attempts_per_address`: wrong passwords from one network address; a whole school may share one.
    pub attempts_per_address: u32,
}

/// What one sync may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncConfig {
    /// `sync_max_body_kib`: the largest request body, in bytes here.
    pub max_body: usize,
    /// `sync_max_ops`: ops in one batch.
    pub max_ops: usize,
    /// `sync_max_concurrent`: syncs worked on at the same time; others are told to come back.
    pub max_concurrent: usize,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// `log_format`: for people or for programs.
    pub format: LogFormat,
    /// `log_filter`: what is logged, such as `info,server=debug`.
    pub filter: String,
}

/// For whom the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `text`: for people.
    Text,
    /// `json`: one object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be `text` or `json`".to_owned()),
        }
    }
}

/// The address by which people reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    is_loopback: bool,
}

impl PublicUrl {
    /// Scheme, host and port as a browser writes them in `Origin`, such as `https://lignum.example`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is this machine's own address, which nobody else can reach.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether it is reached by https.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "must be an address such as https://lignum.example.gov.jm, without a path";
        let url = Url::parse(text).map_err(|_| example.to_owned())?;
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        if !plain || !nobody || !matches!(url.scheme(), "http" | "https") {
            return Err(example.to_owned());
        }
        let is_loopback = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        Ok(Self { origin: url.origin().ascii_serialization(), is_loopback })
    }
}

impl Config {
    /// Reads file, environment and command line of this process.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let (mut values, unknown_variables) = Values::read(sources)?;
        let config = Self::take(&mut values, unknown_variables);
        values.finish()?;
        Ok(config)
    }

    /// Takes every key; where one is wrong the default stands in until [`Values::finish`] refuses the whole.
    fn take(values: &mut Values, unknown_variables: Vec<String>) -> Self {
        let address = values.parsed("address", SocketAddr::from(([127, 0, 0, 1], 3000)), |text| {
            text.parse().map_err(|_| "must be an address with a port, such as 127.0.0.1:3000".to_owned())
        });
        let own = PublicUrl { origin: format!("http://{address}"), is_loopback: address.ip().is_loopback() };
        let public_url = values.parsed("public_url", own, PublicUrl::from_str);
        let insecure = values.parsed("insecure_cookies", false, truth);
        if !public_url.is_https() && !public_url.is_loopback && !insecure {
            values.refuse(
                "public_url",
                "must be the https address by which people reach this server, since it listens beyond this \
                 machine (insecure_cookies = true permits http in a closed test network)",
            );
        }
        let session = SessionConfig {
            idle: Duration::from_hours(values.number("session_idle_hours", 14 * DAY, 1, 90 * DAY)),
            absolute: Duration::from_hours(values.number("session_absolute_hours", 30 * DAY, 1, 365 * DAY)),
        };
        if session.idle > session.absolute {
            values.refuse("session_idle_hours", "must not be more than session_absolute_hours");
        }
        let cost = PasswordCost::default();
        Self {
            address,
            data_dir: values.path("data_dir").unwrap_or_else(|| PathBuf::from("data")),
            site_root: values.path("site_root").unwrap_or_else(|| PathBuf::from("target/site")),
            database_url: values.optional("database_url", database_url),
            content_store: values.optional("content_store", content_store),
            postgres_bin: values.path("postgres_bin"),
            database_connections: values.number("database_connections", 16, 2, 500),
            public_url,
            session,
            sign_in: SignInConfig {
                window: Duration::from_mins(values.number("sign_in_window_minutes", 15, 1, 24 * 60)),
                attempts_per_account: values.number("sign_in_attempts_per_account", 10, 1, 1000),
                attempts_per_address: values.number("sign_in_attempts_per_address", 100, 1, 100_000),
            },
            password: PasswordCost {
                memory_kib: values.number("password_memory_kib", cost.memory_kib, 8 * 1024, 1024 * 1024),
                passes: values.number("password_passes", cost.passes, 1, 20),
            },
            metrics_token: values.optional("metrics_token", metrics_token),
            sync: SyncConfig {
                max_body: KIB * values.number("sync_max_body_kib", 4 * KIB, 16, 64 * KIB),
                max_ops: values.number("sync_max_ops", 200, 1, 5000),
                max_concurrent: values.number("sync_max_concurrent", 32, 1, 10_000),
            },
            log: LogConfig {
                format: values.parsed("log_format", LogFormat::Text, LogFormat::from_str),
                filter: values.parsed("log_filter", "info".to_owned(), log_filter),
            },
            unknown_variables,
        }
    }

    /// Whether people reach the server by https: then the cookie is `__Host-…` and HSTS is sent.
    pub fn is_https(&self) -> bool {
        self.public_url.is_https()
    }
}

fn database_url(text: &str) -> Result<SecretString, String> {
    let url = SecretString::from(text.to_owned());
    let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    // The parser's own words are not repeated: they may quote the password.
    match PgConnectOptions::from_str(url.expose_secret()) {
        Ok(_) if is_postgres => Ok(url),
        _ => Err("must be a PostgreSQL URL, such as postgres://user:password@host:5432/database".to_owned()),
    }
}

fn content_store(text: &str) -> Result<Url, String> {
    let example = "must be `file:///folder`, `s3://bucket/prefix`";
    let url = Url::parse(text).map_err(|_| example.to_owned())?;
    let nobody = url.username().is_empty() && url.password().is_none();
    if matches!(url.scheme(), "file" | "s3") && nobody { Ok(url) } else { Err(example.to_owned()) }
}

fn metrics_token(text: &str) -> Result<SecretString, String> {
    if text.len() < 20 {
        return Err("must have at least 20 characters".to_owned());
    }
    Ok(SecretString::from(text.to_owned()))
}

fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be `true` or `false`".to_owned())
}

fn log_filter(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(problem) => Err(format!("must be a filter such as `info,server=debug`: {problem}")),
    }
}

#[cfg(test)]
mod tests;
