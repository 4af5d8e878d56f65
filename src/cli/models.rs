//! `afterword models`: to come.

use super::exit::{Exit, Failure};

/// Arguments of `afterword models`.
#[derive(clap::Args)]
pub(super) struct Args {}

/// Runs the command.
pub(super) fn run(_args: &Args) -> Result<(), Failure> {
    Err(Failure::new(Exit::Failure, "not there yet", ""))
}
