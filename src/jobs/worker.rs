//! Claims jobs, runs the pipeline on them, and stores what comes out. A worker
//! that dies leaves its lease to run out; one that is told to stop finishes or
//! hands back; a panic costs an attempt of one job.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span, info_span};

use crate::config::JobSettings;
use crate::digest::Digest;
use crate::engine::EngineError;
use crate::pipeline::error::PipelineError;
use crate::store::{Claim, Finished, Job, Outcome, Store, StoreError};

use super::desk::Desk;
use super::digester::Digester;
use super::housekeeping::backoff;
use super::live::Live;
use super::order;
use super::queue::told_of;

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

/// How the work on one job ended.
enum Work {
    Made(Box<Digest>),
    Failed(PipelineError),
    Panicked,
    LeaseLost,
    TimeUp,
}

impl Workers {
    /// Works until `stop` is true; then jobs in work get `jobs.drain_seconds`.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Ended {
        self.run_told(stop, Arc::default()).await
    }

    /// The same, and tells `live` how the work goes.
    pub async fn run_told(self, stop: watch::Receiver<bool>, live: Arc<Live>) -> Ended {
        let concurrency = self.settings.concurrency;
        let workers = Arc::new(Told {
            workers: self,
            live,
        });
        let mut slots = JoinSet::new();
        for _ in 0..concurrency {
            let (workers, stop) = (workers.clone(), stop.clone());
            slots.spawn(async move { workers.work(stop).await });
        }
        let mut ended = Ended::Drained;
        while let Some(slot) = slots.join_next().await {
            // A slot does not panic; if it did, its lease runs out.
            if matches!(slot, Ok(Ended::EngineStopped)) {
                ended = Ended::EngineStopped;
            }
        }
        ended
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

/// Workers, and who is told how their work goes.
struct Told {
    workers: Workers,
    live: Arc<Live>,
}

impl Told {
    async fn work(&self, stop: watch::Receiver<bool>) -> Ended {
        let mut signal = self.workers.store.work();
        while !*stop.borrow() {
            signal.mark_unchanged();
            match self
                .workers
                .store
                .claim(&self.workers.name, self.workers.settings.lease)
                .await
            {
                Ok(Some(claim)) => {
                    let span = span_of(&claim.job);
                    let ended = self.attend(claim, &stop).instrument(span).await;
                    if ended == Some(Ended::EngineStopped) {
                        return Ended::EngineStopped;
                    }
                    continue;
                }
                // Jobs that shared another's digest have ended without a worker.
                Ok(None) => told(self.workers.desk().settle_rest().await.map(drop)),
                Err(error) => tracing::warn!(%error, "no job can be claimed"),
            }
            tokio::select! {
                _ = timeout(self.workers.settings.poll, signal.changed()) => {}
                () = told_to_stop(stop.clone()) => {}
            }
        }
        Ended::Drained
    }

    /// Sees one job through.
    async fn attend(&self, claim: Claim, stop: &watch::Receiver<bool>) -> Option<Ended> {
        let Claim { job, order } = claim;
        let maker = self.workers.digester.maker();
        let content_key = order::content_key(&order, &maker);
        let (input, mut options) = match order::unpack(order) {
            Ok(unpacked) => unpacked,
            Err(_) => {
                self.workers.fail(&job, UNREADABLE, true).await;
                return None;
            }
        };
        options.lane = job.lane;
        let finished = |digest| Finished {
            digest,
            content_key: content_key.clone(),
            pipeline_version: maker.pipeline_version.clone(),
        };
        if let Ok(Some(known)) = self.workers.store.result(&content_key).await {
            self.workers.complete(&job, &finished(known)).await;
            return None;
        }
        let started = Instant::now();
        let digester = self.workers.digester.clone();
        let mut task = JoinSet::new();
        let attempt = self.live.begin(&job.id, job.status.attempt);
        let observer = attempt.observer();
        let making = async move { digester.digest_observed(input, options, observer).await };
        task.spawn(making.in_current_span());
        let work = tokio::select! {
            joined = task.join_next() => work(joined),
            () = self.workers.lease_lost(&job) => Work::LeaseLost,
            () = time_up(stop.clone(), self.workers.settings.drain) => Work::TimeUp,
            never = attempt.pass_on(&self.workers.store, &job) => match never {},
        };
        match work {
            Work::Made(digest) => match serde_json::to_string(&digest) {
                Ok(digest) => {
                    self.workers.complete(&job, &finished(digest)).await;
                    let ms = u64::try_from(started.elapsed().as_millis());
                    tracing::info!(ms = ms.unwrap_or(u64::MAX), "done");
                }
                Err(error) => {
                    self.workers
                        .fail(&job, &format!("internal: {error}"), false)
                        .await
                }
            },
            Work::Failed(PipelineError::Engine(EngineError::Stopped)) => {
                tracing::error!("the engine has stopped; the job is handed back");
                self.workers.release(&job).await;
                return Some(Ended::EngineStopped);
            }
            Work::Failed(error) => self.workers.failed(&job, &error).await,
            Work::Panicked => self.workers.fail(&job, PANICKED, true).await,
            Work::LeaseLost => tracing::info!("cancelled, or taken over"),
            Work::TimeUp => self.workers.release(&job).await,
        }
        None
    }
}

/// What every line of the log about a job carries, those of the engine too.
fn span_of(job: &Job) -> Span {
    info_span!(
        "job",
        job = job.id,
        request_id = job.request_id,
        lane = job.lane.name(),
        attempt = job.status.attempt,
    )
}

/// Says that an article has to wait for what a job has made.
fn told(settled: Result<(), StoreError>) {
    if let Err(error) = settled {
        tracing::warn!(%error, "digests are merged into their articles later");
    }
}

const PANICKED: &str = "internal: the work on this article failed";
const UNREADABLE: &str = "newer_request: it was accepted by a newer version of the program";

fn work(joined: Option<Result<Result<Digest, PipelineError>, JoinError>>) -> Work {
    match joined {
        Some(Ok(Ok(digest))) => Work::Made(Box::new(digest)),
        Some(Ok(Err(error))) => Work::Failed(error),
        // The panic hook has written the message to stderr.
        Some(Err(_)) | None => Work::Panicked,
    }
}

pub(super) async fn told_to_stop(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could tell.
        std::future::pending::<()>().await;
    }
}

/// Completes when the time after the signal to stop is over.
async fn time_up(stop: watch::Receiver<bool>, drain: Duration) {
    told_to_stop(stop).await;
    sleep(drain).await;
}
