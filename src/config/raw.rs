//! The configuration as written: the merged tables with TOML's own types. It
//! promises the shape only; `checked` gives the values their bounds.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Table;

use super::ConfigError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) limits: RawLimits,
    pub(super) engine: RawEngine,
    pub(super) server: RawServer,
    pub(super) access: RawAccess,
    pub(super) editorial: RawEditorial,
    pub(super) render: RawRender,
    pub(super) labels: BTreeMap<String, RawLabels>,
    pub(super) store: RawStore,
    pub(super) jobs: RawJobs,
    pub(super) batches: RawBatches,
    pub(super) callbacks: RawCallbacks,
    pub(super) fetch: RawFetch,
    pub(super) metrics: RawMetrics,
    pub(super) log: RawLog,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    pub(super) max_input_bytes: i64,
    pub(super) max_item_bytes: i64,
    pub(super) max_html_nodes: i64,
    pub(super) min_article_words: i64,
    pub(super) max_article_words: i64,
    pub(super) min_article_facts: i64,
    pub(super) max_faq_pairs: i64,
    pub(super) max_answer_words: i64,
    pub(super) max_waiting_batches: i64,
    pub(super) max_article_items: i64,
    pub(super) max_edit_bytes: i64,
    pub(super) max_house_style_bytes: i64,
    pub(super) max_digest_seconds: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEngine {
    pub(super) model: String,
    pub(super) context_tokens: i64,
    pub(super) max_sequences: i64,
    pub(super) max_prefixes: i64,
    pub(super) kept_prefix_tokens: i64,
    pub(super) fence: String,
    pub(super) draft_tokens: i64,
    pub(super) threads: i64,
    pub(super) step_tokens: i64,
    pub(super) flash_attention: bool,
    pub(super) own_kernels: bool,
    pub(super) remote: RawRemote,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRemote {
    pub(super) url: String,
    pub(super) model: String,
    pub(super) key: String,
    pub(super) key_file: String,
    pub(super) context_tokens: i64,
    pub(super) max_concurrent_requests: i64,
    pub(super) attempt_timeout_seconds: i64,
    pub(super) request_timeout_seconds: i64,
    pub(super) max_attempts: i64,
    pub(super) first_retry_milliseconds: i64,
    pub(super) longest_retry_seconds: i64,
    pub(super) max_answer_bytes: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawServer {
    pub(super) listen: String,
    pub(super) data_dir: String,
    pub(super) max_concurrent_requests: i64,
    pub(super) max_waiting_requests: i64,
    pub(super) max_event_streams: i64,
    pub(super) max_wait_seconds: i64,
    pub(super) shutdown_grace_seconds: i64,
    pub(super) max_connections: i64,
    pub(super) max_tls_handshakes: i64,
    pub(super) tls_handshake_timeout_seconds: i64,
    pub(super) max_request_head_bytes: i64,
    pub(super) request_head_timeout_seconds: i64,
    pub(super) request_body_timeout_seconds: i64,
    pub(super) response_timeout_seconds: i64,
    pub(super) tls_certificate: String,
    pub(super) tls_key: String,
    pub(super) watch_seconds: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAccess {
    pub(super) keys: String,
    pub(super) requests_per_minute: i64,
    pub(super) max_open_jobs_per_key: i64,
    pub(super) session_hours: i64,
    pub(super) max_recorded_refusals_per_minute: i64,
    pub(super) trusted_proxies: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEditorial {
    pub(super) house_style: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRender {
    pub(super) labels: String,
    pub(super) parts: Vec<String>,
    pub(super) summary_style: String,
    pub(super) faq_style: String,
    pub(super) tag_link: String,
    pub(super) disclosure: bool,
    pub(super) json_ld: bool,
    pub(super) digital_source_type: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStore {
    pub(super) database_url: String,
    pub(super) keep_finished_days: i64,
    pub(super) keep_article_hours: i64,
    pub(super) keep_idempotency_key_hours: i64,
    pub(super) keep_delivery_days: i64,
    pub(super) keep_audit_days: i64,
    pub(super) keep_named_article_days: i64,
    pub(super) keep_current_text_days: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLabels {
    pub(super) faq: String,
    pub(super) faq_about: String,
    pub(super) related: String,
    pub(super) related_about: String,
    pub(super) key_points: String,
    pub(super) disclosure: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJobs {
    pub(super) concurrency: i64,
    pub(super) lease_seconds: i64,
    pub(super) max_failures: i64,
    pub(super) first_retry_seconds: i64,
    pub(super) longest_retry_seconds: i64,
    pub(super) poll_seconds: i64,
    pub(super) drain_seconds: i64,
    pub(super) max_publish_jobs: i64,
    pub(super) max_draft_jobs: i64,
    pub(super) max_backfill_jobs: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBatches {
    pub(super) max_lines: i64,
    pub(super) max_bytes: i64,
    pub(super) upload_timeout_seconds: i64,
    pub(super) max_uploads: i64,
    pub(super) max_open_jobs: i64,
    pub(super) lifetime_hours: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCallbacks {
    pub(super) secrets: Vec<String>,
    pub(super) secrets_file: String,
    pub(super) ports: Vec<i64>,
    pub(super) allow_origins: Vec<String>,
    pub(super) allow_networks: Vec<String>,
    pub(super) timeout_seconds: i64,
    pub(super) max_payload_bytes: i64,
    pub(super) concurrency: i64,
    pub(super) retry_seconds: Vec<i64>,
    pub(super) public_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFetch {
    pub(super) hosts: Vec<String>,
    pub(super) ports: Vec<i64>,
    pub(super) allow_origins: Vec<String>,
    pub(super) allow_networks: Vec<String>,
    pub(super) timeout_seconds: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetrics {
    pub(super) listen: String,
    pub(super) max_connections: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLog {
    pub(super) filter: String,
    pub(super) format: String,
    pub(super) otlp_endpoint: String,
}

impl Raw {
    /// Reads the merged table. After `merge` this fails only where an item of a
    /// list has another type, or where `config/default.toml` and the types above
    /// disagree.
    pub(super) fn from_table(table: Table) -> Result<Self, ConfigError> {
        table
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Shape(error.message().to_owned()))
    }
}
