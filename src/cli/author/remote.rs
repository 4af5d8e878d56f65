//! The author whose model another service runs: from `[engine.remote]` to an engine.

use std::sync::Arc;

use hyper::header::HeaderValue;

use crate::cli::exit::{Exit, Failure};
use crate::cli::work::network_client;
use crate::config::{RemoteKey, RemoteSettings, Settings};
use crate::engine::ModelDescription;
use crate::engine::remote::{self, RemoteEngine, Retries};
use crate::pipeline::Author;

/// Builds the author. `model` is what the service calls it; `None` takes the
/// configured one. Sends nothing.
pub(in crate::cli) fn author(model: Option<&str>, settings: &Settings) -> Result<Author, Failure> {
    let mut configured = settings.engine.remote.clone();
    if let Some(model) = model {
        model.clone_into(&mut configured.model);
    }
    let engine = engine(&configured, settings.limits.max_waiting_batches)?;
    Ok(Author::Model(Arc::new(engine)))
}

/// The engine itself.
pub(in crate::cli) fn engine(
    configured: &RemoteSettings,
    max_waiting_batches: usize,
) -> Result<RemoteEngine, Failure> {
    let missing = |key: &str, hint: &str| {
        let message = format!("--engine remote needs {key}, which is empty");
        Failure::new(Exit::Usage, message, hint)
    };
    let endpoint = configured.endpoint.as_ref().ok_or_else(|| {
        let hint = "set it to the URL of an API, such as http://127.0.0.1:8080/v1";
        missing("engine.remote.url", hint)
    })?;
    if configured.model.is_empty() {
        let hint = "set it, or pass --model, to what the service calls its model";
        return Err(missing("engine.remote.model", hint));
    }
    let client = network_client(&endpoint.rules, "no service can be asked")?;
    let description = ModelDescription {
        name: configured.name(),
        sha256: None,
        source_sha256: None,
        context_tokens: configured.context_tokens,
    };
    let settings = remote::RemoteSettings {
        target: endpoint.target.clone(),
        model: configured.model.clone(),
        authorization: key(configured)?.map(|it| authorization(&it)).transpose()?,
        max_concurrent_requests: configured.max_concurrent_requests,
        max_waiting_batches,
        attempt_timeout: configured.attempt_timeout,
        request_timeout: configured.request_timeout,
        retries: Retries {
            attempts: configured.max_attempts,
            first: configured.first_retry,
            longest: configured.longest_retry,
        },
        max_answer_bytes: configured.max_answer_bytes,
    };
    Ok(RemoteEngine::new(client, description, settings))
}

/// The key, as configured or in the file that is named.
fn key(configured: &RemoteSettings) -> Result<Option<RemoteKey>, Failure> {
    let (None, Some(file)) = (&configured.key, &configured.key_file) else {
        return Ok(configured.key.clone());
    };
    let text = std::fs::read_to_string(file).map_err(|error| {
        let message = format!("engine.remote.key_file cannot be read: {error}");
        Failure::new(Exit::Usage, message, "check the path and its permissions")
    })?;
    RemoteKey::new(&text).map(Some).ok_or_else(|| {
        let message = "engine.remote.key_file holds no key (not shown)";
        let hint = format!("it has to be {}", RemoteKey::ALLOWED);
        Failure::new(Exit::Usage, message, hint)
    })
}

fn authorization(key: &RemoteKey) -> Result<HeaderValue, Failure> {
    let value = HeaderValue::try_from(format!("Bearer {}", key.expose()));
    let mut value = value.map_err(|_| {
        let message = "the key of the remote service fits no header (not shown)";
        Failure::new(Exit::Usage, message, RemoteKey::ALLOWED)
    })?;
    value.set_sensitive(true);
    Ok(value)
}
