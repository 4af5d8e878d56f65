//! Tells callers of the end of their jobs: takes deliveries from the store, signs
//! them and sends them until they are taken or the schedule is at its end. Any
//! process with a secret does it; a delivery that is sent twice has one id.
//!
//! `payload` says what is sent and `signature` signs it: both are pure. Where a
//! callback may go is the business of `net`. Logs neither payloads nor addresses.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::config::CallbackSettings;
use crate::digest::Digest;
use crate::life::Changes;
use crate::net::{Answer, Bounds, Client, Outgoing, SendError, Target};
use crate::store::{Delivery, DeliveryOutcome, Job, Sent, State, Store, StoreError, Verdict};
use crate::telemetry;

use super::worker::told_to_stop;
pub use payload::{BatchPayload, CallbackPayload};
use payload::{Outcome, Room, payload};

mod payload;
mod signature;

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Between two looks for deliveries that no signal told of: the second attempt
/// comes after five seconds.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What a delivery is held beyond its time on the wire.
const LEASE_BEYOND: Duration = Duration::from_secs(5);
/// What came of an attempt is offered to a store that cannot be reached so often.
const REPORT_TRIES: usize = 30;
const REPORT_EVERY: Duration = Duration::from_secs(1);
/// Only the status of an answer is looked at.
const ANSWER_BYTES: usize = 4096;
const GONE: u16 = 410;
/// How long a digest is waited for that is still to be merged into its article.
const MERGE_LOOKS: usize = 30;
const MERGE_LOOK_EVERY: Duration = Duration::from_millis(100);

/// Sends the callbacks of one store.
pub struct Callbacks {
    /// Where the deliveries are.
    pub store: Arc<Store>,
    /// Who sends.
    pub client: Client,
    /// How they are signed, and when again.
    pub settings: CallbackSettings,
}

impl Callbacks {
    /// Sends until `stop` is true; attempts under way then get their time.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let callbacks = Arc::new(self);
        let mut signal = callbacks.store.work();
        let mut sends = JoinSet::new();
        while !*stop.borrow() {
            signal.mark_unchanged();
            let free = callbacks.settings.concurrency - sends.len();
            for delivery in callbacks.claim(free).await {
                let callbacks = callbacks.clone();
                sends.spawn(async move { callbacks.attend(&delivery).await });
            }
            let is_full = sends.len() >= callbacks.settings.concurrency;
            tokio::select! {
                _ = timeout(LOOK_EVERY, signal.changed()), if !is_full => {}
                Some(_) = sends.join_next(), if !sends.is_empty() => {}
                () = told_to_stop(stop.clone()) => {}
            }
            // A panic in one was reported; its lease runs out.
            while sends.try_join_next().is_some() {}
        }
        let rest = async { while sends.join_next().await.is_some() {} };
        let _ = timeout(callbacks.settings.timeout, rest).await;
    }

    async fn claim(&self, free: usize) -> Vec<Delivery> {
        if free == 0 {
            return Vec::new();
        }
        let lease = self.settings.timeout + LEASE_BEYOND;
        match self.store.claim_deliveries(free, lease).await {
            Ok(deliveries) => deliveries,
            Err(error) => {
                tracing::warn!(%error, "no callback can be claimed");
                Vec::new()
            }
        }
    }

    /// Sees one attempt through.
    async fn attend(&self, delivery: &Delivery) {
        let started = Instant::now();
        let outcome = match self.body(delivery).await {
            Ok(Some(body)) => self.send(delivery, body).await,
            // Its job is gone, and it with the job.
            Ok(None) => return,
            Err(error) => {
                // The lease runs out, and it is sent again.
                tracing::warn!(delivery = delivery.id, %error, "a callback is sent later");
                return;
            }
        };
        let took = started.elapsed();
        telemetry::callback(result(&outcome), took);
        let ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        let sent = Sent {
            answer: outcome.as_ref().ok().map(|answer| answer.status.into()),
            ms,
            verdict: self.verdict(&outcome, delivery.status.failures),
        };
        tracing::info!(
            delivery = delivery.id,
            job = delivery.job,
            answer = sent.answer,
            ms,
            "callback"
        );
        self.report(delivery, &sent).await;
    }

    async fn body(&self, delivery: &Delivery) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(batch) = &delivery.batch {
            return self.batch_body(batch).await;
        }
        let Some(job) = self.store.job(&delivery.job).await? else {
            return Ok(None);
        };
        let outcome = self.outcome(&job).await?;
        let room = Room {
            bytes: self.settings.max_payload_bytes,
            public_url: &self.settings.public_url,
        };
        payload(&job, &outcome, room).map(Some).map_err(failed)
    }

    /// What there is to tell of a job beside itself.
    async fn outcome(&self, job: &Job) -> Result<Outcome, StoreError> {
        let mut outcome = Outcome::default();
        if let Some(external_id) = &job.external_id {
            let article = self.store.article_named(external_id).await?;
            outcome.article = article.map(|it| it.id);
        }
        if job.status.state == State::Done {
            let stored = self.store.result(&job.content_key).await?;
            let digest = stored.as_deref().map(serde_json::from_str::<Digest>);
            outcome.digest = digest.transpose().map_err(failed)?;
            outcome.changes = self.changes(job).await?;
        }
        Ok(outcome)
    }

    /// What the digest changed of its article. The merge follows the job's end; it is
    /// waited for, but not for long.
    async fn changes(&self, job: &Job) -> Result<Option<Changes>, StoreError> {
        for _ in 0..MERGE_LOOKS {
            let Some(status) = self.store.merge_status(job).await? else {
                return Ok(None);
            };
            if !status.is_pending {
                let changes = status.changes.as_deref().map(serde_json::from_str);
                return changes.transpose().map_err(failed);
            }
            sleep(MERGE_LOOK_EVERY).await;
        }
        // Who asked to be called is called: what changed can still be read.
        tracing::debug!(job = job.id, "told before it was merged");
        Ok(None)
    }

    async fn batch_body(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(batch) = self.store.batch(id).await? else {
            return Ok(None);
        };
        let counts = self.store.item_counts(&batch).await?;
        let body = payload::of_batch(&batch, counts, &self.settings.public_url);
        let failed = |error: serde_json::Error| StoreError::Failed(error.to_string());
        body.map(Some).map_err(failed)
    }

    async fn send(&self, delivery: &Delivery, body: Vec<u8>) -> Result<Answer, NotSent> {
        let target = Target::parse(&delivery.url, self.client.rules())
            .map_err(|error| NotSent(format!("not_allowed: the address {error}")))?;
        let outgoing = Outgoing {
            method: hyper::Method::POST,
            headers: self.headers(delivery, &body)?,
            body,
        };
        let bounds = Bounds {
            time: self.settings.timeout,
            answer_bytes: ANSWER_BYTES,
        };
        Ok(self.client.send(&target, outgoing, bounds).await?)
    }

    fn headers(&self, delivery: &Delivery, body: &[u8]) -> Result<HeaderMap, NotSent> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let timestamp = now.unwrap_or_default().as_secs();
        let secrets = &self.settings.secrets;
        let signature = signature::sign(secrets, &delivery.id, timestamp, body);
        let value = |text: &str| {
            HeaderValue::from_str(text).map_err(|error| NotSent(format!("internal: {error}")))
        };
        Ok(HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (WEBHOOK_ID, value(&delivery.id)?),
            (WEBHOOK_TIMESTAMP, timestamp.into()),
            (WEBHOOK_SIGNATURE, value(&signature)?),
        ]))
    }

    /// Only 2xx is yes: a redirect is no, and 410 is never again.
    fn verdict(&self, outcome: &Result<Answer, NotSent>, failures: i64) -> Verdict {
        let reason = match outcome {
            Ok(answer) if (200..300).contains(&answer.status) => return Verdict::Taken,
            Ok(answer) if answer.status == GONE => return Verdict::Gone,
            Ok(answer) => format!("status: answered {}", answer.status),
            Err(NotSent(reason)) => reason.clone(),
        };
        let failures = usize::try_from(failures).unwrap_or(usize::MAX);
        let retry_in = self.settings.schedule.get(failures).copied();
        Verdict::Refused { reason, retry_in }
    }

    /// Tells the store, and tells it again while it cannot be reached. Given up,
    /// the lease runs out and the callback is sent again.
    async fn report(&self, delivery: &Delivery, sent: &Sent) {
        for _ in 0..REPORT_TRIES {
            let attempt = delivery.status.attempt;
            match self
                .store
                .report_delivery(&delivery.id, attempt, sent)
                .await
            {
                Ok(DeliveryOutcome::Applied(_)) => return,
                Ok(outcome) => {
                    tracing::info!(delivery = delivery.id, ?outcome, "the lease was lost");
                    return;
                }
                Err(error) if error.is_transient() => {
                    tracing::warn!(delivery = delivery.id, %error, "told again soon");
                }
                Err(error) => {
                    tracing::error!(delivery = delivery.id, %error, "given up");
                    return;
                }
            }
            sleep(REPORT_EVERY).await;
        }
    }
}

/// What came of an attempt, for the figures.
fn result(outcome: &Result<Answer, NotSent>) -> &'static str {
    match outcome {
        Ok(answer) if (200..300).contains(&answer.status) => "taken",
        Ok(answer) if answer.status == GONE => "gone",
        Ok(_) => "refused",
        Err(_) => "unreachable",
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn failed(error: serde_json::Error) -> StoreError {
    StoreError::Failed(error.to_string())
}

/// Why there is no answer: a code, a colon and a detail.
struct NotSent(String);

impl From<SendError> for NotSent {
    fn from(error: SendError) -> Self {
        Self(error.to_string())
    }
}
