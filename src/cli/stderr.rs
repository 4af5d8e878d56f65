//! The one place that talks on stderr: lines for the user, and the log.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::layer::{Identity, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::config::{LogFormat, LogSettings};

use super::exit::Failure;

/// Whether programs read what is said.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// Says a line.
pub(super) fn say(line: &str) {
    if IS_JSON.load(Ordering::Relaxed) {
        tracing::info!("{line}");
        return;
    }
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Sends the log to stderr. `level` holds unless `AFTERWORD_LOG` says otherwise.
pub(super) fn log(level: &str) {
    let filter = EnvFilter::try_from_env("AFTERWORD_LOG");
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(level));
    start(filter, LogFormat::Text);
}

/// What has to live as long as the log.
#[derive(Default)]
pub(super) struct Log {
    #[cfg(feature = "otlp")]
    _exporting: Option<super::otlp::Exporting>,
}

/// Sends the log to stderr, as configured, and spans where the configuration says.
pub(super) fn log_as(settings: &LogSettings) -> Result<Log, Failure> {
    IS_JSON.store(settings.format == LogFormat::Json, Ordering::Relaxed);
    let filter = EnvFilter::new(&settings.filter);
    #[cfg(feature = "otlp")]
    if let Some(endpoint) = &settings.otlp_endpoint {
        let (exporting, layer) = super::otlp::start(endpoint)?;
        start_with(layer, filter, settings.format);
        return Ok(Log {
            _exporting: Some(exporting),
        });
    }
    start(filter, settings.format);
    Ok(Log::default())
}

fn start(filter: EnvFilter, format: LogFormat) {
    start_with(Identity::new(), filter, format);
}

fn start_with<L>(more: L, filter: EnvFilter, format: LogFormat)
where
    L: Layer<Registry> + Send + Sync,
{
    let lines = fmt::Layer::new()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let registry = tracing_subscriber::registry().with(more).with(filter);
    // Fails only when a log is set up already, which then serves as well.
    let _ = match format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json().with_ansi(false)).try_init(),
    };
}
