//! Cleaning up: what has ended is kept as long as configured, and no longer.

use std::time::Duration;

use super::Store;
use super::database::Durability;
use super::error::StoreError;
use super::job::{Millis, Swept};
use super::statements;

/// Rows that one transaction removes: more would keep others waiting.
const AT_ONCE: i64 = 500;

impl Store {
    /// Removes one batch of what was kept long enough. Call it again while it
    /// removes something.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        let retention = self.retention();
        let until = |kept| [before(now, kept).into(), AT_ONCE.into()];
        let articles = transaction
            .execute(&statements::DELETE_ARTICLES, &until(retention.articles))
            .await?;
        let idempotency_keys = transaction
            .execute(&statements::DELETE_KEYS, &until(retention.idempotency_keys))
            .await?;
        let deliveries = transaction
            .execute(&statements::DELETE_DELIVERIES, &until(retention.deliveries))
            .await?;
        let audit = transaction
            .execute(&statements::DELETE_AUDIT, &until(retention.audit))
            .await?;
        let sessions = transaction
            .execute(&statements::DELETE_SESSIONS, &until(Duration::ZERO))
            .await?;
        let gone = transaction
            .rows(&statements::DELETE_JOBS, &until(retention.finished))
            .await?;
        let batches = transaction
            .execute(&statements::batches::SWEEP, &until(retention.finished))
            .await?;
        let mut results = 0;
        for row in &gone {
            let key: String = row.get("content_key")?;
            let values = [(&key).into()];
            transaction
                .rows(&statements::LOCK_RESULT_ALONE, &values)
                .await?;
            results += transaction
                .execute(&statements::DELETE_RESULT, &values)
                .await?;
        }
        transaction.commit().await?;
        Ok(Swept {
            jobs: gone.len() as u64,
            results,
            articles,
            idempotency_keys,
            deliveries,
            audit,
            sessions,
            batches,
        })
    }
}

fn before(now: Millis, kept: Duration) -> Millis {
    now.saturating_sub(Millis::try_from(kept.as_millis()).unwrap_or(Millis::MAX))
}
