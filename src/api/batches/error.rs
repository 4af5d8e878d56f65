//! Why a batch is not taken, found or changed, with what a caller is told of each.

use axum::http::StatusCode;

/// Why a batch is not taken, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// As many batches are being sent as may.
    #[error("{limit} batches are being sent, and batches.max_uploads allows no more")]
    TooManyUploads {
        /// The configured number.
        limit: usize,
    },
    /// A batch comes as lines or as a list.
    #[error("the body's media type is {}, which is none of a batch", sent.as_deref().unwrap_or("not said"))]
    BatchMediaType {
        /// What the caller said.
        sent: Option<String>,
    },
    /// A batch of too many bytes.
    #[error("the batch is larger than batches.max_bytes = {limit} allows")]
    BatchTooLarge {
        /// The configured number.
        limit: usize,
    },
    /// A list of too many bytes.
    #[error("the list is larger than limits.max_item_bytes = {limit} allows")]
    ListTooLarge {
        /// The configured number.
        limit: usize,
    },
    /// A batch of too many lines.
    #[error("the batch has more lines than batches.max_lines = {limit} allows")]
    TooManyLines {
        /// The configured number.
        limit: usize,
    },
    /// A batch without an article.
    #[error("none of the {lines} lines of the batch is an article")]
    EmptyBatch {
        /// How many lines there were.
        lines: i64,
    },
    /// A batch that did not arrive in time.
    #[error("the batch did not arrive within batches.upload_timeout_seconds = {seconds}")]
    UploadTimeout {
        /// The configured time.
        seconds: u64,
    },
    /// No such batch.
    #[error("there is no such batch, or it was kept long enough")]
    NoSuchBatch,
    /// A batch that has ended, or is about to, cannot be changed.
    #[error("the batch has ended, or all of it is in work already")]
    BatchEnded,
}

impl BatchError {
    /// One status per error.
    pub(in crate::api) fn status(&self) -> StatusCode {
        match self {
            Self::TooManyUploads { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::BatchMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BatchTooLarge { .. } | Self::ListTooLarge { .. } | Self::TooManyLines { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::EmptyBatch { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UploadTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::NoSuchBatch => StatusCode::NOT_FOUND,
            Self::BatchEnded => StatusCode::CONFLICT,
        }
    }

    /// A stable machine-readable name.
    pub(in crate::api) fn code(&self) -> &'static str {
        match self {
            Self::TooManyUploads { .. } => "too_many_uploads",
            Self::BatchMediaType { .. } => "media_type_unsupported",
            Self::BatchTooLarge { .. } | Self::ListTooLarge { .. } => "too_many_bytes",
            Self::TooManyLines { .. } => "too_many_lines",
            Self::EmptyBatch { .. } => "empty_batch",
            Self::UploadTimeout { .. } => "body_timeout",
            Self::NoSuchBatch => "no_such_batch",
            Self::BatchEnded => "batch_ended",
        }
    }

    /// What the caller can do about it.
    pub(in crate::api) fn hint(&self) -> &'static str {
        match self {
            Self::TooManyUploads { .. } => "try again later",
            Self::BatchMediaType { .. } => {
                "set Content-Type to application/jsonl, or to application/json for a list"
            }
            Self::BatchTooLarge { .. } | Self::TooManyLines { .. } => {
                "send it in several batches, or raise the limit in the configuration"
            }
            Self::ListTooLarge { .. } => "send it as lines, with Content-Type application/jsonl",
            Self::EmptyBatch { .. } => {
                "send one JSON object a line, with custom_id and one of text, html and markdown"
            }
            Self::UploadTimeout { .. } => "send it again, in several batches where that is quicker",
            Self::NoSuchBatch => "check the id; GET /v1/batches lists what there is",
            Self::BatchEnded => "ask for it with GET",
        }
    }
}
