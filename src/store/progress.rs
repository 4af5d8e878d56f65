//! What a worker tells of its attempt while it is in work, for other processes to
//! read: lists of events, which nobody in here looks into. Tells of no result, and
//! is gone when the attempt ends.

use super::Store;
use super::database::Durability;
use super::error::StoreError;
use super::statements;

/// Events that were told together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Number of the first of them in its attempt, from 0 on.
    pub first: i64,
    /// A list of events, as it was told.
    pub events: String,
}

impl Store {
    /// Keeps what is told of an attempt, as long as it is in work: without its lease
    /// there is no effect.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn tell(&self, id: &str, attempt: i64, told: &Told) -> Result<(), StoreError> {
        let values = [
            id.into(),
            attempt.into(),
            told.first.into(),
            (&told.events).into(),
        ];
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        transaction
            .execute(&statements::INSERT_PROGRESS, &values)
            .await?;
        transaction.commit().await
    }

    /// What was told of an attempt from number `from` on, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn told(&self, id: &str, attempt: i64, from: i64) -> Result<Vec<Told>, StoreError> {
        let values = [id.into(), attempt.into(), from.into()];
        let rows = self.database.rows(&statements::PROGRESS, &values).await?;
        let told = rows.iter().map(|row| {
            Ok(Told {
                first: row.get("first")?,
                events: row.get("events")?,
            })
        });
        told.collect()
    }
}
