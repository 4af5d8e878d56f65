//! What senders and callers do to deliveries: claim, report, redeliver, list,
//! and taking note of senders that went silent. Each loads the status under a
//! lock, asks `delivery`, and stores the answer.

use std::time::Duration;

use uuid::Uuid;

use super::Store;
use super::database::{Durability, Row, Transaction, Value};
use super::delivery::{
    Attempt, Delivery, DeliveryEvent, DeliveryFilter, DeliveryRefusal, DeliveryState,
    DeliveryStatus, LEASE_EXPIRED, Sent, Verdict,
};
use super::error::StoreError;
use super::job::{Job, Millis};
use super::wake::Signals;
use super::{delivery, rows, statements};

/// Leases that one call takes note of.
const EXPIRED_AT_ONCE: i64 = 100;

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It took effect; this is the delivery now.
    Applied(Box<Delivery>),
    /// It did not.
    Refused(DeliveryRefusal),
    /// There is no such delivery.
    Missing,
}

/// Writes the delivery of a job that has just ended, if someone wants to know.
pub(super) async fn announce(
    transaction: &mut Transaction<'_>,
    job: &Job,
    now: Millis,
) -> Result<(), StoreError> {
    match &job.callback {
        Some(url) => {
            let about = About {
                job: job.seq,
                url,
                batch: None,
            };
            write(transaction, about, now).await
        }
        None => Ok(()),
    }
}

/// What a delivery is about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    /// The number of the job that it hangs on.
    pub(super) job: i64,
    /// Where it goes.
    pub(super) url: &'a str,
    /// The batch that it tells of; else it tells of the job.
    pub(super) batch: Option<&'a str>,
}

/// Writes a delivery.
pub(super) async fn write(
    transaction: &mut Transaction<'_>,
    about: About<'_>,
    now: Millis,
) -> Result<(), StoreError> {
    let About { job, url, batch } = about;
    let disabled = transaction
        .rows(&statements::DISABLED_ENDPOINT, &[url.into()])
        .await?;
    let status = DeliveryStatus::new(!disabled.is_empty(), now);
    let id = format!("msg_{}", Uuid::now_v7().simple());
    let values = [
        (&id).into(),
        job.into(),
        url.into(),
        status.state.name().into(),
        (&status.reason).into(),
        now.into(),
        status.ready_at.into(),
        status.finished_at.into(),
        Value::Text(batch),
    ];
    transaction
        .execute(&statements::INSERT_DELIVERY, &values)
        .await?;
    Ok(())
}

impl Store {
    /// Takes deliveries that are due, `most` at most, the longest due first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails. Leases may then be held by
    /// nobody; they run out.
    pub async fn claim_deliveries(
        &self,
        most: usize,
        lease: Duration,
    ) -> Result<Vec<Delivery>, StoreError> {
        // Asked with every sign of work, and mostly in vain: nobody is kept from
        // writing for that.
        let any = self.database.rows(&statements::ANY_DELIVERY, &[]).await?;
        if any.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let due = transaction
            .rows(&statements::DUE_DELIVERIES, &[now.into(), most.into()])
            .await?;
        if due.is_empty() {
            transaction.rollback().await?;
            return Ok(Vec::new());
        }
        let mut claimed = Vec::new();
        for row in &due {
            let delivery = read(row)?;
            let event = DeliveryEvent::Claim { lease };
            claimed.extend(change(&mut transaction, delivery, &event, now).await?.ok());
        }
        transaction.commit().await?;
        Ok(claimed)
    }

    /// Notes what came of an attempt, once. An endpoint that is gone gets nothing
    /// more; one that takes what was ordered by hand gets everything again.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn report_delivery(
        &self,
        id: &str,
        attempt: i64,
        sent: &Sent,
    ) -> Result<DeliveryOutcome, StoreError> {
        let event = DeliveryEvent::Report { attempt, sent };
        self.deliver(id, &event, Durability::Relaxed).await
    }

    /// Has a delivery sent again, now, under its id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn redeliver(&self, id: &str) -> Result<DeliveryOutcome, StoreError> {
        let event = DeliveryEvent::Redeliver;
        self.deliver(id, &event, Durability::Full).await
    }

    /// Takes note of senders that went silent, and tells of how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn expire_deliveries(&self) -> Result<usize, StoreError> {
        let mut transaction = self.database.begin(Durability::Relaxed).await?;
        let now = transaction.now().await?;
        let values = [now.into(), EXPIRED_AT_ONCE.into()];
        let expired = transaction
            .rows(&statements::EXPIRED_DELIVERIES, &values)
            .await?;
        for row in &expired {
            let delivery = read(row)?;
            let changed = change(&mut transaction, delivery, &DeliveryEvent::Expire, now).await?;
            if let Ok(delivery) = changed {
                note(&mut transaction, &delivery, None, now).await?;
            }
        }
        let mut signals = Signals::default();
        if !expired.is_empty() {
            signals.work();
        }
        signals.commit(transaction, &self.wake).await?;
        Ok(expired.len())
    }

    /// The delivery with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        let values = [id.into()];
        let rows = self.database.rows(&statements::DELIVERY, &values).await?;
        rows.first().map(read).transpose()
    }

    /// Every attempt at a delivery, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delivery_attempts(&self, id: &str) -> Result<Vec<Attempt>, StoreError> {
        let values = [id.into()];
        let rows = self
            .database
            .rows(&statements::DELIVERY_ATTEMPTS, &values)
            .await?;
        rows.iter().map(read_attempt).collect()
    }

    /// Deliveries that fit the filter, newest first, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let statement = match filter.job {
            Some(_) => &statements::LIST_DELIVERIES_BY_JOB,
            None => &statements::LIST_DELIVERIES,
        };
        let values = [
            (&filter.job).into(),
            Value::Text(filter.state.map(DeliveryState::name)),
            filter.before.unwrap_or(i64::MAX).into(),
            limit.into(),
        ];
        let rows = self.database.rows(statement, &values).await?;
        rows.iter().map(read).collect()
    }

    async fn deliver(
        &self,
        id: &str,
        event: &DeliveryEvent<'_>,
        durability: Durability,
    ) -> Result<DeliveryOutcome, StoreError> {
        let mut transaction = self.database.begin(durability).await?;
        let now = transaction.now().await?;
        let outcome = apply(&mut transaction, id, event, now).await?;
        let DeliveryOutcome::Applied(delivery) = &outcome else {
            transaction.rollback().await?;
            return Ok(outcome);
        };
        let mut signals = Signals::default();
        if let DeliveryEvent::Report { sent, .. } = event {
            note(&mut transaction, delivery, Some(sent), now).await?;
            settle(&mut transaction, delivery, sent, now).await?;
        } else {
            signals.work();
        }
        signals.commit(transaction, &self.wake).await?;
        Ok(outcome)
    }
}

async fn apply(
    transaction: &mut Transaction<'_>,
    id: &str,
    event: &DeliveryEvent<'_>,
    now: Millis,
) -> Result<DeliveryOutcome, StoreError> {
    let rows = transaction
        .rows(&statements::LOCK_DELIVERY, &[id.into()])
        .await?;
    let Some(row) = rows.first() else {
        return Ok(DeliveryOutcome::Missing);
    };
    Ok(match change(transaction, read(row)?, event, now).await? {
        Ok(delivery) => DeliveryOutcome::Applied(Box::new(delivery)),
        Err(refusal) => DeliveryOutcome::Refused(refusal),
    })
}

/// Asks the state machine and writes what it says.
async fn change(
    transaction: &mut Transaction<'_>,
    mut delivery: Delivery,
    event: &DeliveryEvent<'_>,
    now: Millis,
) -> Result<Result<Delivery, DeliveryRefusal>, StoreError> {
    delivery.status = match delivery.status.after(event, now) {
        Ok(status) => status,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let status = &delivery.status;
    let values = [
        delivery.seq.into(),
        status.state.name().into(),
        status.attempt.into(),
        status.failures.into(),
        status.answer.into(),
        (&status.reason).into(),
        status.ready_at.into(),
        status.lease_until.into(),
        status.finished_at.into(),
    ];
    transaction
        .execute(&statements::UPDATE_DELIVERY, &values)
        .await?;
    Ok(Ok(delivery))
}

/// Adds an attempt to the log; without `sent`, one that was never reported.
async fn note(
    transaction: &mut Transaction<'_>,
    delivery: &Delivery,
    sent: Option<&Sent>,
    now: Millis,
) -> Result<(), StoreError> {
    let reason = match sent.map(|sent| &sent.verdict) {
        None => Some(LEASE_EXPIRED),
        Some(Verdict::Taken) => None,
        Some(Verdict::Gone) => Some(delivery::GONE),
        Some(Verdict::Refused { reason, .. }) => Some(reason.as_str()),
    };
    let values = [
        delivery.seq.into(),
        delivery.status.attempt.into(),
        now.into(),
        sent.map(|sent| sent.ms).into(),
        sent.and_then(|sent| sent.answer).into(),
        Value::Text(reason),
    ];
    transaction
        .execute(&statements::INSERT_DELIVERY_ATTEMPT, &values)
        .await?;
    Ok(())
}

/// What an answer means for the endpoint.
async fn settle(
    transaction: &mut Transaction<'_>,
    delivery: &Delivery,
    sent: &Sent,
    now: Millis,
) -> Result<(), StoreError> {
    let url = (&delivery.url).into();
    match sent.verdict {
        Verdict::Taken => {
            transaction
                .execute(&statements::ENABLE_ENDPOINT, &[url])
                .await?;
        }
        Verdict::Gone => {
            let values = [url, (&delivery.id).into(), now.into()];
            transaction
                .execute(&statements::DISABLE_ENDPOINT, &values)
                .await?;
            let values = [url, delivery::ENDPOINT_DISABLED.into(), now.into()];
            transaction
                .execute(&statements::DISABLE_DELIVERIES, &values)
                .await?;
        }
        Verdict::Refused { .. } => {}
    }
    Ok(())
}

fn read(row: &Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        seq: row.get("seq")?,
        id: row.get("id")?,
        job: row.get("job_id")?,
        batch: row.get("batch")?,
        url: row.get("url")?,
        created_at: row.get("created_at")?,
        status: DeliveryStatus {
            state: rows::named(&row.get::<String>("state")?)?,
            attempt: row.get("attempt")?,
            failures: row.get("failures")?,
            answer: row.get("answer")?,
            reason: row.get("reason")?,
            ready_at: row.get("ready_at")?,
            lease_until: row.get("lease_until")?,
            finished_at: row.get("finished_at")?,
        },
    })
}

fn read_attempt(row: &Row) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        attempt: row.get("attempt")?,
        at: row.get("at")?,
        ms: row.get("ms")?,
        answer: row.get("answer")?,
        reason: row.get("reason")?,
    })
}
