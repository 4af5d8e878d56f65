//! Claims jobs, runs the pipeline on them (`slots`), and stores what comes out. A worker
//! that dies leaves its lease to run out; one that is told to stop finishes or
//! hands back; a panic costs an attempt of one job.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::config::JobSettings;
use crate::pipeline::error::PipelineError;
use crate::store::{Finished, Job, Outcome, Store, StoreError};

use super::desk::Desk;
use super::digester::Digester;
use super::housekeeping::backoff;
use super::live::Live;
use super::order;
use super::queue::told_of;

mod slots;

/// Signs of life for each lease.
const HEARTBEATS: u32 = 4;
/// What came out is offered to a store that cannot be reached for so long: more
/// than it takes to restart a database.
const PERSIST_TRIES: usize = 120;
const PERSIST_EVERY: Duration = Duration::from_secs(1);

/// The workers of one process.
pub struct Workers {
    /// Where the jobs are.
    pub store: Arc<Store>,
    /// Who makes digests.
    pub digester: Arc<dyn Digester>,
    /// How many at once, and how long.
    pub settings: JobSettings,
    /// What this process is called in a job's history.
    pub name: String,
}

/// Why workers stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// They were told to, and hold no lease any more.
    Drained,
    /// The engine is gone; only a new process brings it back.
    EngineStopped,
}

impl Workers {
    /// Works until `stop` is true; then jobs in work get `jobs.drain_seconds`.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Ended {
        self.run_told(stop, Arc::default()).await
    }

    /// The same, and tells `live` how the work goes.
    pub async fn run_told(self, stop: watch::Receiver<bool>, live: Arc<Live>) -> Ended {
        slots::run(self, stop, live).await
    }

    async fn complete(&self, job: &Job, finished: &Finished) {
        let attempt = job.status.attempt;
        self.persist(|| self.store.complete(&job.id, attempt, finished))
            .await;
        if job.external_id.is_some() {
            told(self.desk().settle_ended(&job.id).await);
        }
    }

    fn desk(&self) -> Desk {
        Desk::new(self.store.clone(), &self.settings)
    }

    /// Gives signs of life; completes when the lease does not count any more. Who
    /// calls a job off is heard at once, or with the next sign of life.
    async fn lease_lost(&self, job: &Job) {
        let (lease, attempt) = (self.settings.lease, job.status.attempt);
        let mut ended = self.store.ended();
        loop {
            let _ = timeout(lease / HEARTBEATS, told_of(&job.id, &mut ended)).await;
            match self.store.heartbeat(&job.id, attempt, lease).await {
                Ok(Outcome::Applied(_)) => {}
                Ok(Outcome::Refused(_) | Outcome::Missing) => return,
                Err(error) => tracing::warn!(%error, "no sign of life can be given"),
            }
        }
    }

    async fn release(&self, job: &Job) {
        self.persist(|| self.store.release(&job.id, job.status.attempt))
            .await;
    }

    async fn failed(&self, job: &Job, error: &PipelineError) {
        tracing::warn!(%error, "no digest");
        // What an engine says may hold paths of this machine: callers get the
        // code and what to do.
        let detail = match error {
            PipelineError::Engine(error) => error.hint().to_owned(),
            error => error.to_string(),
        };
        let reason = format!("{}: {detail}", error.code());
        self.fail(job, &reason, error.is_transient()).await;
    }

    async fn fail(&self, job: &Job, reason: &str, again: bool) {
        let wait = backoff(&self.settings).after(job.status.failures + 1);
        let retry_in = again.then_some(wait);
        let attempt = job.status.attempt;
        self.persist(|| self.store.fail(&job.id, attempt, reason, retry_in))
            .await;
    }

    /// Tells the store, and tells it again while it cannot be reached. Given up,
    /// the lease runs out and the job is done again.
    async fn persist<F>(&self, tell: impl Fn() -> F)
    where
        F: Future<Output = Result<Outcome, StoreError>>,
    {
        for _ in 0..PERSIST_TRIES {
            match tell().await {
                Ok(Outcome::Applied(_)) => return,
                Ok(outcome) => {
                    tracing::info!(?outcome, "the lease was lost");
                    return;
                }
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, "told again soon");
                }
                Err(error) => {
                    tracing::error!(%error, "given up");
                    return;
                }
            }
            sleep(PERSIST_EVERY).await;
        }
    }
}

/// Says that an article has to wait for what a job has made.
fn told(settled: Result<(), StoreError>) {
    if let Err(error) = settled {
        tracing::warn!(%error, "digests are merged into their articles later");
    }
}

pub(super) async fn told_to_stop(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could tell.
        std::future::pending::<()>().await;
    }
}
