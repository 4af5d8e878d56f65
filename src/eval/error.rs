//! Why an evaluation ends without figures. The CLI maps it to exit codes.

use std::io;
use std::path::PathBuf;

use crate::pipeline::error::PipelineError;

/// A failure of an evaluation. A row that the pipeline refuses is none: it is
/// measured as refused.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file of the data folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Data {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of a data file is not what the suite reads.
    #[error("{path}, row {row}: {message}")]
    Row {
        /// The file, as the suite calls it.
        path: String,
        /// The row's id, or its line where it has none.
        row: String,
        /// What is wrong.
        message: String,
    },
    /// What was measured so far cannot be kept or read back.
    #[error("cannot keep results in {path}: {source}")]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Saved results are not what this program writes.
    #[error("{path} holds no results of this program: {message}")]
    Results {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl EvalError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Data { .. } => {
                "name the folder of the NAME.SPLIT.jsonl files with --data; --help says which file each suite reads"
            }
            Self::Row { .. } => "one JSON object a line, with the fields that the suite reads",
            Self::State { .. } => "name a folder that you may write to with --cache",
            Self::Results { .. } => "name a file that --json wrote",
            Self::Pipeline(error) => error.hint(),
        }
    }
}
