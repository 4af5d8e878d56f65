//! An engine that adds up its work.

use std::sync::{Mutex, PoisonError};

use afterword::engine::llama::LlamaEngine;
use afterword::engine::{Batch, BatchFuture, Engine, EngineError, ModelDescription, Running};

/// The engine and its work since [`Metered::take`] was last called.
pub(crate) struct Metered {
    engine: LlamaEngine,
    work: Mutex<Work>,
}

/// What an engine did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    prefix_tokens: usize,
    prefix_ms: u64,
    decoded_tokens: usize,
    /// Holds the prefill of the branches' own instructions.
    decode_ms: u64,
}

impl Metered {
    pub(crate) fn new(engine: LlamaEngine) -> Self {
        let work = Mutex::default();
        Self { engine, work }
    }

    pub(crate) fn take(&self) -> Work {
        std::mem::take(&mut *self.work.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Work {
    /// Tokens per second while the article is read.
    pub(crate) fn prefill_rate(&self) -> f64 {
        rate(self.prefix_tokens, self.prefix_ms)
    }

    /// Tokens per second while branches are written.
    pub(crate) fn decode_rate(&self) -> f64 {
        rate(self.decoded_tokens, self.decode_ms)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "thousands of tokens, hours at most"
)]
fn rate(tokens: usize, milliseconds: u64) -> f64 {
    tokens as f64 * 1000.0 / milliseconds.max(1) as f64
}

impl Engine for Metered {
    fn model(&self) -> &ModelDescription {
        self.engine.model()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.engine.count_tokens(text)
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        self.engine.start(batch)
    }

    fn run(&self, batch: Batch) -> BatchFuture<'_> {
        let prefix = &batch.prefix;
        let prefix_tokens = self.count_tokens(&prefix.system) + self.count_tokens(&prefix.user);
        Box::pin(async move {
            let output = self.engine.run(batch).await?;
            let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
            work.prefix_tokens += prefix_tokens - output.usage.cached_tokens.min(prefix_tokens);
            work.prefix_ms += output.usage.prefill_ms;
            work.decoded_tokens += output.usage.decode_tokens;
            work.decode_ms += output.usage.decode_ms;
            Ok(output)
        })
    }
}
