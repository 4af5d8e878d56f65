//! The one place that talks on stderr: lines for the user, and the log.

use std::io::{self, IsTerminal, Write};

/// Says a line.
pub(super) fn say(line: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Sends the log to stderr. `level` holds unless `AFTERWORD_LOG` says otherwise.
pub(super) fn log(level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("AFTERWORD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    // Fails only when a log is set up already, which then serves as well.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .try_init();
}
