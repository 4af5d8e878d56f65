//! The slots of a worker. Each claims the jobs of its lanes, one after another, and
//! sees them through; those that are reserved claim no less urgent ones, so that what
//! is being published never waits for the end of an archive's articles.

use std::iter::repeat_n;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span, info_span};

use crate::config::JobSettings;
use crate::digest::Digest;
use crate::engine::EngineError;
use crate::lane::Lane;
use crate::pipeline::error::PipelineError;
use crate::store::{Claim, Finished, Job, StoreError};

use super::{Ended, Live, Workers, order, told, told_to_stop};

/// The least urgent lane that each reserved slot claims from.
const RESERVED: [Lane; JobSettings::RESERVED] = [Lane::Publish, Lane::Draft];

/// The least urgent lane of each slot: `jobs.concurrency` of them claim whatever waits.
fn lanes(concurrency: usize) -> impl Iterator<Item = Lane> {
    repeat_n(Lane::Backfill, concurrency).chain(RESERVED)
}

/// Runs all slots to their ends.
pub(super) async fn run(workers: Workers, stop: watch::Receiver<bool>, live: Arc<Live>) -> Ended {
    let lanes = lanes(workers.settings.concurrency);
    let told = Arc::new(Told {
        workers,
        live,
        engine_gone: watch::Sender::new(false),
    });
    let mut slots = JoinSet::new();
    for lane in lanes {
        let (told, stop) = (told.clone(), stop.clone());
        slots.spawn(async move { told.work(lane, stop).await });
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

/// How the work on one job ended.
enum Work {
    Made(Box<Digest>),
    Failed(PipelineError),
    Panicked,
    LeaseLost,
    TimeUp,
}

/// Workers, and who is told how their work goes.
struct Told {
    workers: Workers,
    live: Arc<Live>,
    /// Whether the engine is gone. One slot finds out, and an idle one would never.
    engine_gone: watch::Sender<bool>,
}

impl Told {
    /// Claims jobs that are at least as urgent as `lane`, until `stop` is true.
    async fn work(&self, lane: Lane, stop: watch::Receiver<bool>) -> Ended {
        let mut signal = self.workers.store.work();
        while !*stop.borrow() && !*self.engine_gone.borrow() {
            signal.mark_unchanged();
            match self.claim(lane).await {
                Ok(Some(claim)) => {
                    let span = span_of(&claim.job);
                    let ended = self.attend(claim, &stop).instrument(span).await;
                    if ended == Some(Ended::EngineStopped) {
                        return Ended::EngineStopped;
                    }
                    continue;
                }
                // Jobs that shared another's digest have ended without a worker. Slots that
                // are idle beside an archive leave that to those that work on it.
                Ok(None) if lane == Lane::Backfill => {
                    told(self.workers.desk().settle_rest().await.map(drop));
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "no job can be claimed"),
            }
            tokio::select! {
                _ = timeout(self.workers.settings.poll, signal.changed()) => {}
                () = told_to_stop(stop.clone()) => {}
                () = told_to_stop(self.engine_gone.subscribe()) => {}
            }
        }
        Ended::Drained
    }

    async fn claim(&self, lane: Lane) -> Result<Option<Claim>, StoreError> {
        let Workers {
            store,
            name,
            settings,
            ..
        } = &self.workers;
        store.claim_at_least(lane, name, settings.lease).await
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
                // First: what is handed back is not for the other slots.
                self.engine_gone.send_replace(true);
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

/// Completes when the time after the signal to stop is over.
async fn time_up(stop: watch::Receiver<bool>, drain: Duration) {
    told_to_stop(stop).await;
    sleep(drain).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_kept_for_each_urgent_lane() {
        let lanes: Vec<Lane> = lanes(2).collect();
        let (any, reserved) = lanes.split_at(2);
        assert_eq!(any, [Lane::Backfill; 2]);
        assert_eq!(reserved, [Lane::Publish, Lane::Draft]);
    }
}
