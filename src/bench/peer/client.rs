//! Asks a server over HTTP: one chat completion, answered as one JSON object. Each
//! request has a thread of its own, so that as many are under way as the server has
//! slots.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};
use ureq::Agent;

use crate::bench::BenchError;

/// The file that a slot's context is saved in.
const SAVED: &str = "prefix";
/// Bytes of an answer.
const MAX_ANSWER_BYTES: u64 = 16 * 1024 * 1024;
/// Time that an answer may take: a digest by a slow model on a small machine.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3600);
/// Time that a look at a starting server may take.
const READY_TIMEOUT: Duration = Duration::from_secs(2);

/// How a server is asked.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    origin: String,
}

/// An answer, as far as it is read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Answer {
    /// What was said; one, unless more were asked for.
    pub(super) choices: Vec<Choice>,
    /// What it took.
    #[serde(default)]
    pub(super) timings: Timings,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Choice {
    /// The message.
    pub(super) message: Message,
    /// `stop`, or `length` when it was cut.
    pub(super) finish_reason: Option<String>,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Message {
    /// Its text.
    #[serde(default)]
    pub(super) content: Option<String>,
}

/// What an answer took, as llama-server tells.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Timings {
    /// Tokens of the prompt that were in the cache.
    pub(super) cache_n: usize,
    /// Tokens of the prompt that were run.
    pub(super) prompt_n: usize,
    /// Tokens decoded.
    pub(super) predicted_n: usize,
}

impl Client {
    /// For the server at `origin`.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // The server is on this machine.
            .proxy(None)
            .timeout_global(Some(ANSWER_TIMEOUT))
            .build();
        Self {
            agent: config.into(),
            origin: origin.to_owned(),
        }
    }

    /// Whether it has loaded its model.
    pub(super) async fn is_ready(&self) -> bool {
        let (agent, url) = (self.agent.clone(), format!("{}/health", self.origin));
        let asked = tokio::task::spawn_blocking(move || {
            let request = agent.get(&url).config().timeout_global(Some(READY_TIMEOUT));
            request.build().call()
        });
        let answer = asked.await.ok().and_then(Result::ok);
        answer.is_some_and(|answer| answer.status().as_u16() == 200)
    }

    /// A chat completion.
    pub(super) async fn chat(&self, body: &Value) -> Result<Answer, BenchError> {
        self.ask("/v1/chat/completions", body).await
    }

    /// Saves or restores the context of a slot.
    pub(super) async fn slot(&self, slot: usize, action: &str) -> Result<(), BenchError> {
        let path = format!("/slots/{slot}?action={action}");
        let body = json!({ "filename": SAVED });
        self.ask::<IgnoredAny>(&path, &body).await.map(drop)
    }

    async fn ask<A>(&self, path: &str, body: &Value) -> Result<A, BenchError>
    where
        A: DeserializeOwned + Send + 'static,
    {
        let url = format!("{}{path}", self.origin);
        let (agent, body) = (self.agent.clone(), body.to_string());
        let asked = tokio::task::spawn_blocking(move || ask(&agent, &url, &body));
        let asked = asked.await.map_err(|error| error.to_string());
        asked.flatten().map_err(BenchError::Peer)
    }
}

fn ask<A: DeserializeOwned>(agent: &Agent, url: &str, body: &str) -> Result<A, String> {
    let request = agent.post(url).header("content-type", "application/json");
    let answer = request.send(body);
    let mut answer = answer.map_err(|error| format!("it does not answer: {error}"))?;
    let status = answer.status().as_u16();
    let text = answer
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER_BYTES)
        .read_to_string();
    let text = text.map_err(|error| format!("its answer breaks off: {error}"))?;
    if status != 200 {
        const SHOWN: usize = 300;
        let text: String = text.chars().take(SHOWN).collect();
        return Err(format!("it answers {status}: {text}"));
    }
    serde_json::from_str(&text).map_err(|error| format!("its answer is not understood: {error}"))
}
