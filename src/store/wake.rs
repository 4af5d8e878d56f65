//! Tells who waits that there is work, or that a job has ended: inside the
//! process at once, and on PostgreSQL across machines. A signal may be lost;
//! whoever waits for one also looks from time to time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;

use super::database::{Database, Transaction};
use super::error::StoreError;
use super::job::{Job, Lane, Millis, Status};
use super::statements;
use crate::telemetry;

const WORK: &str = "afterword_work";
const ENDED: &str = "afterword_ended";
/// Ends that a slow listener may fall behind; then it looks for itself.
const ENDED_KEPT: usize = 1024;
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// The signals of one open store.
#[derive(Debug)]
pub(super) struct Wake {
    work: watch::Sender<u64>,
    ended: broadcast::Sender<String>,
    /// What other machines are still to be told.
    untold: Arc<Untold>,
    /// Who listens to other machines, and who tells them; none on SQLite.
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What other machines are still to be told. They are told after the commit and
/// beside it: within it, PostgreSQL would have every transaction that tells wait
/// for the one before it to reach the disk.
#[derive(Debug, Default)]
struct Untold {
    signals: Mutex<Signals>,
    more: Notify,
}

/// What a transaction has to tell once it is committed.
#[derive(Debug, Default)]
pub(super) struct Signals {
    work: bool,
    ended: Vec<String>,
    /// Lane, state and milliseconds of jobs that have ended, for the figures.
    figures: Vec<(Lane, &'static str, Millis)>,
}

impl Signals {
    pub(super) fn work(&mut self) {
        self.work = true;
    }

    /// A job is no more: who waits for its end looks.
    pub(super) fn gone(&mut self, job: &str) {
        self.ended.push(job.to_owned());
    }

    pub(super) fn ended(&mut self, job: &Job) {
        self.ended.push(job.id.clone());
        self.count(job);
    }

    /// Only counts a job's end: nobody can wait for it yet.
    pub(super) fn count(&mut self, job: &Job) {
        let Status {
            state, finished_at, ..
        } = &job.status;
        let took = finished_at.unwrap_or(job.created_at) - job.created_at;
        self.figures.push((job.lane, state.name(), took));
    }

    /// Commits and tells; other machines a moment later.
    pub(super) async fn commit(
        self,
        transaction: Transaction<'_>,
        wake: &Wake,
    ) -> Result<(), StoreError> {
        transaction.commit().await?;
        for (lane, state, took) in &self.figures {
            let took = Duration::from_millis(u64::try_from(*took).unwrap_or(0));
            telemetry::job_ended(*lane, state, took);
        }
        if self.work {
            wake.tell_work();
        }
        for job in &self.ended {
            wake.tell_ended(job.clone());
        }
        if !wake.tasks.is_empty() {
            wake.untold.add(self);
        }
        Ok(())
    }
}

impl Wake {
    pub(super) fn start(database: &Database) -> Self {
        let (work, _) = watch::channel(0);
        let (ended, _) = broadcast::channel(ENDED_KEPT);
        let untold = Arc::new(Untold::default());
        let tasks = match database {
            Database::Sqlite { .. } => Vec::new(),
            Database::Postgres(pool) => vec![
                tokio::spawn(listen(pool.clone(), work.clone(), ended.clone())),
                tokio::spawn(tell(pool.clone(), untold.clone())),
            ],
        };
        Self {
            work,
            ended,
            untold,
            tasks,
        }
    }

    pub(super) fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }

    pub(super) fn work(&self) -> watch::Receiver<u64> {
        self.work.subscribe()
    }

    pub(super) fn ended(&self) -> broadcast::Receiver<String> {
        self.ended.subscribe()
    }

    fn tell_work(&self) {
        self.work
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn tell_ended(&self, job: String) {
        // Nobody waits: nobody is told.
        let _ = self.ended.send(job);
    }
}

impl Untold {
    fn add(&self, signals: Signals) {
        let mut untold = self.signals.lock().unwrap_or_else(PoisonError::into_inner);
        untold.work |= signals.work;
        // Whoever is not told of an end looks from time to time.
        let room = ENDED_KEPT.saturating_sub(untold.ended.len());
        untold.ended.extend(signals.ended.into_iter().take(room));
        drop(untold);
        self.more.notify_one();
    }

    fn take(&self) -> Signals {
        std::mem::take(&mut self.signals.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells other machines, for ever: all that has come up since the last time in
/// one statement. What cannot be told is lost, and they look for themselves.
async fn tell(pool: PgPool, untold: Arc<Untold>) {
    loop {
        untold.more.notified().await;
        let signals = untold.take();
        let work = signals.work.then(String::new);
        let words = signals.ended.iter().map(|job| (ENDED, job.as_str()));
        let words = work.iter().map(|word| (WORK, word.as_str())).chain(words);
        let (channels, words): (Vec<&str>, Vec<&str>) = words.unzip();
        let told = sqlx::query(statements::NOTIFY).bind(channels).bind(words);
        if let Err(error) = told.execute(&pool).await {
            tracing::debug!(%error, "a signal of the store is lost");
        }
    }
}

/// Passes PostgreSQL's signals on, for ever; connects again when it has to.
async fn listen(pool: PgPool, work: watch::Sender<u64>, ended: broadcast::Sender<String>) {
    loop {
        if let Err(error) = pass_on(&pool, &work, &ended).await {
            tracing::warn!(%error, "signals of the store are interrupted; polling goes on");
        }
        tokio::time::sleep(RECONNECT_AFTER).await;
    }
}

async fn pass_on(
    pool: &PgPool,
    work: &watch::Sender<u64>,
    ended: &broadcast::Sender<String>,
) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen_all([WORK, ENDED]).await?;
    // Something may have been told while nobody listened.
    work.send_modify(|count| *count = count.wrapping_add(1));
    while let Some(told) = listener.try_recv().await? {
        match told.channel() {
            WORK => work.send_modify(|count| *count = count.wrapping_add(1)),
            _ => {
                let _ = ended.send(told.payload().to_owned());
            }
        }
    }
    Ok(())
}
