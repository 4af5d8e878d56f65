//! `POST /v1/digests` for a stored job: the article is on disk before the caller
//! hears yes. What can be refused at once is refused at once; then the caller
//! waits as long as it likes, or is told where to look.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::digest::Digest;
use crate::jobs::{NewJob, Queue};
use crate::pipeline::ingest;
use crate::pipeline::render::RenderOptions;
use crate::store::{Job, Lane, State, Submitted};

use super::deliveries::check_callback;
use super::digests::respond;
use super::error::ApiError;
use super::job::JobView;
use super::prefer::Wishes;
use super::slots::Slot;
use super::state::AppState;
use super::wire::Order;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Stores the order as a job and answers as the caller wishes. The slot is given
/// back before anyone waits.
pub(super) async fn create(
    state: &Arc<AppState>,
    order: Order,
    wishes: Wishes,
    rendering: &RenderOptions,
    slot: Slot,
) -> Result<Response, ApiError> {
    let queue = state.queue()?;
    let lane = order.about.lane.unwrap_or_else(|| order.caller.lane());
    let owner_limit = order.caller.owner().map(|it| it.max_open_jobs);
    check_callback(state, order.about.callback.as_deref(), order.place)?;
    // Who wants to be called does not wait, unless it says so.
    let is_called = order.about.callback.is_some().then_some(Duration::ZERO);
    let patience = wishes.patience().or(is_called);
    check(state, &order).await?;
    let submitted = queue.submit(new_job(order, lane, &wishes)).await?;
    drop(slot);
    let (job, repeated) = match submitted {
        Submitted::Accepted(job) => {
            tracing::info!(job = job.id, lane = lane.name(), "accepted");
            (job, false)
        }
        Submitted::Repeated(job) => (job, true),
        Submitted::KeyReused => return Err(ApiError::KeyReused),
        Submitted::LaneFull => return Err(lane_full(queue, lane).await),
        Submitted::OwnerFull => {
            return Err(ApiError::OwnerFull {
                limit: owner_limit
                    .and_then(|it| it.try_into().ok())
                    .unwrap_or_default(),
                after: queue.room_after(lane).await?,
            });
        }
    };
    let open = !job.status.state.is_final();
    if repeated && open && patience.is_none() {
        // The first request may still be waiting for its answer.
        return Err(ApiError::KeyInFlight { id: job.id });
    }
    let job = wait(state, queue, job, patience).await?;
    if patience == Some(Duration::ZERO) || !job.status.state.is_final() {
        return accepted(queue, &job, &wishes).await;
    }
    let mut response = ended(queue, &job, rendering).await?;
    locate(&mut response, &job);
    Ok(response)
}

/// Refuses now what the pipeline would refuse later.
async fn check(state: &Arc<AppState>, order: &Order) -> Result<(), ApiError> {
    let input = order.input.clone();
    let limits = state.terms().limits.clone();
    let read = tokio::task::spawn_blocking(move || ingest::ingest(&input, &limits).map(drop));
    let read = read.await.map_err(|_| ApiError::Panicked)?;
    let place = order.place;
    read.map_err(|error| ApiError::Pipeline { error, place })
}

fn new_job(order: Order, lane: Lane, wishes: &Wishes) -> NewJob {
    NewJob {
        input: order.input,
        options: order.options,
        lane,
        owner: order.caller.owner(),
        external_id: order.about.external_id,
        url: order.about.url,
        callback: order.about.callback,
        request_id: order.request_id,
        idempotency_key: wishes.idempotency_key.clone(),
        generation: None,
    }
}

async fn lane_full(queue: &Queue, lane: Lane) -> ApiError {
    match queue.room_after(lane).await {
        Ok(after) => ApiError::LaneFull {
            lane,
            limit: queue.limit(lane),
            after,
        },
        Err(error) => error.into(),
    }
}

/// Waits as the caller wishes and the service allows.
async fn wait(
    state: &AppState,
    queue: &Queue,
    job: Job,
    patience: Option<Duration>,
) -> Result<Job, ApiError> {
    let terms = state.terms();
    let longest = terms.server.max_wait;
    let patience = patience.unwrap_or(longest).min(longest);
    if job.status.state.is_final() || patience.is_zero() {
        return Ok(job);
    }
    let Ok(_place) = terms.waits.try_acquire() else {
        return Ok(job);
    };
    let waited = tokio::select! {
        waited = queue.wait(&job.id, patience) => waited?,
        // The job goes on elsewhere, or after the restart.
        () = state.drained() => None,
    };
    Ok(waited.unwrap_or(job))
}

/// 202: where to look, and what there is to see so far.
async fn accepted(queue: &Queue, job: &Job, wishes: &Wishes) -> Result<Response, ApiError> {
    let view = JobView::about(queue, job).await?;
    let mut response = (StatusCode::ACCEPTED, Json(view)).into_response();
    if wishes.respond_async {
        let applied = HeaderValue::from_static("respond-async");
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    locate(&mut response, job);
    Ok(response)
}

fn locate(response: &mut Response, job: &Job) {
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/digests/{}", job.id)) {
        response.headers_mut().insert(LOCATION, place);
    }
}

/// The digest of a job that has ended, or why there is none.
pub(super) async fn ended(
    queue: &Queue,
    job: &Job,
    rendering: &RenderOptions,
) -> Result<Response, ApiError> {
    match job.status.state {
        State::Done => respond(&digest(queue, job).await?, rendering),
        State::Cancelled => Err(ApiError::Cancelled),
        _ => Err(ApiError::dead(job.status.reason.as_deref())),
    }
}

/// The digest of a job that is done.
pub(super) async fn digest(queue: &Queue, job: &Job) -> Result<Digest, ApiError> {
    let stored = queue.digest(job).await?.ok_or(ApiError::DigestGone)?;
    serde_json::from_str(&stored).map_err(ApiError::StoredDigest)
}
