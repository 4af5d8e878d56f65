//! The statements about batches. The rules are those of the parent.

use super::{Statement, both};

/// The columns of a batch, as `batches` reads them.
macro_rules! batch {
    () => {
        "SELECT seq, id, state, paused, api_key, callback, request_id, reason, created_at, \
         expires_at, finished_at FROM batches "
    };
}

/// The columns of an item that callers see.
macro_rules! item {
    () => {
        "SELECT line, custom_id, state, title, url, job, content_key, reason FROM batch_items "
    };
}

/// An item, if its batch is one that items come into.
macro_rules! insert_item {
    () => {
        "INSERT INTO batch_items (batch, line, custom_id, state, title, url, body, request, \
         reason) SELECT seq, $2, $3, $4, $5, $6, $7, $8, $9 FROM batches \
         WHERE seq = $1 AND state = 'validating'"
    };
}

macro_rules! lock_waiting {
    () => {
        "SELECT line FROM batch_items WHERE batch = $1 AND line = $2 AND state = 'waiting'"
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
    "INSERT INTO batches (id, state, paused, api_key, callback, request_id, created_at, \
     expires_at) VALUES ($1, 'validating', 0, $2, $3, $4, $5, $6) RETURNING seq",
);

/// Into a batch that is still being sent: of one that was called off meanwhile nothing
/// more is kept. Who calls it off at this moment is waited for.
pub(in crate::store) const INSERT_ITEM: Statement = Statement {
    sqlite: insert_item!(),
    postgres: concat!(insert_item!(), " FOR SHARE"),
};

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

/// Locked, so that it is handed in or called off, and never both.
pub(in crate::store) const LOCK_WAITING: Statement = Statement {
    sqlite: lock_waiting!(),
    postgres: concat!(lock_waiting!(), " FOR UPDATE"),
};

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

/// In one order, that of whoever removes batches. A statement of its own, as the change
/// after it sees all that was committed before the locks were had.
pub(in crate::store) const LOCK_ITEMS_OF: Statement = Statement {
    sqlite: "SELECT line FROM batch_items WHERE custom_id = $1",
    postgres: "SELECT line FROM batch_items WHERE custom_id = $1 ORDER BY batch, line FOR UPDATE",
};

/// What is left of items whose article is removed: that they were there, and how they
/// ended. The rest finds no row twice, so that it tells whether there was anything.
pub(in crate::store) const FORGET_ITEMS: Statement = both(
    "UPDATE batch_items SET \
     state = CASE WHEN state IN ('waiting', 'in_work') THEN 'cancelled' ELSE state END, \
     reason = CASE WHEN state IN ('waiting', 'in_work', 'done') THEN CAST($2 AS TEXT) \
     ELSE reason END, \
     title = NULL, url = NULL, body = NULL, request = NULL, content_key = NULL \
     WHERE custom_id = $1 AND (state IN ('waiting', 'in_work') OR title IS NOT NULL \
     OR url IS NOT NULL OR body IS NOT NULL OR content_key IS NOT NULL)",
);

pub(in crate::store) const NAMED_ITEMS: Statement = both(
    "SELECT batches.id AS batch_id, batch_items.line, batch_items.custom_id, \
     batch_items.state, batch_items.title, batch_items.url, batch_items.job, \
     batch_items.content_key, batch_items.reason \
     FROM batch_items JOIN batches ON batches.seq = batch_items.batch \
     WHERE batch_items.custom_id = $1 ORDER BY batch_items.batch DESC LIMIT $2",
);

pub(in crate::store) const JOBS_IN_WORK: Statement =
    both("SELECT job FROM batch_items WHERE batch = $1 AND state = 'in_work' ORDER BY line");

/// A job that the callback of a batch hangs on.
pub(in crate::store) const ANCHOR: Statement = both(
    "SELECT jobs.seq FROM batch_items JOIN jobs ON jobs.id = batch_items.job \
     WHERE batch_items.batch = $1 ORDER BY jobs.finished_at DESC, batch_items.line DESC LIMIT 1",
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
    &LOCK_WAITING,
    &HAND_IN,
    &FAIL_ITEM,
    &SETTLE_DONE,
    &SETTLE_DEAD,
    &SETTLE_CANCELLED,
    &SETTLE_GONE,
    &DROP_WAITING,
    &LOCK_ITEMS_OF,
    &FORGET_ITEMS,
    &NAMED_ITEMS,
    &JOBS_IN_WORK,
    &ANCHOR,
];
