//! What the workers of this process say of the jobs that they work on: for each
//! attempt a log in memory, from its beginning to its end, so that who comes late
//! misses nothing. It is gone with the attempt; what counts is in the store. `pass_on`
//! has the store keep it for other processes while the attempt goes on.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::pipeline::observe::{Event, Observer};
use crate::store::{Job, Store, StoreError, Told};

/// Events that one log keeps: several times what the longest digest gives. What
/// comes after is told by the digest.
const MOST_EVENTS: usize = 4096;
/// Other processes are told together what came up in this time; an attempt that is
/// shorter writes nothing.
const PASS_ON_EVERY: Duration = Duration::from_millis(500);

/// The jobs that this process works on.
#[derive(Debug)]
pub struct Live {
    logs: Mutex<HashMap<String, Arc<Log>>>,
    begun: watch::Sender<u64>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            logs: Mutex::default(),
            begun: watch::channel(0).0,
        }
    }
}

/// What happened in one attempt so far.
#[derive(Debug)]
pub(super) struct Log {
    /// Number of the attempt.
    attempt: i64,
    events: Mutex<Vec<Event>>,
    more: watch::Sender<u64>,
}

/// An attempt in work; its log closes when this is dropped.
pub(super) struct Attempt<'a> {
    live: &'a Live,
    job: String,
    log: Arc<Log>,
}

impl Live {
    /// Opens the log of an attempt.
    pub(super) fn begin(&self, job: &str, attempt: i64) -> Attempt<'_> {
        let log = Arc::new(Log {
            attempt,
            events: Mutex::default(),
            more: watch::channel(0).0,
        });
        lock(&self.logs).insert(job.to_owned(), log.clone());
        self.begun.send_modify(step);
        Attempt {
            live: self,
            job: job.to_owned(),
            log,
        }
    }

    /// The log of the attempt that is in work here.
    pub(super) fn log(&self, job: &str) -> Option<Arc<Log>> {
        lock(&self.logs).get(job).cloned()
    }

    /// Changes whenever an attempt begins.
    pub(super) fn begun(&self) -> watch::Receiver<u64> {
        self.begun.subscribe()
    }
}

impl Log {
    /// Number of the attempt that it is of.
    pub(super) fn attempt(&self) -> i64 {
        self.attempt
    }

    /// What happened from number `from` on.
    pub(super) fn since(&self, from: usize) -> Vec<Event> {
        let events = lock(&self.events);
        events.get(from..).unwrap_or_default().to_vec()
    }

    /// Changes whenever there is more, and when the attempt is over.
    pub(super) fn more(&self) -> watch::Receiver<u64> {
        self.more.subscribe()
    }
}

impl Observer for Log {
    fn observe(&self, event: Event) {
        let mut events = lock(&self.events);
        if events.len() < MOST_EVENTS {
            events.push(event);
            drop(events);
            self.more.send_modify(step);
        }
    }
}

impl Attempt<'_> {
    /// Who is to be told how the work goes.
    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        self.log.clone()
    }

    /// Has the store keep what is told, for ever. What it cannot keep now, it is offered
    /// again as it was: of a commit without answer nobody knows whether it took effect.
    pub(super) async fn pass_on(&self, store: &Store, job: &Job) -> Infallible {
        let mut more = self.log.more();
        let (mut next, mut news) = (0, Vec::new());
        loop {
            sleep(PASS_ON_EVERY).await;
            if news.is_empty() {
                news = self.log.since(next);
            }
            if news.is_empty() {
                // The attempt's end comes first: its sender lives in the log.
                let _ = more.changed().await;
                continue;
            }
            match keep(store, job, next, &news).await {
                Ok(()) => next += std::mem::take(&mut news).len(),
                Err(error) => tracing::debug!(%error, "progress is passed on later"),
            }
        }
    }
}

/// Has the store keep events, of which `first` came before.
async fn keep(store: &Store, job: &Job, first: usize, events: &[Event]) -> Result<(), StoreError> {
    let events = serde_json::to_string(events);
    let told = Told {
        first: i64::try_from(first).unwrap_or(i64::MAX),
        events: events.map_err(|error| StoreError::Failed(error.to_string()))?,
    };
    store.tell(&job.id, job.status.attempt, &told).await
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut logs = lock(&self.live.logs);
        // Another attempt may have begun in the meantime.
        if logs
            .get(&self.job)
            .is_some_and(|it| Arc::ptr_eq(it, &self.log))
        {
            logs.remove(&self.job);
        }
        drop(logs);
        self.log.more.send_modify(step);
    }
}

fn step(count: &mut u64) {
    *count = count.wrapping_add(1);
}

/// What is locked is plain: a panic elsewhere leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::observe::Stage;

    #[test]
    fn a_log_lives_as_long_as_its_attempt() {
        let live = Live::default();
        let first = live.begin("job", 1);
        first.observer().observe(Event::Stage(Stage::Ingest));
        let log = live.log("job").unwrap();
        assert_eq!(log.since(0), [Event::Stage(Stage::Ingest)]);
        assert_eq!(log.since(1), []);
        let second = live.begin("job", 2);
        drop(first);
        assert!(live.log("job").is_some(), "the second is still in work");
        drop(second);
        assert!(live.log("job").is_none());
    }

    #[test]
    fn a_log_is_bounded() {
        let live = Live::default();
        let attempt = live.begin("job", 1);
        for _ in 0..MOST_EVENTS + 5 {
            attempt.observer().observe(Event::Stage(Stage::Verify));
        }
        let log = live.log("job").unwrap();
        assert_eq!(log.since(0).len(), MOST_EVENTS);
    }
}
