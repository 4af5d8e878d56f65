//! The one place that writes data to stdout.

use std::io::{self, Write};

use serde::Serialize;

use super::exit::{Exit, Failure};

/// Writes `text` as it is.
pub(super) fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        // The reader has enough (`afterword models list | head -1`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(|error| {
            Failure::new(
                Exit::Failure,
                format!("cannot write to stdout: {error}"),
                "check where the output goes",
            )
        }),
    }
}

/// Writes `value` as indented JSON and a line end.
pub(super) fn write_json(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|error| {
        Failure::new(
            Exit::Failure,
            format!("cannot write JSON: {error}"),
            "this is a bug: please report it",
        )
    })?;
    write(&format!("{json}\n"))
}
