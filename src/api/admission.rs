//! Bounded concurrency: so many digests at once, and no queue behind them. A
//! slot is taken before the body is read, so that the bound holds for memory
//! too, and given back when the response is made or the client is gone.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::error::ApiError;
use super::state::AppState;

pub(super) async fn admit(
    State(state): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Ok(_slot) = state.slots.try_acquire() else {
        let limit = state.server.max_concurrent_requests;
        return Err(ApiError::Busy { limit });
    };
    Ok(next.run(request).await)
}
