//! The table `[engine.remote]`: a service that runs the model.

use std::path::PathBuf;
use std::time::Duration;

use super::super::raw::RawRemote;
use super::super::{ConfigError, Endpoint, RemoteKey, RemoteSettings};
use super::Check;

/// Characters of a model's name.
const MAX_MODEL_CHARS: usize = 200;

impl Check<'_> {
    pub(super) fn remote(&self, raw: RawRemote) -> Result<RemoteSettings, ConfigError> {
        let attempt = self.seconds(
            "engine.remote.attempt_timeout_seconds",
            raw.attempt_timeout_seconds,
            1..=3600,
        )?;
        let first = self.integer(
            "engine.remote.first_retry_milliseconds",
            raw.first_retry_milliseconds,
            1..=60_000,
        )?;
        Ok(RemoteSettings {
            endpoint: self.endpoint(&raw.url)?,
            model: self.remote_model(raw.model)?,
            key: self.remote_key(&raw.key)?,
            key_file: Some(PathBuf::from(raw.key_file)).filter(|it| !it.as_os_str().is_empty()),
            context_tokens: self.integer(
                "engine.remote.context_tokens",
                raw.context_tokens,
                2048..=1_048_576,
            )?,
            max_concurrent_requests: self.integer(
                "engine.remote.max_concurrent_requests",
                raw.max_concurrent_requests,
                1..=1024,
            )?,
            attempt_timeout: attempt,
            request_timeout: Duration::from_secs(self.bounded(
                "engine.remote.request_timeout_seconds",
                raw.request_timeout_seconds,
                raw.attempt_timeout_seconds..=7200,
                "engine.remote.attempt_timeout_seconds",
            )? as u64),
            max_attempts: self.integer("engine.remote.max_attempts", raw.max_attempts, 1..=20)?,
            first_retry: Duration::from_millis(first as u64),
            longest_retry: self.seconds(
                "engine.remote.longest_retry_seconds",
                raw.longest_retry_seconds,
                1..=3600,
            )?,
            max_answer_bytes: self.integer(
                "engine.remote.max_answer_bytes",
                raw.max_answer_bytes,
                1024..=16 << 20,
            )?,
        })
    }

    fn endpoint(&self, url: &str) -> Result<Option<Endpoint>, ConfigError> {
        if url.is_empty() {
            return Ok(None);
        }
        // Not shown: who puts a password there has to be told nowhere else.
        let refused = || self.refuse("engine.remote.url", "(not shown)", Endpoint::ALLOWED);
        Endpoint::new(url).map(Some).ok_or_else(refused)
    }

    fn remote_model(&self, model: String) -> Result<String, ConfigError> {
        let fits = model.chars().count() <= MAX_MODEL_CHARS && !model.contains(char::is_control);
        if fits {
            return Ok(model);
        }
        let allowed = format!("a name of up to {MAX_MODEL_CHARS} characters");
        Err(self.refuse("engine.remote.model", format!("{model:?}"), allowed))
    }

    fn remote_key(&self, key: &str) -> Result<Option<RemoteKey>, ConfigError> {
        if key.is_empty() {
            return Ok(None);
        }
        let refused = || self.refuse("engine.remote.key", "(not shown)", RemoteKey::ALLOWED);
        RemoteKey::new(key).map(Some).ok_or_else(refused)
    }
}
