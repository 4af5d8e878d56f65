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
    #[error("the prompt needs {needed} tokens, and context_tokens = {limit}")]
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
    /// An engine that cannot tell how likely a text is was asked to.
    #[error("this engine does not tell how likely a text is")]
    NoScores,
    /// A remote service that cannot be reached, or has no time for us.
    #[error("the model's service at {host} does not answer: {reason}")]
    Unreachable {
        /// Its host.
        host: String,
        /// What happened at the last attempt.
        reason: String,
    },
    /// A remote service that will not do what it is asked.
    #[error(
        "the model's service at {host} refused with the status {status}{}",
        named(code)
    )]
    Refused {
        /// Its host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The name that it gives to its reason.
        code: Option<String>,
    },
    /// A remote service that answers something else than it was asked.
    #[error("the model's service at {host} answered what cannot be used: {reason}")]
    Unusable {
        /// Its host.
        host: String,
        /// What is wrong with it; no word of the answer.
        reason: String,
    },
    /// A remote service that read less than the whole prompt.
    #[error("the model's service at {host} read {read} tokens of a prompt of {words} words")]
    PromptCut {
        /// Its host.
        host: String,
        /// Tokens that it read.
        read: usize,
        /// Words of the prompt; each takes a token at least.
        words: usize,
    },
}

fn named(code: &Option<String>) -> String {
    let named = code.as_ref().map(|code| format!(" ({code})"));
    named.unwrap_or_default()
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
            Self::NoScores => "no_scores",
            Self::Unreachable { .. } => "remote_unreachable",
            Self::Refused { .. } => "remote_refused",
            Self::Unusable { .. } | Self::PromptCut { .. } => "remote_unusable",
        }
    }

    /// Whether the same batch may be answered later, or elsewhere.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Load { .. }
            | Self::Saturated { .. }
            | Self::Stopped
            | Self::Decode(_)
            | Self::Unreachable { .. }
            | Self::Unusable { .. } => true,
            // Somebody mends a key or an address; nobody mends the article.
            Self::Refused { status, .. } => !matches!(status, 400 | 413 | 422),
            Self::ContextFull { .. }
            | Self::Grammar(_)
            | Self::NoScores
            | Self::PromptCut { .. } => false,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Load { .. } => "run `afterword models verify`, then `afterword models pull`",
            Self::ContextFull { .. } => {
                "raise engine.context_tokens (engine.remote.context_tokens of a remote engine), or use a model with a longer context"
            }
            Self::Saturated { .. } => "try again later",
            Self::Grammar(_) => "this is a bug: please report it with the article",
            Self::Stopped => "restart the service; its log says why the engine stopped",
            Self::Decode(_) => "try again; if it repeats, run `afterword doctor`",
            Self::NoScores => "this is a bug: please report it",
            Self::Unreachable { .. } => {
                "check engine.remote.url and whether the service runs and has room for engine.remote.max_concurrent_requests"
            }
            Self::Refused { status, .. } => refused(*status),
            Self::Unusable { .. } => {
                "use a service that holds answers to a JSON schema (response_format json_schema)"
            }
            Self::PromptCut { .. } => {
                "give the service's model a longer context (Ollama: num_ctx), or lower engine.remote.context_tokens to what it has"
            }
        }
    }
}

fn refused(status: u16) -> &'static str {
    match status {
        300..=399 => "engine.remote.url has to be the API's own address, not one that leads on",
        401 | 403 => {
            "check the key: AFTERWORD_REMOTE_KEY, engine.remote.key or engine.remote.key_file"
        }
        404 | 405 => {
            "check engine.remote.url, which ends before /chat/completions, and engine.remote.model"
        }
        413 => "lower engine.remote.context_tokens to what the service takes",
        _ => {
            "check engine.remote.model, whether its context has engine.remote.context_tokens, and whether the service knows response_format json_schema"
        }
    }
}
