//! `/v1/articles`: articles that callers name, with their items, over all their
//! versions. Here they are read, listed, printed and deleted; `change` is for what
//! people do to items, `ledger` for what was done, `export` for all that is kept, `view`
//! for how it looks.
//!
//! Decides nothing about items.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::header::ETAG;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::jobs::{Desk, Opened};
use crate::life::LifeError;
use crate::store::{ArticleFilter, Filter, Job, State};

use super::access::Noted;
use super::digests::respond;
use super::error::{ApiError, Place};
use super::id::Id;
use super::job::{page_size, parse, refuse};
use super::openapi::{Printing, problems};
use super::rendering;
use super::state::AppState;
use super::wire;

pub(super) mod change;
pub(super) mod export;
pub(super) mod ledger;
mod view;

pub(super) use change::{add, approve, change, regenerate, reject, remove};
pub(super) use export::export;
pub use export::{BatchItemView, ExportView, ExportedVersion};
pub(super) use ledger::ledger;
pub use view::{ArticleList, ArticleView, Counts, JobLink, SourceView, StepView, VersionView, Who};

/// Articles of one page when the caller does not say.
const PAGE: usize = 20;
/// Bytes of the words that are searched for.
const MAX_WORDS_BYTES: usize = 200;
const KNOWN: &str = "is unknown; known are state, q, external_id, url, limit and cursor";

/// A page of articles that fit the query, last changed first.
#[utoipa::path(
    get,
    path = "/v1/articles",
    tag = "articles",
    operation_id = "list_articles",
    summary = "Articles, last changed first",
    params(
        ("state" = Option<String>, Query, description = "Only those in this state."),
        ("q" = Option<String>, Query, max_length = 200, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$", description = "Only those with these words."),
        ("external_id" = Option<String>, Query, max_length = 255, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$", description = "Only the one of this name."),
        ("url" = Option<String>, Query, max_length = 2000, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$", description = "Only those that stand there."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Articles of a page; 20 without it."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, description = "A page.",
        body = ref("#/components/schemas/ArticleList"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter"])))
)]
pub(super) async fn list(
    Shared(state): Shared<Arc<AppState>>,
    uri: Uri,
) -> Result<Json<ArticleList>, ApiError> {
    let (filter, limit) = read_query(&uri)?;
    // One more, to know whether there is another page.
    let mut found = state.queue()?.desk().list(&filter, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next = last.map(|it| format!("{}.{}", it.named.changed_at, it.named.seq));
    Ok(Json(ArticleList {
        articles: found.iter().map(ArticleView::short).collect(),
        next,
    }))
}

fn read_query(uri: &Uri) -> Result<(ArticleFilter, usize), ApiError> {
    let (mut filter, mut limit) = (ArticleFilter::default(), PAGE);
    for (name, value) in wire::pairs(uri)? {
        match name.as_str() {
            "state" => filter.state = Some(parse(&name, &value)?),
            "q" => filter.words = wire::checked_name("q", value, MAX_WORDS_BYTES, Place::Query)?,
            "external_id" => filter.external_id = wire::checked_external_id(value, Place::Query)?,
            "url" => filter.url = wire::checked_url(value, Place::Query)?,
            "cursor" => filter.after = Some(read_cursor(&value)?),
            "limit" => limit = page_size(&value)?,
            _ => return Err(refuse(&name, KNOWN)),
        }
    }
    Ok((filter, limit))
}

fn read_cursor(value: &str) -> Result<(i64, i64), ApiError> {
    let wrong = || refuse("cursor", "is none that a list has given");
    let (changed_at, seq) = value.split_once('.').ok_or_else(wrong)?;
    match (changed_at.parse(), seq.parse()) {
        (Ok(changed_at), Ok(seq)) => Ok((changed_at, seq)),
        _ => Err(wrong()),
    }
}

/// One article with its items.
#[utoipa::path(
    get,
    path = "/v1/articles/{id}",
    tag = "articles",
    operation_id = "read_article",
    summary = "One article with its items",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
    ),
    responses((status = 200, description = "The article as it is then.",
        body = ref("#/components/schemas/ArticleView"), content_type = "application/json",
        headers(("ETag" = String, description = "The revision.")))),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter", "no_such_article"])))
)]
pub(super) async fn read(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    uri: Uri,
) -> Result<Response, ApiError> {
    wire::no_parameters(&uri)?;
    let opened = open(&state, &id).await?;
    let newest = newest_job(&state, &opened).await?;
    // A job that has ended since is not shown as done before it is merged.
    let is_behind =
        |job: &Job| job.status.state == State::Done && job.seq > opened.named.merged_job;
    let opened = match newest.as_ref().is_some_and(is_behind) {
        true => open(&state, &id).await?,
        false => opened,
    };
    Ok(answer(&opened, newest.as_ref(), StatusCode::OK))
}

async fn newest_job(state: &AppState, opened: &Opened) -> Result<Option<Job>, ApiError> {
    let filter = Filter {
        external_id: Some(opened.named.external_id.clone()),
        ..Filter::default()
    };
    Ok(state.queue()?.list(&filter, 1).await?.pop())
}

/// An article as everything that changes it answers it, with its revision.
fn answer(opened: &Opened, newest: Option<&Job>, status: StatusCode) -> Response {
    let view = ArticleView::whole(opened, newest);
    let mut response = (status, Json(view)).into_response();
    tag(&mut response, opened);
    response
}

/// Says which revision an answer is about.
fn tag(response: &mut Response, opened: &Opened) {
    let tag = format!("\"{}\"", opened.named.revision);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
}

async fn open(state: &AppState, id: &str) -> Result<Opened, ApiError> {
    check_id(id)?;
    Ok(state.queue()?.desk().open(id).await?)
}

/// An id is a UUID; what is none does not reach the database.
fn check_id(id: &str) -> Result<(), ApiError> {
    let parsed = uuid::Uuid::try_parse(id).map_err(|_| ApiError::NoSuchArticle)?;
    let written = parsed.to_string() == id;
    written.then_some(()).ok_or(ApiError::NoSuchArticle)
}

/// The text that evidence points into, or that of an earlier version.
#[utoipa::path(
    get,
    path = "/v1/articles/{id}/source",
    tag = "articles",
    operation_id = "read_source",
    summary = "The text that evidence points into, or that of an earlier version",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
        ("version" = Option<i64>, Query, description = "The version; the current one without it."),
    ),
    responses((status = 200, description = "The text.",
        body = ref("#/components/schemas/SourceView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter", "no_such_article", "no_such_version",
        "text_dropped"])))
)]
pub(super) async fn source(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    uri: Uri,
) -> Result<Json<SourceView>, ApiError> {
    let mut wanted = None;
    for (name, value) in wire::pairs(&uri)? {
        match name.as_str() {
            "version" => wire::set(&mut wanted, &name, &value)?,
            _ => return Err(refuse(&name, "is unknown; known is version")),
        }
    }
    let opened = open(&state, &id).await?;
    let desk = state.queue()?.desk();
    let number: i64 = wanted.unwrap_or(opened.named.version);
    let text = desk.text(&opened.named, number).await?;
    let text = text.ok_or(ApiError::NoSuchVersion)?;
    let text = text.ok_or(ApiError::Life(LifeError::TextDropped))?;
    let versions = desk.versions(&opened.named).await?;
    SourceView::of(&opened.named, number, text, &versions).map(Json)
}

/// What is to be published, in any format.
#[utoipa::path(
    get,
    path = "/v1/articles/{id}/digest",
    tag = "articles",
    operation_id = "read_article_digest",
    summary = "What is to be published of an article, in any format",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
        ("approved" = Option<bool>, Query, description = "Only what was approved."),
        Printing,
    ),
    responses((status = 200, description = "The digest.", content(
        (ref("#/components/schemas/Digest") = "application/json"),
        (String = "text/markdown"),
        (String = "text/html"),
        (serde_json::Value = "application/ld+json"),
    ), headers(("ETag" = String, description = "The revision.")))),
    extensions(("x-problems" = json!([problems::STORE, "invalid_option", "invalid_parameter", "no_items",
        "no_such_article", "not_acceptable"])))
)]
pub(super) async fn digest(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut approved = None;
    for (name, value) in wire::pairs(&uri)? {
        match name.as_str() {
            "approved" => wire::set(&mut approved, &name, &value)?,
            name if rendering::NAMES.contains(&name) => {}
            _ => {
                let known = rendering::NAMES.join(", ");
                let reason = format!("is unknown; known are approved, {known}");
                return Err(refuse(&name, &reason));
            }
        }
    }
    let rendering = rendering::read(&uri, &headers, &state.terms().render)?;
    let opened = open(&state, &id).await?;
    let digest = opened.content.digest(approved.unwrap_or(false))?;
    let mut response = respond(&digest, &rendering)?;
    tag(&mut response, &opened);
    Ok(response)
}

/// Removes an article, by its id.
#[utoipa::path(
    delete,
    path = "/v1/articles/{id}",
    tag = "articles",
    operation_id = "delete_article",
    summary = "Removes all that is kept of an article",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
    ),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter", "no_such_article"])))
)]
pub(super) async fn delete(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    uri: Uri,
) -> Result<StatusCode, ApiError> {
    wire::no_parameters(&uri)?;
    check_id(&id)?;
    let desk = state.queue()?.desk();
    let opened = desk.open(&id).await?;
    delete_named(desk, &opened.named.external_id).await
}

/// Removes an article, by the caller's name for it.
#[utoipa::path(
    delete,
    path = "/v1/articles",
    tag = "articles",
    operation_id = "delete_article_by_name",
    summary = "Removes all that is kept of an article, by its name",
    params(
        ("external_id" = String, Query, min_length = 1, max_length = 255, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$", description = "The caller's name for it."),
    ),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-problems" = json!([problems::STORE, "invalid_parameter", "no_such_article"])))
)]
pub(super) async fn delete_by_name(
    Shared(state): Shared<Arc<AppState>>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let mut external_id = None;
    for (name, value) in wire::pairs(&uri)? {
        match name.as_str() {
            "external_id" => external_id = wire::checked_external_id(value, Place::Query)?,
            _ => return Err(refuse(&name, "is unknown; known is external_id")),
        }
    }
    let external_id = external_id.ok_or_else(|| refuse("external_id", "has to be given"))?;
    let gone = delete_named(state.queue()?.desk(), &external_id).await;
    // No path names it, and the audit log has to.
    Ok(Noted::subject(&external_id).on(gone))
}

async fn delete_named(desk: &Desk, external_id: &str) -> Result<StatusCode, ApiError> {
    match desk.delete(external_id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::NoSuchArticle),
    }
}
