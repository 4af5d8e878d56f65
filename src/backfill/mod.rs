//! Digests for an archive: takes articles from an `archive`, has the stored jobs make
//! their digests, and writes a line for each. `choose` says which articles are to be
//! made, `work` sees one through, `output` writes lines once, `state` remembers which
//! run a folder belongs to, `tally` counts, `section` finds our part of a post, `run` puts them together.
//!
//! What was made is in the store and in the files; nothing else is remembered, so
//! that a run that is killed goes on with what is there. Never logs an article.

use std::path::PathBuf;

use crate::archive::ArchiveError;
use crate::store::StoreError;

pub mod choose;
pub mod output;
pub mod questions;
mod run;
pub mod section;
pub mod state;
pub mod tally;
mod work;

pub use run::{Run, Watch};

/// Why a run cannot go on. What is wrong with an article is in its line.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// The archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the output folder.
    #[error("{}: {source}", path.display())]
    Output {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another run writes there.
    #[error("another run is writing to {}", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds something that is not ours.
    #[error("{} is not of a run of this program: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The engine is gone.
    #[error("the engine has stopped")]
    EngineStopped,
}

impl BackfillError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Archive(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Output { .. } => {
                "check the folder's permissions and the space on its disk; the same command then goes on"
            }
            Self::Busy { .. } => "wait for it, or choose another folder with --out",
            Self::Foreign { .. } => "choose another folder with --out",
            Self::EngineStopped => "run the same command again; it goes on where it stopped",
        }
    }
}

/// Wraps what the system says of a file.
fn output_error(path: &std::path::Path) -> impl Fn(std::io::Error) -> BackfillError + '_ {
    |source| BackfillError::Output {
        path: path.to_owned(),
        source,
    }
}
