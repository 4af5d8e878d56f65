//! A model behind a service that speaks the OpenAI-compatible API: llama-server, vLLM,
//! Ollama and others. Each branch is a request of its own for JSON by a schema
//! (`schema`), so many at once (`gate`), sent again where that may help (`retry`); what
//! comes back is read into the text that the branch's shape stands for, and is
//! believed no more than what a model in this process says.
//!
//! Everything that a prompt holds leaves the machine by here, and by nowhere else.
//! Keeps nothing between batches: that the prefix is not read anew for each branch is
//! left to the service.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderValue;
use tokio::runtime::Handle;
use tracing::{Instrument, Span};

use crate::net::{Client, Target};

use super::waiting::Waiting;
use super::{Batch, Engine, EngineError, Goal, ModelDescription, Running};

mod batch;
mod chat;
mod estimate;
mod gate;
mod plain;
mod retry;
mod schema;

use gate::Gate;
pub use retry::Retries;

/// How a service is asked.
#[derive(Debug, Clone)]
pub struct RemoteSettings {
    /// Where chat completions are asked for.
    pub target: Target,
    /// Name of the model, as the service knows it.
    pub model: String,
    /// What lets us in; marked as sensitive, so that nothing shows it.
    pub authorization: Option<HeaderValue>,
    /// Requests under way at once.
    pub max_concurrent_requests: usize,
    /// Batches that may wait.
    pub max_waiting_batches: usize,
    /// What one attempt may take.
    pub attempt_timeout: Duration,
    /// What all attempts of a request may take, with the waits between them.
    pub request_timeout: Duration,
    /// How often, and after which waits.
    pub retries: Retries,
    /// Bytes of one answer.
    pub max_answer_bytes: usize,
}

/// The engine of another machine.
pub struct RemoteEngine {
    service: Arc<Service>,
    model: ModelDescription,
    waiting: Waiting,
}

/// What all requests have in common.
struct Service {
    client: Client,
    /// For messages.
    host: String,
    settings: RemoteSettings,
    context_tokens: usize,
    gate: Arc<Gate>,
}

impl RemoteEngine {
    /// Asks the service of `settings` by `client`, whose rules have to allow it.
    /// Sends nothing yet.
    #[must_use]
    pub fn new(client: Client, model: ModelDescription, settings: RemoteSettings) -> Self {
        let service = Service {
            client,
            host: settings.target.origin().authority(),
            context_tokens: model.context_tokens,
            gate: Gate::new(settings.max_concurrent_requests),
            settings,
        };
        Self {
            waiting: Waiting::new(service.settings.max_waiting_batches),
            service: Arc::new(service),
            model,
        }
    }
}

impl Engine for RemoteEngine {
    fn model(&self) -> &ModelDescription {
        &self.model
    }

    /// An estimate, rather too high: the service's tokenizer is not at hand.
    fn count_tokens(&self, text: &str) -> usize {
        estimate::tokens(text)
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        let is_scored = |it: &super::Branch| matches!(it.goal, Goal::Score { .. });
        if batch.branches.iter().any(is_scored) {
            return Err(EngineError::NoScores);
        }
        let runtime = Handle::try_current().map_err(|_| EngineError::Stopped)?;
        let turn = self.waiting.join()?;
        let (reporter, running) = Running::new(batch.branches.len());
        let work = batch::run(self.service.clone(), batch, reporter, turn);
        runtime.spawn(work.instrument(Span::current()));
        Ok(running)
    }
}
