//! How much may be sent as one batch, and how it is worked on.

use std::time::Duration;

/// How much may be sent as one batch, and how it is worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSettings {
    /// Lines of one batch.
    pub max_lines: usize,
    /// Bytes of one batch, as sent.
    pub max_bytes: usize,
    /// What a client gets to send one.
    pub upload_timeout: Duration,
    /// Batches that are being sent at once.
    pub max_uploads: usize,
    /// Articles of one batch that are handed in and not done.
    pub max_open_jobs: usize,
    /// After that, what is left of a batch is dropped.
    pub lifetime: Duration,
}
