//! Reads a request's body: so many bytes, in so much time, or a refusal.

use std::time::Duration;

use axum::body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::error::ApiError;

/// Bounds of one body.
pub(super) struct BodyLimit {
    /// Bytes to read at most.
    pub(super) raw_bytes: usize,
    /// `limits.max_input_bytes`, which the caller is told.
    pub(super) input_bytes: usize,
    /// For the whole body: a client that drips bytes must not hold a slot.
    pub(super) time: Duration,
}

/// The whole body.
pub(super) async fn read(body: Body, limit: &BodyLimit) -> Result<Vec<u8>, ApiError> {
    let collected = Limited::new(body, limit.raw_bytes).collect();
    match timeout(limit.time, collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ApiError::BodyTooLarge {
            limit: limit.input_bytes,
        }),
        Ok(Err(_)) => Err(ApiError::BodyInterrupted),
        Err(_) => Err(ApiError::BodyTimeout {
            seconds: limit.time.as_secs(),
        }),
    }
}
