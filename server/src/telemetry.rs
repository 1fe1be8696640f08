//! Log and metrics. Neither ever holds a name, a note or a birthday: identifiers and counts only.

use std::io::IsTerminal;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, filter::ParseError, util::TryInitError};

use crate::config::{LogConfig, LogFormat};

/// Upper bounds of the latency histograms, in seconds.
const LATENCIES: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Why log or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `log_filter` is wrong.
    #[error("log_filter is wrong: {0}")]
    Filter(#[from] ParseError),
    /// There is a log already.
    #[error("the log could not be set up: {0}")]
    Log(#[from] TryInitError),
    /// There is a recorder already.
    #[error("the metrics could not be set up: {0}")]
    Metrics(#[from] BuildError),
}

/// Starts the log of this process, on standard error.
pub fn start_log(config: &LogConfig) -> Result<(), TelemetryError> {
    use tracing_subscriber::util::SubscriberInitExt;
    let filter = EnvFilter::try_new(&config.filter)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match config.format {
        LogFormat::Text => builder.with_target(false).compact().finish().try_init()?,
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).finish().try_init()?,
    }
    Ok(())
}

/// Starts recording; the handle renders what `/metrics` answers. Metrics whose names end in `_seconds`
/// are histograms. Call [`PrometheusHandle::run_upkeep`] every few seconds.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    let builder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCIES)?;
    Ok(builder.install_recorder()?)
}
