//! Why an engine could not answer, and what to do about it.

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
