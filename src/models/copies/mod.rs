//! Copies of models of the catalogue in another layout of their weights, made on this
//! machine and used by a name of their own, such as `MODEL+q4_0`. A copy is handed out only
//! if its note says that it was made from the catalogue's file, and its hash is the note's.
//! How a copy comes to be is `making`'s business; its weights are the engine's to write.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::layout::Layout;

use super::store::open;
use super::{Checksum, Model, ModelError, ModelFile, State, Store};

mod making;
mod note;

pub use making::{CopyDraft, Made};
use note::Note;

/// What stands between a model's name and a layout in the name of a copy.
const JOINT: char = '+';

/// A model of the catalogue in another layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelCopy<'a> {
    /// What it is made from.
    pub source: &'a Model,
    /// How its weights are laid out.
    pub layout: Layout,
}

impl ModelCopy<'_> {
    /// What users call it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}{JOINT}{}", self.source.name, self.layout)
    }

    /// Its file's name in the models directory.
    fn file(&self) -> String {
        format!("{}.gguf", self.name())
    }
}

/// What is wrong with a copy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyFault {
    /// Nothing readable says what it was made from.
    #[error("no note beside it says what it was made from")]
    NoNote,
    /// Its note is about another copy.
    #[error("the note beside it is about {model}+{layout}")]
    NoteOfAnother {
        /// Name of the model that the note names.
        model: String,
        /// Layout that the note names.
        layout: Layout,
    },
    /// It was made from a file that the catalogue does not have, or no longer.
    #[error(
        "it was made from a file with the SHA-256 {actual}, and the catalogue's has {expected}"
    )]
    OtherSource {
        /// What the catalogue says.
        expected: Checksum,
        /// What the note says.
        actual: Checksum,
    },
    /// It is cut short, or longer than it was.
    #[error("it has {actual} bytes, and its note says {expected}")]
    WrongSize {
        /// What the note says.
        expected: u64,
        /// What is there.
        actual: u64,
    },
    /// Its content has changed.
    #[error("it has the SHA-256 {actual}, and its note says {expected}")]
    WrongHash {
        /// What the note says.
        expected: Checksum,
        /// What the file has.
        actual: Checksum,
    },
    /// The quantiser ended well, and the file is not whole.
    #[error("it was not written to its end; the disk may be full")]
    Torn,
}

/// What is known of a copy without reading its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyFacts {
    /// How it stands.
    pub state: State,
    /// Size of the file.
    pub bytes: u64,
    /// Its hash, if there is a note that says so.
    pub sha256: Option<Checksum>,
}

impl Store {
    /// What a name such as `MODEL+q4_0` stands for, whether it is there or not.
    #[must_use]
    pub fn copy(&self, name: &str) -> Option<ModelCopy<'_>> {
        let (source, layout) = name.rsplit_once(JOINT)?;
        let source = self.catalog().find(source).ok()?;
        let layout = layout.parse().ok()?;
        Some(ModelCopy { source, layout })
    }

    /// The copies that lie here, in the catalogue's order.
    #[must_use]
    pub fn copies(&self) -> Vec<ModelCopy<'_>> {
        let models = self.catalog().models().iter();
        let possible = models.flat_map(|source| {
            let layouts = Layout::ALL.into_iter();
            layouts.map(move |layout| ModelCopy { source, layout })
        });
        let there = |copy: &ModelCopy<'_>| self.copy_path(*copy).exists();
        possible.filter(there).collect()
    }

    /// Where the copy's file is, or would be.
    #[must_use]
    pub fn copy_path(&self, copy: ModelCopy<'_>) -> PathBuf {
        self.directory().join(copy.file())
    }

    /// What can be said of the copy without reading its file.
    #[must_use]
    pub fn copy_facts(&self, copy: ModelCopy<'_>) -> CopyFacts {
        let path = self.copy_path(copy);
        let metadata = fs::metadata(&path).ok();
        let note = Note::read(&path, copy).ok();
        let state = match (&metadata, &note) {
            (None, _) => State::Absent,
            (Some(metadata), Some(note)) if note.vouches(metadata) => State::Verified,
            (Some(metadata), Some(note)) if note.bytes == metadata.len() => State::Unverified,
            _ => State::Damaged,
        };
        CopyFacts {
            state,
            bytes: metadata.map_or(0, |metadata| metadata.len()),
            sha256: note.map(|note| note.sha256),
        }
    }

    /// The copy's file, hashed unless it is unchanged since it was made.
    ///
    /// # Errors
    /// When the file or its note is absent, damaged, unreadable or about something else.
    pub fn verified_copy(&self, copy: ModelCopy<'_>) -> Result<ModelFile, ModelError> {
        self.check_copy(copy, false)
    }

    /// The copy's file, hashed now.
    ///
    /// # Errors
    /// As [`Store::verified_copy`].
    pub fn verify_copy(&self, copy: ModelCopy<'_>) -> Result<ModelFile, ModelError> {
        self.check_copy(copy, true)
    }

    fn check_copy(&self, copy: ModelCopy<'_>, anew: bool) -> Result<ModelFile, ModelError> {
        let path = self.copy_path(copy);
        let (metadata, file) = open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ModelError::CopyAbsent {
                name: copy.name(),
                path: path.clone(),
            },
            _ => ModelError::io("open", &path)(error),
        })?;
        let mut note = Note::read(&path, copy).map_err(|fault| ModelError::Copy {
            path: path.clone(),
            fault,
        })?;
        let is_vouched_for = note.vouches(&metadata);
        if anew || !is_vouched_for {
            let compared = note.compare(&path, file, metadata.len());
            if compared.is_err() && is_vouched_for {
                note.vouch_no_more(&path);
            }
            compared?;
        }
        if !is_vouched_for {
            note = note.renew(&path, &metadata);
        }
        Ok(self.copy_file(copy, note.sha256))
    }

    fn copy_file(&self, copy: ModelCopy<'_>, sha256: Checksum) -> ModelFile {
        ModelFile {
            name: copy.name(),
            path: self.copy_path(copy),
            sha256,
            source_sha256: Some(copy.source.sha256.clone()),
            context_tokens: Some(copy.source.context_tokens),
        }
    }
}

#[cfg(test)]
mod tests;
