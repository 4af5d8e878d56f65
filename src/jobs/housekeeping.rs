//! Keeps the store tidy while the service runs: takes note of workers that went
//! silent, merges what a crash left over, and removes what was kept long enough. Every
//! process does it; they do not disturb each other.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::config::JobSettings;
use crate::store::{Backoff, Store, StoreError, Swept};

use super::desk::Desk;

const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Between two batches of a long clean-up: others want to write too.
const BETWEEN_BATCHES: Duration = Duration::from_millis(50);

/// Tidies for ever.
pub async fn keep_house(store: Arc<Store>, settings: JobSettings) {
    let mut sweep_at = Instant::now();
    let desk = Desk::new(store.clone(), &settings);
    loop {
        let result = expire(&store, &settings).await;
        told(result, "leases that ran out are looked for later");
        let result = expire_deliveries(&store).await;
        told(result, "callbacks that were cut off are looked for later");
        let result = desk.settle_rest().await.map(drop);
        told(result, "digests are merged into their articles later");
        if Instant::now() >= sweep_at {
            told(sweep(&store).await, "the store is cleaned later");
            sweep_at = Instant::now() + SWEEP_EVERY;
        }
        sleep(settings.lease / 4).await;
    }
}

async fn expire(store: &Store, settings: &JobSettings) -> Result<(), StoreError> {
    let backoff = backoff(settings);
    loop {
        let expired = store.expire(backoff).await?;
        if expired == 0 {
            return Ok(());
        }
        tracing::warn!(
            jobs = expired,
            "workers went silent; their jobs are taken back"
        );
    }
}

async fn expire_deliveries(store: &Store) -> Result<(), StoreError> {
    loop {
        let expired = store.expire_deliveries().await?;
        if expired == 0 {
            return Ok(());
        }
        tracing::warn!(
            callbacks = expired,
            "senders went silent; they are sent again"
        );
    }
}

async fn sweep(store: &Store) -> Result<(), StoreError> {
    while store.sweep().await? != Swept::default() {
        sleep(BETWEEN_BATCHES).await;
    }
    Ok(())
}

fn told(result: Result<(), StoreError>, consequence: &str) {
    if let Err(error) = result {
        tracing::warn!(%error, "{consequence}");
    }
}

/// The rule for retries, as configured.
pub(super) fn backoff(settings: &JobSettings) -> Backoff {
    Backoff {
        first: settings.first_retry,
        most: settings.longest_retry,
    }
}
