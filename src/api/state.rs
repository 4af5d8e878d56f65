//! What all requests share: limits, the digester once it is there, and the
//! service's phase: starting, ready, draining.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

use crate::config::{Limits, RenderSettings, ServerSettings, Settings};

use super::digester::Digester;
use super::error::ApiError;

/// What all requests share.
pub struct AppState {
    pub(super) limits: Limits,
    pub(super) server: ServerSettings,
    pub(super) render: RenderSettings,
    pub(super) slots: Semaphore,
    digester: OnceLock<Arc<dyn Digester>>,
    engine_stopped: AtomicBool,
    draining: AtomicBool,
}

impl AppState {
    /// A service that is starting: alive, but not ready until
    /// [`AppState::start`] is called.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            slots: Semaphore::new(settings.server.max_concurrent_requests),
            limits: settings.limits.clone(),
            server: settings.server.clone(),
            render: settings.render.clone(),
            digester: OnceLock::new(),
            engine_stopped: AtomicBool::new(false),
            draining: AtomicBool::new(false),
        }
    }

    /// Makes the service ready. Only the first call has an effect.
    pub fn start(&self, digester: Arc<dyn Digester>) {
        if self.digester.set(digester).is_err() {
            tracing::warn!("the service was started already; the second digester is not used");
        }
    }

    /// Makes the service refuse new work; what is in flight goes on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Digests that could be begun now.
    #[must_use]
    pub fn free_slots(&self) -> usize {
        self.slots.available_permits()
    }

    /// The digester, if new work is welcome.
    pub(super) fn digester(&self) -> Result<&Arc<dyn Digester>, ApiError> {
        if self.draining.load(Ordering::Relaxed) {
            return Err(ApiError::Draining);
        }
        if self.engine_stopped.load(Ordering::Relaxed) {
            return Err(ApiError::EngineStopped);
        }
        self.digester.get().ok_or(ApiError::Starting)
    }

    /// Remembers that the engine is gone: it does not come back by itself, and
    /// whoever watches `/readyz` has to learn of it.
    pub(super) fn engine_stopped(&self) {
        self.engine_stopped.store(true, Ordering::Relaxed);
    }
}
