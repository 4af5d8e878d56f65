//! The terms on which requests are served: limits and places, as configured. A
//! reload puts new ones in place of the old; a request keeps those that it began
//! with, and a place that it holds is one of the old.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Semaphore;

use crate::config::{Limits, RenderSettings, ServerSettings, Settings};
use crate::net::Rules;

use super::slots::Slots;

/// The terms of one configuration.
pub(super) struct Terms {
    pub(super) limits: Limits,
    pub(super) server: ServerSettings,
    pub(super) render: RenderSettings,
    /// Where callbacks may go; `None` when there is no secret to sign them.
    pub(super) callbacks: Option<Rules>,
    /// For articles that are read and answered.
    pub(super) slots: Slots,
    /// For callers that wait for stored jobs.
    pub(super) waits: Arc<Semaphore>,
    /// For clients that look on.
    pub(super) streams: Arc<Semaphore>,
}

impl Terms {
    pub(super) fn new(settings: &Settings) -> Self {
        let server = &settings.server;
        let places = |most| Arc::new(Semaphore::new(most));
        Self {
            slots: Slots::new(server.max_concurrent_requests),
            waits: places(server.max_waiting_requests),
            streams: places(server.max_event_streams),
            limits: settings.limits.clone(),
            server: server.clone(),
            render: settings.render.clone(),
            callbacks: (!settings.callbacks.secrets.is_empty())
                .then(|| settings.callbacks.rules.clone()),
        }
    }
}

/// Something that can be replaced while others read it.
pub(super) struct Replaceable<T>(RwLock<Arc<T>>);

impl<T> Replaceable<T> {
    pub(super) fn new(value: T) -> Self {
        Self(RwLock::new(Arc::new(value)))
    }

    /// What holds now.
    pub(super) fn get(&self) -> Arc<T> {
        let value = self.0.read().unwrap_or_else(PoisonError::into_inner);
        value.clone()
    }

    /// What holds from now on.
    pub(super) fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}
