//! The one thing the pipeline knows of a language model: a shared prefix, many
//! branches, one batch. Implementations: `llama` (in-process llama.cpp) and
//! `scripted` (for tests). Knows no article, no question, no prompt file.

use std::future::Future;
use std::pin::Pin;

#[cfg(any(feature = "llama", test))]
mod backend;
#[cfg(any(feature = "llama", test))]
mod chat;
#[cfg(feature = "llama")]
pub mod llama;
#[cfg(any(feature = "llama", test))]
mod runtime;
#[cfg(any(feature = "llama", test))]
mod sampling;
#[cfg(any(feature = "llama", test))]
mod scheduler;
pub mod scripted;

/// A prefix that is prefilled once and the branches forked from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Shared by all branches.
    pub prefix: Prefix,
    /// Decoded together.
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

/// One continuation of the prefix.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// The rest of the user's message, plain text.
    pub instruction: String,
    /// Words put into the assistant's mouth; part of the completion's text.
    pub answer_start: String,
    /// Lark grammar (llguidance syntax) of what follows `answer_start`.
    pub grammar: String,
    /// Upper bound of the decoded tokens.
    pub max_tokens: usize,
}

/// What one branch said.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// `answer_start` and what was decoded after it.
    pub text: String,
    /// Why decoding ended.
    pub finish: Finish,
    /// Mean natural-log probability of the decoded tokens under the model.
    pub mean_logprob: f32,
    /// Decoded tokens.
    pub tokens: usize,
}

/// Why decoding of a branch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The grammar was complete and the model, or the grammar, stopped.
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

/// Work done for a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens run through prefill (prefix and branch instructions).
    pub prefill_tokens: usize,
    /// Tokens decoded over all branches.
    pub decode_tokens: usize,
    /// Milliseconds until the prefix was in the KV cache.
    pub prefill_ms: u64,
    /// Milliseconds after that.
    pub decode_ms: u64,
}

/// What an engine runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDescription {
    /// Catalogue name or file name.
    pub name: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: Option<String>,
    /// Tokens that one batch may hold: prefix and all branches that run at once.
    pub context_tokens: usize,
}

/// Why an engine could not answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The model file cannot be loaded.
    #[error("the model {path} cannot be loaded: {reason}")]
    Load {
        /// The file.
        path: String,
        /// What the loader said.
        reason: String,
    },
    /// The prefix and one branch do not fit the context.
    #[error("the prompt needs {needed} tokens, and engine.context_tokens = {limit}")]
    ContextFull {
        /// Tokens needed.
        needed: usize,
        /// Tokens there are.
        limit: usize,
    },
    /// Too many batches wait already.
    #[error("{waiting} batches wait already, and limits.max_waiting_batches allows no more")]
    Saturated {
        /// Batches in the queue.
        waiting: usize,
    },
    /// A grammar that the engine cannot use: a bug of ours.
    #[error("the grammar was rejected: {0}")]
    Grammar(String),
    /// The engine's thread is gone.
    #[error("the engine has stopped")]
    Stopped,
    /// The decode itself failed.
    #[error("decoding failed: {0}")]
    Decode(String),
}

impl EngineError {
    /// A stable machine-readable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Load { .. } => "model_unusable",
            Self::ContextFull { .. } => "context_full",
            Self::Saturated { .. } => "saturated",
            Self::Grammar(_) => "grammar_rejected",
            Self::Stopped => "engine_stopped",
            Self::Decode(_) => "decode_failed",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Load { .. } => "run `afterword models verify`, then `afterword models pull`",
            Self::ContextFull { .. } => {
                "raise engine.context_tokens, or use a model with a longer context"
            }
            Self::Saturated { .. } => "try again later",
            Self::Grammar(_) => "this is a bug: please report it with the article",
            Self::Stopped => "restart the service; its log says why the engine stopped",
            Self::Decode(_) => "try again; if it repeats, run `afterword doctor`",
        }
    }
}

/// The future of a batch; dropping it stops the work.
pub type BatchFuture<'a> =
    Pin<Box<dyn Future<Output = Result<BatchOutput, EngineError>> + Send + 'a>>;

/// A language model behind a batch interface.
pub trait Engine: Send + Sync {
    /// What runs here.
    fn model(&self) -> &ModelDescription;

    /// Tokens that `text` takes, as plain text.
    fn count_tokens(&self, text: &str) -> usize;

    /// Runs all branches of a batch. The same batch gives the same answer.
    fn run(&self, batch: Batch) -> BatchFuture<'_>;
}
