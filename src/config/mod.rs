//! Configuration: `config/default.toml` compiled in, overridden key by key by
//! the user's file, by the environment and by the command line (`sources`). `merge`
//! lays them over each other, `raw` is the result as written, `checked` turns it
//! into [`Settings`]: after that every value is inside its bounds and nobody checks
//! again. `contradictions` says what is allowed and makes no sense together.
//!
//! Reads one file and the environment, and changes nothing.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

mod access;
mod batches;
mod callbacks;
mod checked;
mod contradictions;
mod database;
mod error;
mod fence;
mod fetch;
mod house_style;
mod limits;
mod log;
mod merge;
mod origin;
mod raw;
mod remote;
mod render;
mod secret;
mod sources;
mod tls;

pub use access::{AccessSettings, KeyRule};
pub use batches::BatchSettings;
pub use callbacks::CallbackSettings;
pub use contradictions::Contradiction;
pub use database::DatabaseUrl;
pub use error::ConfigError;
pub use fence::Fence;
pub use fetch::FetchSettings;
pub use house_style::{HouseStyle, HouseStyleError, Replaced};
pub use limits::{Limits, SharedLimits};
pub use log::{LogFormat, LogSettings};
pub use origin::Origin;
pub use remote::{Endpoint, RemoteKey, RemoteSettings};
pub use render::{
    Choice, FaqStyle, Labels, Part, Parts, RenderSettings, SummaryStyle, TOPIC, built_in_labels,
};
pub use secret::SigningSecret;
pub use sources::{Configuration, Entry, Sources};
pub use tls::TlsFiles;

const DEFAULT: &str = include_str!("../../config/default.toml");

/// The whole configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Every bound, by name.
    pub limits: Limits,
    /// How the model is run.
    pub engine: EngineSettings,
    /// How HTTP is served.
    pub server: ServerSettings,
    /// Who is let in.
    pub access: AccessSettings,
    /// How digests are to be worded.
    pub editorial: EditorialSettings,
    /// What is printed of a digest.
    pub render: RenderSettings,
    /// What is kept, where, and how long.
    pub store: StoreSettings,
    /// How stored jobs are worked on.
    pub jobs: JobSettings,
    /// How much may be sent as one batch.
    pub batches: BatchSettings,
    /// How callers are told of the end of their jobs.
    pub callbacks: CallbackSettings,
    /// Which pages may be fetched.
    pub fetch: FetchSettings,
    /// Who may read figures of the service.
    pub metrics: MetricsSettings,
    /// What is logged, and how.
    pub log: LogSettings,
}

/// How digests are to be worded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditorialSettings {
    /// The file of the house style, if there is one.
    pub house_style_file: Option<PathBuf>,
    /// What stands in it, once it was read.
    pub house_style: Option<Arc<HouseStyle>>,
}

/// Who may read figures of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsSettings {
    /// An address of their own; `None` has them beside the API.
    pub listen: Option<SocketAddr>,
    /// Connections open at once at that address.
    pub max_connections: usize,
}

/// How the model is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    /// Catalogue name, or path of a GGUF file.
    pub model: String,
    /// Tokens that the context holds over all sequences.
    pub context_tokens: usize,
    /// Sequences that are decoded together.
    pub max_sequences: usize,
    /// Prefixes in the context at once, those kept for later included.
    pub max_prefixes: usize,
    /// Tokens of prefixes that are kept after their digest.
    pub kept_prefix_tokens: usize,
    /// What a fence is drawn for.
    pub fence: Fence,
    /// Tokens guessed ahead for a branch in one step.
    pub draft_tokens: usize,
    /// Threads to compute with; never 0.
    pub threads: usize,
    /// Tokens per prefill step.
    pub step_tokens: usize,
    /// Whether attention is computed in one pass over the cache.
    pub flash_attention: bool,
    /// Whether products of weights are computed by our own kernels, where there are any.
    pub own_kernels: bool,
    /// The service that is asked in its place.
    pub remote: RemoteSettings,
}

/// How HTTP is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Directory for what the service keeps; `None` is the user's.
    pub data_dir: Option<PathBuf>,
    /// Articles read and answered at once.
    pub max_concurrent_requests: usize,
    /// Callers that wait for stored jobs at once.
    pub max_waiting_requests: usize,
    /// Clients that look on at once.
    pub max_event_streams: usize,
    /// What a caller may wait for a stored job.
    pub max_wait: Duration,
    /// What requests in flight get after the signal to stop.
    pub shutdown_grace: Duration,
    /// Connections open at once.
    pub max_connections: usize,
    /// TLS handshakes under way at once.
    pub max_tls_handshakes: usize,
    /// What a client gets to agree on TLS.
    pub tls_handshake_timeout: Duration,
    /// Bytes of a request's head.
    pub max_request_head_bytes: usize,
    /// What a client gets to send a request's head.
    pub request_head_timeout: Duration,
    /// What a client gets to send a body.
    pub request_body_timeout: Duration,
    /// What a client gets to read on.
    pub response_timeout: Duration,
    /// What TLS is spoken with; `None` speaks none.
    pub tls: Option<TlsFiles>,
    /// Between two looks for files that have changed; `None` waits for SIGHUP.
    pub watch: Option<Duration>,
}

/// What is kept, where, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// The database; `None` is a file in the data directory.
    pub database_url: Option<DatabaseUrl>,
    /// How long ended jobs are kept.
    pub keep_finished: Duration,
    /// How long articles are kept after their jobs have ended.
    pub keep_articles: Duration,
    /// How long callers' keys are remembered.
    pub keep_idempotency_keys: Duration,
    /// How long ended callbacks are kept.
    pub keep_deliveries: Duration,
    /// How long the audit log is kept.
    pub keep_audit: Duration,
    /// How long named articles are kept after their last change.
    pub keep_named_articles: Duration,
    /// How long the text of an article's current version is kept after its last change.
    pub keep_current_texts: Duration,
}

/// How stored jobs are worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSettings {
    /// Jobs of any lane that one process works on at once, beside
    /// [`JobSettings::RESERVED`].
    pub concurrency: usize,
    /// Silence after which a job is taken from its worker.
    pub lease: Duration,
    /// Failures after which a job is dead.
    pub max_failures: usize,
    /// The wait before the first retry.
    pub first_retry: Duration,
    /// The wait before a retry at most.
    pub longest_retry: Duration,
    /// Between two looks for work.
    pub poll: Duration,
    /// What jobs in work get after the signal to stop.
    pub drain: Duration,
    /// Open jobs of the lane `publish`.
    pub max_publish_jobs: usize,
    /// Open jobs of the lane `draft`.
    pub max_draft_jobs: usize,
    /// Open jobs of the lane `backfill`.
    pub max_backfill_jobs: usize,
    /// The bounds of articles and their items.
    pub limits: SharedLimits,
    /// The words of the house, once they were read.
    pub house_style: Option<Arc<HouseStyle>>,
}

impl JobSettings {
    /// Jobs that one process works on beside the others, all of them urgent: one of
    /// `publish`, and one of `publish` or `draft`.
    pub const RESERVED: usize = 2;

    /// Jobs that one process works on at once, at most.
    #[must_use]
    pub fn at_once(&self) -> usize {
        self.concurrency + Self::RESERVED
    }
}

impl Settings {
    /// Reads the house style that is named, if one is.
    ///
    /// # Errors
    /// [`HouseStyleError`] says what is wrong with the file.
    pub fn read_house_style(&mut self) -> Result<(), HouseStyleError> {
        let most = self.limits.max_house_style_bytes;
        let file = self.editorial.house_style_file.as_deref();
        let style = file.map(|it| HouseStyle::load(it, most)).transpose()?;
        self.editorial.house_style = style.map(Arc::new);
        self.jobs
            .house_style
            .clone_from(&self.editorial.house_style);
        Ok(())
    }

    /// The defaults, overridden by `file` when there is one. Neither the environment
    /// nor the command line count; [`Sources`] has them.
    ///
    /// # Errors
    /// [`ConfigError`] names the file, the key and what is allowed.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let sources = Sources {
            file: file.map(Path::to_owned),
            ..Sources::default()
        };
        Ok(sources.load()?.settings)
    }

    /// The defaults, overridden by the TOML document `text`; `origin` names it
    /// in errors.
    ///
    /// # Errors
    /// [`ConfigError`] names the origin, the key and what is allowed.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, ConfigError> {
        let mut merged = merge::Merged::new(merge::parse(DEFAULT, &Origin::Default)?);
        let origin = Origin::File(origin.to_owned());
        merged.overlay(merge::parse(text, &origin)?, &origin)?;
        Ok(sources::finish(merged)?.settings)
    }
}

#[cfg(test)]
mod tests;
