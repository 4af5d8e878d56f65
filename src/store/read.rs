//! What can be asked of the store. Changes nothing.

use std::time::Duration;

use super::Store;
use super::database::{Durability, Value, failed};
use super::error::StoreError;
use super::job::{Backlog, Filter, Job, Lane, Load, Millis, State, Transition};
use super::{rows, statements};

impl Store {
    /// The job with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn job(&self, id: &str) -> Result<Option<Job>, StoreError> {
        let rows = self.database.rows(&statements::JOB, &[id.into()]).await?;
        rows.first().map(rows::job).transpose()
    }

    /// The store's time.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn time(&self) -> Result<Millis, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        transaction.commit().await?;
        Ok(now)
    }

    /// The digest of a content, as it was stored.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn result(&self, content_key: &str) -> Result<Option<String>, StoreError> {
        let values = [content_key.into()];
        let rows = self.database.rows(&statements::RESULT, &values).await?;
        rows.first().map(|row| row.get("digest")).transpose()
    }

    /// What happened to a job, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn history(&self, id: &str) -> Result<Vec<Transition>, StoreError> {
        let values = [id.into()];
        let rows = self.database.rows(&statements::HISTORY, &values).await?;
        rows.iter().map(rows::transition).collect()
    }

    /// Jobs that fit the filter, newest first, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list(&self, filter: &Filter, limit: i64) -> Result<Vec<Job>, StoreError> {
        let state = filter.state.map(State::name);
        let (statement, first) = if filter.external_id.is_some() {
            let id = filter.external_id.as_deref();
            (&statements::LIST_BY_EXTERNAL_ID, id)
        } else if filter.url.is_some() {
            (&statements::LIST_BY_URL, filter.url.as_deref())
        } else if state.is_some() {
            (&statements::LIST_BY_STATE, state)
        } else {
            (&statements::LIST, None)
        };
        let values = [
            Value::Text(first),
            filter.lane.map(Lane::rank).into(),
            Value::Text(state),
            filter.before.unwrap_or(i64::MAX).into(),
            (&filter.url).into(),
            limit.into(),
        ];
        let rows = self.database.rows(statement, &values).await?;
        rows.iter().map(rows::job).collect()
    }

    /// What is open in each lane, all of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        let rows = transaction.rows(&statements::BACKLOG, &[]).await?;
        transaction.commit().await?;
        let mut lanes = Lane::ALL.map(|lane| Backlog {
            lane,
            waiting: 0,
            leased: 0,
            oldest: Duration::ZERO,
        });
        for row in &rows {
            let rank: i64 = row.get("lane")?;
            let found = lanes.iter_mut().find(|it| it.lane.rank() == rank);
            let backlog = found.ok_or_else(|| failed("an unknown lane"))?;
            let (waiting, leased): (i64, i64) = (row.get("waiting")?, row.get("leased")?);
            let oldest: Option<Millis> = row.get("oldest")?;
            let age = oldest.map_or(0, |oldest| now - oldest);
            backlog.waiting = waiting.unsigned_abs();
            backlog.leased = leased.unsigned_abs();
            backlog.oldest = Duration::from_millis(u64::try_from(age).unwrap_or(0));
        }
        Ok(lanes.to_vec())
    }

    /// How busy a lane is, and how fast it was in the time `window` before `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn load(&self, lane: Lane, window: Duration) -> Result<Load, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        let window = Millis::try_from(window.as_millis()).unwrap_or(now);
        let values = [lane.rank().into(), now.saturating_sub(window).into()];
        let rows = transaction.rows(&statements::LOAD, &values).await?;
        let row = rows.first().ok_or_else(|| failed("no counts"))?;
        Ok(Load {
            open: row.get("open")?,
            ended: row.get("ended")?,
        })
    }
}
