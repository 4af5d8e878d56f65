//! What can be done with batches: take one in line by line, look for what to hand in
//! (`submit` does it), note how their jobs ended, end it. Every step can be done twice,
//! by several processes at once: what counts is the state that a row is found in.

use uuid::Uuid;

use super::Store;
use super::batch::{
    Batch, BatchItem, BatchState, ItemCounts, NamedItem, NewBatch, NewItem, WaitingItem,
};
use super::database::{Durability, Row, Transaction, Value, failed};
use super::error::StoreError;
use super::job::{Millis, Order};
use super::statements::batches as statements;
use super::wake::Signals;
use super::{deliveries, rows};

/// Open batches that are looked at in one go.
const OPEN_AT_ONCE: i64 = 1000;
/// Why an item has no digest whose article was removed.
const ARTICLE_DELETED: &str = "article_deleted: its article was removed";

impl Store {
    /// Begins to take a batch in.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn begin_batch(&self, new: &NewBatch) -> Result<Batch, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        let mut batch = Batch {
            seq: 0,
            id: format!("batch_{}", Uuid::now_v7().simple()),
            state: BatchState::Validating,
            paused: false,
            api_key: new.api_key.clone(),
            callback: new.callback.clone(),
            request_id: new.request_id.clone(),
            reason: None,
            created_at: now,
            expires_at: now.saturating_add(new.lifetime),
            finished_at: None,
        };
        let values = [
            (&batch.id).into(),
            (&batch.api_key).into(),
            (&batch.callback).into(),
            (&batch.request_id).into(),
            now.into(),
            batch.expires_at.into(),
        ];
        let rows = transaction.rows(&statements::INSERT, &values).await?;
        batch.seq = rows
            .first()
            .ok_or_else(|| failed("no number"))?
            .get("seq")?;
        transaction.commit().await?;
        Ok(batch)
    }

    /// Adds items to a batch that is being taken in, and none to one that was called
    /// off meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn add_items(&self, batch: &Batch, items: &[NewItem]) -> Result<(), StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        for item in items {
            let order = item.order.as_ref();
            let state = if order.is_ok() { "waiting" } else { "failed" };
            let body = order.map_or(Value::NoBytes, |it| it.body.as_slice().into());
            let values = [
                batch.seq.into(),
                item.line.into(),
                (&item.custom_id).into(),
                state.into(),
                (&item.title).into(),
                (&item.url).into(),
                body,
                Value::Text(order.ok().map(|it| it.request.as_str())),
                Value::Text(order.err().map(String::as_str)),
            ];
            transaction
                .execute(&statements::INSERT_ITEM, &values)
                .await?;
        }
        transaction.commit().await
    }

    /// Begins to work on a batch that was taken in whole; it is on disk when this
    /// returns.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn start_batch(&self, id: &str) -> Result<Option<Batch>, StoreError> {
        let from = [BatchState::Validating];
        self.change_batch(id, &from, BatchState::InProgress, None)
            .await?;
        self.batch(id).await
    }

    /// Forgets a batch that was not taken in whole.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_batch(&self, id: &str) -> Result<(), StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        transaction
            .execute(&statements::DELETE, &[id.into()])
            .await?;
        transaction.commit().await
    }

    /// The batch with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn batch(&self, id: &str) -> Result<Option<Batch>, StoreError> {
        let rows = self.database.rows(&statements::BATCH, &[id.into()]).await?;
        rows.first().map(read).transpose()
    }

    /// Batches, newest first, `limit` at most: only in this state and before this
    /// number, when they are given.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn batches(
        &self,
        state: Option<BatchState>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Batch>, StoreError> {
        let values = [
            Value::Text(state.map(BatchState::name)),
            before.unwrap_or(i64::MAX).into(),
            limit.into(),
        ];
        let rows = self.database.rows(&statements::LIST, &values).await?;
        rows.iter().map(read).collect()
    }

    /// Batches that have not ended, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn open_batches(&self) -> Result<Vec<Batch>, StoreError> {
        let values = [OPEN_AT_ONCE.into()];
        let rows = self.database.rows(&statements::OPEN, &values).await?;
        rows.iter().map(read).collect()
    }

    /// How many items of a batch stand where.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn item_counts(&self, batch: &Batch) -> Result<ItemCounts, StoreError> {
        let values = [batch.seq.into()];
        let rows = self.database.rows(&statements::COUNTS, &values).await?;
        let mut counts = ItemCounts::default();
        for row in &rows {
            let slot = match row.get::<String>("state")?.as_str() {
                "waiting" => &mut counts.waiting,
                "in_work" => &mut counts.in_work,
                "done" => &mut counts.done,
                "failed" => &mut counts.failed,
                "cancelled" => &mut counts.cancelled,
                "expired" => &mut counts.expired,
                _ => return Err(failed("an unknown state")),
            };
            *slot = row.get("items")?;
        }
        Ok(counts)
    }

    /// Items in one of three states after a line, in order, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn batch_items(
        &self,
        batch: &Batch,
        states: [&str; 3],
        after: i64,
        limit: i64,
    ) -> Result<Vec<BatchItem>, StoreError> {
        let [one, two, three] = states;
        let values = [
            batch.seq.into(),
            one.into(),
            two.into(),
            three.into(),
            after.into(),
            limit.into(),
        ];
        let rows = self.database.rows(&statements::ITEMS, &values).await?;
        rows.iter().map(read_item).collect()
    }

    /// The next items to hand in, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn waiting_items(
        &self,
        batch: &Batch,
        limit: i64,
    ) -> Result<Vec<WaitingItem>, StoreError> {
        let values = [batch.seq.into(), limit.into()];
        let rows = self.database.rows(&statements::WAITING, &values).await?;
        let read = |row: &Row| {
            Ok(WaitingItem {
                line: row.get("line")?,
                custom_id: row.get("custom_id")?,
                url: row.get("url")?,
                order: Order {
                    body: row.get("body")?,
                    request: row.get("request")?,
                },
            })
        };
        rows.iter().map(read).collect()
    }

    /// The places that an article of this name has in batches, newest first, `limit`
    /// at most.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn named_items(
        &self,
        external_id: &str,
        limit: i64,
    ) -> Result<Vec<NamedItem>, StoreError> {
        let values = [external_id.into(), limit.into()];
        let rows = self
            .database
            .rows(&statements::NAMED_ITEMS, &values)
            .await?;
        let read = |row: &Row| {
            Ok(NamedItem {
                batch: row.get("batch_id")?,
                item: read_item(row)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Notes that an item cannot be handed in.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn fail_item(
        &self,
        batch: &Batch,
        line: i64,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.note(
            &statements::FAIL_ITEM,
            &[batch.seq.into(), line.into(), reason.into()],
        )
        .await
    }

    /// Has items end as their jobs did.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn settle_items(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let settle = [
            &statements::SETTLE_DONE,
            &statements::SETTLE_DEAD,
            &statements::SETTLE_CANCELLED,
            &statements::SETTLE_GONE,
        ];
        for statement in settle {
            transaction.execute(statement, &[batch.seq.into()]).await?;
        }
        transaction.commit().await
    }

    /// Drops what was not handed in: it is now in `state`, for `reason`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn drop_waiting(
        &self,
        batch: &Batch,
        state: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.note(
            &statements::DROP_WAITING,
            &[batch.seq.into(), state.into(), reason.into()],
        )
        .await
    }

    /// The jobs of a batch that are in work.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn jobs_in_work(&self, batch: &Batch) -> Result<Vec<String>, StoreError> {
        let values = [batch.seq.into()];
        let rows = self
            .database
            .rows(&statements::JOBS_IN_WORK, &values)
            .await?;
        rows.iter().map(|row| row.get("job")).collect()
    }

    /// Hands nothing more of a batch in, or goes on; whether it is one that can.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn pause_batch(&self, id: &str, paused: bool) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin(Durability::Full).await?;
        let values = [id.into(), i64::from(paused).into()];
        let changed = transaction.execute(&statements::PAUSE, &values).await?;
        let mut signals = Signals::default();
        signals.work();
        signals.commit(transaction, &self.wake).await?;
        Ok(changed > 0)
    }

    /// Moves a batch from one of up to four states to another; whether it was in one.
    /// Who waits for its end is told in the same transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn change_batch(
        &self,
        id: &str,
        from: &[BatchState],
        to: BatchState,
        reason: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin(Durability::Full).await?;
        let now = transaction.now().await?;
        let state = |at: usize| from.get(at).or(from.first()).map(|state| state.name());
        let values = [
            id.into(),
            to.name().into(),
            Value::Text(reason),
            to.is_final().then_some(now).into(),
            Value::Text(state(0)),
            Value::Text(state(1)),
            Value::Text(state(2)),
            Value::Text(state(3)),
        ];
        let changed = transaction.execute(&statements::CHANGE, &values).await?;
        if changed == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        if to.is_final() {
            announce(&mut transaction, id, now).await?;
        }
        let mut signals = Signals::default();
        signals.work();
        signals.commit(transaction, &self.wake).await?;
        Ok(true)
    }

    async fn note(
        &self,
        statement: &super::Statement,
        values: &[Value<'_>],
    ) -> Result<(), StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        transaction.execute(statement, values).await?;
        transaction.commit().await
    }
}

/// Leaves of the items of an article that it was there and how it stood, calls off what
/// waits or is in work, and tells of how many there was more.
pub(super) async fn forget_items(
    transaction: &mut Transaction<'_>,
    external_id: &str,
) -> Result<u64, StoreError> {
    let values = [external_id.into(), ARTICLE_DELETED.into()];
    transaction
        .rows(&statements::LOCK_ITEMS_OF, &values[..1])
        .await?;
    let statement = &statements::FORGET_ITEMS;
    transaction.execute(statement, &values).await
}

/// Writes the delivery of a batch that has just ended. It hangs on one of its jobs: of a
/// batch of which none was begun nobody is told.
async fn announce(
    transaction: &mut Transaction<'_>,
    id: &str,
    now: Millis,
) -> Result<(), StoreError> {
    let rows = transaction.rows(&statements::BATCH, &[id.into()]).await?;
    let batch = read(rows.first().ok_or_else(|| failed("no batch"))?)?;
    let Some(url) = &batch.callback else {
        return Ok(());
    };
    let anchor = transaction
        .rows(&statements::ANCHOR, &[batch.seq.into()])
        .await?;
    let Some(anchor) = anchor.first() else {
        return Ok(());
    };
    let about = deliveries::About {
        job: anchor.get("seq")?,
        url,
        batch: Some(id),
    };
    deliveries::write(transaction, about, now).await
}

fn read(row: &Row) -> Result<Batch, StoreError> {
    let paused: i64 = row.get("paused")?;
    Ok(Batch {
        seq: row.get("seq")?,
        id: row.get("id")?,
        state: rows::named(&row.get::<String>("state")?)?,
        paused: paused != 0,
        api_key: row.get("api_key")?,
        callback: row.get("callback")?,
        request_id: row.get("request_id")?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        finished_at: row.get("finished_at")?,
    })
}

fn read_item(row: &Row) -> Result<BatchItem, StoreError> {
    Ok(BatchItem {
        line: row.get("line")?,
        custom_id: row.get("custom_id")?,
        state: row.get("state")?,
        title: row.get("title")?,
        url: row.get("url")?,
        job: row.get("job")?,
        content_key: row.get("content_key")?,
        reason: row.get("reason")?,
    })
}
