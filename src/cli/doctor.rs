//! `afterword doctor`: to come.

use super::exit::{Exit, Failure};

/// Arguments of `afterword doctor`.
#[derive(clap::Args)]
pub(super) struct Args {}

/// Runs the command.
pub(super) fn run(_args: &Args) -> Result<(), Failure> {
    Err(Failure::new(Exit::Failure, "not there yet", ""))
}
