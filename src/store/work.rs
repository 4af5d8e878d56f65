//! What workers and callers do to jobs that there are: claim, heartbeat,
//! complete, fail, release, cancel, and taking note of leases that ran out. Each
//! loads the status under a lock, asks the state machine, and stores the answer.

use std::time::Duration;

use super::Store;
use super::backoff::Backoff;
use super::database::{Durability, Transaction, failed};
use super::error::StoreError;
use super::job::{Claim, Finished, Job, Lane, Millis, Order};
use super::machine::{Event, Refusal};
use super::submit::has_result;
use super::wake::Signals;
use super::{articles, deliveries, rows, statements};

/// Leases that one call takes note of.
const EXPIRED_AT_ONCE: i64 = 100;

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It took effect; this is the job now.
    Applied(Box<Job>),
    /// It did not.
    Refused(Refusal),
    /// There is no such job.
    Missing,
}

/// A transaction on its way, its time, and what it will have to tell.
struct Step<'a> {
    transaction: Transaction<'a>,
    now: Millis,
    signals: Signals,
    keeps_articles: bool,
}

impl Store {
    /// Takes the most urgent job that waits, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails. A lease may then be held by
    /// nobody; it runs out.
    pub async fn claim(&self, worker: &str, lease: Duration) -> Result<Option<Claim>, StoreError> {
        self.claim_at_least(Lane::Backfill, worker, lease).await
    }

    /// The same among jobs of `lane` and of more urgent ones.
    ///
    /// # Errors
    /// As [`Store::claim`].
    pub async fn claim_at_least(
        &self,
        lane: Lane,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        // Who waits for one lane looks whenever anything happens in any: it costs a
        // reader a look, and not those who write their turn.
        if lane != Lane::Backfill && !self.has_waiting(lane).await? {
            return Ok(None);
        }
        let event = Event::Claim {
            worker: worker.to_owned(),
            lease,
        };
        let mut step = self.step(Durability::Relaxed).await?;
        let claimed = step.claim(lane, &event).await?;
        self.finish(step).await?;
        Ok(claimed)
    }

    /// Whether a job at least as urgent as `lane` waits, be it for its time.
    async fn has_waiting(&self, lane: Lane) -> Result<bool, StoreError> {
        let values = [lane.rank().into()];
        let rows = self.database.rows(&statements::WAITING, &values).await?;
        Ok(!rows.is_empty())
    }

    /// Keeps a lease alive. [`Refusal::LeaseLost`] tells the worker to stop: the
    /// job was cancelled, or given to another.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn heartbeat(
        &self,
        id: &str,
        attempt: i64,
        lease: Duration,
    ) -> Result<Outcome, StoreError> {
        self.apply(id, &Event::Heartbeat { attempt, lease }).await
    }

    /// Stores a digest, once: a second completion, or one whose lease was lost,
    /// is refused.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn complete(
        &self,
        id: &str,
        attempt: i64,
        finished: &Finished,
    ) -> Result<Outcome, StoreError> {
        let event = Event::Complete { attempt };
        let mut step = self.step(Durability::End).await?;
        let outcome = step.apply(id, &event).await?;
        if let Outcome::Applied(job) = outcome {
            let job = step.store(*job, finished).await?;
            self.finish(step).await?;
            return Ok(Outcome::Applied(Box::new(job)));
        }
        step.transaction.rollback().await?;
        Ok(outcome)
    }

    /// Notes that the worker failed; `retry_in` is `None` when another try would
    /// be in vain.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn fail(
        &self,
        id: &str,
        attempt: i64,
        reason: &str,
        retry_in: Option<Duration>,
    ) -> Result<Outcome, StoreError> {
        let event = Event::Fail {
            attempt,
            reason: reason.to_owned(),
            retry_in,
        };
        self.apply(id, &event).await
    }

    /// Hands a lease back undone.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn release(&self, id: &str, attempt: i64) -> Result<Outcome, StoreError> {
        self.apply(id, &Event::Release { attempt }).await
    }

    /// Calls a job off.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn cancel(&self, id: &str) -> Result<Outcome, StoreError> {
        self.apply(id, &Event::Cancel).await
    }

    /// Takes note of leases that ran out, and tells of how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn expire(&self, backoff: Backoff) -> Result<usize, StoreError> {
        let mut step = self.step(Durability::End).await?;
        let values = [step.now.into(), EXPIRED_AT_ONCE.into()];
        let rows = step.transaction.rows(&statements::EXPIRED, &values).await?;
        for row in &rows {
            let job = rows::job(row)?;
            let retry_in = backoff.after(job.status.failures + 1);
            // Whoever had a lease was locked out by the statement above.
            let _applied = step.change(job, &Event::Expire { retry_in }).await?;
        }
        self.finish(step).await?;
        Ok(rows.len())
    }

    async fn apply(&self, id: &str, event: &Event) -> Result<Outcome, StoreError> {
        let durability = match event {
            Event::Cancel => Durability::Full,
            Event::Fail { .. } => Durability::End,
            _ => Durability::Relaxed,
        };
        let mut step = self.step(durability).await?;
        let outcome = step.apply(id, event).await?;
        if matches!(outcome, Outcome::Applied(_)) {
            self.finish(step).await?;
        } else {
            step.transaction.rollback().await?;
        }
        Ok(outcome)
    }

    async fn step(&self, durability: Durability) -> Result<Step<'_>, StoreError> {
        let mut transaction = self.database.begin(durability).await?;
        let now = transaction.now().await?;
        Ok(Step {
            transaction,
            now,
            signals: Signals::default(),
            keeps_articles: !self.retention().articles.is_zero(),
        })
    }

    async fn finish(&self, step: Step<'_>) -> Result<(), StoreError> {
        step.signals.commit(step.transaction, &self.wake).await
    }
}

impl Step<'_> {
    /// The most urgent job down to `lane`, leased. Those whose content has got a digest
    /// in the meantime are done without a worker.
    async fn claim(&mut self, lane: Lane, event: &Event) -> Result<Option<Claim>, StoreError> {
        loop {
            let values = [self.now.into(), lane.rank().into()];
            let rows = self.transaction.rows(&statements::NEXT, &values).await?;
            let Some(row) = rows.first() else {
                return Ok(None);
            };
            let job = rows::job(row)?;
            if has_result(&mut self.transaction, &job.content_key).await? {
                self.transaction.make_durable().await?;
                self.change(job, &Event::Share).await?;
                continue;
            }
            let seq = job.seq;
            return match self.change(job, event).await? {
                Outcome::Applied(job) => {
                    let order = self.order(seq).await?;
                    Ok(Some(Claim { job: *job, order }))
                }
                _ => Err(failed("a waiting job that cannot be claimed")),
            };
        }
    }

    async fn order(&mut self, seq: i64) -> Result<Order, StoreError> {
        let rows = self
            .transaction
            .rows(&statements::ARTICLE, &[seq.into()])
            .await?;
        let row = rows
            .first()
            .ok_or_else(|| failed("a job without article"))?;
        Ok(Order {
            body: row.get("body")?,
            request: row.get("request")?,
        })
    }

    async fn apply(&mut self, id: &str, event: &Event) -> Result<Outcome, StoreError> {
        let values = [id.into()];
        let rows = self
            .transaction
            .rows(&statements::LOCK_JOB, &values)
            .await?;
        match rows.first() {
            Some(row) => self.change(rows::job(row)?, event).await,
            None => Ok(Outcome::Missing),
        }
    }

    /// Asks the state machine and writes what it says.
    async fn change(&mut self, mut job: Job, event: &Event) -> Result<Outcome, StoreError> {
        let before = job.status.state;
        job.status = match job.status.after(event, self.now) {
            Ok(status) => status,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        if before == job.status.state {
            rows::write_status(&mut self.transaction, &job).await?;
        } else {
            let reason = job.status.reason.as_deref();
            let change = rows::Change {
                job: &job,
                from: before,
                reason: reason.unwrap_or_else(|| event.reason()),
                now: self.now,
                drops_article: job.status.state.is_final()
                    && !self.keeps_articles
                    && !articles::is_merged(&job),
            };
            rows::write_change(&mut self.transaction, change).await?;
        }
        self.settle(&job).await?;
        Ok(Outcome::Applied(Box::new(job)))
    }

    /// What a new state brings with it.
    async fn settle(&mut self, job: &Job) -> Result<(), StoreError> {
        if job.status.ready_at.is_some() {
            self.signals.work();
        }
        if !job.status.state.is_final() {
            return Ok(());
        }
        self.signals.ended(job);
        // Jobs of the same content waited for this one, or who tells of its end.
        self.signals.work();
        articles::announce(&mut self.transaction, job).await?;
        deliveries::announce(&mut self.transaction, job, self.now).await
    }

    /// Stores the digest under what it depended on, and points the job there. If
    /// there is one already, that one stays.
    async fn store(&mut self, mut job: Job, finished: &Finished) -> Result<Job, StoreError> {
        let is_other = job.content_key != finished.content_key
            || job.pipeline_version != finished.pipeline_version;
        if is_other {
            job.content_key.clone_from(&finished.content_key);
            job.pipeline_version.clone_from(&finished.pipeline_version);
            let values = [
                job.seq.into(),
                (&job.content_key).into(),
                (&job.pipeline_version).into(),
            ];
            self.transaction
                .execute(&statements::UPDATE_CONTENT, &values)
                .await?;
        }
        let values = [
            (&job.content_key).into(),
            job.seq.into(),
            (&finished.digest).into(),
            self.now.into(),
        ];
        let stored = self
            .transaction
            .execute(&statements::INSERT_RESULT, &values)
            .await?;
        if stored == 0 && !has_result(&mut self.transaction, &job.content_key).await? {
            // Swept in this moment: the worker may complete again.
            let reason = "a digest was just dropped".to_owned();
            return Err(StoreError::Unavailable(reason));
        }
        Ok(job)
    }
}
