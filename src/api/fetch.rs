//! `/v1/fetch`: the text of a page by its address, for an editor who would otherwise
//! paste it. Off unless the operator names hosts; where it goes `net` decides.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State as Shared};
use axum::http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::net::{Page, Pages};
use crate::pipeline::error::PipelineError;
use crate::pipeline::{Input, SourceKind, SourceScope, ingest};

use super::body::{self, BodyLimit};
use super::digests::slot;
use super::error::{ApiError, Place};
use super::media::BodyType;
use super::openapi::problems;
use super::state::AppState;
use super::wire;

/// Bytes of a request: an address and the braces around it.
const MAX_REQUEST_BYTES: usize = 4096;

/// Which page to fetch.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FetchRequest {
    /// Its address, on a host that is named.
    url: String,
}

/// Whose pages may be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FetchHosts {
    /// Hosts; none when nothing is fetched.
    pub hosts: Vec<String>,
}

/// A page that was fetched: exactly one of `text`, `html` and `markdown`, as `POST
/// /v1/digests` takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FetchedPage {
    /// Where it was found, after redirects.
    pub url: String,
    /// Plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
}

/// Says whose pages may be fetched.
#[utoipa::path(
    get,
    path = "/v1/fetch",
    tag = "digests",
    operation_id = "list_fetch_hosts",
    summary = "Whose pages may be fetched",
    responses((status = 200, description = "The hosts; none when nothing is fetched.",
        body = ref("#/components/schemas/FetchHosts"), content_type = "application/json"))
)]
pub(super) async fn hosts(Shared(state): Shared<Arc<AppState>>) -> Json<FetchHosts> {
    let hosts = state.pages().map(Pages::hosts);
    Json(FetchHosts {
        hosts: hosts.unwrap_or_default(),
    })
}

/// Fetches a page.
#[utoipa::path(
    post,
    path = "/v1/fetch",
    tag = "digests",
    operation_id = "fetch_page",
    summary = "The text of a page by its address",
    description = "From hosts that the operator named; what comes back is an article as \
        `POST /v1/digests` takes it.",
    request_body(content = ref("#/components/schemas/FetchRequest"), content_type = "application/json"),
    responses((status = 200, description = "The page.",
        body = ref("#/components/schemas/FetchedPage"), content_type = "application/json")),
    extensions(("x-problems" = json!([
        problems::BODY, problems::ARTICLE, "fetch_failed", "fetch_not_allowed", "fetch_off",
        "fetch_url_refused",
    ])))
)]
pub(super) async fn fetch(
    Shared(state): Shared<Arc<AppState>>,
    request: Request,
) -> Result<Json<FetchedPage>, ApiError> {
    let pages = state.pages().ok_or(ApiError::FetchOff)?;
    let terms = state.terms();
    let _slot = slot(&terms)?;
    let (head, body) = request.into_parts();
    if !matches!(BodyType::of(&head.headers)?, BodyType::Json) {
        let sent = head.headers.get(CONTENT_TYPE);
        let sent = sent.and_then(|it| it.to_str().ok()).map(str::to_owned);
        return Err(ApiError::MediaType { sent });
    }
    wire::no_parameters(&head.uri)?;
    let limit = BodyLimit {
        raw_bytes: MAX_REQUEST_BYTES,
        input_bytes: MAX_REQUEST_BYTES,
        time: terms.server.request_body_timeout,
    };
    let body = body::read(body, &limit).await?;
    let request: FetchRequest = serde_json::from_slice(&body).map_err(ApiError::BadJson)?;
    let page = pages.fetch(&request.url).await?;
    let place = Place::Body;
    let fetched = tokio::task::spawn_blocking(move || decoded(page));
    let fetched = fetched.await.map_err(|_| ApiError::Panicked)?;
    fetched
        .map(Json)
        .map_err(|error| ApiError::Pipeline { error, place })
}

fn decoded(page: Page) -> Result<FetchedPage, PipelineError> {
    let kind = match page.media_type {
        "text/html" => SourceKind::Html,
        "text/markdown" => SourceKind::Markdown,
        _ => SourceKind::Text,
    };
    let input = Input {
        bytes: page.bytes,
        kind,
        scope: SourceScope::default(),
        title: None,
        // One that cannot be read is as good as none: the bytes tell.
        charset: page.charset.filter(|it| ingest::is_charset(it)),
        language: None,
    };
    let text = Some(ingest::text_of(&input)?);
    let mut fetched = FetchedPage {
        url: page.url,
        ..FetchedPage::default()
    };
    match kind {
        SourceKind::Html => fetched.html = text,
        SourceKind::Markdown => fetched.markdown = text,
        SourceKind::Text => fetched.text = text,
    }
    Ok(fetched)
}
