//! What every handler can reach.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use sqlx::PgPool;

use crate::{
    auth::{
        password::{PasswordError, Passwords},
        sign_in::Desk,
        token::Cookies,
    },
    config::Config,
    services::{contents::ContentStore, envelopes::Envelopes, known::Questions},
};

/// What every handler can reach. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The configuration.
    pub config: Arc<Config>,
    /// Connections of requests, as the role that owns nothing.
    pub pool: PgPool,
    /// Connections of the owner: health, maintenance. Never for what a person asks.
    pub owner: PgPool,
    /// The hasher of passwords.
    pub passwords: Passwords,
    /// Counts questions about whom we know.
    pub questions: Questions,
    /// The keys with which envelopes are opened.
    pub envelopes: Arc<Envelopes>,
    /// Where pictures are kept.
    pub contents: ContentStore,
    /// Renders the metrics, where they are recorded.
    pub metrics: Option<Arc<PrometheusHandle>>,
    /// Whether this is the demonstration, whose accounts the sign-in page tells.
    pub demo: bool,
}

impl AppState {
    /// Takes the configuration and the two pools. Envelopes are opened with a key that is gone with the
    /// process, until [`Self::with_envelopes`].
    pub fn new(config: Config, pool: PgPool, owner: PgPool) -> Result<Self, PasswordError> {
        Ok(Self {
            passwords: Passwords::new(config.password)?,
            config: Arc::new(config),
            pool,
            owner,
            questions: Questions::default(),
            envelopes: Arc::new(Envelopes::in_memory()),
            contents: ContentStore::postgres(),
            metrics: None,
            demo: false,
        })
    }

    /// The same, with metrics to show.
    #[must_use]
    pub fn with_metrics(self, metrics: PrometheusHandle) -> Self {
        Self { metrics: Some(Arc::new(metrics)), ..self }
    }

    /// The same, with keys that are kept.
    #[must_use]
    pub fn with_envelopes(self, envelopes: Envelopes) -> Self {
        Self { envelopes: Arc::new(envelopes), ..self }
    }

    /// The same, with pictures kept elsewhere than in the database.
    #[must_use]
    pub fn with_contents(self, contents: ContentStore) -> Self {
        Self { contents, ..self }
    }

    /// The same, as the demonstration.
    #[must_use]
    pub fn as_demo(self, demo: bool) -> Self {
        Self { demo, ..self }
    }

    /// The names and attributes of the cookies.
    pub fn cookies(&self) -> Cookies {
        Cookies { https: self.config.is_https() }
    }

    /// What signing in needs.
    pub fn sign_in_desk(&self) -> Desk<'_> {
        Desk {
            pool: &self.pool,
            passwords: &self.passwords,
            session: &self.config.session,
            limits: &self.config.sign_in,
        }
    }
}
