//! Cleaning up: what has ended is kept as long as configured, and no longer. Each kind of
//! row goes in a transaction of its own: nothing here has to go together with anything
//! else but a job with its digest, and who holds rows of one kind only is in nobody's way
//! who holds another.

use std::time::Duration;

use super::Store;
use super::database::{Durability, Transaction, Value};
use super::error::StoreError;
use super::job::{Millis, Swept};
use super::statements::{Statement, sweep as statements};

/// Rows that one transaction removes: more would keep others waiting.
const AT_ONCE: i64 = 500;

impl Store {
    /// Removes some of what was kept long enough. Call it again while it removes
    /// something.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let now = self.time().await?;
        let retention = self.retention();
        let until = |kept| [before(now, kept).into(), AT_ONCE.into()];
        let articles = until(retention.articles);
        let current = until(retention.current_texts);
        self.remove(&statements::PROGRESS, &[]).await?;
        let mut swept = Swept {
            articles: self.remove(&statements::ARTICLES, &articles).await?,
            idempotency_keys: self
                .remove(&statements::KEYS, &until(retention.idempotency_keys))
                .await?,
            deliveries: self
                .remove(&statements::DELIVERIES, &until(retention.deliveries))
                .await?,
            audit: self
                .remove(&statements::AUDIT, &until(retention.audit))
                .await?,
            sessions: self
                .remove(&statements::SESSIONS, &until(Duration::ZERO))
                .await?,
            batches: self.sweep_batches(&until(retention.finished)).await?,
            ..Swept::default()
        };
        (swept.jobs, swept.results) = self.sweep_jobs(&until(retention.finished)).await?;
        swept.texts = self.remove(&statements::TEXTS, &articles).await?
            + self.remove(&statements::CURRENT_TEXTS, &current).await?;
        swept.named_articles = self.sweep_named(&until(retention.named_articles)).await?;
        Ok(swept)
    }

    async fn remove(&self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let removed = transaction.execute(statement, values).await?;
        transaction.commit().await?;
        Ok(removed)
    }

    /// Batches one by one, as whoever removes an article goes through them: the items of
    /// one are locked before those of the next.
    async fn sweep_batches(&self, until: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let mut removed = 0;
        for seq in lock(&mut transaction, &statements::LOCK_BATCHES, until).await? {
            let values = [seq.into()];
            removed += transaction.execute(&statements::BATCH, &values).await?;
        }
        transaction.commit().await?;
        Ok(removed)
    }

    /// Jobs, and digests that none refers to any more; of how many each.
    async fn sweep_jobs(&self, until: &[Value<'_>]) -> Result<(u64, u64), StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let gone = transaction.rows(&statements::JOBS, until).await?;
        let keys = gone.iter().map(|row| row.get("content_key"));
        let results = drop_results(&mut transaction, keys.collect::<Result<_, _>>()?).await?;
        transaction.commit().await?;
        Ok((gone.len() as u64, results))
    }

    async fn sweep_named(&self, until: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let mut removed = 0;
        for seq in lock(&mut transaction, &statements::LOCK_NAMED, until).await? {
            let values = [seq.into()];
            transaction.execute(&statements::MERGES, &values).await?;
            removed += transaction.execute(&statements::NAMED, &values).await?;
        }
        transaction.commit().await?;
        Ok(removed)
    }
}

/// The numbers of rows that are locked now, in order.
async fn lock(
    transaction: &mut Transaction<'_>,
    statement: &Statement,
    until: &[Value<'_>],
) -> Result<Vec<i64>, StoreError> {
    let rows = transaction.rows(statement, until).await?;
    let numbers = rows.iter().map(|row| row.get("seq"));
    let mut numbers: Vec<i64> = numbers.collect::<Result<_, _>>()?;
    numbers.sort_unstable();
    Ok(numbers)
}

/// Removes those of these digests that no job refers to any more, and tells of how many.
/// In one order, whoever asks.
pub(super) async fn drop_results(
    transaction: &mut Transaction<'_>,
    mut content_keys: Vec<String>,
) -> Result<u64, StoreError> {
    content_keys.sort_unstable();
    content_keys.dedup();
    let mut dropped = 0;
    for key in &content_keys {
        let values = [key.into()];
        transaction.rows(&statements::LOCK_RESULT, &values).await?;
        dropped += transaction.execute(&statements::RESULT, &values).await?;
    }
    Ok(dropped)
}

fn before(now: Millis, kept: Duration) -> Millis {
    now.saturating_sub(Millis::try_from(kept.as_millis()).unwrap_or(Millis::MAX))
}
