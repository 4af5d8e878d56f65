//! Batches: many articles sent together (`upload`), looked at, paused, called off,
//! and their lines streamed (`lines`); `error` says what is refused.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::store::{Batch, BatchState, ItemCounts, Store};
use crate::text::time::rfc3339;

use super::error::{ApiError, Place};
use super::id::Id;
use super::openapi::problems;
use super::state::AppState;
use super::wire;

mod error;
pub(super) mod lines;
pub(super) mod upload;

pub use error::BatchError;
pub(super) use lines::{errors, results};
pub(super) use upload::create;

/// Batches of one page when the caller does not say.
const PAGE: usize = 20;
/// Batches of one page at most.
const MAX_PAGE: usize = 100;
/// Bytes of an id at most.
const MAX_ID_BYTES: usize = 64;

/// A batch, as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchView {
    /// Names the batch.
    pub id: String,
    /// `validating`, `in_progress`, `finalizing`, `completed`, `failed`, `expired`,
    /// `cancelling` or `cancelled`.
    pub status: String,
    /// Whether nothing of it is handed in for now.
    pub paused: bool,
    /// How many articles stand where.
    pub counts: BatchCounts,
    /// When it was accepted.
    pub created_at: String,
    /// When what is left of it is dropped.
    pub expires_at: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Why it stands where it stands: a code, a colon and a detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where its digests are, one a line.
    pub results: String,
    /// Where the articles without one are, one a line.
    pub errors: String,
}

/// How many articles of a batch stand where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchCounts {
    /// All lines.
    pub total: i64,
    /// Not begun.
    pub waiting: i64,
    /// Handed in and not done.
    pub in_work: i64,
    /// With a digest.
    pub done: i64,
    /// Without one: broken, refused or failed.
    pub failed: i64,
    /// Called off.
    pub cancelled: i64,
    /// Not begun in time.
    pub expired: i64,
}

/// A page of batches, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchList {
    /// The batches.
    pub batches: Vec<BatchView>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl BatchView {
    fn new(batch: &Batch, counts: ItemCounts) -> Self {
        Self {
            id: batch.id.clone(),
            status: batch.state.name().to_owned(),
            paused: batch.paused,
            counts: counts.into(),
            created_at: rfc3339(batch.created_at),
            expires_at: rfc3339(batch.expires_at),
            finished_at: batch.finished_at.map(rfc3339),
            reason: batch.reason.clone(),
            results: format!("/v1/batches/{}/results", batch.id),
            errors: format!("/v1/batches/{}/errors", batch.id),
        }
    }
}

impl From<ItemCounts> for BatchCounts {
    fn from(counts: ItemCounts) -> Self {
        Self {
            total: counts.total(),
            waiting: counts.waiting,
            in_work: counts.in_work,
            done: counts.done,
            failed: counts.failed,
            cancelled: counts.cancelled,
            expired: counts.expired,
        }
    }
}

/// One batch.
#[utoipa::path(
    get,
    path = "/v1/batches/{id}",
    tag = "batches",
    operation_id = "read_batch",
    summary = "One batch, and how many of its articles stand where",
    params(("id" = String, Path, description = "The batch.")),
    responses((status = 200, description = "The batch.",
        body = ref("#/components/schemas/BatchView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "no_such_batch"])))
)]
pub(super) async fn read(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
) -> Result<Json<BatchView>, ApiError> {
    let store = state.queue()?.store();
    view(store, &find(store, &id).await?).await
}

/// A page of batches.
#[utoipa::path(
    get,
    path = "/v1/batches",
    tag = "batches",
    operation_id = "list_batches",
    summary = "Batches, newest first",
    params(
        ("status" = Option<String>, Query, description = "Only those with this status."),
        ("cursor" = Option<i64>, Query, description = "`next` of the page before."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Batches of a page; 20 without it."),
    ),
    responses((status = 200, description = "A page.",
        body = ref("#/components/schemas/BatchList"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter"])))
)]
pub(super) async fn list(
    Shared(state): Shared<Arc<AppState>>,
    uri: Uri,
) -> Result<Json<BatchList>, ApiError> {
    let query = ListQuery::read(&uri)?;
    let store = state.queue()?.store();
    // One more, to know whether there is another page.
    let most = i64::try_from(query.limit + 1).unwrap_or(i64::MAX);
    let mut batches = store.batches(query.state, query.before, most).await?;
    let more = batches.len() > query.limit;
    batches.truncate(query.limit);
    let next = batches.last().filter(|_| more).map(|it| it.seq.to_string());
    let mut views = Vec::new();
    for batch in &batches {
        views.push(view(store, batch).await?.0);
    }
    Ok(Json(BatchList {
        batches: views,
        next,
    }))
}

struct ListQuery {
    state: Option<BatchState>,
    before: Option<i64>,
    limit: usize,
}

impl ListQuery {
    fn read(uri: &Uri) -> Result<Self, ApiError> {
        let mut query = Self {
            state: None,
            before: None,
            limit: PAGE,
        };
        for (name, value) in wire::pairs(uri)? {
            let refuse = |reason: String| wire::bad(Place::Query, &name, reason);
            match name.as_str() {
                "status" => {
                    let state = value.parse::<BatchState>();
                    query.state = Some(state.map_err(|error| refuse(error.to_string()))?);
                }
                "cursor" => {
                    let before = value.parse();
                    let before =
                        before.map_err(|_| refuse("has to be a whole number".to_owned()))?;
                    query.before = Some(before);
                }
                "limit" => {
                    let limit = value.parse().ok().filter(|it| (1..=MAX_PAGE).contains(it));
                    let reason = format!("has to be 1 to {MAX_PAGE}");
                    query.limit = limit.ok_or_else(|| refuse(reason))?;
                }
                _ => {
                    return Err(refuse(
                        "is unknown; known are status, limit, cursor".to_owned(),
                    ));
                }
            }
        }
        Ok(query)
    }
}

/// Calls a batch off; one that was called off before stays so.
#[utoipa::path(
    post,
    path = "/v1/batches/{id}/cancel",
    tag = "batches",
    operation_id = "cancel_batch",
    summary = "Calls a batch off",
    params(("id" = String, Path, description = "The batch.")),
    responses((status = 200, description = "The batch.",
        body = ref("#/components/schemas/BatchView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "batch_ended", "no_such_batch"])))
)]
pub(super) async fn cancel(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
) -> Result<Json<BatchView>, ApiError> {
    let store = state.queue()?.store();
    let from = [
        BatchState::Validating,
        BatchState::InProgress,
        BatchState::Finalizing,
    ];
    let to = BatchState::Cancelling;
    let batch = find(store, &id).await?;
    let changed = store.change_batch(&batch.id, &from, to, None).await?;
    let batch = find(store, &id).await?;
    let was = matches!(batch.state, BatchState::Cancelling | BatchState::Cancelled);
    if changed || was {
        return view(store, &batch).await;
    }
    Err(BatchError::BatchEnded.into())
}

/// Hands nothing more of a batch in.
#[utoipa::path(
    post,
    path = "/v1/batches/{id}/pause",
    tag = "batches",
    operation_id = "pause_batch",
    summary = "Hands nothing more of a batch in, for now",
    params(("id" = String, Path, description = "The batch.")),
    responses((status = 200, description = "The batch.",
        body = ref("#/components/schemas/BatchView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "batch_ended", "no_such_batch"])))
)]
pub(super) async fn pause(
    state: Shared<Arc<AppState>>,
    id: Id,
) -> Result<Json<BatchView>, ApiError> {
    set_paused(state, id, true).await
}

/// Goes on.
#[utoipa::path(
    post,
    path = "/v1/batches/{id}/resume",
    tag = "batches",
    operation_id = "resume_batch",
    summary = "Goes on with a batch",
    params(("id" = String, Path, description = "The batch.")),
    responses((status = 200, description = "The batch.",
        body = ref("#/components/schemas/BatchView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "batch_ended", "no_such_batch"])))
)]
pub(super) async fn resume(
    state: Shared<Arc<AppState>>,
    id: Id,
) -> Result<Json<BatchView>, ApiError> {
    set_paused(state, id, false).await
}

async fn set_paused(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    paused: bool,
) -> Result<Json<BatchView>, ApiError> {
    let store = state.queue()?.store();
    let batch = find(store, &id).await?;
    if !store.pause_batch(&batch.id, paused).await? {
        return Err(BatchError::BatchEnded.into());
    }
    view(store, &find(store, &id).await?).await
}

async fn view(store: &Store, batch: &Batch) -> Result<Json<BatchView>, ApiError> {
    let counts = store.item_counts(batch).await?;
    Ok(Json(BatchView::new(batch, counts)))
}

async fn find(store: &Store, id: &str) -> Result<Batch, ApiError> {
    let is_name = id.len() <= MAX_ID_BYTES && !id.contains(char::is_control);
    if !is_name {
        return Err(BatchError::NoSuchBatch.into());
    }
    Ok(store.batch(id).await?.ok_or(BatchError::NoSuchBatch)?)
}
