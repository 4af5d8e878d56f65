//! `FILE.part`: what has arrived of a model. Hashes while it writes, refuses
//! more bytes than the model has, and takes the final name only when size and
//! hash are right. A wrong hash removes it: it could never become right.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Observer, space};
use crate::models::checksum::Hasher;
use crate::models::{Model, ModelError};

/// Bytes copied at once.
const CHUNK_BYTES: usize = 1 << 18;

/// A model file in the making.
pub(super) struct Partial<'a> {
    model: &'a Model,
    observer: &'a dyn Observer,
    /// Where the bytes come from, for messages.
    origin: String,
    path: PathBuf,
    file: File,
    hasher: Hasher,
    written: u64,
}

impl<'a> Partial<'a> {
    /// Opens the partial file and goes on after what it has. What it has is
    /// read once, for the hash.
    pub(super) fn resume(
        model: &'a Model,
        observer: &'a dyn Observer,
        path: PathBuf,
        origin: String,
    ) -> Result<Self, ModelError> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(ModelError::io("open", &path))?;
        let mut partial = Self {
            model,
            observer,
            origin,
            path,
            file,
            hasher: Hasher::default(),
            written: 0,
        };
        partial.hash_existing()?;
        if partial.written > model.bytes {
            partial.restart()?;
        }
        Ok(partial)
    }

    fn hash_existing(&mut self) -> Result<(), ModelError> {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let read = read_some(&mut self.file, &mut chunk)
                .map_err(ModelError::io("read", &self.path))?;
            if read == 0 {
                return Ok(());
            }
            self.hasher.update(&chunk[..read]);
            self.written += read as u64;
        }
    }

    /// Forgets what has arrived.
    pub(super) fn restart(&mut self) -> Result<(), ModelError> {
        use std::io::Seek;
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .map_err(ModelError::io("empty", &self.path))?;
        self.hasher = Hasher::default();
        self.written = 0;
        Ok(())
    }

    /// Bytes that have arrived.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes still to come.
    pub(super) fn missing(&self) -> u64 {
        self.model.bytes.saturating_sub(self.written)
    }

    /// Appends all that `reader` has. A failing reader is the source's fault,
    /// a failing write is ours.
    pub(super) fn append(&mut self, mut reader: impl Read) -> Result<(), ModelError> {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let read = read_some(&mut reader, &mut chunk)
                .map_err(|error| self.blame(error.to_string()))?;
            if read == 0 {
                return Ok(());
            }
            self.write(&chunk[..read])?;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        if bytes.len() as u64 > self.missing() {
            self.discard();
            return Err(self.blame(format!("it sent more than {} bytes", self.model.bytes)));
        }
        self.file
            .write_all(bytes)
            .map_err(|error| space::write_error(&self.path, self.missing(), error))?;
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        self.observer.progress(self.written, self.model.bytes);
        Ok(())
    }

    /// Compares size and hash, and gives the file its final name.
    pub(super) fn finish(mut self, target: &Path) -> Result<(), ModelError> {
        if self.missing() > 0 {
            let reason = format!("{} of {} bytes arrived", self.written, self.model.bytes);
            return Err(self.blame(reason));
        }
        let actual = std::mem::take(&mut self.hasher).finish();
        if actual != self.model.sha256 {
            self.discard();
            let expected = &self.model.sha256;
            return Err(self.blame(format!(
                "what arrived has the SHA-256 {actual} instead of {expected} and was not kept"
            )));
        }
        self.file
            .sync_all()
            .map_err(|error| space::write_error(&self.path, 0, error))?;
        fs::rename(&self.path, target).map_err(ModelError::io("rename", &self.path))?;
        sync_directory(target);
        Ok(())
    }

    /// The source's failure, as an error.
    pub(super) fn blame(&self, reason: String) -> ModelError {
        ModelError::Source {
            origin: self.origin.clone(),
            reason,
        }
    }

    fn discard(&self) {
        // If it cannot be removed, the next try hashes it and finds it wrong.
        let _ = fs::remove_file(&self.path);
    }
}

fn read_some(reader: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Makes the rename itself durable where directories can be synced.
pub(in crate::models) fn sync_directory(target: &Path) {
    let directory = target.parent().and_then(|parent| File::open(parent).ok());
    if let Some(directory) = directory {
        // Not all file systems can; the file's content is safe either way.
        let _ = directory.sync_all();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::models::testing::{Silent, model};

    #[test]
    fn a_full_disk_is_told_with_the_bytes_needed() {
        let model = model(b"GGUF tiny");
        // /dev/full reads zeros without end, so it cannot be resumed from.
        let mut partial = Partial {
            model: &model,
            observer: &Silent,
            origin: "here".to_owned(),
            path: "/dev/full".into(),
            file: File::options().write(true).open("/dev/full").unwrap(),
            hasher: Hasher::default(),
            written: 0,
        };
        let error = partial.append(&b"GGUF"[..]).unwrap_err();
        assert!(
            matches!(error, ModelError::DiskFull { needed: 9, .. }),
            "{error}"
        );
    }
}
