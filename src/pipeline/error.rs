//! Why an article gets no digest. One enum for the whole pipeline; the CLI maps
//! it to exit codes and the API to problems.

use crate::engine::EngineError;

/// A refusal or failure. The display text is for the caller; [`PipelineError::hint`]
/// says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Nothing was sent.
    #[error("the input is empty")]
    Empty,
    /// Something was sent, but no text is left after cleaning.
    #[error("no article text was found in the input")]
    NoText,
    /// The bytes are not UTF-8, and no other charset makes text of them.
    #[error(
        "the input is not valid UTF-8, nor text in another charset: bad byte at offset {offset}"
    )]
    NotUtf8 {
        /// Offset of the first byte that cannot be decoded.
        offset: usize,
    },
    /// The bytes are a file of another kind.
    #[error("the input is {kind}, not text")]
    Binary {
        /// What it seems to be, with its article.
        kind: &'static str,
    },
    /// More bytes than `limits.max_input_bytes`.
    #[error("the input is larger than limits.max_input_bytes = {limit} ({bytes} bytes were read)")]
    TooManyBytes {
        /// Bytes sent (or seen before reading stopped).
        bytes: usize,
        /// The configured limit.
        limit: usize,
    },
    /// More elements and runs of text than `limits.max_html_nodes`.
    #[error("the markup has more elements and texts than limits.max_html_nodes = {limit}")]
    TooManyNodes {
        /// The configured limit.
        limit: usize,
    },
    /// Fewer words than `limits.min_article_words`.
    #[error(
        "the article has {words} words, fewer than limits.min_article_words = {limit}: too little to say anything that it backs"
    )]
    TooFewWords {
        /// Words found.
        words: usize,
        /// The configured limit.
        limit: usize,
    },
    /// More words than `limits.max_article_words`.
    #[error("the article has {words} words, more than limits.max_article_words = {limit}")]
    TooManyWords {
        /// Words found.
        words: usize,
        /// The configured limit.
        limit: usize,
    },
    /// A sentence, with its headings, that does not fit the model's context. It
    /// is not cut.
    #[error(
        "a sentence of the article needs {needed} tokens, and context_tokens = {context_tokens} leaves {limit} for one window"
    )]
    WindowFull {
        /// Tokens needed.
        needed: usize,
        /// Tokens of a window.
        limit: usize,
        /// The configured limit.
        context_tokens: usize,
    },
    /// Some words reached no author: a bug of ours, and no digest.
    #[error("only {read} of the article's {words} words were read")]
    NotReadWhole {
        /// Words read.
        read: usize,
        /// Words in the article.
        words: usize,
    },
    /// The digest took longer than `limits.max_digest_seconds`.
    #[error("the digest took longer than limits.max_digest_seconds = {seconds}")]
    TookTooLong {
        /// The configured limit.
        seconds: u64,
    },
    /// The article is in a language that the prompts and checks do not speak.
    #[error(
        "the article is in {language:?}, and the prompts and checks of this version read English only"
    )]
    Language {
        /// ISO 639-1 code.
        language: &'static str,
    },
    /// An option is out of its bounds.
    #[error("{name} is {value}; allowed: {bounds}")]
    Option {
        /// The option as the caller wrote it.
        name: &'static str,
        /// The value sent.
        value: String,
        /// What is allowed.
        bounds: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl PipelineError {
    /// A stable machine-readable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_input",
            Self::NoText => "no_text",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Binary { .. } => "binary_input",
            Self::TooManyBytes { .. } => "too_many_bytes",
            Self::TooManyNodes { .. } => "too_many_nodes",
            Self::TooFewWords { .. } => "too_few_words",
            Self::TooManyWords { .. } => "too_many_words",
            Self::WindowFull { .. } => "context_full",
            Self::NotReadWhole { .. } => "not_read_whole",
            Self::TookTooLong { .. } => "digest_timeout",
            Self::Language { .. } => "language_unsupported",
            Self::Option { .. } => "invalid_option",
            Self::Engine(error) => error.code(),
        }
    }

    /// Whether the same article may get a digest later, or elsewhere.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_transient(),
            // Others may have had the engine.
            Self::TookTooLong { .. } => true,
            _ => false,
        }
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "send the article's body as text, HTML or Markdown",
            Self::NoText => {
                "send the article's body; pages that build their text by script have to be rendered first"
            }
            Self::NotUtf8 { .. } => "convert the input to UTF-8, for example with iconv",
            Self::Binary { .. } => "send the text itself, as plain text, HTML or Markdown",
            Self::TooManyBytes { .. } | Self::TooManyNodes { .. } => {
                "send the article's body only, or raise the limit in the configuration"
            }
            Self::TooFewWords { .. } => {
                "send the whole article, or lower the limit in the configuration"
            }
            Self::TooManyWords { .. } => {
                "split the article, or raise the limit in the configuration"
            }
            Self::WindowFull { .. } => {
                "raise engine.context_tokens (engine.remote.context_tokens of a remote engine), use a model with a longer context, or part the sentence"
            }
            Self::NotReadWhole { .. } => "this is a bug: please report it with the article",
            Self::TookTooLong { .. } => {
                "raise limits.max_digest_seconds, or send fewer articles at once"
            }
            Self::Language { .. } => "send an English article",
            Self::Option { .. } => "choose an allowed value",
            Self::Engine(error) => error.hint(),
        }
    }
}
