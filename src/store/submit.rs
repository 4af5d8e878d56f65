//! Taking a job in: on disk before the caller hears yes. One transaction looks
//! for the caller's key, for a digest of the same content, and for room in the
//! lane, and writes the job with its article.

use uuid::Uuid;

use crate::telemetry;

use super::Store;
use super::batch::Batch;
use super::database::{Durability, Row, Transaction, Value, failed};
use super::error::StoreError;
use super::job::{Idempotency, Job, Millis, State, Status, Submission, Submitted};
use super::rows;
use super::statements::{self, Statement, batches as items};
use super::wake::Signals;
use super::{articles, deliveries};

/// Values of a new job that go into its own table.
const JOB_COLUMNS: usize = 14;
const ACCEPTED: &str = "accepted";
const KNOWN: &str = "known: there is a digest of the same content";

impl Store {
    /// Takes a job in, or says why not.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; then nothing was accepted, unless
    /// the connection broke in the very moment of the commit. The caller's key
    /// makes it safe to ask again.
    pub async fn submit(&self, submission: &Submission) -> Result<Submitted, StoreError> {
        let mut transaction = self.database.begin(Durability::Full).await?;
        let submitted = decide(&mut transaction, submission).await?;
        if matches!(submitted, Submitted::Accepted(_)) {
            self.keep_submitted(transaction, &submitted).await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(submitted)
    }

    /// Takes the job of an item of a batch in, and notes it with the item; `None` when
    /// that does not wait any more. In one transaction: what is called off, or whose
    /// article is removed, is not handed in afterwards.
    ///
    /// # Errors
    /// As [`Store::submit`].
    pub async fn submit_item(
        &self,
        batch: &Batch,
        line: i64,
        submission: &Submission,
    ) -> Result<Option<Submitted>, StoreError> {
        let mut transaction = self.database.begin(Durability::Full).await?;
        let values = [batch.seq.into(), line.into()];
        let waits = transaction.rows(&items::LOCK_WAITING, &values).await?;
        if waits.is_empty() {
            transaction.rollback().await?;
            return Ok(None);
        }
        let submitted = decide(&mut transaction, submission).await?;
        if let Submitted::Accepted(job) | Submitted::Repeated(job) = &submitted {
            let values = [batch.seq.into(), line.into(), (&job.id).into()];
            transaction.execute(&items::HAND_IN, &values).await?;
            self.keep_submitted(transaction, &submitted).await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(Some(submitted))
    }

    /// Commits, and tells of a job that is new.
    async fn keep_submitted(
        &self,
        transaction: Transaction<'_>,
        submitted: &Submitted,
    ) -> Result<(), StoreError> {
        let mut signals = Signals::default();
        let Submitted::Accepted(job) = submitted else {
            return signals.commit(transaction, &self.wake).await;
        };
        if job.status.state == State::Queued || job.callback.is_some() {
            signals.work();
        }
        if job.status.state.is_final() {
            signals.count(job);
        }
        signals.commit(transaction, &self.wake).await?;
        telemetry::job_accepted(job.lane);
        Ok(())
    }
}

async fn decide(
    transaction: &mut Transaction<'_>,
    submission: &Submission,
) -> Result<Submitted, StoreError> {
    let now = transaction.now().await?;
    let id = Uuid::now_v7().to_string();
    if let Some(key) = &submission.idempotency {
        let earlier = reserve(transaction, key, &id, now).await?;
        if let Some(earlier) = earlier {
            return repeated(transaction, key, earlier).await;
        }
    }
    let known = has_result(transaction, &submission.content_key).await?;
    if !known && is_full(transaction, submission).await? {
        return Ok(Submitted::LaneFull);
    }
    if !known && is_owner_full(transaction, submission).await? {
        return Ok(Submitted::OwnerFull);
    }
    let job = new_job(id, submission, known, now);
    let job = insert(transaction, job, submission, now).await?;
    Ok(Submitted::Accepted(job))
}

/// The request that a key came with before.
struct Earlier {
    fingerprint: String,
    job: String,
}

/// Takes the key for this job, unless it was taken before. Of two requests that
/// come at once, the second waits here for the first.
async fn reserve(
    transaction: &mut Transaction<'_>,
    key: &Idempotency,
    job: &str,
    now: Millis,
) -> Result<Option<Earlier>, StoreError> {
    let values = [
        (&key.key).into(),
        (&key.fingerprint).into(),
        job.into(),
        now.into(),
    ];
    let taken = transaction
        .execute(&statements::INSERT_KEY, &values)
        .await?;
    if taken == 1 {
        return Ok(None);
    }
    let rows = transaction
        .rows(&statements::KEY, &[(&key.key).into()])
        .await?;
    match rows.first() {
        Some(row) => Ok(Some(Earlier {
            fingerprint: row.get("fingerprint")?,
            job: row.get("job")?,
        })),
        // Swept between the two statements: the caller may ask again.
        None => Err(StoreError::Unavailable("a key was just dropped".to_owned())),
    }
}

async fn repeated(
    transaction: &mut Transaction<'_>,
    key: &Idempotency,
    earlier: Earlier,
) -> Result<Submitted, StoreError> {
    if earlier.fingerprint != key.fingerprint {
        return Ok(Submitted::KeyReused);
    }
    let values = [(&earlier.job).into()];
    let rows = transaction.rows(&statements::JOB, &values).await?;
    match rows.first() {
        Some(row) => Ok(Submitted::Repeated(rows::job(row)?)),
        // Keys are kept no longer than jobs, so only a job deleted by hand is gone.
        None => Ok(Submitted::KeyReused),
    }
}

pub(super) async fn has_result(
    transaction: &mut Transaction<'_>,
    content_key: &str,
) -> Result<bool, StoreError> {
    let values = [content_key.into()];
    let rows = transaction.rows(&statements::LOCK_RESULT, &values).await?;
    Ok(!rows.is_empty())
}

async fn is_full(
    transaction: &mut Transaction<'_>,
    submission: &Submission,
) -> Result<bool, StoreError> {
    let limit = submission.lane_limit;
    let values = [submission.lane.rank().into(), limit.into()];
    Ok(count(transaction, &statements::COUNT_OPEN, &values).await? >= limit)
}

async fn is_owner_full(
    transaction: &mut Transaction<'_>,
    submission: &Submission,
) -> Result<bool, StoreError> {
    let Some(owner) = &submission.owner else {
        return Ok(false);
    };
    let limit = owner.max_open_jobs;
    let values = [(&owner.api_key).into(), limit.into()];
    Ok(count(transaction, &statements::COUNT_OPEN_OF_KEY, &values).await? >= limit)
}

async fn count(
    transaction: &mut Transaction<'_>,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<i64, StoreError> {
    let rows = transaction.rows(statement, values).await?;
    rows.first().map_or(Ok(0), |row| row.get("open"))
}

fn new_job(id: String, submission: &Submission, known: bool, now: Millis) -> Job {
    let mut status = Status::accepted(submission.max_failures, now);
    if known {
        status.state = State::Done;
        status.ready_at = None;
        status.finished_at = Some(now);
    }
    Job {
        seq: 0,
        id,
        lane: submission.lane,
        content_key: submission.content_key.clone(),
        pipeline_version: submission.pipeline_version.clone(),
        external_id: submission.external_id.clone(),
        url: submission.url.clone(),
        callback: submission.callback.clone(),
        created_at: now,
        request_id: submission.request_id.clone(),
        status,
    }
}

async fn insert(
    transaction: &mut Transaction<'_>,
    mut job: Job,
    submission: &Submission,
    now: Millis,
) -> Result<Job, StoreError> {
    let waits = job.status.state == State::Queued;
    let reason = if waits { ACCEPTED } else { KNOWN };
    let order = &submission.order;
    let values = [
        (&job.id).into(),
        job.status.state.name().into(),
        job.lane.rank().into(),
        (&job.content_key).into(),
        (&job.pipeline_version).into(),
        (&job.external_id).into(),
        (&job.url).into(),
        job.status.max_failures.into(),
        job.created_at.into(),
        job.status.ready_at.into(),
        job.status.finished_at.into(),
        (&job.callback).into(),
        Value::Text(submission.owner.as_ref().map(|it| it.api_key.as_str())),
        (&job.request_id).into(),
        order.body.as_slice().into(),
        (&order.request).into(),
        reason.into(),
    ];
    if transaction.is_remote() {
        job.seq = seq(&transaction.rows(&statements::INSERT_ALL, &values).await?)?;
    } else {
        let (columns, article) = (&values[..JOB_COLUMNS], &values[JOB_COLUMNS..]);
        job.seq = seq(&transaction.rows(&statements::INSERT_JOB, columns).await?)?;
        // What is done already is still to be merged.
        if waits || job.external_id.is_some() {
            let article = [job.seq.into(), article[0], article[1]];
            transaction
                .execute(&statements::INSERT_ARTICLE, &article)
                .await?;
        }
        rows::write_transition(transaction, &job, None, reason, now).await?;
    }
    let api_key = submission.owner.as_ref().map(|it| it.api_key.as_str());
    articles::name(transaction, &job, api_key, now).await?;
    if !waits {
        articles::announce(transaction, &job).await?;
        deliveries::announce(transaction, &job, now).await?;
    }
    Ok(job)
}

fn seq(rows: &[Row]) -> Result<i64, StoreError> {
    let row = rows.first().ok_or_else(|| failed("no number"))?;
    row.get("seq")
}
