//! What callers can do with stored jobs: hand one in, wait for it, look, call
//! off. Tells a caller who has to wait for how long, from what was measured.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout, timeout_at};

use crate::config::JobSettings;
use crate::pipeline::Input;
use crate::pipeline::options::DigestOptions;
use crate::store::{
    Attempt, Delivery, DeliveryFilter, DeliveryOutcome, Filter, Idempotency, Job, Lane, Load,
    Outcome, Owner, Store, StoreError, Submission, Submitted, Transition,
};

use super::desk::Desk;
use super::digester::Maker;
use super::follow::Follow;
use super::live::Live;
use super::order;

/// How far back the speed of a lane is measured.
const WINDOW: Duration = Duration::from_secs(600);
/// What a caller is told while nothing was measured.
const UNKNOWN_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// A caller is told to come back when so many hundredths of the lane are free:
/// with the first free place, all would come back for one.
const ROOM_PERCENT: u64 = 5;
/// Signals can be lost: whoever waits looks as often as this.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The jobs of one store, for callers. Copies are one queue: a reload reaches all.
#[derive(Clone)]
pub struct Queue {
    store: Arc<Store>,
    maker: Maker,
    settings: Arc<RwLock<JobSettings>>,
    live: Arc<Live>,
    desk: Desk,
}

/// An article that a caller hands in.
#[derive(Debug)]
pub struct NewJob {
    /// The article.
    pub input: Input,
    /// What the caller wants.
    pub options: DigestOptions,
    /// Which jobs go first.
    pub lane: Lane,
    /// The caller's name for the article.
    pub external_id: Option<String>,
    /// Where the article stands.
    pub url: Option<String>,
    /// Where the job's end is to be told.
    pub callback: Option<String>,
    /// The caller's key for this request.
    pub idempotency_key: Option<String>,
    /// Whose job it is, where callers are told apart.
    pub owner: Option<Owner>,
    /// Makes it anew, apart from what another generation made.
    pub generation: Option<String>,
    /// The id of the request that it came with, for logs.
    pub request_id: Option<String>,
}

impl Queue {
    /// A queue on `store` for what `maker` will make.
    #[must_use]
    pub fn new(store: Arc<Store>, maker: Maker, settings: JobSettings) -> Self {
        Self {
            desk: Desk::new(store.clone(), &settings),
            store,
            maker,
            settings: Arc::new(RwLock::new(settings)),
            live: Arc::default(),
        }
    }

    /// The same, where the workers of this process tell `live` how they get on.
    #[must_use]
    pub fn telling(self, live: Arc<Live>) -> Self {
        Self { live, ..self }
    }

    /// Where the jobs are.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// What will make the digests.
    pub(super) fn maker(&self) -> &Maker {
        &self.maker
    }

    /// At so many failures a job is dead.
    pub(super) fn max_failures(&self) -> i64 {
        integer(self.settings().max_failures)
    }

    /// Takes jobs in by other settings from now on.
    pub fn reload(&self, settings: JobSettings) {
        *self
            .settings
            .write()
            .unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// Looks on while a job is worked on, from its beginning.
    #[must_use]
    pub fn follow(&self, id: &str) -> Follow {
        Follow::new(self.store.clone(), self.live.clone(), id)
    }

    /// Takes a job in; it is on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn submit(&self, new: NewJob) -> Result<Submitted, StoreError> {
        let lane = new.lane;
        let order = order::pack(new.input, &new.options, new.generation.as_deref())
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        let fingerprint = order::hash(&[
            &order.body,
            order.request.as_bytes(),
            lane.name().as_bytes(),
            new.external_id.as_deref().unwrap_or_default().as_bytes(),
            new.url.as_deref().unwrap_or_default().as_bytes(),
            new.callback.as_deref().unwrap_or_default().as_bytes(),
        ]);
        let submission = Submission {
            lane,
            content_key: order::content_key(&order, &self.maker),
            pipeline_version: self.maker.pipeline_version.clone(),
            external_id: new.external_id,
            url: new.url,
            callback: new.callback,
            order,
            max_failures: integer(self.settings().max_failures),
            lane_limit: integer(self.limit(lane)),
            idempotency: new
                .idempotency_key
                .map(|key| Idempotency { key, fingerprint }),
            owner: new.owner,
            request_id: new.request_id,
        };
        let submitted = self.store.submit(&submission).await?;
        if let Submitted::Accepted(job) = &submitted
            && let Err(error) = self.desk.settle(job).await
        {
            // It was accepted; who reads the article merges it.
            tracing::warn!(job = job.id, %error, "it is merged later");
        }
        Ok(submitted)
    }

    /// The articles that jobs are about.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// What a digest of this article depends on, hashed.
    #[must_use]
    pub fn content_key(
        &self,
        input: &Input,
        options: &DigestOptions,
        generation: Option<&str>,
    ) -> String {
        self.maker.content_key(input, options, generation)
    }

    /// The digest of a content, as JSON.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn result(&self, content_key: &str) -> Result<Option<String>, StoreError> {
        self.store.result(content_key).await
    }

    /// Open jobs that the lane may have.
    #[must_use]
    pub fn limit(&self, lane: Lane) -> usize {
        let settings = self.settings();
        match lane {
            Lane::Publish => settings.max_publish_jobs,
            Lane::Draft => settings.max_draft_jobs,
            Lane::Backfill => settings.max_backfill_jobs,
        }
    }

    fn settings(&self) -> RwLockReadGuard<'_, JobSettings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a lane that is full should have room again.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn room_after(&self, lane: Lane) -> Result<Duration, StoreError> {
        let load = self.store.load(lane, WINDOW).await?;
        Ok(wait_for_room(load, self.limit(lane) as u64))
    }

    /// The job with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn job(&self, id: &str) -> Result<Option<Job>, StoreError> {
        self.store.job(id).await
    }

    /// The digest of a job that is done, as JSON.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn digest(&self, job: &Job) -> Result<Option<String>, StoreError> {
        self.store.result(&job.content_key).await
    }

    /// What happened to a job, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn history(&self, id: &str) -> Result<Vec<Transition>, StoreError> {
        self.store.history(id).await
    }

    /// Jobs that fit the filter, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.store.list(filter, integer(limit)).await
    }

    /// Calls a job off.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn cancel(&self, id: &str) -> Result<Outcome, StoreError> {
        self.store.cancel(id).await
    }

    /// Deliveries of callbacks that fit the filter, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.store.deliveries(filter, integer(limit)).await
    }

    /// Every attempt at a delivery, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn delivery_attempts(&self, id: &str) -> Result<Vec<Attempt>, StoreError> {
        self.store.delivery_attempts(id).await
    }

    /// Has a callback sent again, now.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn redeliver(&self, id: &str) -> Result<DeliveryOutcome, StoreError> {
        self.store.redeliver(id).await
    }

    /// The job once it has ended, or as it is after `patience`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn wait(&self, id: &str, patience: Duration) -> Result<Option<Job>, StoreError> {
        let deadline = Instant::now() + patience;
        // Before the first look: nothing that ends after it is missed.
        let mut ended = self.store.ended();
        loop {
            let job = self.store.job(id).await?;
            let open = job.as_ref().is_some_and(|job| !job.status.state.is_final());
            if !open || Instant::now() >= deadline {
                return Ok(job);
            }
            let told = timeout(LOOK_EVERY, told_of(id, &mut ended));
            // Whichever it was, the loop looks.
            let _ = timeout_at(deadline, told).await;
        }
    }
}

/// Completes when the job may have ended.
pub(super) async fn told_of(id: &str, ended: &mut tokio::sync::broadcast::Receiver<String>) {
    loop {
        match ended.recv().await {
            Ok(told) if told == id => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn wait_for_room(load: Load, limit: u64) -> Duration {
    let ended = u64::try_from(load.ended).unwrap_or(0);
    let open = u64::try_from(load.open).unwrap_or(0);
    if ended == 0 {
        return UNKNOWN_WAIT;
    }
    let room = (limit * ROOM_PERCENT / 100).max(1);
    let too_many = (open + room).saturating_sub(limit).max(1);
    let seconds = (too_many * WINDOW.as_secs()).div_ceil(ended);
    Duration::from_secs(seconds).clamp(Duration::from_secs(1), LONGEST_WAIT)
}

pub(super) fn integer(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_follows_the_measured_speed() {
        let wait = |open, ended| wait_for_room(Load { open, ended }, 1000).as_secs();
        // 600 in ten minutes are one per second; 50 places make the room.
        assert_eq!(wait(1000, 600), 50);
        assert_eq!(wait(1000, 60), 500);
        assert_eq!(wait(1000, 6_000_000), 1);
        assert_eq!(wait(1000, 1), 3600);
        assert_eq!(wait(1000, 0), 60);
        assert_eq!(wait(-5, -5), 60);
    }
}
