//! Stored jobs: `GET` one or a list, `DELETE` to call one off.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::jobs::Queue;
use crate::life::Changes;
use crate::pipeline::render::Format;
use crate::store::{Filter, Job, Outcome, Refusal, State, StoreError, Transition};

use super::error::{ApiError, Place};
use super::id::Id;
use super::openapi::{Printing, problems, schemas};
use super::rendering;
use super::state::AppState;
use super::stored;
use super::wire;
use crate::text::time::rfc3339;

/// Jobs of one page when the caller does not say.
const PAGE: usize = 20;
/// Jobs of one page at most.
const MAX_PAGE: usize = 100;

/// A stored job, as callers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobView {
    /// Names the job.
    pub id: String,
    /// `queued`, `leased`, `failed` (will be tried again), `done`, `dead` or
    /// `cancelled`.
    #[schemars(schema_with = "schemas::job_status")]
    pub status: String,
    /// `publish`, `draft` or `backfill`.
    #[schemars(schema_with = "schemas::lane")]
    pub lane: String,
    /// The caller's name for the article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Where the article stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How often it was begun.
    pub attempts: i64,
    /// When it was accepted.
    pub created_at: String,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Why it failed, died or was cancelled: a code, a colon and a detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Everything that happened to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Step>,
    /// The digest, when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The id of the article, where the caller names it; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// What the digest changed of the article, when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

/// One entry of a job's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// When.
    pub at: String,
    /// The new status.
    #[schemars(schema_with = "schemas::job_status")]
    pub status: String,
    /// The attempt at that time.
    pub attempt: i64,
    /// The worker that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// Why.
    pub reason: String,
}

/// A page of jobs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobList {
    /// The jobs, without their digests.
    pub jobs: Vec<JobView>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl JobView {
    /// Without history and digest.
    pub(super) fn short(job: &Job) -> Self {
        let status = &job.status;
        let failed = status.state == State::Failed;
        Self {
            id: job.id.clone(),
            status: status.state.name().to_owned(),
            lane: job.lane.name().to_owned(),
            external_id: job.external_id.clone(),
            url: job.url.clone(),
            attempts: status.attempt,
            created_at: rfc3339(job.created_at),
            retry_at: status.ready_at.filter(|_| failed).map(rfc3339),
            finished_at: status.finished_at.map(rfc3339),
            reason: status.reason.clone(),
            history: Vec::new(),
            digest: None,
            article: None,
            changes: None,
        }
    }

    /// With the article that it is about.
    pub(super) async fn about(queue: &Queue, job: &Job) -> Result<Self, StoreError> {
        let mut view = Self::short(job);
        if let Some(external_id) = &job.external_id {
            let desk = queue.desk();
            desk.settle(job).await?;
            view.article = desk.named(external_id).await?.map(|it| it.id);
            view.changes = desk.changes(job).await?;
        }
        Ok(view)
    }
}

impl From<Transition> for Step {
    fn from(transition: Transition) -> Self {
        Self {
            at: rfc3339(transition.at),
            status: transition.to.name().to_owned(),
            attempt: transition.attempt,
            worker: transition.worker,
            reason: transition.reason,
        }
    }
}

/// One job: as JSON with its digest, or the digest alone in another format.
#[utoipa::path(
    get,
    path = "/v1/digests/{id}",
    tag = "jobs",
    operation_id = "read_job",
    summary = "One job with its history, and its digest when it is done",
    description = "As JSON the job; in another format the digest alone, once the job has ended.",
    params(("id" = String, Path, format = "uuid", description = "The job."), Printing),
    responses((status = 200, description = "The job, or its digest.", content(
        (ref("#/components/schemas/JobView") = "application/json"),
        (String = "text/markdown"),
        (String = "text/html"),
        (serde_json::Value = "application/ld+json"),
    ))),
    extensions(("x-problems" = json!([
        problems::STORE, problems::DIGEST, "invalid_parameter", "no_such_job",
    ])))
)]
pub(super) async fn read(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let rendering = rendering::read(&uri, &headers, &state.terms().render)?;
    let queue = state.queue()?;
    let job = find(queue, &id).await?;
    if rendering.format() != Format::Json && job.status.state.is_final() {
        return stored::ended(queue, &job, &rendering).await;
    }
    let mut view = JobView::about(queue, &job).await?;
    let history = queue.history(&id).await?;
    view.history = history.into_iter().map(Step::from).collect();
    if job.status.state == State::Done {
        view.digest = Some(stored::digest(queue, &job).await?);
    }
    Ok(Json(view).into_response())
}

/// Calls a job off; a job that was called off before stays so.
#[utoipa::path(
    delete,
    path = "/v1/digests/{id}",
    tag = "jobs",
    operation_id = "cancel_job",
    summary = "Calls a job off",
    params(("id" = String, Path, format = "uuid", description = "The job.")),
    responses((status = 200, description = "It is cancelled.",
        body = ref("#/components/schemas/JobView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "job_ended", "no_such_job"])))
)]
pub(super) async fn cancel(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
) -> Result<Json<JobView>, ApiError> {
    let queue = state.queue()?;
    check_id(&id)?;
    match queue.cancel(&id).await? {
        Outcome::Applied(job) => Ok(Json(JobView::short(&job))),
        Outcome::Refused(Refusal::Ended(State::Cancelled)) => {
            Ok(Json(JobView::short(&find(queue, &id).await?)))
        }
        Outcome::Refused(_) => Err(ApiError::JobEnded),
        Outcome::Missing => Err(ApiError::NoSuchJob),
    }
}

pub(super) async fn find(queue: &Queue, id: &str) -> Result<Job, ApiError> {
    check_id(id)?;
    queue.job(id).await?.ok_or(ApiError::NoSuchJob)
}

/// An id is a UUID; what is none does not reach the database.
fn check_id(id: &str) -> Result<(), ApiError> {
    let parsed = uuid::Uuid::try_parse(id).map_err(|_| ApiError::NoSuchJob)?;
    let written = parsed.to_string() == id;
    written.then_some(()).ok_or(ApiError::NoSuchJob)
}

/// A page of jobs that fit the query.
#[utoipa::path(
    get,
    path = "/v1/digests",
    tag = "jobs",
    operation_id = "list_jobs",
    summary = "Jobs, newest first",
    params(
        ("status" = Option<String>, Query, description = "Only those with this status."),
        ("lane" = Option<String>, Query, description = "Only those of this lane."),
        ("external_id" = Option<String>, Query, max_length = 255, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$",
            description = "Only those of this article."),
        ("url" = Option<String>, Query, max_length = 2000, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$",
            description = "Only those of the article that stands there."),
        ("cursor" = Option<i64>, Query, description = "`next` of the page before."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Jobs of a page; 20 without it."),
    ),
    responses((status = 200, description = "A page.",
        body = ref("#/components/schemas/JobList"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter"])))
)]
pub(super) async fn list(
    Shared(state): Shared<Arc<AppState>>,
    uri: Uri,
) -> Result<Json<JobList>, ApiError> {
    let (filter, limit) = read_query(&uri)?;
    let queue = state.queue()?;
    // One more, to know whether there is another page.
    let mut jobs = queue.list(&filter, limit + 1).await?;
    let more = jobs.len() > limit;
    jobs.truncate(limit);
    let last = jobs.last().filter(|_| more);
    Ok(Json(JobList {
        next: last.map(|job| job.seq.to_string()),
        jobs: jobs.iter().map(JobView::short).collect(),
    }))
}

fn read_query(uri: &Uri) -> Result<(Filter, usize), ApiError> {
    let (mut filter, mut limit) = (Filter::default(), PAGE);
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|error| refuse("query", &error.body_text()))?;
    for (name, value) in pairs {
        match name.as_str() {
            "status" => filter.state = Some(parse(&name, &value)?),
            "lane" => filter.lane = Some(parse(&name, &value)?),
            "external_id" => filter.external_id = wire::checked_external_id(value, Place::Query)?,
            "url" => filter.url = wire::checked_url(value, Place::Query)?,
            "cursor" => filter.before = Some(parse(&name, &value)?),
            "limit" => limit = page_size(&value)?,
            _ => return Err(refuse(&name, KNOWN)),
        }
    }
    Ok((filter, limit))
}

/// How many a page is to have.
pub(super) fn page_size(value: &str) -> Result<usize, ApiError> {
    let limit = parse("limit", value)?;
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(refuse("limit", &format!("is outside 1 to {MAX_PAGE}")));
    }
    Ok(limit)
}

const KNOWN: &str = "is unknown; known are status, lane, external_id, url, cursor and limit";

pub(super) fn parse<T>(name: &str, value: &str) -> Result<T, ApiError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    value
        .parse()
        .map_err(|error: T::Err| refuse(name, &error.to_string()))
}

pub(super) fn refuse(name: &str, reason: &str) -> ApiError {
    ApiError::BadParameter {
        place: Place::Query,
        name: name.to_owned(),
        reason: reason.to_owned(),
    }
}
