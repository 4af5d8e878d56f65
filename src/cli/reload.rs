//! A configuration that changes while the service runs: on SIGHUP, and where
//! `server.watch_seconds` says so when a file has changed. What is read anew is
//! checked first; a configuration that is refused changes nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::api::AppState;
use crate::config::{Configuration, Settings, Sources};
use crate::jobs::{Queue, Replaceable};
use crate::pipeline::Pipeline;
use crate::store::Store;
use crate::telemetry;

use super::callbacks::Sending;
use super::exit::Failure;
use super::signals::Hangup;
use super::work::{self, check_access, load_tls, retention};

/// What a reload reaches. `state` is that of the service, if it is one; `queue` takes
/// in what comes alone or in batches; the author is there where this process drafts.
pub(super) struct Parts {
    pub(super) store: Arc<Store>,
    pub(super) sending: Arc<Mutex<Sending>>,
    pub(super) state: Option<Arc<AppState>>,
    pub(super) queue: Queue,
    pub(super) digester: Option<(Arc<Replaceable>, Arc<Pipeline>)>,
}

/// Who reloads.
pub(super) struct Reloader {
    pub(super) sources: Sources,
    /// What holds now.
    pub(super) now: Configuration,
    pub(super) parts: Parts,
}

impl Reloader {
    /// Reloads whenever it is told to, for ever.
    pub(super) async fn run(mut self, mut hangup: Hangup) {
        // What was read at the start may be older than what stands there now: the
        // first look reads it again.
        let mut stamps = None;
        loop {
            let watch = self.now.settings.server.watch;
            let looked = async {
                match watch {
                    Some(every) => sleep(every).await,
                    None => std::future::pending().await,
                }
            };
            let is_told = tokio::select! {
                () = hangup.next() => true,
                () = looked => false,
            };
            let fresh = Some(self.stamps());
            if is_told || fresh != stamps {
                let is_news = is_told || stamps.is_some();
                stamps = fresh;
                self.reload(is_news).await;
            }
        }
    }

    /// `is_news`: something is known to have changed, or somebody asked.
    async fn reload(&mut self, is_news: bool) {
        let fresh = match self.apply().await {
            Ok(fresh) => fresh,
            Err(refused) => {
                telemetry::reload("refused");
                let Failure { message, hint, .. } = refused;
                tracing::error!(
                    reason = message,
                    hint,
                    "reload refused; nothing has changed"
                );
                return;
            }
        };
        let changed = self.now.changed(&fresh);
        if changed.is_empty() && !is_news {
            return;
        }
        let (taken, left): (Vec<String>, Vec<String>) = changed
            .into_iter()
            .partition(|key| Configuration::reloads(key));
        telemetry::reload("done");
        tracing::info!(keys = taken.join(", "), "reloaded");
        if !left.is_empty() {
            tracing::warn!(keys = left.join(", "), "changed, and hold after a restart");
        }
        for contradiction in &fresh.contradictions {
            tracing::warn!(
                keys = contradiction.keys.join(", "),
                "{}",
                contradiction.consequence
            );
        }
        self.now = fresh;
    }

    /// Reads and checks everything, and then puts it in place of the old.
    async fn apply(&self) -> Result<Configuration, Failure> {
        let mut fresh = work::load(&self.sources)?;
        // Whoever was started with them goes by them.
        fresh.settings.jobs.limits = self.now.settings.jobs.limits.clone();
        let settings = &fresh.settings;
        let parts = &self.parts;
        if parts.state.is_some() {
            let listen = self.now.settings.server.listen.ip();
            check_access(&settings.access, listen, &parts.store).await?;
        }
        let tls = load_tls(settings)?;
        // The last that can fail: it leaves the old in its place then.
        parts.sending.lock().await.reload(&settings.callbacks)?;
        if let Some(state) = &parts.state {
            state.speak_tls(tls);
        }
        self.put(settings);
        Ok(fresh)
    }

    fn put(&self, settings: &Settings) {
        let parts = &self.parts;
        parts.store.keep(retention(&settings.store));
        settings.jobs.limits.set(settings.limits.clone());
        parts.queue.reload(settings.jobs.clone());
        if let Some(state) = &parts.state {
            state.reload(settings);
        }
        if let Some((digester, pipeline)) = &parts.digester {
            digester.set(Arc::new(Pipeline {
                limits: settings.limits.clone(),
                author: pipeline.author.clone(),
                house_style: pipeline.house_style.clone(),
                fences: pipeline.fences.clone(),
            }));
        }
    }

    /// When the files were changed that the configuration is read from and names,
    /// and how long they are.
    fn stamps(&self) -> Vec<Option<(SystemTime, u64)>> {
        let settings = &self.now.settings;
        let tls = settings.server.tls.iter();
        let files = [&self.sources.file, &settings.callbacks.secrets_file];
        let files = files.into_iter().flatten().map(PathBuf::as_path);
        let files = files.chain(tls.flat_map(|tls| [tls.certificate.as_path(), &tls.key]));
        files.map(stamp).collect()
    }
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
