//! Callbacks, from a caller's side: the log of what was delivered, for one job or
//! all, and `POST /v1/deliveries/{id}/redeliver` to have one sent again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{StatusCode, Uri};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::jobs::Queue;
use crate::net::Target;
use crate::store::{Attempt, Delivery, DeliveryFilter, DeliveryOutcome, StoreError};
use crate::text::time::rfc3339;

use super::error::{ApiError, Place};
use super::id::Id;
use super::job::{find, page_size, parse, refuse};
use super::openapi::{problems, schemas};
use super::state::AppState;
use super::wire;

/// Deliveries of one page when the caller does not say.
const PAGE: usize = 20;
/// Deliveries of one job: more were never made.
const OF_ONE_JOB: usize = 100;
const KNOWN: &str = "is unknown; known are status, cursor and limit";
/// Bytes of a delivery's id; what is longer does not reach the database.
const MAX_ID_BYTES: usize = 64;

/// The word of a job's end on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryView {
    /// The `webhook-id`: the same for every attempt.
    pub id: String,
    /// The job that has ended.
    pub job: String,
    /// The batch that it tells of; absent when it tells of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// Where it goes.
    pub url: String,
    /// `waiting`, `sending`, `delivered`, `failed` (the schedule is at its end) or
    /// `disabled` (the endpoint answered 410).
    #[schemars(schema_with = "schemas::delivery_status")]
    pub status: String,
    /// How often it was begun.
    pub attempts: i64,
    /// When the job ended.
    pub created_at: String,
    /// When it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// HTTP status of the last attempt, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
    /// What was wrong with the last attempt: a code, a colon and a detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Every attempt that has ended; only where one job is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<AttemptView>,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttemptView {
    /// Its number.
    pub attempt: i64,
    /// When it ended.
    pub at: String,
    /// Milliseconds that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<i64>,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
    /// What was wrong; absent when it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A page of deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryList {
    /// The deliveries.
    pub deliveries: Vec<DeliveryView>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        let status = &delivery.status;
        Self {
            id: delivery.id.clone(),
            job: delivery.job.clone(),
            batch: delivery.batch.clone(),
            url: delivery.url.clone(),
            status: status.state.name().to_owned(),
            attempts: status.attempt,
            created_at: rfc3339(delivery.created_at),
            retry_at: status.ready_at.map(rfc3339),
            finished_at: status.finished_at.map(rfc3339),
            answer: status.answer,
            reason: status.reason.clone(),
            log: Vec::new(),
        }
    }
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        Self {
            attempt: attempt.attempt,
            at: rfc3339(attempt.at),
            ms: attempt.ms,
            answer: attempt.answer,
            reason: attempt.reason,
        }
    }
}

/// Holds the address of a callback against the rules, before anything is stored.
pub(super) fn check_callback(
    state: &AppState,
    url: Option<&str>,
    place: Place,
) -> Result<(), ApiError> {
    let Some(url) = url else {
        return Ok(());
    };
    let terms = state.terms();
    let Some(rules) = &terms.callbacks else {
        return Err(ApiError::CallbacksOff);
    };
    match Target::parse(url, rules) {
        Ok(_) => Ok(()),
        Err(error) => Err(wire::bad(
            place,
            wire::callback_name(place),
            error.to_string(),
        )),
    }
}

/// The callbacks of one job, with every attempt.
#[utoipa::path(
    get,
    path = "/v1/digests/{id}/deliveries",
    tag = "deliveries",
    operation_id = "list_job_deliveries",
    summary = "The callbacks of a job, with every attempt",
    params(("id" = String, Path, format = "uuid", description = "The job.")),
    responses((status = 200, description = "All of them.",
        body = ref("#/components/schemas/DeliveryList"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "no_such_job"])))
)]
pub(super) async fn of_job(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
) -> Result<Json<DeliveryList>, ApiError> {
    let queue = state.queue()?;
    let job = find(queue, &id).await?;
    Ok(Json(DeliveryList {
        deliveries: all_of(queue, &job.id).await?,
        next: None,
    }))
}

/// The callbacks of a job, newest first, with every attempt.
pub(super) async fn all_of(queue: &Queue, job: &str) -> Result<Vec<DeliveryView>, StoreError> {
    let filter = DeliveryFilter {
        job: Some(job.to_owned()),
        ..DeliveryFilter::default()
    };
    let mut deliveries = Vec::new();
    for delivery in queue.deliveries(&filter, OF_ONE_JOB).await? {
        let attempts = queue.delivery_attempts(&delivery.id).await?;
        deliveries.push(DeliveryView {
            log: attempts.into_iter().map(AttemptView::from).collect(),
            ..DeliveryView::from(&delivery)
        });
    }
    Ok(deliveries)
}

/// A page of callbacks that fit the query.
#[utoipa::path(
    get,
    path = "/v1/deliveries",
    tag = "deliveries",
    operation_id = "list_deliveries",
    summary = "Callbacks, newest first",
    params(
        ("status" = Option<String>, Query, description = "Only those with this status."),
        ("cursor" = Option<i64>, Query, description = "`next` of the page before."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Callbacks of a page; 20 without it."),
    ),
    responses((status = 200, description = "A page.",
        body = ref("#/components/schemas/DeliveryList"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter"])))
)]
pub(super) async fn list(
    Shared(state): Shared<Arc<AppState>>,
    uri: Uri,
) -> Result<Json<DeliveryList>, ApiError> {
    let (filter, limit) = read_query(&uri)?;
    let queue = state.queue()?;
    // One more, to know whether there is another page.
    let mut deliveries = queue.deliveries(&filter, limit + 1).await?;
    let more = deliveries.len() > limit;
    deliveries.truncate(limit);
    let last = deliveries.last().filter(|_| more);
    Ok(Json(DeliveryList {
        next: last.map(|delivery| delivery.seq.to_string()),
        deliveries: deliveries.iter().map(DeliveryView::from).collect(),
    }))
}

fn read_query(uri: &Uri) -> Result<(DeliveryFilter, usize), ApiError> {
    let (mut filter, mut limit) = (DeliveryFilter::default(), PAGE);
    for (name, value) in wire::pairs(uri)? {
        match name.as_str() {
            "status" => filter.state = Some(parse(&name, &value)?),
            "cursor" => filter.before = Some(parse(&name, &value)?),
            "limit" => limit = page_size(&value)?,
            _ => return Err(refuse(&name, KNOWN)),
        }
    }
    Ok((filter, limit))
}

/// Has a callback sent again, under its id.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{id}/redeliver",
    tag = "deliveries",
    operation_id = "redeliver",
    summary = "Sends a callback again, now, under its id",
    params(("id" = String, Path, description = "The `webhook-id`.")),
    responses((status = 202, description = "It waits to be sent.",
        body = ref("#/components/schemas/DeliveryView"), content_type = "application/json")),
    extensions(("x-problems" = json!([
        problems::STORE, "callbacks_off", "delivery_under_way", "no_such_delivery",
    ])))
)]
pub(super) async fn redeliver(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
) -> Result<(StatusCode, Json<DeliveryView>), ApiError> {
    if state.terms().callbacks.is_none() {
        return Err(ApiError::CallbacksOff);
    }
    let is_name = id.len() <= MAX_ID_BYTES && !id.contains(char::is_control);
    if !is_name {
        return Err(ApiError::NoSuchDelivery);
    }
    match state.queue()?.redeliver(&id).await? {
        DeliveryOutcome::Applied(delivery) => {
            let view = DeliveryView::from(&*delivery);
            Ok((StatusCode::ACCEPTED, Json(view)))
        }
        DeliveryOutcome::Refused(_) => Err(ApiError::DeliveryUnderWay),
        DeliveryOutcome::Missing => Err(ApiError::NoSuchDelivery),
    }
}
