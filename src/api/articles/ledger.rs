//! What was done to an article, as JSON Lines, and all that is kept of it in one
//! document.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;

use crate::api::error::ApiError;
use crate::api::id::Id;
use crate::api::job::JobView;
use crate::api::openapi::problems;
use crate::api::state::AppState;
use crate::api::{stored, wire};
use crate::jobs::{Desk, Queue};
use crate::store::{Filter, LedgerStep, NamedArticle, State, StoreError};

use super::view::{ArticleView, ExportView, ExportedVersion, StepView, VersionView};
use super::{open, tag};

/// Jobs of an article that are exported; more were never kept.
const MOST_JOBS: usize = 10_000;

/// Every step of machines and people, one a line.
#[utoipa::path(
    get,
    path = "/v1/articles/{id}/ledger",
    tag = "articles",
    operation_id = "read_ledger",
    summary = "Every step of machines and people, one a line",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
    ),
    responses((status = 200, description = "A `StepView` as JSON on each line.", content(("application/jsonl")),
        headers(("ETag" = String, description = "The revision.")))),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter", "no_such_article"])))
)]
pub(crate) async fn ledger(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    uri: Uri,
) -> Result<Response, ApiError> {
    wire::no_parameters(&uri)?;
    let opened = open(&state, &id).await?;
    let desk = state.queue()?.desk().clone();
    // The first before the answer begins: a store that fails is told by a status.
    let first = desk.ledger(&opened.named, 0).await?;
    let pages = Pages {
        desk,
        named: opened.named.clone(),
        next: Some(first),
    };
    let lines = unfold(pages, |mut pages| async move {
        let lines = pages.lines().await?;
        Some((Ok::<_, Infallible>(lines), pages))
    });
    let mut response = Body::from_stream(lines).into_response();
    let jsonl = HeaderValue::from_static("application/jsonl");
    response.headers_mut().insert(CONTENT_TYPE, jsonl);
    tag(&mut response, &opened);
    Ok(response)
}

/// A ledger that is read as it is sent.
struct Pages {
    desk: Desk,
    named: NamedArticle,
    next: Option<Vec<LedgerStep>>,
}

impl Pages {
    /// The next lines; `None` at the end.
    async fn lines(&mut self) -> Option<Bytes> {
        let page = self.next.take()?;
        let last = page.last()?.seq;
        self.next = match self.desk.ledger(&self.named, last).await {
            Ok(more) => Some(more),
            Err(error) => {
                tracing::error!(%error, "a ledger breaks off");
                None
            }
        };
        let lines = page.into_iter().filter_map(|step| {
            let line = serde_json::to_string(&StepView::from(step)).ok()?;
            Some(line + "\n")
        });
        Some(lines.collect::<String>().into())
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
    let queue = state.queue()?;
    let jobs = jobs(queue, &opened.named).await?;
    Ok(Json(ExportView {
        versions: versions(queue.desk(), &opened.named).await?,
        ledger: steps(queue.desk(), &opened.named).await?,
        article: ArticleView::whole(&opened, None),
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
