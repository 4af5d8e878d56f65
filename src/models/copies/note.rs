//! `FILE.json` beside a copy: what it was made from, by what, and which hash it has. Only
//! this says that a copy is one: no catalogue has its hash, so that a copy without its
//! note, or with another's, is refused.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::layout::Layout;
use crate::models::sidecar::{beside, modified_ns};
use crate::models::{Checksum, ModelError};

use super::{CopyFault, ModelCopy};

/// What is known of a copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    /// Catalogue name of the model that it was made from.
    pub(super) source: String,
    /// Hash of that model's file.
    pub(super) source_sha256: Checksum,
    pub(super) layout: Layout,
    /// Hash of the copy.
    pub(super) sha256: Checksum,
    /// Size of the copy.
    pub(super) bytes: u64,
    /// When the copy changed last, in nanoseconds since 1970; `null` where the file system
    /// does not tell. Unchanged since, it need not be hashed.
    pub(super) modified_ns: Option<u64>,
    /// What wrote the weights.
    pub(super) quantiser: String,
    /// Figures, as they were measured; nothing here reads them.
    pub(super) measured: serde_json::Value,
}

/// Where the note about `file` lies.
pub(super) fn path(file: &Path) -> PathBuf {
    beside(file, ".json")
}

impl Note {
    /// The note beside `file`, if it says that the file is this copy.
    pub(super) fn read(file: &Path, copy: ModelCopy<'_>) -> Result<Self, CopyFault> {
        let json = fs::read(path(file)).map_err(|_| CopyFault::NoNote)?;
        let note: Self = serde_json::from_slice(&json).map_err(|_| CopyFault::NoNote)?;
        if note.source != copy.source.name || note.layout != copy.layout {
            let (model, layout) = (note.source, note.layout);
            return Err(CopyFault::NoteOfAnother { model, layout });
        }
        if note.source_sha256 != copy.source.sha256 {
            return Err(CopyFault::OtherSource {
                expected: copy.source.sha256.clone(),
                actual: note.source_sha256,
            });
        }
        Ok(note)
    }

    /// Whether the file is unchanged since its hash was taken.
    pub(super) fn vouches(&self, metadata: &Metadata) -> bool {
        let modified_ns = modified_ns(metadata);
        let is_unchanged = (self.bytes, self.modified_ns) == (metadata.len(), modified_ns);
        is_unchanged && modified_ns.is_some()
    }

    /// Hashes the file.
    pub(super) fn compare(&self, path: &Path, file: File, bytes: u64) -> Result<(), ModelError> {
        let refused = |fault| {
            let path = path.to_owned();
            Err(ModelError::Copy { path, fault })
        };
        if bytes != self.bytes {
            return refused(CopyFault::WrongSize {
                expected: self.bytes,
                actual: bytes,
            });
        }
        let actual = Checksum::of(file).map_err(ModelError::io("read", path))?;
        if actual != self.sha256 {
            return refused(CopyFault::WrongHash {
                expected: self.sha256.clone(),
                actual,
            });
        }
        Ok(())
    }

    /// Has the file hashed each time from now on: its hash was not the note's.
    pub(super) fn vouch_no_more(&self, file: &Path) {
        let note = Self {
            modified_ns: None,
            ..self.clone()
        };
        if let Err(error) = note.write(file) {
            tracing::debug!(%error, "the note of a damaged copy goes on vouching for it");
        }
    }

    /// Notes when the file, which was hashed since, had changed last.
    pub(super) fn renew(mut self, file: &Path, metadata: &Metadata) -> Self {
        self.modified_ns = modified_ns(metadata);
        if let Err(error) = self.write(file) {
            // A read-only store is fine: the copy is hashed at each start.
            tracing::debug!(%error, "the note of a copy was not renewed");
        }
        self
    }

    /// Puts the note beside `file`, whole or not at all.
    pub(super) fn write(&self, file: &Path) -> Result<(), ModelError> {
        let path = path(file);
        let partial = beside(&path, ".part");
        let written = serde_json::to_string_pretty(self)
            .map_err(std::io::Error::from)
            .and_then(|json| fs::write(&partial, format!("{json}\n")))
            .and_then(|()| fs::rename(&partial, &path));
        written.map_err(ModelError::io("write", &path))
    }
}
