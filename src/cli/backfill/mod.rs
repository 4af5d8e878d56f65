//! `afterword backfill`: digests for an archive, and back into the site.

use clap::Subcommand;

use crate::archive::ArchiveError;
use crate::backfill::BackfillError;

use super::exit::{Exit, Failure};

mod dry;
mod progress;
mod push;
mod run;
mod select;
#[cfg(feature = "parquet")]
mod table;

/// Arguments of `afterword backfill`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make digests for an archive; the same command again goes on where it stopped.
    Run(Box<run::Args>),
    /// Put approved digests into the posts that they are of.
    Push(Box<push::Args>),
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Run(args) => run::run(args),
        Command::Push(args) => push::run(args),
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Self::new(Exit::Input, error.to_string(), error.hint())
    }
}

impl From<BackfillError> for Failure {
    fn from(error: BackfillError) -> Self {
        match error {
            BackfillError::Archive(error) => error.into(),
            BackfillError::Store(error) => error.into(),
            BackfillError::EngineStopped => {
                Self::new(Exit::Engine, error.to_string(), error.hint())
            }
            BackfillError::Foreign { .. } => {
                Self::new(Exit::Usage, error.to_string(), error.hint())
            }
            BackfillError::Output { .. } | BackfillError::Busy { .. } => {
                Self::new(Exit::Failure, error.to_string(), error.hint())
            }
        }
    }
}
