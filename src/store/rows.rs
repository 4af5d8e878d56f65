//! From rows to values and back. A value that cannot be is an error, no panic:
//! other programs may write to the same database.

use std::str::FromStr;

use super::database::{Row, Transaction, Value, failed};
use super::error::StoreError;
use super::job::{Job, Lane, Millis, State, Status, Transition};
use super::statements;

pub(super) fn job(row: &Row) -> Result<Job, StoreError> {
    let rank: i64 = row.get("lane")?;
    Ok(Job {
        seq: row.get("seq")?,
        id: row.get("id")?,
        lane: Lane::of_rank(rank).ok_or_else(|| failed("an unknown lane"))?,
        content_key: row.get("content_key")?,
        pipeline_version: row.get("pipeline_version")?,
        external_id: row.get("external_id")?,
        url: row.get("url")?,
        callback: row.get("callback")?,
        created_at: row.get("created_at")?,
        request_id: row.get("request_id")?,
        status: Status {
            state: named(&row.get::<String>("state")?)?,
            attempt: row.get("attempt")?,
            failures: row.get("failures")?,
            max_failures: row.get("max_failures")?,
            worker: row.get("worker")?,
            reason: row.get("reason")?,
            ready_at: row.get("ready_at")?,
            lease_until: row.get("lease_until")?,
            finished_at: row.get("finished_at")?,
        },
    })
}

pub(super) fn transition(row: &Row) -> Result<Transition, StoreError> {
    let from: Option<String> = row.get("from_state")?;
    Ok(Transition {
        from: from.as_deref().map(named).transpose()?,
        to: named(&row.get::<String>("to_state")?)?,
        attempt: row.get("attempt")?,
        worker: row.get("worker")?,
        reason: row.get("reason")?,
        at: row.get("at")?,
    })
}

pub(super) fn named<T: FromStr>(name: &str) -> Result<T, StoreError> {
    name.parse().map_err(|_| failed("an unknown state"))
}

/// A job in a new state.
pub(super) struct Change<'a> {
    /// As it is now.
    pub(super) job: &'a Job,
    /// The state before.
    pub(super) from: State,
    /// What the history says of it.
    pub(super) reason: &'a str,
    /// When.
    pub(super) now: Millis,
    /// Whether its article is of no more use.
    pub(super) drops_article: bool,
}

/// Writes a job's new state, and a word in its history.
pub(super) async fn write_change(
    transaction: &mut Transaction<'_>,
    change: Change<'_>,
) -> Result<(), StoreError> {
    let job = change.job;
    if transaction.is_remote() {
        let [
            seq,
            state,
            attempt,
            failures,
            worker,
            reason,
            ready,
            lease,
            finished,
        ] = status_values(job);
        let values = [
            seq,
            state,
            attempt,
            failures,
            worker,
            reason,
            ready,
            lease,
            finished,
            change.from.name().into(),
            change.reason.into(),
            change.now.into(),
            i64::from(change.drops_article).into(),
        ];
        transaction.execute(&statements::CHANGE, &values).await?;
        return Ok(());
    }
    write_status(transaction, job).await?;
    let from = Some(change.from);
    write_transition(transaction, job, from, change.reason, change.now).await?;
    if job.status.lease_until.is_none() {
        let values = [job.seq.into()];
        transaction
            .execute(&statements::DELETE_PROGRESS, &values)
            .await?;
    }
    if change.drops_article {
        let values = [job.seq.into()];
        transaction
            .execute(&statements::DELETE_ARTICLE, &values)
            .await?;
    }
    Ok(())
}

fn status_values(job: &Job) -> [Value<'_>; 9] {
    let status = &job.status;
    [
        job.seq.into(),
        status.state.name().into(),
        status.attempt.into(),
        status.failures.into(),
        (&status.worker).into(),
        (&status.reason).into(),
        status.ready_at.into(),
        status.lease_until.into(),
        status.finished_at.into(),
    ]
}

/// Writes a job's new status, without a word in its history.
pub(super) async fn write_status(
    transaction: &mut Transaction<'_>,
    job: &Job,
) -> Result<(), StoreError> {
    transaction
        .execute(&statements::UPDATE_STATUS, &status_values(job))
        .await?;
    Ok(())
}

/// Adds to a job's history that it came `from` a state to the one it is in.
pub(super) async fn write_transition(
    transaction: &mut Transaction<'_>,
    job: &Job,
    from: Option<State>,
    reason: &str,
    now: Millis,
) -> Result<(), StoreError> {
    let status = &job.status;
    let values = [
        job.seq.into(),
        Value::Text(from.map(State::name)),
        status.state.name().into(),
        status.attempt.into(),
        (&status.worker).into(),
        reason.into(),
        now.into(),
    ];
    transaction
        .execute(&statements::INSERT_TRANSITION, &values)
        .await?;
    Ok(())
}
