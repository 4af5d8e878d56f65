//! Looks on while a job is worked on: its state from the store, and what the
//! workers of this process say of it. Where another process has the job, there
//! is its state, and at the end its result. Changes nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::sleep;

use crate::pipeline::observe::Event;
use crate::store::{Job, State, Store, StoreError};

use super::live::{Live, Log};
use super::queue::told_of;

/// Between two looks at a job that no signal told of: what other processes begin,
/// and signals that were lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What there is to tell of a job.
#[derive(Debug)]
pub enum Progress {
    /// It is in another state, and not at its end.
    Status(Box<Job>),
    /// Something has happened on the way to its digest.
    Made(Event),
    /// It has ended; nothing comes after.
    Ended(Box<Job>),
}

/// Who looks on.
pub struct Follow {
    store: Arc<Store>,
    live: Arc<Live>,
    id: String,
    begun: watch::Receiver<u64>,
    ended: broadcast::Receiver<String>,
    log: Option<Read>,
    /// State and attempt that were told last.
    told: Option<(State, i64)>,
    pending: VecDeque<Progress>,
    is_over: bool,
}

/// A log, and how far it was read.
struct Read {
    log: Arc<Log>,
    more: watch::Receiver<u64>,
    next: usize,
}

impl Follow {
    pub(super) fn new(store: Arc<Store>, live: Arc<Live>, id: &str) -> Self {
        Self {
            // Before the first look: nothing that happens after it is missed.
            begun: live.begun(),
            ended: store.ended(),
            store,
            live,
            id: id.to_owned(),
            log: None,
            told: None,
            pending: VecDeque::new(),
            is_over: false,
        }
    }

    /// What there is to tell next; `None` after the end, or when the job is gone.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails for good; while it cannot be reached,
    /// this waits.
    pub async fn next(&mut self) -> Result<Option<Progress>, StoreError> {
        loop {
            if let Some(progress) = self.pending.pop_front() {
                return Ok(Some(progress));
            }
            if self.is_over {
                return Ok(None);
            }
            let has_news = self.read_log();
            let has_begun = self.take_log();
            if has_begun || !has_news {
                self.look().await?;
            }
            if self.pending.is_empty() && !self.is_over {
                self.wait().await;
            }
        }
    }

    /// Reads what is new in the log; whether there was something.
    fn read_log(&mut self) -> bool {
        let Some(read) = &mut self.log else {
            return false;
        };
        read.more.mark_unchanged();
        let news = read.log.since(read.next);
        read.next += news.len();
        let has_news = !news.is_empty();
        self.pending.extend(news.into_iter().map(Progress::Made));
        has_news
    }

    /// Takes up the log of a new attempt, if one has begun.
    fn take_log(&mut self) -> bool {
        self.begun.mark_unchanged();
        let Some(log) = self.live.log(&self.id) else {
            return false;
        };
        let known = self.log.as_ref();
        if known.is_some_and(|read| Arc::ptr_eq(&read.log, &log)) {
            return false;
        }
        let more = log.more();
        self.log = Some(Read { log, more, next: 0 });
        true
    }

    /// Looks into the store.
    async fn look(&mut self) -> Result<(), StoreError> {
        let job = match self.store.job(&self.id).await {
            Ok(Some(job)) => job,
            Ok(None) => {
                self.is_over = true;
                return Ok(());
            }
            Err(error) if error.is_transient() => {
                tracing::debug!(%error, "the job is looked for later");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let now = (job.status.state, job.status.attempt);
        if now.0.is_final() {
            // What was said before the end is told before it.
            self.read_log();
            self.pending.push_back(Progress::Ended(Box::new(job)));
            self.is_over = true;
        } else if self.told != Some(now) {
            self.told = Some(now);
            self.pending.push_back(Progress::Status(Box::new(job)));
            self.read_log();
        }
        Ok(())
    }

    /// Completes when there may be something new.
    async fn wait(&mut self) {
        let log = self.log.as_mut().map(|read| &mut read.more);
        tokio::select! {
            () = changed(log) => {}
            () = changed(Some(&mut self.begun)) => {}
            () = told_of(&self.id, &mut self.ended) => {}
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

/// Completes with a change, never when none can come.
async fn changed(signal: Option<&mut watch::Receiver<u64>>) {
    if let Some(signal) = signal
        && signal.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}
