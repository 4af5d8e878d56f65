//! What was done to an article, as JSON Lines.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;

use crate::api::error::ApiError;
use crate::api::id::Id;
use crate::api::openapi::problems;
use crate::api::state::AppState;
use crate::api::wire;
use crate::jobs::Desk;
use crate::store::{LedgerStep, NamedArticle};

use super::view::StepView;
use super::{open, tag};

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
