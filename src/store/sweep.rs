//! Cleaning up: what has ended is kept as long as configured, and no longer.

use std::time::Duration;

use super::Store;
use super::database::{Durability, Transaction};
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
        transaction
            .execute(&statements::SWEEP_PROGRESS, &[])
            .await?;
        // Batches before jobs, as whoever removes an article goes.
        let batches = transaction
            .execute(&statements::batches::SWEEP, &until(retention.finished))
            .await?;
        let gone = transaction
            .rows(&statements::DELETE_JOBS, &until(retention.finished))
            .await?;
        let mut results = 0;
        for row in &gone {
            let key: String = row.get("content_key")?;
            results += drop_result(&mut transaction, &key).await?;
        }
        let superseded = [before(now, retention.articles).into()];
        let mut texts = transaction
            .execute(&statements::articles::DROP_TEXTS, &superseded)
            .await?;
        texts += transaction
            .execute(
                &statements::articles::DROP_CURRENT_TEXTS,
                &until(retention.current_texts),
            )
            .await?;
        let named_articles = transaction
            .execute(
                &statements::articles::DELETE_OLD_NAMED,
                &until(retention.named_articles),
            )
            .await?;
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
            named_articles,
            texts,
        })
    }
}

/// Removes a digest that no job refers to any more, and tells of how many.
pub(super) async fn drop_result(
    transaction: &mut Transaction<'_>,
    content_key: &str,
) -> Result<u64, StoreError> {
    let values = [content_key.into()];
    transaction
        .rows(&statements::LOCK_RESULT_ALONE, &values)
        .await?;
    transaction
        .execute(&statements::DELETE_RESULT, &values)
        .await
}

fn before(now: Millis, kept: Duration) -> Millis {
    now.saturating_sub(Millis::try_from(kept.as_millis()).unwrap_or(Millis::MAX))
}
