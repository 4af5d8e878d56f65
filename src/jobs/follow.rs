//! Looks on while a job is worked on: its state from the store, and what its worker
//! says of it, in this process at once, and from another by way of the store, a
//! little later. Changes nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{broadcast, watch};
use tokio::time::sleep;

use crate::pipeline::observe::Event;
use crate::store::{Job, State, Store, StoreError, Told};

use super::live::{Live, Log};
use super::queue::told_of;

/// Between two looks at a job that no signal told of: what other processes begin,
/// and signals that were lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The same while another process works on the job.
const LOOK_AFAR_EVERY: Duration = Duration::from_secs(1);

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
    afar: Option<Afar>,
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

/// The attempt that another process is at, and how far it was read.
struct Afar {
    attempt: i64,
    next: i64,
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
            afar: None,
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
        self.look_afar(now).await
    }

    /// Reads what another process told of the job, if one is at it.
    async fn look_afar(&mut self, (state, attempt): (State, i64)) -> Result<(), StoreError> {
        let is_here = |log: &Log| log.attempt() == attempt;
        let was_here = self.log.as_ref().is_some_and(|read| is_here(&read.log));
        if state != State::Leased || was_here {
            self.afar = None;
            return Ok(());
        }
        let known = self.afar.take().filter(|afar| afar.attempt == attempt);
        let mut afar = known.unwrap_or(Afar { attempt, next: 0 });
        let told = match self.store.told(&self.id, attempt, afar.next).await {
            Ok(told) => told,
            Err(error) if error.is_transient() => Vec::new(),
            Err(error) => return Err(error),
        };
        // Begun here in the meantime: its log says the same, and more.
        if self.live.log(&self.id).is_some_and(|log| is_here(&log)) {
            return Ok(());
        }
        for told in told {
            let events = events_of(&told);
            afar.next = told.first + 1;
            self.pending.extend(events.map(Progress::Made));
        }
        self.afar = Some(afar);
        Ok(())
    }

    /// Completes when there may be something new.
    async fn wait(&mut self) {
        let log = self.log.as_mut().map(|read| &mut read.more);
        let pause = match self.afar {
            Some(_) => LOOK_AFAR_EVERY,
            None => LOOK_EVERY,
        };
        tokio::select! {
            () = changed(log) => {}
            () = changed(Some(&mut self.begun)) => {}
            () = told_of(&self.id, &mut self.ended) => {}
            () = sleep(pause) => {}
        }
    }
}

/// The events of a list; those of a newer version of the program are left out.
fn events_of(told: &Told) -> impl Iterator<Item = Event> {
    let events: Vec<Value> = serde_json::from_str(&told.events).unwrap_or_default();
    let events = events.into_iter().map(serde_json::from_value);
    events.filter_map(Result::ok)
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
