//! All that is kept of an article, in one document.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::deliveries::{self, DeliveryView};
use crate::api::error::ApiError;
use crate::api::id::Id;
use crate::api::job::JobView;
use crate::api::openapi::problems;
use crate::api::state::AppState;
use crate::api::{stored, wire};
use crate::jobs::{Desk, Queue};
use crate::store::{Filter, NamedArticle, NamedItem, State, StoreError};

use super::open;
use super::view::{ArticleView, StepView, VersionView};

/// Jobs of an article that are exported; more were never kept.
const MOST_JOBS: usize = 10_000;
/// Places in batches that are exported; more were never kept.
const MOST_ITEMS: i64 = 10_000;

/// All that is kept of an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExportView {
    /// The article with its items.
    pub article: ArticleView,
    /// Its versions, oldest first.
    pub versions: Vec<ExportedVersion>,
    /// Its jobs with their digests, newest first.
    pub jobs: Vec<JobView>,
    /// Every step, in order.
    pub ledger: Vec<StepView>,
    /// The callbacks of its jobs, with every attempt.
    pub deliveries: Vec<DeliveryView>,
    /// Its places in batches, newest first.
    pub batch_items: Vec<BatchItemView>,
}

/// A version with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedVersion {
    /// Which.
    #[serde(flatten)]
    pub version: VersionView,
    /// The text; `null` when it is not kept any more.
    pub text: Option<String>,
}

/// A place of an article in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchItemView {
    /// Names the batch.
    pub batch: String,
    /// The line, from 1.
    pub line: i64,
    /// `waiting`, `in_work`, `done`, `failed`, `cancelled` or `expired`.
    pub status: String,
    /// The title that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where the article stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The job that it became, once it was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Why there is no digest: a code, a colon and a detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<NamedItem> for BatchItemView {
    fn from(named: NamedItem) -> Self {
        let item = named.item;
        Self {
            batch: named.batch,
            line: item.line,
            status: item.state,
            title: item.title,
            url: item.url,
            job: item.job,
            reason: item.reason,
        }
    }
}

/// All that is kept of an article.
#[utoipa::path(
    get,
    path = "/v1/articles/{id}/export",
    tag = "articles",
    operation_id = "export_article",
    summary = "All that is kept of an article, in one document",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
    ),
    responses((status = 200, description = "All of it.",
        body = ref("#/components/schemas/ExportView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter", "no_such_article"])))
)]
pub(crate) async fn export(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    uri: Uri,
) -> Result<Json<ExportView>, ApiError> {
    wire::no_parameters(&uri)?;
    let opened = open(&state, &id).await?;
    let (queue, named) = (state.queue()?, &opened.named);
    let jobs = jobs(queue, named).await?;
    let mut sent = Vec::new();
    for job in &jobs {
        sent.extend(deliveries::all_of(queue, &job.id).await?);
    }
    Ok(Json(ExportView {
        versions: versions(queue.desk(), named).await?,
        ledger: steps(queue.desk(), named).await?,
        batch_items: batch_items(queue, named).await?,
        article: ArticleView::whole(&opened, None),
        deliveries: sent,
        jobs,
    }))
}

async fn versions(desk: &Desk, named: &NamedArticle) -> Result<Vec<ExportedVersion>, StoreError> {
    let mut versions = Vec::new();
    for version in desk.versions(named).await? {
        versions.push(ExportedVersion {
            text: desk.text(named, version.number).await?.flatten(),
            version: VersionView::from(&version),
        });
    }
    Ok(versions)
}

async fn steps(desk: &Desk, named: &NamedArticle) -> Result<Vec<StepView>, StoreError> {
    let (mut steps, mut last) = (Vec::new(), 0);
    loop {
        let page = desk.ledger(named, last).await?;
        let Some(step) = page.last() else {
            return Ok(steps);
        };
        last = step.seq;
        steps.extend(page.into_iter().map(StepView::from));
    }
}

async fn jobs(queue: &Queue, named: &NamedArticle) -> Result<Vec<JobView>, ApiError> {
    let filter = Filter {
        external_id: Some(named.external_id.clone()),
        ..Filter::default()
    };
    let mut views = Vec::new();
    for job in queue.list(&filter, MOST_JOBS).await? {
        let mut view = JobView::short(&job);
        let history = queue.history(&job.id).await?;
        view.history = history.into_iter().map(Into::into).collect();
        if job.status.state == State::Done {
            view.digest = stored::digest(queue, &job).await.ok();
        }
        views.push(view);
    }
    Ok(views)
}

async fn batch_items(
    queue: &Queue,
    named: &NamedArticle,
) -> Result<Vec<BatchItemView>, StoreError> {
    let store = queue.store();
    let items = store.named_items(&named.external_id, MOST_ITEMS).await?;
    Ok(items.into_iter().map(BatchItemView::from).collect())
}
