//! The statements about batches. The rules are those of the parent.

use super::{Statement, both};

/// The columns of a batch, as `batches` reads them.
macro_rules! batch {
    () => {
        "SELECT seq, id, state, paused, api_key, callback, reason, created_at, expires_at, \
         finished_at FROM batches "
    };
}

/// The columns of an item that callers see.
macro_rules! item {
    () => {
        "SELECT line, custom_id, state, title, url, job, content_key, reason FROM batch_items "
    };
}

/// Has items end as their jobs did.
macro_rules! settle {
    ($state:literal, $jobs:literal) => {
        both(concat!(
            "UPDATE batch_items SET state = '",
            $state,
            "', content_key = (SELECT content_key FROM jobs WHERE jobs.id = batch_items.job), \
             reason = (SELECT reason FROM jobs WHERE jobs.id = batch_items.job) \
             WHERE batch = $1 AND state = 'in_work' \
             AND (SELECT state FROM jobs WHERE jobs.id = batch_items.job) = '",
            $jobs,
            "'"
        ))
    };
}

pub(in crate::store) const INSERT: Statement = both(
    "INSERT INTO batches (id, state, paused, api_key, callback, created_at, expires_at) \
     VALUES ($1, 'validating', 0, $2, $3, $4, $5) RETURNING seq",
);

pub(in crate::store) const INSERT_ITEM: Statement = both(
    "INSERT INTO batch_items (batch, line, custom_id, state, title, url, body, request, reason) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);

/// From one of four states, some of which may be the same, to another.
pub(in crate::store) const CHANGE: Statement = both(
    "UPDATE batches SET state = $2, reason = coalesce($3, reason), finished_at = $4 \
     WHERE id = $1 AND state IN ($5, $6, $7, $8)",
);

pub(in crate::store) const PAUSE: Statement =
    both("UPDATE batches SET paused = $2 WHERE id = $1 AND state IN ('in_progress', 'validating')");

pub(in crate::store) const DELETE: Statement = both("DELETE FROM batches WHERE id = $1");

pub(in crate::store) const BATCH: Statement = both(concat!(batch!(), "WHERE id = $1"));

pub(in crate::store) const OPEN: Statement = both(concat!(
    batch!(),
    "WHERE finished_at IS NULL ORDER BY seq LIMIT $1"
));

pub(in crate::store) const LIST: Statement = both(concat!(
    batch!(),
    "WHERE (CAST($1 AS TEXT) IS NULL OR state = $1) AND seq < $2 ORDER BY seq DESC LIMIT $3"
));

pub(in crate::store) const COUNTS: Statement =
    both("SELECT state, count(*) AS items FROM batch_items WHERE batch = $1 GROUP BY state");

pub(in crate::store) const ITEMS: Statement = both(concat!(
    item!(),
    "WHERE batch = $1 AND state IN ($2, $3, $4) AND line > $5 ORDER BY line LIMIT $6"
));

pub(in crate::store) const WAITING: Statement = both(
    "SELECT line, custom_id, url, body, request FROM batch_items \
     WHERE batch = $1 AND state = 'waiting' ORDER BY line LIMIT $2",
);

pub(in crate::store) const HAND_IN: Statement = both(
    "UPDATE batch_items SET state = 'in_work', job = $3, body = NULL, request = NULL \
     WHERE batch = $1 AND line = $2 AND state = 'waiting'",
);

pub(in crate::store) const FAIL_ITEM: Statement = both(
    "UPDATE batch_items SET state = 'failed', reason = $3, body = NULL, request = NULL \
     WHERE batch = $1 AND line = $2 AND state = 'waiting'",
);

pub(in crate::store) const SETTLE_DONE: Statement = settle!("done", "done");
pub(in crate::store) const SETTLE_DEAD: Statement = settle!("failed", "dead");
pub(in crate::store) const SETTLE_CANCELLED: Statement = settle!("cancelled", "cancelled");

pub(in crate::store) const SETTLE_GONE: Statement = both(
    "UPDATE batch_items SET state = 'failed', reason = 'job_gone: its job was removed' \
     WHERE batch = $1 AND state = 'in_work' \
     AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = batch_items.job)",
);

/// What was not handed in when the batch ends early.
pub(in crate::store) const DROP_WAITING: Statement = both(
    "UPDATE batch_items SET state = $2, reason = $3, body = NULL, request = NULL \
     WHERE batch = $1 AND state = 'waiting'",
);

pub(in crate::store) const JOBS_IN_WORK: Statement =
    both("SELECT job FROM batch_items WHERE batch = $1 AND state = 'in_work' ORDER BY line");

/// A job that the callback of a batch hangs on.
pub(in crate::store) const ANCHOR: Statement = both(
    "SELECT jobs.seq FROM batch_items JOIN jobs ON jobs.id = batch_items.job \
     WHERE batch_items.batch = $1 ORDER BY jobs.finished_at DESC, batch_items.line DESC LIMIT 1",
);

pub(in crate::store) const SWEEP: Statement = both(
    "DELETE FROM batches WHERE seq IN (SELECT seq FROM batches WHERE finished_at <= $1 \
     ORDER BY finished_at LIMIT $2)",
);

/// Every statement above.
pub(in crate::store) const ALL: &[&Statement] = &[
    &INSERT,
    &INSERT_ITEM,
    &CHANGE,
    &PAUSE,
    &DELETE,
    &BATCH,
    &OPEN,
    &LIST,
    &COUNTS,
    &ITEMS,
    &WAITING,
    &HAND_IN,
    &FAIL_ITEM,
    &SETTLE_DONE,
    &SETTLE_DEAD,
    &SETTLE_CANCELLED,
    &SETTLE_GONE,
    &DROP_WAITING,
    &JOBS_IN_WORK,
    &ANCHOR,
    &SWEEP,
];
