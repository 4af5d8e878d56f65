//! `POST /v1/digests`: an article in, its digest out, in the format asked for.
//! Checks what needs no body first, so that a wrong request costs nothing.
//!
//! Bounded: so many at once, and no queue behind them. A slot is taken before the
//! body is read, so that the bound holds for memory too, and given back when the
//! response is made, the client is gone, or the article is stored as a job.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};

use crate::digest::Digest;
use crate::engine::EngineError;
use crate::pipeline::error::PipelineError;
use crate::pipeline::render::{RenderOptions, render};

use super::access::Caller;
use super::body::{self, BodyLimit};
use super::error::{ApiError, Place};
use super::media::{self, BodyType};
use super::observe::RequestId;
use super::openapi::{Article, Printing, examples, problems};
use super::prefer::Wishes;
use super::rendering;
use super::slots::Slot;
use super::state::AppState;
use super::stored;
use super::terms::Terms;
use super::wire::{self, Order};

/// Space in a JSON body for field names, options and the title.
const ENVELOPE_BYTES: usize = 64 * 1024;
/// Bytes that JSON may take for one byte of text: `\u0436` is six for two.
const JSON_GROWTH: usize = 3;

/// Takes an article in.
#[utoipa::path(
    post,
    path = "/v1/digests",
    tag = "digests",
    operation_id = "create_digest",
    summary = "An article in; its digest, or a stored job, out",
    description = "A JSON body holds the article and what is wanted of it. A plain body is the \
        article itself, and the query describes it; beside a JSON body the query only says how \
        the answer is printed. Packed bodies (gzip) are unpacked.\n\n\
        Without `Prefer`, `Idempotency-Key`, `lane`, `external_id`, `url` and `callback` the \
        article is digested at once and stored nowhere.",
    params(
        ("Prefer" = Option<String>, Header, example = "respond-async",
            description = "`respond-async`: 202 at once. `wait=N`: the digest if it is made within N seconds."),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "The same request with the same key gives the same job."),
        Article,
        Printing,
    ),
    request_body(content(
        (ref("#/components/schemas/DigestRequest") = "application/json",
            example = json!(examples::digest_request())),
        ("text/plain", example = json!(examples::TEXT)),
        ("text/html"),
        ("text/markdown"),
    )),
    responses(
        (status = 200, description = "The digest.", content(
            (ref("#/components/schemas/Digest") = "application/json"),
            (String = "text/markdown"),
            (String = "text/html"),
            (serde_json::Value = "application/ld+json"),
        )),
        (status = 202, description = "Stored; it ends `done`, `dead` with a reason, or `cancelled`.",
            body = ref("#/components/schemas/JobView"), content_type = "application/json",
            headers(("Location" = String, description = "Where the job is."))),
    ),
    extensions(("x-problems" = json!([
        problems::BODY, problems::ARTICLE, problems::DIGEST, problems::STORE, "callbacks_off",
        "draining", "idempotency_key_in_flight", "idempotency_key_reused", "key_full", "lane_full",
    ])))
)]
pub(super) async fn create(
    State(state): State<Arc<AppState>>,
    request: Request,
) -> Result<Response, ApiError> {
    let terms = state.terms();
    let slot = slot(&terms)?;
    let digester = state.digester()?;
    let rendering = rendering::read(request.uri(), request.headers(), &terms.render)?;
    let wishes = Wishes::of(request.headers())?;
    let order = read_order(&state, &terms, request).await?;
    let for_a_job = wishes.are_for_a_job() || order.about.is_for_a_job();
    let (Some(digester), false) = (digester, for_a_job) else {
        return stored::create(&state, order, wishes, &rendering, slot).await;
    };
    let place = order.place;
    let digest = digester.digest(order.input, order.options).await;
    let digest = digest.map_err(|error| failed(&state, error, place))?;
    respond(&digest, &rendering)
}

/// A place among the articles that are read and answered.
pub(super) fn slot(terms: &Terms) -> Result<Slot, ApiError> {
    terms.slots.take().ok_or_else(|| ApiError::Busy {
        limit: terms.server.max_concurrent_requests,
        after: terms.slots.next_free(),
    })
}

async fn read_order(state: &AppState, terms: &Terms, request: Request) -> Result<Order, ApiError> {
    let (mut head, body) = request.into_parts();
    let caller = head.extensions.remove::<Caller>().unwrap_or_default();
    let request_id = head.extensions.remove::<RequestId>().map(|it| it.0);
    let body_type = BodyType::of(&head.headers)?;
    let limit = body_limit(terms, &body_type);
    let model = state.model();
    let here = wire::Here {
        limits: &terms.limits,
        model: model.as_deref(),
    };
    let order = match body_type {
        BodyType::Json => {
            wire::no_query(&head.uri)?;
            wire::from_json(&body::read(body, &limit).await?, here)?
        }
        BodyType::Plain { kind, charset } => {
            let query = wire::from_query(&head.uri, here)?;
            query.order(body::read(body, &limit).await?, kind, charset)
        }
    };
    Ok(Order {
        caller,
        request_id,
        ..order
    })
}

/// Bounds of a body that holds an article.
pub(super) fn body_limit(terms: &Terms, body_type: &BodyType) -> BodyLimit {
    let input_bytes = terms.limits.max_input_bytes;
    BodyLimit {
        raw_bytes: match body_type {
            BodyType::Json => input_bytes * JSON_GROWTH + ENVELOPE_BYTES,
            BodyType::Plain { .. } => input_bytes,
        },
        input_bytes,
        time: terms.server.request_body_timeout,
    }
}

fn failed(state: &AppState, error: PipelineError, place: Place) -> ApiError {
    if matches!(error, PipelineError::Engine(EngineError::Stopped)) {
        state.engine_stopped();
    }
    ApiError::Pipeline { error, place }
}

pub(super) fn respond(digest: &Digest, rendering: &RenderOptions) -> Result<Response, ApiError> {
    let text = render(digest, rendering).map_err(ApiError::Render)?;
    let content_type = media::content_type(rendering.format());
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    if content_type.starts_with("text/html") {
        // The fragment is inert; should escaping ever fail, it stays so.
        let policy = HeaderValue::from_static("default-src 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
