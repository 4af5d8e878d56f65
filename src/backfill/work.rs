//! Sees one article through: hands it to the stored jobs, waits for its end however
//! long that takes, and says it as a line.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::archive::line::{Line, Outcome};
use crate::config::Limits;
use crate::digest::Digest;
use crate::jobs::{NewJob, Queue};
use crate::pipeline::options::DigestOptions;
use crate::pipeline::{ingest, understand, verify};
use crate::store::{Job, Lane, State, StoreError, Submitted};

use crate::text::hex::hex_sha256;

use super::choose::Wanted;

/// Between two tries of a store that cannot be reached.
const TRY_EVERY: Duration = Duration::from_secs(1);
/// A lane that is full is asked again after so long at most.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Between two looks at a job that no signal told of.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a job's name for its article, and of its address, as in the API.
const MAX_ID_BYTES: usize = 255;
const MAX_URL_BYTES: usize = 2000;

/// What all articles of a run share.
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) options: DigestOptions,
    pub(super) limits: Limits,
    /// Names the run in the store.
    pub(super) run: String,
    pub(super) generation: Option<String>,
}

/// An article in work.
pub(super) struct Work {
    pub(super) id: String,
    pub(super) wanted: Wanted,
    /// Whether it was tried in vain by an earlier run.
    pub(super) again: bool,
    /// The article that is almost the same, when it is in work or done.
    pub(super) near: Option<Twin>,
}

/// An article whose digest may be shared.
#[derive(Clone)]
pub(super) struct Twin {
    pub(super) id: String,
    pub(super) key: String,
    /// Closed when it is no longer in work.
    pub(super) in_work: watch::Receiver<()>,
}

impl Shared {
    /// The line of an article.
    pub(super) async fn line(self: Arc<Self>, mut work: Work) -> Result<Line, StoreError> {
        let line = match work.near.take() {
            Some(twin) => self.share(&work, twin).await?,
            None => None,
        };
        let line = match line {
            Some(line) => line,
            None => {
                let job = self.see_through(&work).await?;
                self.ended(&work.id, &job).await?
            }
        };
        Ok(describe(line, &work.wanted))
    }

    /// The digest of an article that is almost the same, if each of its sentences
    /// holds in this one too; its evidence is this one's own.
    async fn share(&self, work: &Work, mut twin: Twin) -> Result<Option<Line>, StoreError> {
        while twin.in_work.changed().await.is_ok() {}
        let Some(digest) = self.retried(|| self.queue.result(&twin.key)).await? else {
            return Ok(None);
        };
        let Ok(digest) = serde_json::from_str::<Digest>(&digest) else {
            return Ok(None);
        };
        let (input, limits) = (work.wanted.entry.input.clone(), self.limits.clone());
        let includes_source = self.options.include_source;
        let carried = tokio::task::spawn_blocking(move || {
            let article = ingest::ingest(&input, &limits).ok()?;
            let understanding = understand::understand(&article);
            let provenance = digest.provenance.clone();
            let digest_form = digest.summary_form;
            let carried = verify::carry(&article, &understanding, digest);
            carried.stale.is_empty().then(|| {
                let mut provenance = provenance;
                provenance.source_sha256 = hex_sha256(article.text.as_bytes());
                provenance.source_words = article.words();
                provenance.source_words_read = article.words();
                Digest {
                    topic: carried.topic,
                    summary: carried.summary,
                    summary_form: digest_form,
                    faq: carried.faq,
                    related: carried.related,
                    refused: Vec::new(),
                    notices: ingest::notices(&article),
                    provenance,
                    source: includes_source.then_some(article.text),
                }
            })
        });
        // A panic in there was reported; the article is made on its own.
        let line = carried.await.ok().flatten().map(|digest| Line {
            shared_with: Some(twin.id),
            ..Line::with_digest(&work.id, digest)
        });
        Ok(line)
    }

    /// Hands the article in, and waits for its job's end.
    async fn see_through(&self, work: &Work) -> Result<Job, StoreError> {
        let mut job = self.hand_in(work).await?;
        while !job.status.state.is_final() {
            let waited = self.retried(|| self.queue.wait(&job.id, PATIENCE)).await?;
            job = match waited {
                Some(job) => job,
                // Deleted by hand, or swept: it is made again.
                None => self.hand_in(work).await?,
            };
        }
        Ok(job)
    }

    async fn hand_in(&self, work: &Work) -> Result<Job, StoreError> {
        // What was tried in vain is another job; everything else is the same one, so
        // that who was killed finds it again.
        let mut is_named = !work.again;
        loop {
            let submitted = self
                .retried(|| self.queue.submit(self.new_job(work, is_named)))
                .await?;
            match submitted {
                Submitted::Accepted(job) | Submitted::Repeated(job) => return Ok(job),
                Submitted::LaneFull | Submitted::OwnerFull => {
                    let after = self
                        .retried(|| self.queue.room_after(Lane::Backfill))
                        .await?;
                    sleep(after.min(LONGEST_WAIT)).await;
                }
                // The archive says something else of it than it did before a kill.
                Submitted::KeyReused => is_named = false,
            }
        }
    }

    fn new_job(&self, work: &Work, is_named: bool) -> NewJob {
        let entry = &work.wanted.entry;
        let id = hex_sha256(work.id.as_bytes());
        let name = format!("backfill:{}:{id}:{}", self.run, work.wanted.key);
        NewJob {
            input: entry.input.clone(),
            options: self.options.clone(),
            lane: Lane::Backfill,
            external_id: storable(Some(&work.id), MAX_ID_BYTES),
            url: storable(entry.url.as_ref(), MAX_URL_BYTES),
            callback: None,
            idempotency_key: is_named.then_some(name),
            owner: None,
            request_id: None,
            generation: self.generation.clone(),
        }
    }

    async fn ended(&self, id: &str, job: &Job) -> Result<Line, StoreError> {
        if job.status.state != State::Done {
            let reason = job.status.reason.as_deref().unwrap_or("cancelled");
            let (code, detail) = reason.split_once(": ").unwrap_or((reason, ""));
            return Ok(Line::without_digest(id, Outcome::Failed, code, detail));
        }
        let digest = self.retried(|| self.queue.digest(job)).await?;
        let digest = digest.as_deref().map(serde_json::from_str::<Digest>);
        Ok(match digest {
            Some(Ok(digest)) => Line::with_digest(id, digest),
            Some(Err(error)) => {
                let detail = format!("the stored digest cannot be read: {error}");
                Line::without_digest(id, Outcome::Failed, "internal", &detail)
            }
            None => {
                let detail = "the digest was dropped before it could be written";
                Line::without_digest(id, Outcome::Failed, "digest_gone", detail)
            }
        })
    }

    /// Asks the store until it answers.
    async fn retried<T, F>(&self, ask: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        loop {
            match ask().await {
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, "the store is asked again");
                    sleep(TRY_EVERY).await;
                }
                other => return other,
            }
        }
    }
}

/// A name of the archive, if it is one that jobs can have.
fn storable(name: Option<&String>, most: usize) -> Option<String> {
    let is_one = |name: &&String| name.len() <= most && !name.chars().any(char::is_control);
    name.filter(is_one).cloned()
}

/// Adds what the archive says of the article.
pub(super) fn describe(line: Line, wanted: &Wanted) -> Line {
    let entry = &wanted.entry;
    Line {
        key: wanted.key.clone(),
        title: entry.input.title.clone(),
        url: entry.url.clone(),
        modified: entry.modified.clone(),
        ..line
    }
}
