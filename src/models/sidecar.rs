//! `FILE.verified`: a note beside a model that says which hash it had, at which
//! size and time of change, so that a start need not read a gigabyte again.
//! It is a cache: when it is missing or stale, the file is hashed.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::Checksum;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sidecar {
    sha256: Checksum,
    bytes: u64,
    /// Nanoseconds since 1970.
    modified_ns: u64,
}

impl Sidecar {
    fn of(metadata: &Metadata, sha256: &Checksum) -> Option<Self> {
        Some(Self {
            sha256: sha256.clone(),
            bytes: metadata.len(),
            modified_ns: modified_ns(metadata)?,
        })
    }
}

/// Where the note about `file` lies.
pub(super) fn path(file: &Path) -> PathBuf {
    beside(file, ".verified")
}

/// The path with something appended to its name.
pub(super) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// When a file changed last, in nanoseconds since 1970; nothing when the file system keeps
/// no usable time of change.
pub(super) fn modified_ns(metadata: &Metadata) -> Option<u64> {
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(modified.as_nanos()).ok()
}

/// Whether the note says that the file, unchanged since, has this hash.
pub(super) fn vouches(file: &Path, metadata: &Metadata, sha256: &Checksum) -> bool {
    let note = fs::read(path(file)).ok();
    let note = note.and_then(|json| serde_json::from_slice::<Sidecar>(&json).ok());
    note.is_some() && note == Sidecar::of(metadata, sha256)
}

/// Notes that the file has this hash. `metadata` is of before it was hashed:
/// a change meanwhile makes the note stale.
pub(super) fn write(file: &Path, metadata: &Metadata, sha256: &Checksum) {
    let Some(note) = Sidecar::of(metadata, sha256) else {
        return;
    };
    let written = serde_json::to_vec(&note)
        .map_err(std::io::Error::from)
        .and_then(|json| fs::write(path(file), json));
    if let Err(error) = written {
        // A read-only store is fine: it is hashed at each start.
        tracing::debug!(file = %file.display(), %error, "no note of the verification was kept");
    }
}

/// Forgets what was noted.
pub(super) fn remove(file: &Path) {
    // A note that cannot be removed is stale or names another hash.
    let _ = fs::remove_file(path(file));
}
