//! What people do to the items of an article. Each change answers the whole article
//! as it is then; `If-Match` has it apply to the revision only that the caller knows.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Extension, Request, State as Shared};
use axum::http::header::{CONTENT_TYPE, IF_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::access::{Denied, Scope};
use crate::api::access::Caller;
use crate::api::body::{self, BodyLimit};
use crate::api::error::ApiError;
use crate::api::id::{Id, Ids};
use crate::api::media::BodyType;
use crate::api::openapi::problems;
use crate::api::state::AppState;
use crate::api::wire;
use crate::jobs::{By, Operation, Wanted};
use crate::life::{Edit, Kind, LifeError, NewItem, Review};

use super::{answer, check_id, newest_job};

/// Bytes that JSON may take for one byte of text, and the rest of a body.
const JSON_GROWTH: usize = 6;
const ENVELOPE_BYTES: usize = 16 * 1024;

/// What is to be changed of an item.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct EditRequest {
    /// A pair's question.
    question: Option<String>,
    /// The answer, the summary or the phrase.
    text: Option<String>,
    /// Whether no merge may change it.
    locked: Option<bool>,
    /// What is thought of it.
    review: Option<Review>,
    /// Its place within its kind, from 0.
    position: Option<usize>,
}

/// An item to be: with a text as the caller writes it, or a question alone for the
/// article to answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AddRequest {
    /// What it is; a pair without it.
    #[serde(default = "pair")]
    kind: Kind,
    /// A pair's question.
    question: Option<String>,
    /// The answer, the summary or the phrase; without it the article answers.
    text: Option<String>,
    /// Its place within its kind, from 0.
    position: Option<usize>,
}

fn pair() -> Kind {
    Kind::Pair
}

/// What is to stand in an item's place.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct RegenerateRequest {
    /// What to ask in its place.
    question: Option<String>,
    /// Whether the words of an edited item may go.
    #[serde(default)]
    overwrite: bool,
}

/// Which items are reviewed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ReviewRequest {
    /// Their ids; all of the article without it.
    items: Option<Vec<String>>,
}

/// A request to an article, as far as all have it in common.
struct Asked<T> {
    by: By,
    revisions: Option<Vec<i64>>,
    body: T,
}

/// Changes an item.
#[utoipa::path(
    patch,
    path = "/v1/articles/{id}/items/{item}",
    tag = "articles",
    operation_id = "change_item",
    summary = "Changes an item",
    description = "A `review` among the changes needs the scope `approve` as well.",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
        ("item" = String, Path, description = "The item."),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its revision: the `ETag` of an answer."),
    ),
    request_body(content = ref("#/components/schemas/EditRequest"), content_type = "application/json"),
    responses((status = 200, description = "The article as it is then.",
        body = ref("#/components/schemas/ArticleView"), content_type = "application/json",
        headers(("ETag" = String, description = "The revision.")))),
    extensions(("x-problems" = json!([problems::STORE, problems::CHANGE, "no_such_item", "item_locked"])))
)]
pub(crate) async fn change(
    Shared(state): Shared<Arc<AppState>>,
    Ids(id, item): Ids,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, ApiError> {
    let asked: Asked<EditRequest> = read(&state, &caller, request).await?;
    let body = asked.body;
    let may_review = caller
        .key()
        .is_none_or(|key| key.scopes.has(Scope::Approve));
    if body.review.is_some() && !may_review {
        return Err(Denied::NoScope(&[Scope::Approve]).into());
    }
    let edit = Edit {
        question: body.question,
        text: body.text,
        locked: body.locked,
        review: body.review,
        position: body.position,
    };
    let operation = Operation::Edit { item, edit };
    perform(&state, &id, operation, asked.by, asked.revisions).await
}

/// Adds an item.
#[utoipa::path(
    post,
    path = "/v1/articles/{id}/items",
    tag = "articles",
    operation_id = "add_item",
    summary = "Adds an item, or asks the article a question",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its revision: the `ETag` of an answer."),
    ),
    request_body(content = ref("#/components/schemas/AddRequest"), content_type = "application/json"),
    responses((status = 201, description = "The article with the item.",
        body = ref("#/components/schemas/ArticleView"), content_type = "application/json",
        headers(("ETag" = String, description = "The revision."), ("Location" = String, description = "The item.")))),
    extensions(("x-problems" = json!([problems::STORE, problems::CHANGE, "item_exists", "not_answered", "too_many_items"])))
)]
pub(crate) async fn add(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, ApiError> {
    let asked: Asked<AddRequest> = read(&state, &caller, request).await?;
    let body = asked.body;
    let operation = match (body.kind, body.question, body.text) {
        (Kind::Pair, Some(question), None) => Operation::Ask {
            question,
            position: body.position,
        },
        (kind, question, Some(text)) => Operation::Add(NewItem {
            kind,
            question,
            text,
            position: body.position,
        }),
        _ => {
            let (field, reason) = ("text", "is missing");
            return Err(LifeError::Field { field, reason }.into());
        }
    };
    perform(&state, &id, operation, asked.by, asked.revisions).await
}

/// Puts another item in an item's place.
#[utoipa::path(
    post,
    path = "/v1/articles/{id}/items/{item}/regenerate",
    tag = "articles",
    operation_id = "regenerate_item",
    summary = "Puts another item in an item's place",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
        ("item" = String, Path, description = "The item."),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its revision: the `ETag` of an answer."),
    ),
    request_body(content = ref("#/components/schemas/RegenerateRequest"), content_type = "application/json"),
    responses((status = 200, description = "The article as it is then.",
        body = ref("#/components/schemas/ArticleView"), content_type = "application/json",
        headers(("ETag" = String, description = "The revision.")))),
    extensions(("x-problems" = json!([problems::STORE, problems::CHANGE, "item_edited", "item_locked", "no_such_item",
        "not_answered", "nothing_else"])))
)]
pub(crate) async fn regenerate(
    Shared(state): Shared<Arc<AppState>>,
    Ids(id, item): Ids,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, ApiError> {
    let asked: Asked<RegenerateRequest> = read(&state, &caller, request).await?;
    let operation = Operation::Regenerate {
        item,
        question: asked.body.question,
        overwrite: asked.body.overwrite,
    };
    perform(&state, &id, operation, asked.by, asked.revisions).await
}

/// Takes an item out.
#[utoipa::path(
    delete,
    path = "/v1/articles/{id}/items/{item}",
    tag = "articles",
    operation_id = "remove_item",
    summary = "Takes an item out",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
        ("item" = String, Path, description = "The item."),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its revision: the `ETag` of an answer."),
    ),
    responses((status = 200, description = "The article as it is then.",
        body = ref("#/components/schemas/ArticleView"), content_type = "application/json",
        headers(("ETag" = String, description = "The revision.")))),
    extensions(("x-problems" = json!([problems::STORE, problems::CHANGE, "item_locked", "no_such_item"])))
)]
pub(crate) async fn remove(
    Shared(state): Shared<Arc<AppState>>,
    Ids(id, item): Ids,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let operation = Operation::Remove { item };
    let revisions = revisions(&headers);
    perform(&state, &id, operation, by(&caller), revisions).await
}

/// Approves an article, or items of it.
#[utoipa::path(
    post,
    path = "/v1/articles/{id}/approve",
    tag = "articles",
    operation_id = "approve_article",
    summary = "Approves an article, or items of it",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its revision: the `ETag` of an answer."),
    ),
    request_body(content = ref("#/components/schemas/ReviewRequest"), content_type = "application/json"),
    responses((status = 200, description = "The article as it is then.",
        body = ref("#/components/schemas/ArticleView"), content_type = "application/json",
        headers(("ETag" = String, description = "The revision.")))),
    extensions(("x-problems" = json!([problems::STORE, problems::CHANGE, "no_items", "no_such_item", "stale_items"])))
)]
pub(crate) async fn approve(
    shared: Shared<Arc<AppState>>,
    id: Id,
    caller: Extension<Caller>,
    request: Request,
) -> Result<Response, ApiError> {
    review(shared, id, caller, request, Review::Approved).await
}

/// Rejects an article, or items of it.
#[utoipa::path(
    post,
    path = "/v1/articles/{id}/reject",
    tag = "articles",
    operation_id = "reject_article",
    summary = "Rejects an article, or items of it",
    params(
        ("id" = String, Path, format = "uuid", description = "The article."),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its revision: the `ETag` of an answer."),
    ),
    request_body(content = ref("#/components/schemas/ReviewRequest"), content_type = "application/json"),
    responses((status = 200, description = "The article as it is then.",
        body = ref("#/components/schemas/ArticleView"), content_type = "application/json",
        headers(("ETag" = String, description = "The revision.")))),
    extensions(("x-problems" = json!([problems::STORE, problems::CHANGE, "no_items", "no_such_item"])))
)]
pub(crate) async fn reject(
    shared: Shared<Arc<AppState>>,
    id: Id,
    caller: Extension<Caller>,
    request: Request,
) -> Result<Response, ApiError> {
    review(shared, id, caller, request, Review::Rejected).await
}

async fn review(
    Shared(state): Shared<Arc<AppState>>,
    Id(id): Id,
    Extension(caller): Extension<Caller>,
    request: Request,
    review: Review,
) -> Result<Response, ApiError> {
    let asked: Asked<ReviewRequest> = read(&state, &caller, request).await?;
    let items = asked.body.items;
    let operation = Operation::Review { items, review };
    perform(&state, &id, operation, asked.by, asked.revisions).await
}

/// Does what is wanted, and answers what the article is then.
async fn perform(
    state: &AppState,
    id: &str,
    operation: Operation,
    by: By,
    revisions: Option<Vec<i64>>,
) -> Result<Response, ApiError> {
    check_id(id)?;
    let wanted = Wanted {
        operation,
        by,
        revisions,
        now: now(),
    };
    let (opened, added) = state.queue()?.desk().change(id, &wanted).await?;
    let status = match added {
        Some(_) => StatusCode::CREATED,
        None => StatusCode::OK,
    };
    let newest = newest_job(state, &opened).await?;
    let mut response = answer(&opened, newest.as_ref(), status);
    if let Some(item) = added
        && let Ok(place) = HeaderValue::from_str(&format!("/v1/articles/{id}/items/{item}"))
    {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}

/// Reads a request; nothing at all stands for a body that says nothing.
async fn read<T: DeserializeOwned>(
    state: &AppState,
    caller: &Caller,
    request: Request,
) -> Result<Asked<T>, ApiError> {
    let (head, body) = request.into_parts();
    wire::no_parameters(&head.uri)?;
    let terms = state.terms();
    let item_bytes = terms.limits.max_edit_bytes;
    let limit = BodyLimit {
        raw_bytes: item_bytes * JSON_GROWTH + ENVELOPE_BYTES,
        input_bytes: item_bytes,
        time: terms.server.request_body_timeout,
    };
    let body = body::read(body, &limit)
        .await
        .map_err(|error| match error {
            ApiError::BodyTooLarge { .. } => LifeError::TooLong { limit: item_bytes }.into(),
            other => other,
        })?;
    let body: &[u8] = match body.is_empty() {
        true => b"{}",
        false => {
            check_type(&head.headers)?;
            &body
        }
    };
    Ok(Asked {
        by: by(caller),
        revisions: revisions(&head.headers),
        body: serde_json::from_slice(body).map_err(ApiError::BadJson)?,
    })
}

fn check_type(headers: &HeaderMap) -> Result<(), ApiError> {
    if BodyType::of(headers)? == BodyType::Json {
        return Ok(());
    }
    let sent = headers.get(CONTENT_TYPE);
    let sent = sent.and_then(|it| it.to_str().ok()).map(str::to_owned);
    Err(ApiError::MediaType { sent })
}

fn by(caller: &Caller) -> By {
    By {
        api_key: caller.key().map(|key| key.id.clone()),
        name: caller.key().map(|key| key.name.clone()),
        in_session: caller.session().is_some(),
    }
}

/// The revisions that `If-Match` names; `None` takes any. What is no tag of ours
/// matches none.
fn revisions(headers: &HeaderMap) -> Option<Vec<i64>> {
    let values: Vec<&str> = headers
        .get_all(IF_MATCH)
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    if values.is_empty() || values.contains(&"*") {
        return None;
    }
    let number = |tag: &&str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    Some(values.iter().filter_map(number).collect())
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_read_from_strong_tags() {
        let of = |value: &str| {
            let value = HeaderValue::from_str(value).unwrap();
            revisions(&HeaderMap::from_iter([(IF_MATCH, value)]))
        };
        assert_eq!(of("\"7\""), Some(vec![7]));
        assert_eq!(of("\"7\", \"9\""), Some(vec![7, 9]));
        assert_eq!(of("*"), None);
        for wrong in ["7", "W/\"7\"", "\"x\"", ""] {
            assert_eq!(of(wrong), Some(Vec::new()), "{wrong}");
        }
        assert_eq!(revisions(&HeaderMap::new()), None);
    }
}
