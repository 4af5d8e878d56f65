//! A copy in the making: a partial file beside the final one, which nobody takes for a
//! model and which is removed unless it is kept. Under its final name a copy is therefore
//! whole and has its note; a partial file of a run that was killed gives way to the next.
//! Writes no weights: whoever asked for the draft does.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::models::pull::{lock, space, sync_directory};
use crate::models::sidecar::{beside, modified_ns};
use crate::models::store::GGUF_MAGIC;
use crate::models::{Checksum, ModelError, ModelFile, Store};

use super::note::Note;
use super::{CopyFault, ModelCopy};

/// A copy may be larger than what it is made from by a part of that: rows that the layout
/// does not divide go into a larger one.
const MARGIN_DIVISOR: u64 = 4;

/// A place for a copy to be written to.
#[derive(Debug)]
pub struct CopyDraft<'a> {
    store: &'a Store,
    copy: ModelCopy<'a>,
    path: PathBuf,
    /// Held as long as the draft.
    _lock: File,
}

/// What the note of a copy says besides what the file itself tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// What wrote the weights, with its version.
    pub quantiser: String,
    /// Figures, for people.
    pub measured: serde_json::Value,
}

impl Store {
    /// A place to write the copy to, on a disk that has room for it.
    ///
    /// # Errors
    /// [`ModelError::Busy`] while another process fetches the model or copies it,
    /// [`ModelError::DiskFull`], and what the file system refuses.
    pub fn draft_copy<'a>(&'a self, copy: ModelCopy<'a>) -> Result<CopyDraft<'a>, ModelError> {
        let lock = lock(self, copy.source)?;
        let path = beside(&self.copy_path(copy), ".part");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ModelError::io("remove", &path)(error));
            }
            _ => {}
        }
        let bytes = copy.source.bytes;
        space::require(
            self.directory(),
            bytes.saturating_add(bytes / MARGIN_DIVISOR),
        )?;
        Ok(CopyDraft {
            store: self,
            copy,
            path,
            _lock: lock,
        })
    }
}

impl CopyDraft<'_> {
    /// Where the copy is to be written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are there.
    #[must_use]
    pub fn written(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// Sees to it that what was written is on the disk.
    ///
    /// # Errors
    /// [`CopyFault::Torn`] when the head of the file, which is written last, is not there,
    /// and what the file system says late.
    pub fn seal(&self) -> Result<(), ModelError> {
        let options = File::options().read(true).write(true).open(&self.path);
        let mut file = options.map_err(ModelError::io("open", &self.path))?;
        let mut magic = [0; GGUF_MAGIC.len()];
        if file.read_exact(&mut magic).is_err() || &magic != GGUF_MAGIC {
            let (path, fault) = (self.path.clone(), CopyFault::Torn);
            return Err(ModelError::Copy { path, fault });
        }
        file.sync_all().map_err(ModelError::io("write", &self.path))
    }

    /// Hashes the copy, writes its note and gives it its name. An earlier copy of that
    /// name gives way.
    ///
    /// # Errors
    /// As [`CopyDraft::seal`], and when the file cannot be read or renamed.
    pub fn keep(self, made: Made) -> Result<ModelFile, ModelError> {
        self.seal()?;
        let target = self.store.copy_path(self.copy);
        let note = self.note(made)?;
        // A copy with the note of a later one is refused, not taken for it.
        note.write(&target)?;
        fs::rename(&self.path, &target).map_err(ModelError::io("rename", &self.path))?;
        sync_directory(&target);
        Ok(self.store.copy_file(self.copy, note.sha256))
    }

    fn note(&self, made: Made) -> Result<Note, ModelError> {
        let read = |error| ModelError::io("read", &self.path)(error);
        let file = File::open(&self.path).map_err(read)?;
        // Of before it is hashed: a change meanwhile makes the note stale.
        let metadata = file.metadata().map_err(read)?;
        let source = self.copy.source;
        Ok(Note {
            source: source.name.clone(),
            source_sha256: source.sha256.clone(),
            layout: self.copy.layout,
            sha256: Checksum::of(file).map_err(read)?,
            bytes: metadata.len(),
            modified_ns: modified_ns(&metadata),
            quantiser: made.quantiser,
            measured: made.measured,
        })
    }
}

impl Drop for CopyDraft<'_> {
    fn drop(&mut self) {
        // It is gone when the copy was kept; the next draft removes what stays here.
        let _ = fs::remove_file(&self.path);
    }
}
