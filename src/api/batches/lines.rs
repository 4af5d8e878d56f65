//! The lines of a batch, in their order, as a stream: so many at a time are in memory,
//! whatever the batch holds. What is there now; ask again later for more.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use futures_util::stream::try_unfold;

use crate::archive::line::{Line, Outcome};
use crate::digest::Digest;
use crate::store::{Batch, BatchItem, Store, StoreError};

use super::super::error::ApiError;
use super::super::id::Id;
use super::super::openapi::problems;
use super::super::state::AppState;
use super::find;

/// Lines that are read together.
const AT_ONCE: i64 = 50;
const DONE: [&str; 3] = ["done"; 3];
const WITHOUT: [&str; 3] = ["failed", "cancelled", "expired"];

/// The articles with a digest.
#[utoipa::path(
    get,
    path = "/v1/batches/{id}/results",
    tag = "batches",
    operation_id = "read_batch_results",
    summary = "The articles of a batch that have a digest, one a line",
    params(("id" = String, Path, description = "The batch.")),
    responses((status = 200, description = "As JSON, one a line: what there is now.", content(("application/jsonl")))),
    extensions(("x-problems" = json!([problems::STORE, "no_such_batch"])))
)]
pub(in crate::api) async fn results(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    stream(&state, &id, DONE).await
}

/// The articles without one.
#[utoipa::path(
    get,
    path = "/v1/batches/{id}/errors",
    tag = "batches",
    operation_id = "read_batch_errors",
    summary = "The articles of a batch that have none, one a line",
    params(("id" = String, Path, description = "The batch.")),
    responses((status = 200, description = "As JSON, one a line: what there is now.", content(("application/jsonl")))),
    extensions(("x-problems" = json!([problems::STORE, "no_such_batch"])))
)]
pub(in crate::api) async fn errors(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    stream(&state, &id, WITHOUT).await
}

async fn stream(
    state: &AppState,
    id: &str,
    states: [&'static str; 3],
) -> Result<Response, ApiError> {
    let store = state.queue()?.store().clone();
    let reading = Reading {
        batch: find(&store, id).await?,
        store,
        states,
        after: 0,
        pending: VecDeque::new(),
    };
    let lines = try_unfold(reading, |mut reading| async move {
        let line = reading.next().await?;
        Ok::<_, StoreError>(line.map(|line| (line, reading)))
    });
    let mut response = Response::new(Body::from_stream(lines));
    let media_type = HeaderValue::from_static("application/jsonl");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(response)
}

struct Reading {
    store: Arc<Store>,
    batch: Batch,
    states: [&'static str; 3],
    after: i64,
    pending: VecDeque<BatchItem>,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        if self.pending.is_empty() {
            let items = self
                .store
                .batch_items(&self.batch, self.states, self.after, AT_ONCE);
            self.pending.extend(items.await?);
        }
        let Some(item) = self.pending.pop_front() else {
            return Ok(None);
        };
        self.after = item.line;
        let line = self.line(item).await?;
        let text = serde_json::to_string(&line);
        let text = text.map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Some(Bytes::from(format!("{text}\n"))))
    }

    async fn line(&self, item: BatchItem) -> Result<Line, StoreError> {
        let line = match (item.state.as_str(), &item.content_key) {
            ("done", Some(key)) => self.digest(&item.custom_id, key).await?,
            _ => {
                let reason = item.reason.as_deref().unwrap_or("internal");
                let (code, detail) = reason.split_once(": ").unwrap_or((reason, ""));
                let unread = item.job.is_none() && item.state == "failed";
                let outcome = if unread {
                    Outcome::Unreadable
                } else {
                    Outcome::Failed
                };
                Line::without_digest(&item.custom_id, outcome, code, detail)
            }
        };
        Ok(Line {
            title: item.title,
            url: item.url,
            ..line
        })
    }

    async fn digest(&self, id: &str, key: &str) -> Result<Line, StoreError> {
        let gone = || {
            let detail = "the digest was kept long enough, and is gone";
            Line::without_digest(id, Outcome::Failed, "digest_gone", detail)
        };
        let Some(stored) = self.store.result(key).await? else {
            return Ok(gone());
        };
        let digest = serde_json::from_str::<Digest>(&stored);
        let digest = digest.map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Line::with_digest(id, digest))
    }
}
