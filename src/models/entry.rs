//! What a name stands for: a model of the catalogue or a copy of one, for whoever treats
//! both alike. Decides nothing itself.

use std::path::PathBuf;

use super::{Model, ModelCopy, ModelError, ModelFile, State, Store};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A model of the catalogue, as it was published.
    Published(&'a Model),
    /// A copy of one, made here.
    Copy(ModelCopy<'a>),
}

impl Entry<'_> {
    /// What users call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Published(model) => model.name.clone(),
            Self::Copy(copy) => copy.name(),
        }
    }
}

impl Store {
    /// What this name stands for, whether it is there or not.
    ///
    /// # Errors
    /// [`ModelError::UnknownName`] with the names of the catalogue.
    pub fn entry(&self, name: &str) -> Result<Entry<'_>, ModelError> {
        match self.copy(name) {
            Some(copy) => Ok(Entry::Copy(copy)),
            None => self.catalog().find(name).map(Entry::Published),
        }
    }

    /// All models of the catalogue, and after them the copies that lie here.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let published = self.catalog().models().iter().map(Entry::Published);
        let copies = self.copies().into_iter().map(Entry::Copy);
        published.chain(copies).collect()
    }

    /// What can be said of it without reading its file.
    #[must_use]
    pub fn entry_state(&self, entry: Entry<'_>) -> State {
        match entry {
            Entry::Published(model) => self.state(model),
            Entry::Copy(copy) => self.copy_facts(copy).state,
        }
    }

    /// Where its file is.
    ///
    /// # Errors
    /// When it is not there.
    pub fn entry_path(&self, entry: Entry<'_>) -> Result<PathBuf, ModelError> {
        let name = entry.name();
        let is_there = self.entry_state(entry) != State::Absent;
        match entry {
            Entry::Published(model) if is_there => Ok(self.path(model)),
            Entry::Copy(copy) if is_there => Ok(self.copy_path(copy)),
            Entry::Published(model) => {
                let path = self.path(model);
                Err(ModelError::Absent { name, path })
            }
            Entry::Copy(copy) => {
                let path = self.copy_path(copy);
                Err(ModelError::CopyAbsent { name, path })
            }
        }
    }

    /// Its file, hashed now.
    ///
    /// # Errors
    /// When the file is absent, damaged or unreadable.
    pub fn verify_entry(&self, entry: Entry<'_>) -> Result<ModelFile, ModelError> {
        match entry {
            Entry::Published(model) => self.verify(model),
            Entry::Copy(copy) => self.verify_copy(copy),
        }
    }
}
