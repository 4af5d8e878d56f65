//! The one thing the pipeline knows of a language model: a shared prefix, many
//! branches, one batch. Implementations: `llama` (in-process llama.cpp), `remote` (a
//! service that speaks the OpenAI-compatible API) and `scripted` (for tests). Knows no article and no prompt file.

use crate::lane::Lane;
use crate::telemetry;

#[cfg(any(feature = "llama", test))]
mod backend;
#[cfg(any(feature = "llama", test))]
mod chat;
mod error;
mod grammar;
#[cfg(feature = "llama")]
pub mod llama;
pub mod remote;
mod running;
#[cfg(any(feature = "llama", test))]
mod runtime;
#[cfg(any(feature = "llama", test))]
mod sampling;
#[cfg(any(feature = "llama", test))]
mod scheduler;
pub mod scripted;
mod shape;
mod waiting;

pub use error::EngineError;
pub use running::{BatchFuture, Reporter, Running};
pub use shape::{Count, Shape, Vocabulary};

/// A prefix that is prefilled once and the branches forked from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// How urgent it is.
    pub lane: Lane,
    /// Shared by all branches, by some of them in part.
    pub prefix: Prefix,
    /// Run together.
    pub branches: Vec<Branch>,
}

/// The start of a conversation, up to the branch's own instruction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prefix {
    /// The system message.
    pub system: String,
    /// The start of the user's message. Tokenised as plain text: control
    /// tokens spelled out in it stay text.
    pub user: String,
}

/// One continuation of the prefix, or of the start of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// Bytes of [`Prefix::user`] that it goes on from, on a boundary of characters;
    /// `None`: all of it. What comes later in the prefix it does not see.
    pub until: Option<usize>,
    /// The rest of the user's message, plain text.
    pub instruction: String,
    /// Words put into the assistant's mouth; part of the completion's text.
    pub answer_start: String,
    /// What is wanted of the model after them.
    pub goal: Goal,
}

impl Branch {
    /// The user's message as the branch sees it.
    #[must_use]
    pub fn told(&self, prefix: &Prefix) -> String {
        let until = self.until.and_then(|until| prefix.user.get(..until));
        format!("{}{}", until.unwrap_or(&prefix.user), self.instruction)
    }
}

/// What a branch is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// New text, decoded greedily.
    Decode {
        /// What follows `answer_start`.
        shape: Shape,
        /// Upper bound of the decoded tokens.
        max_tokens: usize,
    },
    /// How likely the model finds this text there; nothing is decoded. Not every
    /// engine can say it: [`EngineError::NoScores`].
    Score {
        /// Plain text, not empty.
        text: String,
    },
}

/// What one branch said.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// `answer_start` and what was decoded or scored after it.
    pub text: String,
    /// Why the branch ended.
    pub finish: Finish,
    /// How likely the model found the tokens after `answer_start`; `None` where the
    /// engine does not tell.
    pub logprobs: Option<Logprobs>,
    /// How many they are.
    pub tokens: usize,
}

/// How likely a model finds the tokens of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logprobs {
    /// Mean of their natural-log probabilities.
    pub mean: f32,
    /// The lowest of them.
    pub lowest: f32,
}

/// Why a branch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The shape was complete and the model, or the shape, ended; or the
    /// whole text was scored.
    Complete,
    /// `max_tokens` was reached first: the text may be cut.
    Length,
    /// This branch failed alone; its text must not be used.
    Failed,
}

/// The answers to a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchOutput {
    /// One per branch, in the order of the branches.
    pub completions: Vec<Completion>,
    /// What it took.
    pub usage: Usage,
}

/// Work done for a batch. Tokens that were computed again after an eviction count
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens run through prefill: prefix, branch instructions, scored text.
    pub prefill_tokens: usize,
    /// Tokens of the prefix that were in the KV cache already.
    pub cached_tokens: usize,
    /// Tokens decoded over all branches.
    pub decode_tokens: usize,
    /// Tokens guessed ahead and run with those decoded.
    pub draft_tokens: usize,
    /// Guesses that were right, and so among the decoded.
    pub accepted_tokens: usize,
    /// Milliseconds from its arrival to its first step.
    pub queue_ms: u64,
    /// Milliseconds from there until the prefix was in the KV cache.
    pub prefill_ms: u64,
    /// Milliseconds after that.
    pub decode_ms: u64,
    /// Of both, milliseconds that the model itself took for its rows: its part of each step,
    /// so that what batches that ran together took adds up. Where it ran alone, the rest is
    /// the engine's own: who goes next, grammars, choosing tokens.
    pub model_ms: u64,
    /// Tokens decoded in wide steps: those in which eight branches or more decode and
    /// nothing is read.
    pub wide_tokens: usize,
    /// Of `model_ms`, milliseconds of wide steps.
    pub wide_ms: u64,
}

impl Usage {
    /// Tells the figures and the log how a batch ended and what it took.
    fn tell(&self, outcome: &'static str, lane: Lane) {
        telemetry::batch(&telemetry::Batch {
            outcome,
            tokens: [
                ("prefill", self.prefill_tokens),
                ("cached", self.cached_tokens),
                ("decode", self.decode_tokens),
                ("draft", self.draft_tokens),
                ("accepted", self.accepted_tokens),
            ],
            ms: [
                ("queue", self.queue_ms),
                ("prefill", self.prefill_ms),
                ("decode", self.decode_ms),
            ],
        });
        let (lane, tokens) = (lane.name(), self.decode_tokens);
        tracing::debug!(outcome, lane, tokens, ms = self.decode_ms, "batch ended");
    }
}

/// What an engine runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDescription {
    /// Catalogue name, name of a copy, or file name.
    pub name: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: Option<String>,
    /// For a copy in another layout, the SHA-256 of the file that it was made from.
    pub source_sha256: Option<String>,
    /// Tokens that one batch may hold: prefix and all branches that run at once. Where
    /// each branch is a request of its own, what one of them may hold.
    pub context_tokens: usize,
}

/// What a processor could do of a model's work at most.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Peak {
    /// Products of two numbers of 8 bits in a second, by all threads of the engine.
    pub products_per_second: f64,
    /// Products that a token takes which is only read: one for each weight but those of the
    /// vocabulary.
    pub products_per_token: f64,
}

impl Peak {
    /// Tokens that could be read in a second.
    #[must_use]
    pub fn tokens_per_second(&self) -> f64 {
        self.products_per_second / self.products_per_token
    }
}

/// A language model behind a batch interface.
pub trait Engine: Send + Sync {
    /// What runs here.
    fn model(&self) -> &ModelDescription;

    /// Tokens that `text` takes, as plain text.
    fn count_tokens(&self, text: &str) -> usize;

    /// What the processor could do at most, where the engine can tell. Takes a tenth of a
    /// second of all its threads.
    fn peak(&self) -> Option<Peak> {
        None
    }

    /// Starts a batch, or refuses it. Dropping what it returns stops the work.
    ///
    /// # Errors
    /// [`EngineError::Saturated`] when too many wait, [`EngineError::Stopped`]
    /// when the engine is gone. Other errors come through [`Running`].
    /// Within a tokio runtime only: some engines start tasks on it.
    fn start(&self, batch: Batch) -> Result<Running, EngineError>;

    /// Runs all branches of a batch to their ends, once it is polled.
    fn run(&self, batch: Batch) -> BatchFuture<'_> {
        Box::pin(async move { self.start(batch)?.output().await })
    }
}
