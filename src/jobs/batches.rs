//! Conducts batches: hands their items in, so many at a time, notes how they ended,
//! and ends the batch. Any process does it, several at once do no harm: an item is
//! handed in while it waits, in one transaction with its job.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::config::BatchSettings;
use crate::pipeline::Input;
use crate::pipeline::options::DigestOptions;
use crate::store::{
    Batch, BatchState, Idempotency, ItemCounts, Lane, Order, Owner, Store, StoreError, Submission,
    Submitted, WaitingItem,
};

use super::order;
use super::queue::{Queue, integer};
use super::worker::told_to_stop;

/// Between two looks that no signal told of.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Between two looks at least: a signal comes with every job.
const PAUSE: Duration = Duration::from_millis(100);
/// A batch that is being sent for so many times `batches.upload_timeout_seconds` was cut
/// off: whoever takes it in gives up after one.
const UPLOADS: u32 = 2;
/// No key limits what a batch may have open: `batches.max_open_jobs` does.
const NO_LIMIT: i64 = i64::MAX;

const EXPIRED: &str = "expired: the batch was not done in time";
const CANCELLED: &str = "batch_cancelled: the batch was called off";
const CUT_OFF: &str = "upload_cut_off: the batch did not arrive whole";

/// Packs an article for a batch.
///
/// # Errors
/// [`StoreError`] when it cannot be packed.
pub fn pack_item(input: Input, options: &DigestOptions) -> Result<Order, StoreError> {
    order::pack(input, options, None).map_err(|error| StoreError::Failed(error.to_string()))
}

/// Conducts the batches of one store.
pub struct Conductor {
    /// Where they are.
    pub store: Arc<Store>,
    /// Where their items are handed in.
    pub queue: Queue,
    /// How much of one at a time.
    pub settings: BatchSettings,
}

impl Conductor {
    /// Conducts until `stop` is true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let mut signal = self.store.work();
        while !*stop.borrow() {
            signal.mark_unchanged();
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "batches are looked at later");
            }
            tokio::select! {
                () = next(&mut signal) => {}
                () = told_to_stop(stop.clone()) => {}
            }
        }
    }

    /// Looks at every open batch once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn look(&self) -> Result<(), StoreError> {
        for batch in self.store.open_batches().await? {
            self.step(&batch).await?;
        }
        Ok(())
    }

    async fn step(&self, batch: &Batch) -> Result<(), StoreError> {
        let now = self.store.time().await?;
        if batch.state == BatchState::Validating {
            let longest = self.settings.upload_timeout * UPLOADS;
            if batch.created_at + millis(longest) <= now {
                // What came of it is not kept for as long as batches are.
                self.store.drop_waiting(batch, "failed", CUT_OFF).await?;
                self.end(batch, BatchState::Failed, Some(CUT_OFF)).await?;
            }
            return Ok(());
        }
        self.store.settle_items(batch).await?;
        let is_late = batch.expires_at <= now;
        let counts = self.store.item_counts(batch).await?;
        match batch.state {
            BatchState::Cancelling => self.wind_down(batch, counts, BatchState::Cancelled).await,
            _ if is_late && counts.waiting + counts.in_work > 0 => {
                self.store.drop_waiting(batch, "expired", EXPIRED).await?;
                self.wind_down(batch, counts, BatchState::Expired).await
            }
            _ if counts.waiting + counts.in_work == 0 => {
                // One that ran late, and whose last jobs have just ended, was too late.
                let expired = counts.expired > 0;
                let end = if expired {
                    BatchState::Expired
                } else {
                    BatchState::Completed
                };
                self.end(batch, end, expired.then_some(EXPIRED)).await
            }
            _ if batch.paused => Ok(()),
            _ => self.feed(batch, counts).await,
        }
    }

    /// Calls off what is in work, and ends the batch when nothing is.
    async fn wind_down(
        &self,
        batch: &Batch,
        counts: ItemCounts,
        end: BatchState,
    ) -> Result<(), StoreError> {
        if end == BatchState::Cancelled {
            self.store
                .drop_waiting(batch, "cancelled", CANCELLED)
                .await?;
        }
        if counts.in_work > 0 {
            for job in self.store.jobs_in_work(batch).await? {
                self.store.cancel(&job).await?;
            }
            self.store.settle_items(batch).await?;
        }
        if self.store.item_counts(batch).await?.in_work > 0 {
            return Ok(());
        }
        let reason = if end == BatchState::Expired {
            EXPIRED
        } else {
            CANCELLED
        };
        self.end(batch, end, Some(reason)).await
    }

    async fn end(
        &self,
        batch: &Batch,
        to: BatchState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let from = [batch.state];
        if self
            .store
            .change_batch(&batch.id, &from, to, reason)
            .await?
        {
            let request_id = batch.request_id.as_deref();
            tracing::info!(batch = batch.id, request_id, state = to.name(), "batch");
        }
        Ok(())
    }

    /// Hands in what there is room for.
    async fn feed(&self, batch: &Batch, counts: ItemCounts) -> Result<(), StoreError> {
        if counts.waiting == 0 {
            if batch.state == BatchState::InProgress {
                let from = [BatchState::InProgress];
                let to = BatchState::Finalizing;
                self.store.change_batch(&batch.id, &from, to, None).await?;
            }
            return Ok(());
        }
        let room = integer(self.settings.max_open_jobs).saturating_sub(counts.in_work);
        if room <= 0 {
            return Ok(());
        }
        for item in self.store.waiting_items(batch, room).await? {
            let line = item.line;
            match self.queue.submit_item(batch, item).await? {
                // Called off meanwhile, or handed in by another process.
                None => {}
                Some(Submitted::Accepted(_) | Submitted::Repeated(_)) => {}
                Some(Submitted::KeyReused) => {
                    let reason = "internal: its name was used before";
                    self.store.fail_item(batch, line, reason).await?;
                }
                // There will be room.
                Some(Submitted::LaneFull | Submitted::OwnerFull) => return Ok(()),
            }
        }
        Ok(())
    }
}

impl Queue {
    /// Hands an item of a batch in, under its own name; `None` when it does not wait
    /// any more.
    async fn submit_item(
        &self,
        batch: &Batch,
        item: WaitingItem,
    ) -> Result<Option<Submitted>, StoreError> {
        let name = format!("{}:{}", batch.id, item.line);
        let lane = Lane::Backfill;
        let submission = Submission {
            lane,
            content_key: order::content_key(&item.order, self.maker()),
            pipeline_version: self.maker().pipeline_version.clone(),
            external_id: Some(item.custom_id),
            url: item.url,
            callback: None,
            order: item.order,
            max_failures: self.max_failures(),
            lane_limit: integer(self.limit(lane)),
            idempotency: Some(Idempotency {
                fingerprint: name.clone(),
                key: name,
            }),
            owner: batch.api_key.clone().map(|api_key| Owner {
                api_key,
                max_open_jobs: NO_LIMIT,
            }),
            // That of the upload: what is logged of the job is found by it.
            request_id: batch.request_id.clone(),
        };
        let store = self.store();
        store.submit_item(batch, item.line, &submission).await
    }
}

/// Completes when there may be something to do, and not at once.
async fn next(signal: &mut watch::Receiver<u64>) {
    tokio::time::sleep(PAUSE).await;
    let _ = timeout(LOOK_EVERY, signal.changed()).await;
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
