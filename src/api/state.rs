//! What all requests share: limits, digester and jobs once they are there, and the
//! service's phase: starting, ready, draining.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::{Semaphore, watch};

use crate::config::{BatchSettings, Limits, RenderSettings, ServerSettings, Settings};
use crate::jobs::{Digester, Queue};
use crate::net::{Pages, Rules};
use crate::store::Store;

use super::access::Gate;
use super::error::ApiError;

/// What all requests share.
pub struct AppState {
    pub(super) limits: Limits,
    pub(super) server: ServerSettings,
    pub(super) render: RenderSettings,
    /// Where callbacks may go; `None` when there is no secret to sign them.
    pub(super) callbacks: Option<Rules>,
    /// For articles that are read and answered.
    pub(super) slots: Semaphore,
    /// For callers that wait for stored jobs.
    pub(super) waits: Semaphore,
    pub(super) batches: BatchSettings,
    /// For batches that are being sent.
    pub(super) uploads: Semaphore,
    /// For clients that look on.
    pub(super) streams: Arc<Semaphore>,
    /// Who is let in.
    pub(super) gate: Gate,
    digester: OnceLock<Arc<dyn Digester>>,
    queue: OnceLock<Queue>,
    /// Fetches pages; empty when the operator names no hosts.
    pages: OnceLock<Pages>,
    /// The work is done by other processes.
    without_worker: AtomicBool,
    engine_stopped: AtomicBool,
    draining: watch::Sender<bool>,
}

impl AppState {
    /// A service that is starting: alive, but not ready until
    /// [`AppState::start`] is called.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            slots: Semaphore::new(settings.server.max_concurrent_requests),
            waits: Semaphore::new(settings.server.max_waiting_requests),
            uploads: Semaphore::new(settings.batches.max_uploads),
            batches: settings.batches.clone(),
            streams: Arc::new(Semaphore::new(settings.server.max_event_streams)),
            limits: settings.limits.clone(),
            server: settings.server.clone(),
            render: settings.render.clone(),
            callbacks: (!settings.callbacks.secrets.is_empty())
                .then(|| settings.callbacks.rules.clone()),
            gate: Gate::new(settings),
            digester: OnceLock::new(),
            queue: OnceLock::new(),
            pages: OnceLock::new(),
            without_worker: AtomicBool::new(false),
            engine_stopped: AtomicBool::new(false),
            draining: watch::channel(false).0,
        }
    }

    /// Makes the service ready. Only the first call has an effect.
    pub fn start(&self, digester: Arc<dyn Digester>) {
        if self.digester.set(digester).is_err() {
            tracing::warn!("the service was started already; the second digester is not used");
        }
    }

    /// Gives the service the keys of its callers and its audit log; until then
    /// nobody who needs a key is let in. Only the first call has an effect.
    pub fn keep_keys(&self, store: Arc<Store>) {
        self.gate.keep_keys(store);
    }

    /// Gives the service its stored jobs. Only the first call has an effect.
    pub fn keep_jobs(&self, queue: Queue) {
        if self.queue.set(queue).is_err() {
            tracing::warn!("the service has its jobs already; the second queue is not used");
        }
    }

    /// Lets callers have pages fetched. Only the first call has an effect.
    pub fn keep_pages(&self, pages: Pages) {
        if self.pages.set(pages).is_err() {
            tracing::warn!("the service fetches pages already; the second fetcher is not used");
        }
    }

    /// What fetches pages, where that is allowed.
    pub(super) fn pages(&self) -> Option<&Pages> {
        self.pages.get()
    }

    /// Makes the service ready without a digester: every article becomes a stored
    /// job, for other processes to work on.
    pub fn start_without_worker(&self) {
        self.without_worker.store(true, Ordering::Relaxed);
    }

    /// Makes the service refuse new work; what is in flight goes on.
    pub fn drain(&self) {
        self.draining.send_replace(true);
    }

    /// Completes when the service is told to stop.
    pub(super) async fn drained(&self) {
        // The sender lives as long as the state.
        let _ = self
            .draining
            .subscribe()
            .wait_for(|draining| *draining)
            .await;
    }

    /// Digests that could be begun now.
    #[must_use]
    pub fn free_slots(&self) -> usize {
        self.slots.available_permits()
    }

    /// The digester, if new work is welcome; `None` when others do the work.
    pub(super) fn digester(&self) -> Result<Option<&Arc<dyn Digester>>, ApiError> {
        if *self.draining.borrow() {
            return Err(ApiError::Draining);
        }
        if self.engine_stopped.load(Ordering::Relaxed) {
            return Err(ApiError::EngineStopped);
        }
        if self.without_worker.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.digester.get().map(Some).ok_or(ApiError::Starting)
    }

    /// The stored jobs, once they can be had.
    pub(super) fn queue(&self) -> Result<&Queue, ApiError> {
        self.queue.get().ok_or(ApiError::Starting)
    }

    /// Remembers that the engine is gone: it does not come back by itself, and
    /// whoever watches `/readyz` has to learn of it.
    pub fn engine_stopped(&self) {
        self.engine_stopped.store(true, Ordering::Relaxed);
    }
}
