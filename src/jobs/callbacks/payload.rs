//! What a callback says: how a job ended, with its digest where there is room
//! for it, and otherwise with a link. The same for every attempt. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use crate::digest::Digest;
use crate::life::Changes;
use crate::store::{Batch, ItemCounts, Job, State};
use crate::text::time::rfc3339;

/// The body of a callback.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Callback")]
pub struct CallbackPayload<'a> {
    /// `digest.done`, `digest.dead` or `digest.cancelled`.
    #[serde(rename = "type")]
    kind: String,
    /// When the job ended.
    timestamp: String,
    /// How it ended.
    data: Data<'a>,
}

/// How a job ended.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CallbackData")]
struct Data<'a> {
    /// Names the job.
    id: &'a str,
    /// `done`, `dead` or `cancelled`.
    status: &'a str,
    /// The caller's name for the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    /// Where the article stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    /// Why it died or was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// The id of the article, where the caller names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    article: Option<&'a str>,
    /// What the digest changed of the article, where there is room for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a Changes>,
    /// The digest, where there is room for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a Digest>,
    /// Where the job can be read, when the digest is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
}

/// How large a payload may be, and where callers find the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room<'a> {
    pub(super) bytes: usize,
    pub(super) public_url: &'a str,
}

/// What there is to tell of a job beside itself.
#[derive(Default)]
pub(super) struct Outcome {
    /// Its digest.
    pub(super) digest: Option<Digest>,
    /// The id of its article.
    pub(super) article: Option<String>,
    /// What its digest changed there.
    pub(super) changes: Option<Changes>,
}

/// The body of a job's callback: with all that there is, without the digest, or
/// without what it changed, as far as there is room.
pub(super) fn payload(
    job: &Job,
    outcome: &Outcome,
    room: Room<'_>,
) -> Result<Vec<u8>, serde_json::Error> {
    let whole = serde_json::to_vec(&build(job, outcome, None))?;
    let is_left_out = job.status.state == State::Done && outcome.digest.is_none();
    if whole.len() <= room.bytes && !is_left_out {
        return Ok(whole);
    }
    let href = format!("{}/v1/digests/{}", room.public_url, job.id);
    let mut brief = build(job, outcome, Some(href));
    brief.data.digest = None;
    let without_digest = serde_json::to_vec(&brief)?;
    if without_digest.len() <= room.bytes {
        return Ok(without_digest);
    }
    brief.data.changes = None;
    serde_json::to_vec(&brief)
}

fn build<'a>(job: &'a Job, outcome: &'a Outcome, href: Option<String>) -> CallbackPayload<'a> {
    let status = job.status.state.name();
    CallbackPayload {
        kind: format!("digest.{status}"),
        timestamp: rfc3339(job.status.finished_at.unwrap_or(job.created_at)),
        data: Data {
            id: &job.id,
            status,
            external_id: job.external_id.as_deref(),
            url: job.url.as_deref(),
            reason: job.status.reason.as_deref(),
            article: outcome.article.as_deref(),
            changes: outcome.changes.as_ref(),
            digest: outcome.digest.as_ref(),
            href,
        },
    }
}

/// The body of a batch's callback.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BatchCallback")]
pub struct BatchPayload<'a> {
    /// `batch.completed`, `batch.failed`, `batch.expired` or `batch.cancelled`.
    #[serde(rename = "type")]
    kind: String,
    /// When the batch ended.
    timestamp: String,
    /// How it ended.
    data: BatchData<'a>,
}

/// How a batch ended.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BatchCallbackData")]
struct BatchData<'a> {
    /// Names the batch.
    id: &'a str,
    /// `completed`, `failed`, `expired` or `cancelled`.
    status: &'a str,
    /// All its articles.
    total: i64,
    /// With a digest.
    done: i64,
    /// Without one: broken, refused or failed.
    failed: i64,
    /// Called off.
    cancelled: i64,
    /// Not done in time.
    expired: i64,
    /// Why it ended so: a code, a colon and a detail.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// Where the batch can be read.
    href: String,
}

/// The body of a batch's callback: how it ended, and where its lines are.
pub(super) fn of_batch(
    batch: &Batch,
    counts: ItemCounts,
    public_url: &str,
) -> Result<Vec<u8>, serde_json::Error> {
    let status = batch.state.name();
    serde_json::to_vec(&BatchPayload {
        kind: format!("batch.{status}"),
        timestamp: rfc3339(batch.finished_at.unwrap_or(batch.created_at)),
        data: BatchData {
            id: &batch.id,
            status,
            total: counts.total(),
            done: counts.done,
            failed: counts.failed,
            cancelled: counts.cancelled,
            expired: counts.expired,
            reason: batch.reason.as_deref(),
            href: format!("{public_url}/v1/batches/{}", batch.id),
        },
    })
}
