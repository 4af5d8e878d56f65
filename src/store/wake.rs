//! Tells who waits that there is work, or that a job has ended: inside the
//! process at once, and on PostgreSQL across machines. A signal may be lost;
//! whoever waits for one also looks from time to time.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use super::database::{Database, Transaction};
use super::error::StoreError;

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
    listener: Option<JoinHandle<()>>,
}

impl Drop for Wake {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
    }
}

/// What a transaction has to tell once it is committed.
#[derive(Debug, Default)]
pub(super) struct Signals {
    work: bool,
    ended: Vec<String>,
}

impl Signals {
    pub(super) fn work(&mut self) {
        self.work = true;
    }

    pub(super) fn ended(&mut self, job: &str) {
        self.ended.push(job.to_owned());
    }

    /// Commits and tells. The other machines learn of it by the commit itself.
    pub(super) async fn commit(
        self,
        mut transaction: Transaction<'_>,
        wake: &Wake,
    ) -> Result<(), StoreError> {
        if self.work {
            transaction.notify(WORK, "").await?;
        }
        for job in &self.ended {
            transaction.notify(ENDED, job).await?;
        }
        transaction.commit().await?;
        if self.work {
            wake.tell_work();
        }
        for job in self.ended {
            wake.tell_ended(job);
        }
        Ok(())
    }
}

impl Wake {
    pub(super) fn start(database: &Database) -> Self {
        let (work, _) = watch::channel(0);
        let (ended, _) = broadcast::channel(ENDED_KEPT);
        let listener = match database {
            Database::Sqlite { .. } => None,
            Database::Postgres(pool) => {
                let listening = listen(pool.clone(), work.clone(), ended.clone());
                Some(tokio::spawn(listening))
            }
        };
        Self {
            work,
            ended,
            listener,
        }
    }

    pub(super) fn stop(&self) {
        if let Some(listener) = &self.listener {
            listener.abort();
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
