//! Every statement that the store runs, and nothing else: `ALL` lists them, and
//! a test has each database prepare each one; `articles` has those on articles. They are constants; what callers
//! sent comes in as parameters only.

pub(super) mod articles;
pub(super) mod batches;
pub(super) mod sweep;

/// One statement in both dialects.
#[derive(Debug)]
pub struct Statement {
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

const fn both(sql: &'static str) -> Statement {
    Statement {
        sqlite: sql,
        postgres: sql,
    }
}

/// The columns of a job, as `rows` reads them.
macro_rules! job {
    () => {
        "SELECT seq, id, state, lane, content_key, pipeline_version, external_id, url, \
         callback, attempt, failures, max_failures, worker, reason, created_at, ready_at, \
         lease_until, finished_at, request_id FROM jobs "
    };
}

/// The same text with what PostgreSQL needs to lock the rows.
macro_rules! locking {
    ($sql:expr, $lock:literal) => {
        Statement {
            sqlite: $sql,
            postgres: concat!($sql, " ", $lock),
        }
    };
}

// Time and signals.

pub(super) const NOW: Statement = Statement {
    sqlite: "UPDATE clock SET at = max(at, $1) WHERE id = 1 RETURNING at",
    postgres: "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS at",
};

/// For PostgreSQL only: on SQLite the process tells itself.
pub(super) const NOTIFY: &str =
    "SELECT pg_notify(channel, word) FROM unnest($1::TEXT[], $2::TEXT[]) AS told (channel, word)";

// Submission.

pub(super) const INSERT_JOB: Statement = both(
    "INSERT INTO jobs (id, state, lane, content_key, pipeline_version, external_id, url, \
     attempt, failures, max_failures, created_at, ready_at, finished_at, callback, api_key, \
     request_id) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $10, $11, $12, $13, $14) RETURNING seq",
);

/// The next three in one, on one way to the server and back; on SQLite, those.
pub(super) const INSERT_ALL: Statement = Statement {
    sqlite: "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17",
    postgres: "WITH job AS (INSERT INTO jobs (id, state, lane, content_key, pipeline_version, \
               external_id, url, attempt, failures, max_failures, created_at, ready_at, \
               finished_at, callback, api_key, request_id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $10, $11, $12, $13, $14) \
               RETURNING seq), \
               article AS (INSERT INTO articles (job, body, request) \
               SELECT seq, CAST($15 AS BYTEA), CAST($16 AS TEXT) FROM job WHERE CAST($10 AS BIGINT) IS NOT NULL \
               OR CAST($6 AS TEXT) IS NOT NULL) \
               INSERT INTO transitions (job, to_state, attempt, reason, at) \
               SELECT seq, $2, 0, CAST($17 AS TEXT), $9 FROM job RETURNING job AS seq",
};

pub(super) const INSERT_ARTICLE: Statement =
    both("INSERT INTO articles (job, body, request) VALUES ($1, $2, $3)");

pub(super) const INSERT_TRANSITION: Statement = both(
    "INSERT INTO transitions (job, from_state, to_state, attempt, worker, reason, at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

pub(super) const INSERT_KEY: Statement = both(
    "INSERT INTO idempotency_keys (name, fingerprint, job, created_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
);

pub(super) const KEY: Statement =
    both("SELECT fingerprint, job FROM idempotency_keys WHERE name = $1");

/// Counts no further than it has to.
pub(super) const COUNT_OPEN: Statement = both(
    "SELECT count(*) AS open FROM (SELECT 1 AS one FROM jobs \
     WHERE lane = $1 AND finished_at IS NULL LIMIT $2) AS counted",
);

pub(super) const COUNT_OPEN_OF_KEY: Statement = both(
    "SELECT count(*) AS open FROM (SELECT 1 AS one FROM jobs \
     WHERE api_key = $1 AND finished_at IS NULL LIMIT $2) AS counted",
);

// Access.

/// The columns of a key, as `keys` reads them.
macro_rules! api_key {
    () => {
        "SELECT id, name, hash, scopes, lane, requests_per_minute, max_open_jobs, \
         created_at, expires_at, revoked_at FROM api_keys "
    };
}

pub(super) const INSERT_API_KEY: Statement = both(
    "INSERT INTO api_keys (id, name, hash, scopes, lane, requests_per_minute, max_open_jobs, \
     created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);

pub(super) const API_KEY: Statement = both(concat!(api_key!(), "WHERE id = $1"));

pub(super) const API_KEYS: Statement = both(concat!(api_key!(), "ORDER BY created_at, id"));

pub(super) const REVOKE_API_KEY: Statement =
    both("UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1");

pub(super) const INSERT_SESSION: Statement = both(
    "INSERT INTO sessions (id, hash, api_key, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
);

pub(super) const SESSION: Statement =
    both("SELECT hash, api_key, expires_at FROM sessions WHERE id = $1");

pub(super) const DELETE_SESSION: Statement = both("DELETE FROM sessions WHERE id = $1");

pub(super) const INSERT_AUDIT: Statement = both(
    "INSERT INTO audit (at, api_key, method, route, subject, status, code, request_id, address) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);

pub(super) const AUDIT: Statement = both(
    "SELECT seq, at, api_key, method, route, subject, status, code, request_id, address \
     FROM audit WHERE (CAST($1 AS TEXT) IS NULL OR api_key = $1) AND seq < $2 \
     ORDER BY seq DESC LIMIT $3",
);

// Work.

/// Whether there may be a next job down to this lane.
pub(super) const WAITING: Statement =
    both("SELECT seq FROM jobs WHERE ready_at IS NOT NULL AND lane <= $1 ORDER BY lane LIMIT 1");

/// The next job down to a lane, the most urgent lane first. One whose content is being
/// worked on waits for that.
pub(super) const NEXT: Statement = locking!(
    concat!(
        job!(),
        "WHERE ready_at <= $1 AND lane <= $2 AND NOT EXISTS (SELECT 1 FROM jobs AS other \
         WHERE other.content_key = jobs.content_key AND other.lease_until IS NOT NULL) \
         ORDER BY lane, ready_at, seq LIMIT 1"
    ),
    "FOR UPDATE OF jobs SKIP LOCKED"
);

pub(super) const EXPIRED: Statement = locking!(
    concat!(
        job!(),
        "WHERE lease_until <= $1 ORDER BY lease_until LIMIT $2"
    ),
    "FOR UPDATE SKIP LOCKED"
);

pub(super) const LOCK_JOB: Statement = locking!(concat!(job!(), "WHERE id = $1"), "FOR UPDATE");

pub(super) const UPDATE_STATUS: Statement = both(
    "UPDATE jobs SET state = $2, attempt = $3, failures = $4, worker = $5, reason = $6, \
     ready_at = $7, lease_until = $8, finished_at = $9 WHERE seq = $1",
);

/// What `UPDATE_STATUS`, `INSERT_TRANSITION`, without a lease `DELETE_PROGRESS` and, when
/// told to, `DELETE_ARTICLE` do, on one way to the server and back. On SQLite, where there is no way, those.
pub(super) const CHANGE: Statement = Statement {
    sqlite: "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13",
    postgres: "WITH status AS (UPDATE jobs SET state = $2, attempt = $3, failures = $4, \
               worker = $5, reason = $6, ready_at = $7, lease_until = $8, finished_at = $9 \
               WHERE seq = $1), \
               article AS (DELETE FROM articles WHERE job = $1 AND CAST($13 AS BIGINT) = 1), \
               progress AS (DELETE FROM progress WHERE job = $1 AND CAST($8 AS BIGINT) IS NULL) \
               INSERT INTO transitions (job, from_state, to_state, attempt, worker, reason, at) \
               VALUES ($1, $10, $2, $3, $5, $11, $12)",
};

pub(super) const UPDATE_CONTENT: Statement =
    both("UPDATE jobs SET content_key = $2, pipeline_version = $3 WHERE seq = $1");

pub(super) const ARTICLE: Statement = both("SELECT body, request FROM articles WHERE job = $1");

pub(super) const DELETE_ARTICLE: Statement = both("DELETE FROM articles WHERE job = $1");

/// Locked, so that no clean-up takes it away before a job refers to it.
pub(super) const LOCK_RESULT: Statement = locking!(
    "SELECT job FROM results WHERE content_key = $1",
    "FOR SHARE"
);

pub(super) const INSERT_RESULT: Statement = both(
    "INSERT INTO results (content_key, job, digest, stored_at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT DO NOTHING",
);

// Progress.

/// Fenced: an attempt that was given up has nothing to tell. Whoever ends it at this
/// moment is waited for.
pub(super) const INSERT_PROGRESS: Statement = Statement {
    sqlite: "INSERT INTO progress (job, attempt, first, events) SELECT seq, $2, $3, $4 \
             FROM jobs WHERE id = $1 AND attempt = $2 AND lease_until IS NOT NULL \
             ON CONFLICT DO NOTHING",
    postgres: "INSERT INTO progress (job, attempt, first, events) SELECT seq, $2, $3, $4 \
               FROM jobs WHERE id = $1 AND attempt = $2 AND lease_until IS NOT NULL \
               FOR SHARE ON CONFLICT DO NOTHING",
};

pub(super) const PROGRESS: Statement = both(
    "SELECT first, events FROM progress WHERE job = (SELECT seq FROM jobs WHERE id = $1) \
     AND attempt = $2 AND first >= $3 ORDER BY first",
);

pub(super) const DELETE_PROGRESS: Statement = both("DELETE FROM progress WHERE job = $1");

// Reading.

pub(super) const JOB: Statement = both(concat!(job!(), "WHERE id = $1"));

pub(super) const RESULT: Statement = both("SELECT digest FROM results WHERE content_key = $1");

pub(super) const HISTORY: Statement = both(
    "SELECT transitions.from_state, transitions.to_state, transitions.attempt, \
     transitions.worker, transitions.reason, transitions.at FROM transitions \
     JOIN jobs ON jobs.seq = transitions.job WHERE jobs.id = $1 ORDER BY transitions.seq",
);

/// What all lists have in common: lane, state, cursor, length.
macro_rules! list {
    ($first:literal) => {
        both(concat!(
            job!(),
            "WHERE ",
            $first,
            " AND (CAST($2 AS BIGINT) IS NULL OR lane = $2) \
             AND (CAST($3 AS TEXT) IS NULL OR state = $3) \
             AND (CAST($5 AS TEXT) IS NULL OR url = $5) \
             AND seq < $4 ORDER BY seq DESC LIMIT $6"
        ))
    };
}

/// By the most selective of the filters, so that an index serves it.
pub(super) const LIST: Statement = list!("CAST($1 AS TEXT) IS NULL");
pub(super) const LIST_BY_EXTERNAL_ID: Statement = list!("external_id = $1");
pub(super) const LIST_BY_URL: Statement = list!("url = $1");
pub(super) const LIST_BY_STATE: Statement = list!("state = $1");

/// Only what workers ended: what was known before cost no time.
pub(super) const LOAD: Statement = both(
    "SELECT (SELECT count(*) FROM jobs WHERE lane = $1 AND finished_at IS NULL) AS open, \
     (SELECT count(*) FROM jobs WHERE lane = $1 AND finished_at > $2 AND attempt > 0) AS ended",
);

/// What is open in each lane; those that wait have no lease.
pub(super) const BACKLOG: Statement = both(
    "SELECT lane, count(CASE WHEN lease_until IS NULL THEN 1 END) AS waiting, \
     count(lease_until) AS leased, \
     min(CASE WHEN lease_until IS NULL THEN created_at END) AS oldest \
     FROM jobs WHERE finished_at IS NULL GROUP BY lane",
);

// Callbacks.

/// The columns of a delivery, as `deliveries` reads them.
macro_rules! delivery {
    () => {
        "SELECT deliveries.seq, deliveries.id, jobs.id AS job_id, deliveries.batch, deliveries.url, \
         deliveries.state, deliveries.attempt, deliveries.failures, deliveries.answer, \
         deliveries.reason, deliveries.created_at, deliveries.ready_at, \
         deliveries.lease_until, deliveries.finished_at \
         FROM deliveries JOIN jobs ON jobs.seq = deliveries.job "
    };
}

pub(super) const INSERT_DELIVERY: Statement = both(
    "INSERT INTO deliveries (id, job, url, state, attempt, failures, reason, created_at, \
     ready_at, finished_at, batch) VALUES ($1, $2, $3, $4, 0, 0, $5, $6, $7, $8, $9)",
);

pub(super) const DISABLED_ENDPOINT: Statement =
    both("SELECT delivery FROM disabled_endpoints WHERE url = $1");

pub(super) const ANY_DELIVERY: Statement =
    both("SELECT seq FROM deliveries WHERE ready_at IS NOT NULL LIMIT 1");

pub(super) const DUE_DELIVERIES: Statement = locking!(
    concat!(
        delivery!(),
        "WHERE deliveries.ready_at <= $1 ORDER BY deliveries.ready_at, deliveries.seq LIMIT $2"
    ),
    "FOR UPDATE OF deliveries SKIP LOCKED"
);

pub(super) const EXPIRED_DELIVERIES: Statement = locking!(
    concat!(
        delivery!(),
        "WHERE deliveries.lease_until <= $1 ORDER BY deliveries.lease_until LIMIT $2"
    ),
    "FOR UPDATE OF deliveries SKIP LOCKED"
);

pub(super) const LOCK_DELIVERY: Statement = locking!(
    concat!(delivery!(), "WHERE deliveries.id = $1"),
    "FOR UPDATE OF deliveries"
);

pub(super) const DELIVERY: Statement = both(concat!(delivery!(), "WHERE deliveries.id = $1"));

pub(super) const UPDATE_DELIVERY: Statement = both(
    "UPDATE deliveries SET state = $2, attempt = $3, failures = $4, answer = $5, reason = $6, \
     ready_at = $7, lease_until = $8, finished_at = $9 WHERE seq = $1",
);

pub(super) const INSERT_DELIVERY_ATTEMPT: Statement = both(
    "INSERT INTO delivery_attempts (delivery, attempt, at, ms, answer, reason) \
     VALUES ($1, $2, $3, $4, $5, $6)",
);

pub(super) const DELIVERY_ATTEMPTS: Statement = both(
    "SELECT delivery_attempts.attempt, delivery_attempts.at, delivery_attempts.ms, \
     delivery_attempts.answer, delivery_attempts.reason FROM delivery_attempts \
     JOIN deliveries ON deliveries.seq = delivery_attempts.delivery \
     WHERE deliveries.id = $1 ORDER BY delivery_attempts.seq",
);

/// What both lists have in common: state, cursor, length.
macro_rules! list_deliveries {
    ($first:literal) => {
        both(concat!(
            delivery!(),
            "WHERE ",
            $first,
            " AND (CAST($2 AS TEXT) IS NULL OR deliveries.state = $2) \
             AND deliveries.seq < $3 ORDER BY deliveries.seq DESC LIMIT $4"
        ))
    };
}

pub(super) const LIST_DELIVERIES: Statement = list_deliveries!("CAST($1 AS TEXT) IS NULL");
pub(super) const LIST_DELIVERIES_BY_JOB: Statement =
    list_deliveries!("deliveries.job = (SELECT seq FROM jobs WHERE id = $1)");

pub(super) const DISABLE_ENDPOINT: Statement = both(
    "INSERT INTO disabled_endpoints (url, delivery, at) VALUES ($1, $2, $3) \
     ON CONFLICT DO NOTHING",
);

pub(super) const ENABLE_ENDPOINT: Statement = both("DELETE FROM disabled_endpoints WHERE url = $1");

/// What waits for an endpoint that is gone waits in vain.
pub(super) const DISABLE_DELIVERIES: Statement = both(
    "UPDATE deliveries SET state = 'disabled', reason = $2, ready_at = NULL, finished_at = $3 \
     WHERE url = $1 AND ready_at IS NOT NULL",
);

/// Every statement above.
pub const ALL: &[&Statement] = &[
    &NOW,
    &INSERT_JOB,
    &INSERT_ALL,
    &INSERT_ARTICLE,
    &INSERT_TRANSITION,
    &INSERT_KEY,
    &KEY,
    &COUNT_OPEN,
    &COUNT_OPEN_OF_KEY,
    &INSERT_API_KEY,
    &API_KEY,
    &API_KEYS,
    &REVOKE_API_KEY,
    &INSERT_SESSION,
    &SESSION,
    &DELETE_SESSION,
    &INSERT_AUDIT,
    &AUDIT,
    &WAITING,
    &NEXT,
    &EXPIRED,
    &LOCK_JOB,
    &UPDATE_STATUS,
    &CHANGE,
    &UPDATE_CONTENT,
    &ARTICLE,
    &DELETE_ARTICLE,
    &LOCK_RESULT,
    &INSERT_RESULT,
    &INSERT_PROGRESS,
    &PROGRESS,
    &DELETE_PROGRESS,
    &JOB,
    &RESULT,
    &HISTORY,
    &LIST,
    &LIST_BY_EXTERNAL_ID,
    &LIST_BY_URL,
    &LIST_BY_STATE,
    &LOAD,
    &BACKLOG,
    &INSERT_DELIVERY,
    &DISABLED_ENDPOINT,
    &ANY_DELIVERY,
    &DUE_DELIVERIES,
    &EXPIRED_DELIVERIES,
    &LOCK_DELIVERY,
    &DELIVERY,
    &UPDATE_DELIVERY,
    &INSERT_DELIVERY_ATTEMPT,
    &DELIVERY_ATTEMPTS,
    &LIST_DELIVERIES,
    &LIST_DELIVERIES_BY_JOB,
    &DISABLE_ENDPOINT,
    &ENABLE_ENDPOINT,
    &DISABLE_DELIVERIES,
];
