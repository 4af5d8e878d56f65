//! Is there room? Asked before a download or a copy, and again when a write says no.

use std::io;
use std::path::Path;

use crate::models::ModelError;

/// Refuses early when `needed` bytes do not fit into the directory's file system.
pub(in crate::models) fn require(directory: &Path, needed: u64) -> Result<(), ModelError> {
    match fs4::available_space(directory) {
        Ok(free) if free < needed => Err(full(directory, needed, free)),
        // Unknown is not full: the write itself will say so.
        _ => Ok(()),
    }
}

/// The error for a failed write when `needed` bytes were still to come.
pub(super) fn write_error(path: &Path, needed: u64, error: io::Error) -> ModelError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => exhausted(path, needed),
        _ => ModelError::io("write", path)(error),
    }
}

/// The disk turned out to be full while writing `path`.
pub(super) fn exhausted(path: &Path, needed: u64) -> ModelError {
    let directory = path.parent().unwrap_or(path);
    let free = fs4::available_space(directory).unwrap_or(0);
    full(directory, needed, free)
}

fn full(directory: &Path, needed: u64, free: u64) -> ModelError {
    ModelError::DiskFull {
        directory: directory.to_owned(),
        needed,
        free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_fit_and_says_how_much_is_free() {
        let directory = tempfile::tempdir().unwrap();
        assert!(require(directory.path(), 0).is_ok());
        let error = require(directory.path(), u64::MAX).unwrap_err();
        assert!(matches!(
            error,
            ModelError::DiskFull { needed: u64::MAX, free, .. } if free > 0
        ));
    }

    #[test]
    fn other_write_errors_keep_their_reason() {
        let error = write_error(Path::new("/x"), 1, io::Error::other("torn"));
        assert_eq!(error.to_string(), "cannot write /x: torn");
    }
}
