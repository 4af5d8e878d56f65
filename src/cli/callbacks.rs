//! The task of this process that sends callbacks: begun when there is a secret to
//! sign them, and begun anew when its settings change.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::CallbackSettings;
use crate::jobs::Callbacks;
use crate::store::Store;

use super::exit::Failure;
use super::work::network_client;

/// Who sends the callbacks of this process.
pub(super) struct Sending {
    store: Arc<Store>,
    settings: CallbackSettings,
    task: Option<Task>,
}

struct Task {
    stop: watch::Sender<bool>,
    handle: JoinHandle<()>,
}

impl Sending {
    /// Begins to send, if there is a secret.
    pub(super) fn start(store: &Arc<Store>, settings: &CallbackSettings) -> Result<Self, Failure> {
        Ok(Self {
            task: begin(store, settings)?,
            store: store.clone(),
            settings: settings.clone(),
        })
    }

    /// Goes on by other settings. Attempts under way keep the old ones.
    pub(super) fn reload(&mut self, settings: &CallbackSettings) -> Result<(), Failure> {
        if self.settings == *settings {
            return Ok(());
        }
        let task = begin(&self.store, settings)?;
        self.stop();
        self.task = task;
        self.settings = settings.clone();
        Ok(())
    }

    /// Begins no more attempts.
    pub(super) fn stop(&self) {
        if let Some(task) = &self.task {
            task.stop.send_replace(true);
        }
    }

    /// Waits for attempts under way.
    pub(super) async fn end(&mut self) {
        self.stop();
        if let Some(task) = self.task.take() {
            // A panic in there was reported; leases run out.
            let _ = task.handle.await;
        }
    }
}

fn begin(store: &Arc<Store>, settings: &CallbackSettings) -> Result<Option<Task>, Failure> {
    if settings.secrets.is_empty() {
        return Ok(None);
    }
    let client = network_client(&settings.rules, "callbacks cannot be encrypted")?;
    let callbacks = Callbacks {
        store: store.clone(),
        client,
        settings: settings.clone(),
    };
    let (stop, stopping) = watch::channel(false);
    let handle = tokio::spawn(callbacks.run(stopping));
    Ok(Some(Task { stop, handle }))
}
