//! Why a model cannot be used, fetched or copied. The display text says what happened,
//! with names and sizes; [`ModelError::hint`] says what to do.

use std::io;
use std::path::{Path, PathBuf};

use super::{Checksum, CopyFault};

/// A refusal or failure of the catalogue, the store, a pull or a copy.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The catalogue contradicts itself: a bug of ours.
    #[error("the model catalogue is wrong: {0}")]
    Catalogue(String),
    /// Neither a name of the catalogue nor a path.
    #[error("there is no model {name:?}; known are {known}")]
    UnknownName {
        /// The name asked for.
        name: String,
        /// The names there are, joined by commas.
        known: String,
    },
    /// Neither a directory was given nor is there a home.
    #[error("there is no models directory: neither XDG_DATA_HOME nor HOME is set")]
    NoDirectory,
    /// The model is not in the store.
    #[error("the model {name} is not there: {path} does not exist")]
    Absent {
        /// Catalogue name.
        name: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// A path given by the user that does not exist.
    #[error("there is no file {0}")]
    NoFile(PathBuf),
    /// The file does not start as GGUF files do.
    #[error("{0} is no GGUF file")]
    NotGguf(PathBuf),
    /// The file is cut short, or longer than it should be.
    #[error("{path} has {actual} bytes instead of {expected}")]
    WrongSize {
        /// The file.
        path: PathBuf,
        /// What the catalogue says.
        expected: u64,
        /// What is there.
        actual: u64,
    },
    /// The file's content is not what it should be.
    #[error("{path} has the SHA-256 {actual} instead of {expected}")]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// What the catalogue says.
        expected: Checksum,
        /// What the file has.
        actual: Checksum,
    },
    /// A copy is not in the store.
    #[error("the copy {name} is not there: {path} does not exist")]
    CopyAbsent {
        /// Its name.
        name: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// A copy that must not be used.
    #[error("{path} is not used: {fault}")]
    Copy {
        /// The copy.
        path: PathBuf,
        /// What is wrong with it.
        fault: CopyFault,
    },
    /// Another process pulls the same model, or makes a copy of it.
    #[error("another process fetches or copies {name}")]
    Busy {
        /// Catalogue name.
        name: String,
    },
    /// Not enough space.
    #[error("the disk of {directory} is too full: {needed} bytes are needed and {free} are free")]
    DiskFull {
        /// The models directory.
        directory: PathBuf,
        /// Bytes still to be written.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// The file system refused something.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The catalogue has no source of the kind asked for.
    #[error("the catalogue has no such source for {name}")]
    NoSuchSource {
        /// Catalogue name.
        name: String,
    },
    /// One source did not deliver; the next may.
    #[error("{origin}: {reason}")]
    Source {
        /// Where it was fetched from.
        origin: String,
        /// What went wrong.
        reason: String,
    },
    /// No source delivered.
    #[error("{name} could not be fetched:\n  {}", reasons.join("\n  "))]
    Unfetched {
        /// Catalogue name.
        name: String,
        /// One line per source.
        reasons: Vec<String>,
    },
}

impl ModelError {
    /// For `map_err` after a file operation.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// A stable machine-readable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Catalogue(_) => "catalogue_wrong",
            Self::UnknownName { .. } => "unknown_model",
            Self::NoDirectory => "no_models_directory",
            Self::Absent { .. } | Self::NoFile(_) | Self::CopyAbsent { .. } => "model_absent",
            Self::Copy { .. } => "copy_unusable",
            Self::NotGguf(_) => "not_gguf",
            Self::WrongSize { .. } => "model_wrong_size",
            Self::WrongHash { .. } => "model_wrong_hash",
            Self::Busy { .. } => "pull_running",
            Self::NoSuchSource { .. } => "no_such_source",
            Self::DiskFull { .. } => "disk_full",
            Self::Io { .. } => "model_io",
            Self::Source { .. } | Self::Unfetched { .. } => "download_failed",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Catalogue(_) => "this is a bug: please report it",
            Self::UnknownName { .. } => {
                "choose a name from `afterword models list`, or give the path of a .gguf file"
            }
            Self::NoDirectory => "give --models-dir, or set AFTERWORD_MODELS_DIR",
            Self::Absent { .. } => {
                "run `afterword models pull NAME`, or point --models-dir at the folder that has it"
            }
            Self::NoFile(_) => "check the path; a model of the catalogue is given by its name",
            Self::NotGguf(_) => "give a model in GGUF format",
            Self::WrongSize { .. } | Self::WrongHash { .. } => {
                "the file is damaged or another one: run `afterword models pull NAME` to fetch it again"
            }
            Self::CopyAbsent { .. } => {
                "make it with `afterword models optimise NAME --layout LAYOUT`, or point --models-dir at the folder that has it"
            }
            Self::Copy { .. } => {
                "make it again with `afterword models optimise NAME --layout LAYOUT`, or use the model that it was made from"
            }
            Self::Busy { .. } => "wait until it is done",
            Self::NoSuchSource { .. } => "leave --from away, or give the path of the file",
            Self::DiskFull { .. } => {
                "free some space and run the same command again: a pull goes on from what it has"
            }
            Self::Io { .. } => "check the permissions of the models directory, and the disk",
            Self::Source { .. } | Self::Unfetched { .. } => {
                "run the same command again: it goes on where it stopped; without a network, fetch the file elsewhere and run `afterword models pull NAME --from FILE`"
            }
        }
    }
}
