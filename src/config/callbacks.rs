//! How callers are told of the end of their jobs.

use std::path::PathBuf;
use std::time::Duration;

use crate::net::Rules;

use super::SigningSecret;

/// How callers are told of the end of their jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackSettings {
    /// What signs; with none there are no callbacks.
    pub secrets: Vec<SigningSecret>,
    /// File with further secrets.
    pub secrets_file: Option<PathBuf>,
    /// Where a callback may go.
    pub rules: Rules,
    /// What one attempt may take.
    pub timeout: Duration,
    /// Bytes of a payload; a larger one names the job without its digest.
    pub max_payload_bytes: usize,
    /// Callbacks that one process sends at once.
    pub concurrency: usize,
    /// The wait before each attempt after the first.
    pub schedule: Vec<Duration>,
    /// Where callers reach the service, for links; empty when it is not said.
    pub public_url: String,
}
