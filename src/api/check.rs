//! `POST /v1/check`: one sentence against an article, by the rules that a draft is
//! held to, for an editor who writes or changes a sentence. `POST /v1/check/digest`:
//! an older digest against a newer text of its article. Both store nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State as Shared};
use axum::http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Evidence, Pair, Passage, Refused};
use crate::pipeline::article::Article;
use crate::pipeline::understand::{Understanding, understand};
use crate::pipeline::verify::{Carried, Judgement, carry, judge};
use crate::pipeline::{Input, ingest};

use super::body;
use super::digests::{body_limit, slot};
use super::error::{ApiError, Place};
use super::media::BodyType;
use super::openapi::{examples, problems, schemas};
use super::state::AppState;
use super::wire;

/// Bytes of what is checked: a few sentences.
const MAX_CLAIM_BYTES: usize = 4000;
/// Sentences and phrases of an older digest.
const MAX_ITEMS: usize = 500;

/// What is checked, and against what: exactly one of `text`, `html` and `markdown`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = schemas::one_article)]
pub(super) struct CheckRequest {
    /// One sentence, or a few: up to 4000 bytes.
    #[schemars(length(min = 1, max = MAX_CLAIM_BYTES))]
    sentence: String,
    /// The article as plain text.
    text: Option<String>,
    /// The article as HTML.
    html: Option<String>,
    /// The article as Markdown.
    markdown: Option<String>,
    /// The title, where the article itself has none.
    title: Option<String>,
    /// How much of HTML is the article.
    #[serde(default, deserialize_with = "wire::object::object")]
    source: wire::JsonSource,
}

/// What the checks make of a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckView {
    /// Whether the article says it: nothing speaks against the sentence.
    pub supported: bool,
    /// Support in `0..=1`, calibrated on human labels: at 0.5 a sentence is as likely
    /// right as wrong, were both equally common.
    pub score: f32,
    /// What speaks against it, each a code, often followed by a colon and a
    /// detail, as in `refused` of a digest.
    pub reasons: Vec<String>,
    /// The places of the article that come nearest to saying it.
    pub evidence: Vec<Evidence>,
}

impl From<Judgement> for CheckView {
    fn from(judgement: Judgement) -> Self {
        Self {
            supported: judgement.is_supported(),
            score: judgement.score,
            reasons: judgement.reasons.iter().map(ToString::to_string).collect(),
            evidence: judgement.evidence,
        }
    }
}

/// An older digest, and the newer text of its article: exactly one of `text`, `html`
/// and `markdown`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = schemas::one_article)]
pub(super) struct CarryRequest {
    /// The digest, as it was returned.
    digest: Digest,
    /// The article as plain text.
    text: Option<String>,
    /// The article as HTML.
    html: Option<String>,
    /// The article as Markdown.
    markdown: Option<String>,
    /// The title, where the article itself has none.
    title: Option<String>,
    /// How much of HTML is the article.
    #[serde(default, deserialize_with = "wire::object::object")]
    source: wire::JsonSource,
}

/// What of an older digest holds in the newer text. Nothing is reworded; all
/// offsets point into the newer text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CarryView {
    /// The topic, if it holds.
    pub topic: Option<String>,
    /// The summary, if each of its sentences holds.
    pub summary: Option<Passage>,
    /// The pairs of which each sentence holds.
    pub faq: Vec<Pair>,
    /// The related topics that hold.
    pub related: Vec<String>,
    /// What does not hold, with the reason: to be made again.
    pub stale: Vec<Refused>,
}

impl From<Carried> for CarryView {
    fn from(carried: Carried) -> Self {
        Self {
            topic: carried.topic,
            summary: carried.summary,
            faq: carried.faq,
            related: carried.related,
            stale: carried.stale,
        }
    }
}

/// Checks a sentence; several are as good as the worst.
#[utoipa::path(
    post,
    path = "/v1/check",
    tag = "checks",
    operation_id = "check_sentence",
    summary = "Whether an article says a sentence",
    description = "By the rules that a draft is held to; of several sentences the worst counts.",
    request_body(content = ref("#/components/schemas/CheckRequest"), content_type = "application/json",
        example = json!(examples::check_request())),
    responses((status = 200, description = "What the checks make of it.",
        body = ref("#/components/schemas/CheckView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::BODY, problems::ARTICLE])))
)]
pub(super) async fn check(
    Shared(state): Shared<Arc<AppState>>,
    request: Request,
) -> Result<Json<CheckView>, ApiError> {
    let view = against_article(&state, request, read, |article, understanding, sentence| {
        judge(article, understanding, &sentence).into()
    });
    Ok(Json(view.await?))
}

/// Says what of an older digest still holds.
#[utoipa::path(
    post,
    path = "/v1/check/digest",
    tag = "checks",
    operation_id = "check_digest",
    summary = "What of a digest holds in a newer text of its article",
    description = "No word is changed: what holds comes back with its new places.",
    request_body(content = ref("#/components/schemas/CarryRequest"), content_type = "application/json"),
    responses((status = 200, description = "What holds, and what does not.",
        body = ref("#/components/schemas/CarryView"), content_type = "application/json")),
    extensions(("x-problems" = json!([problems::BODY, problems::ARTICLE])))
)]
pub(super) async fn check_digest(
    Shared(state): Shared<Arc<AppState>>,
    request: Request,
) -> Result<Json<CarryView>, ApiError> {
    let view = against_article(
        &state,
        request,
        read_digest,
        |article, understanding, digest| carry(article, understanding, digest).into(),
    );
    Ok(Json(view.await?))
}

/// An article, and what is to be held against it.
type Asked<T> = Result<(Input, T), ApiError>;

/// Reads a request, and its article, and has something held against that.
async fn against_article<T, V>(
    state: &Arc<AppState>,
    request: Request,
    read: fn(&[u8]) -> Asked<T>,
    hold: fn(&Article, &Understanding, T) -> V,
) -> Result<V, ApiError>
where
    T: Send + 'static,
    V: Send + 'static,
{
    let terms = state.terms();
    let _slot = slot(&terms)?;
    let (head, body) = request.into_parts();
    let body_type = BodyType::of(&head.headers)?;
    if !matches!(body_type, BodyType::Json) {
        let sent = head.headers.get(CONTENT_TYPE);
        let sent = sent.and_then(|it| it.to_str().ok()).map(str::to_owned);
        return Err(ApiError::MediaType { sent });
    }
    wire::no_parameters(&head.uri)?;
    let body = body::read(body, &body_limit(&terms, &body_type)).await?;
    let (input, held) = read(&body)?;
    let limits = terms.limits.clone();
    let judged = tokio::task::spawn_blocking(move || {
        let article = ingest::ingest(&input, &limits)?;
        Ok(hold(&article, &understand(&article), held))
    });
    let judged = judged.await.map_err(|_| ApiError::Panicked)?;
    let place = Place::Body;
    judged.map_err(|error| ApiError::Pipeline { error, place })
}

fn read(body: &[u8]) -> Asked<String> {
    let request: CheckRequest = serde_json::from_slice(body).map_err(ApiError::BadJson)?;
    let sentence = request.sentence;
    if sentence.trim().is_empty() || sentence.len() > MAX_CLAIM_BYTES {
        let reason = format!("has to have 1 to {MAX_CLAIM_BYTES} bytes");
        return Err(wire::bad(Place::Body, "sentence", reason));
    }
    let article = wire::JsonArticle {
        text: request.text,
        html: request.html,
        markdown: request.markdown,
        title: request.title,
        source: request.source,
    };
    Ok((article.input()?, sentence))
}

fn read_digest(body: &[u8]) -> Asked<Digest> {
    let request: CarryRequest = serde_json::from_slice(body).map_err(ApiError::BadJson)?;
    let digest = request.digest;
    let answers = digest.faq.iter().map(|pair| &pair.answer);
    let passages = digest.summary.iter().chain(answers);
    let sentences: usize = passages.map(|it| it.sentences.len()).sum();
    if sentences + digest.faq.len() + digest.related.len() > MAX_ITEMS {
        let reason = format!("has more than {MAX_ITEMS} sentences, questions and topics");
        return Err(wire::bad(Place::Body, "digest", reason));
    }
    let article = wire::JsonArticle {
        text: request.text,
        html: request.html,
        markdown: request.markdown,
        title: request.title,
        source: request.source,
    };
    Ok((article.input()?, digest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in any::<Vec<u8>>()) {
            let _ = read(&body);
            let _ = read_digest(&body);
        }
    }
}
