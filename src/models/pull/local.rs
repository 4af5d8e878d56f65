//! A model from a file that the user has: copied, so that the store owns its
//! files, and compared like any other.

use std::fs::{self, File};
use std::path::Path;

use super::{Pull, partial::Partial, space};
use crate::models::{Model, ModelError};

impl Pull<'_> {
    /// Copies `path`, or the model's file in the folder `path`.
    pub(super) fn local(&self, model: &Model, path: &Path) -> Result<(), ModelError> {
        let path = match path.is_dir() {
            true => path.join(&model.file),
            false => path.to_owned(),
        };
        let file = File::open(&path).map_err(ModelError::io("open", &path))?;
        let actual = fs::metadata(&path)
            .map_err(ModelError::io("read", &path))?
            .len();
        if actual != model.bytes {
            return Err(ModelError::WrongSize {
                path,
                expected: model.bytes,
                actual,
            });
        }
        space::require(self.store.directory(), model.bytes)?;
        let origin = path.display().to_string();
        let mut partial =
            Partial::resume(model, self.observer, self.beside(model, ".part"), origin)?;
        // Copying is quick; a mix of two origins would not be.
        partial.restart()?;
        partial.append(file)?;
        partial.finish(&self.store.path(model))
    }
}
