//! What all requests share: the terms that hold now, digester and jobs once they are
//! there, and the service's phase: starting, ready, draining.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::config::{BatchSettings, Settings};
use crate::jobs::{Digester, Queue};
use crate::net::Pages;
use crate::store::Store;

use super::about::AuthorView;
use super::access::Gate;
use super::error::ApiError;
use super::terms::{Replaceable, Terms};
use super::tls::Tls;

/// Where a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its engine is being loaded.
    Loading,
    /// It takes articles.
    Ready,
    /// It does, but not in this moment: every slot is taken.
    Saturated,
    /// It was told to stop.
    Draining,
    /// Its engine is gone; only a restart brings it back.
    EngineStopped,
}

/// What all requests share.
pub struct AppState {
    terms: Replaceable<Terms>,
    /// What TLS is spoken with, if it is.
    tls: Replaceable<Option<Tls>>,
    pub(super) batches: BatchSettings,
    /// For batches that are being sent.
    pub(super) uploads: Semaphore,
    /// Who is let in.
    pub(super) gate: Gate,
    author: OnceLock<AuthorView>,
    digester: OnceLock<Arc<dyn Digester>>,
    queue: OnceLock<Queue>,
    /// Fetches pages; empty when the operator names no hosts.
    pages: OnceLock<Pages>,
    /// The figures are told at an address of their own.
    metrics_elsewhere: bool,
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
            terms: Replaceable::new(Terms::new(settings)),
            tls: Replaceable::new(None),
            uploads: Semaphore::new(settings.batches.max_uploads),
            batches: settings.batches.clone(),
            gate: Gate::new(settings),
            author: OnceLock::new(),
            digester: OnceLock::new(),
            queue: OnceLock::new(),
            pages: OnceLock::new(),
            metrics_elsewhere: settings.metrics.listen.is_some(),
            without_worker: AtomicBool::new(false),
            engine_stopped: AtomicBool::new(false),
            draining: watch::channel(false).0,
        }
    }

    /// Serves by other settings from the next request on. Where the service listens
    /// stays as it is, and its queue is for whoever made it to reload.
    pub fn reload(&self, settings: &Settings) {
        self.terms.set(Terms::new(settings));
        self.gate.reload(settings);
    }

    /// Speaks TLS with this, or none, on connections from now on.
    pub fn speak_tls(&self, tls: Option<Tls>) {
        self.tls.set(tls);
    }

    /// What agrees on TLS with who connects, if it is spoken.
    pub(super) fn acceptor(&self) -> Option<TlsAcceptor> {
        let tls = self.tls.get();
        (*tls).as_ref().map(Tls::acceptor)
    }

    /// The terms that hold now.
    pub(super) fn terms(&self) -> Arc<Terms> {
        self.terms.get()
    }

    /// Makes the service ready. Only the first call has an effect.
    pub fn start(&self, digester: Arc<dyn Digester>) {
        if self.digester.set(digester).is_err() {
            tracing::warn!("the service was started already; the second digester is not used");
        }
    }

    /// Says who drafts, here or in other processes. Only the first call has an effect.
    pub fn tell_author(&self, author: AuthorView) {
        // One of the same name would say the same.
        let _ = self.author.set(author);
    }

    /// Who drafts, once that is known.
    pub(super) fn author(&self) -> Option<&AuthorView> {
        self.author.get()
    }

    /// The model that writes here or in other processes, once that is known.
    pub(super) fn model(&self) -> Option<String> {
        let told = self.author.get().map(|it| it.model.clone());
        told.or_else(|| Some(self.digester.get()?.maker().model))
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
        self.terms().slots.free()
    }

    /// Articles that are read and answered now.
    pub(super) fn slots_in_use(&self) -> usize {
        let terms = self.terms();
        let all = terms.server.max_concurrent_requests;
        all.saturating_sub(terms.slots.free())
    }

    pub(super) fn tells_metrics_elsewhere(&self) -> bool {
        self.metrics_elsewhere
    }

    /// Where the service stands, for whoever watches it.
    pub(super) fn phase(&self) -> Phase {
        if *self.draining.borrow() {
            return Phase::Draining;
        }
        if self.engine_stopped.load(Ordering::Relaxed) {
            return Phase::EngineStopped;
        }
        let without_worker = self.without_worker.load(Ordering::Relaxed);
        if !without_worker && self.digester.get().is_none() {
            return Phase::Loading;
        }
        match self.free_slots() {
            0 => Phase::Saturated,
            _ => Phase::Ready,
        }
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
