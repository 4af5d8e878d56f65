//! The job table: what was accepted is on disk before the caller hears yes, may
//! be worked on twice, and is stored once. SQLite in a file, or PostgreSQL.
//!
//! `machine` decides what may happen to a job and is pure; `statements` has the
//! SQL of both dialects; `database` runs it; `submit`, `work`, `read` and `sweep`
//! are what can be asked; `delivery` and
//! `deliveries` are the same for callbacks; `article` and `articles` keep what becomes of an
//! article over its versions; `batch` and `batches` keep articles that were sent together.
//! `progress` has what workers tell of jobs in work. `keys`, `sessions` and `audit` keep who may
//! call the service and what they did. Knows no pipeline and no HTTP, does not look into an
//! article and never logs one.

use std::sync::{PoisonError, RwLock};

use tokio::sync::{broadcast, watch};

mod article;
mod articles;
mod audit;
mod backoff;
mod batch;
mod batches;
mod clock;
mod database;
mod deliveries;
mod delivery;
mod error;
mod job;
mod keys;
mod machine;
mod migrations;
mod open;
mod progress;
mod read;
mod rows;
mod sessions;
mod statements;
mod submit;
mod sweep;
mod wake;
mod work;

pub use article::{
    ArticleChange, ArticleFilter, ArticleState, Changed, Hand, LedgerStep, Merge, MergeStatus,
    NamedArticle, NewStep, NewVersion, Source, Version,
};
pub use audit::{AuditEntry, AuditFilter, Deed};
pub use backoff::Backoff;
pub use batch::{
    Batch, BatchItem, BatchState, ItemCounts, NamedItem, NewBatch, NewItem, WaitingItem,
};
pub use deliveries::DeliveryOutcome;
pub use delivery::{
    Attempt, Delivery, DeliveryFilter, DeliveryRefusal, DeliveryState, DeliveryStatus, Sent,
    Verdict,
};
pub use error::StoreError;
pub use job::{
    Backlog, Claim, Filter, Finished, Idempotency, Job, Lane, Load, Millis, Order, Owner,
    Retention, State, Status, Submission, Submitted, Swept, Transition, UnknownName,
};
pub use keys::{ApiKey, NewKey};
pub use machine::{CANCELLED, Event, LEASE_EXPIRED, Refusal};
pub use open::sqlite_url;
pub use progress::Told;
pub use statements::{ALL as STATEMENTS, Statement};
pub use work::Outcome;

/// An open job table. All methods may be called from many tasks at once, and
/// from many processes on one database.
#[derive(Debug)]
pub struct Store {
    database: database::Database,
    retention: RwLock<Retention>,
    wake: wake::Wake,
}

impl Store {
    /// Opens the database that the URL names, creates it when it is a file that
    /// is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened, or is newer than this program.
    pub async fn open(url: &str, retention: Retention) -> Result<Self, StoreError> {
        let database = open::open(url).await?;
        migrations::run(&database).await?;
        let wake = wake::Wake::start(&database);
        Ok(Self {
            database,
            retention: RwLock::new(retention),
            wake,
        })
    }

    /// Keeps what has ended for other times from now on.
    pub fn keep(&self, retention: Retention) {
        *self
            .retention
            .write()
            .unwrap_or_else(PoisonError::into_inner) = retention;
    }

    fn retention(&self) -> Retention {
        *self
            .retention
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes whenever there may be work. A change can be missed: look from
    /// time to time as well.
    #[must_use]
    pub fn work(&self) -> watch::Receiver<u64> {
        self.wake.work()
    }

    /// The ids of jobs that end. One can be missed: look from time to time as
    /// well.
    #[must_use]
    pub fn ended(&self) -> broadcast::Receiver<String> {
        self.wake.ended()
    }

    /// Closes the database when all that is under way is done.
    pub async fn close(&self) {
        self.wake.stop();
        self.database.close().await;
    }

    /// Has the database prepare every statement, and names the first that it
    /// does not understand.
    ///
    /// # Errors
    /// [`StoreError`] with the statement.
    pub async fn check_statements(&self) -> Result<(), StoreError> {
        self.database.check_statements().await
    }
}

#[cfg(test)]
mod tests;
