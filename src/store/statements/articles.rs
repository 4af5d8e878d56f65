//! The statements on articles over their versions.

use super::{Statement, both};

/// The columns of an article, as `articles` reads them.
macro_rules! article {
    () => {
        "SELECT seq, id, external_id, url, title, state, revision, version, merged_job, content, \
         created_at, changed_at FROM named_articles "
    };
}

/// The columns of a version, as `articles` reads them.
macro_rules! version {
    () => {
        "SELECT number, source_sha256, created_at, superseded_at, source, body, request \
         FROM article_versions "
    };
}

/// Finds the article of this name, or makes it.
pub(in crate::store) const NAME: Statement = both(
    "INSERT INTO named_articles (id, external_id, url, state, revision, version, merged_job, \
     content, created_at, changed_at) VALUES ($1, $2, $3, 'draft', 0, 0, 0, '{}', $4, $4) \
     ON CONFLICT (external_id) DO UPDATE \
     SET url = coalesce(excluded.url, named_articles.url) RETURNING seq, revision",
);

pub(in crate::store) const NAMED: Statement = both(concat!(article!(), "WHERE id = $1"));

pub(in crate::store) const NAMED_BY_EXTERNAL_ID: Statement =
    both(concat!(article!(), "WHERE external_id = $1"));

/// Others may refer to it meanwhile, and nobody may change it.
pub(in crate::store) const LOCK_NAMED: Statement = Statement {
    sqlite: concat!(article!(), "WHERE seq = $1"),
    postgres: concat!(article!(), "WHERE seq = $1 FOR NO KEY UPDATE"),
};

pub(in crate::store) const UPDATE_NAMED: Statement = both(
    "UPDATE named_articles SET title = $2, state = $3, revision = $4, version = $5, \
     merged_job = $6, content = $7, changed_at = $8 WHERE seq = $1",
);

/// What all lists have in common: state, place, words, cursor, length.
macro_rules! list {
    ($first:literal) => {
        both(concat!(
            article!(),
            "WHERE ",
            $first,
            " AND (CAST($2 AS TEXT) IS NULL OR state = $2) \
             AND (CAST($3 AS TEXT) IS NULL OR url = $3) \
             AND (CAST($4 AS TEXT) IS NULL OR lower(coalesce(title, '')) LIKE $4 ESCAPE '!' \
             OR lower(external_id) LIKE $4 ESCAPE '!' \
             OR lower(coalesce(url, '')) LIKE $4 ESCAPE '!') \
             AND (changed_at < $5 OR (changed_at = $5 AND seq < $6)) \
             ORDER BY changed_at DESC, seq DESC LIMIT $7"
        ))
    };
}

/// By the most selective of the filters, so that an index serves it.
pub(in crate::store) const LIST: Statement = list!("CAST($1 AS TEXT) IS NULL");
pub(in crate::store) const LIST_BY_EXTERNAL_ID: Statement = list!("external_id = $1");
pub(in crate::store) const LIST_BY_STATE: Statement = list!("state = $1");

pub(in crate::store) const INSERT_VERSION: Statement = both(
    "INSERT INTO article_versions (article, number, source_sha256, created_at, source, body, \
     request) VALUES ($1, (SELECT coalesce(max(number), 0) + 1 FROM article_versions \
     WHERE article = $1), $2, $3, $4, $5, $6) \
     ON CONFLICT (article, source_sha256) DO UPDATE SET superseded_at = NULL, \
     source = excluded.source, body = excluded.body, request = excluded.request \
     RETURNING number",
);

pub(in crate::store) const SUPERSEDE_VERSIONS: Statement = both(
    "UPDATE article_versions SET superseded_at = $3 \
     WHERE article = $1 AND number <> $2 AND superseded_at IS NULL",
);

pub(in crate::store) const VERSION: Statement =
    both(concat!(version!(), "WHERE article = $1 AND number = $2"));

pub(in crate::store) const VERSIONS: Statement = both(
    "SELECT number, source_sha256, created_at, superseded_at, \
     CAST(CASE WHEN source IS NULL THEN 0 ELSE 1 END AS BIGINT) AS kept \
     FROM article_versions WHERE article = $1 ORDER BY number",
);

pub(in crate::store) const INSERT_MERGE: Statement = both(
    "INSERT INTO article_merges (job, article) \
     SELECT CAST($1 AS BIGINT), seq FROM named_articles WHERE external_id = $2 \
     ON CONFLICT DO NOTHING",
);

/// Nobody removes it meanwhile.
pub(in crate::store) const HOLD_JOB: Statement = Statement {
    sqlite: "SELECT seq FROM jobs WHERE seq = $1",
    postgres: "SELECT seq FROM jobs WHERE seq = $1 FOR KEY SHARE",
};

pub(in crate::store) const END_MERGE: Statement = both(
    "UPDATE article_merges SET merged_at = $2, changes = $3 \
     WHERE job = $1 AND merged_at IS NULL",
);

pub(in crate::store) const MERGE: Statement =
    both("SELECT merged_at, changes FROM article_merges WHERE job = $1");

/// Jobs whose digests are to be merged, oldest first.
pub(in crate::store) const PENDING_MERGES: Statement = both(
    "SELECT jobs.id FROM article_merges JOIN jobs ON jobs.seq = article_merges.job \
     WHERE article_merges.merged_at IS NULL \
     AND (CAST($1 AS BIGINT) IS NULL OR article_merges.article = $1) \
     ORDER BY article_merges.job LIMIT $2",
);

pub(in crate::store) const INSERT_STEP: Statement = both(
    "INSERT INTO article_ledger (article, at, by_hand, api_key, by_session, step, item, \
     revision, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);

/// A key is never deleted, so its name is found as long as the step is kept.
pub(in crate::store) const LEDGER: Statement = both(
    "SELECT article_ledger.seq, article_ledger.at, article_ledger.by_hand, \
     article_ledger.api_key, api_keys.name, article_ledger.by_session, article_ledger.step, \
     article_ledger.item, article_ledger.revision, article_ledger.detail \
     FROM article_ledger LEFT JOIN api_keys ON api_keys.id = article_ledger.api_key \
     WHERE article_ledger.article = $1 AND article_ledger.seq > $2 \
     ORDER BY article_ledger.seq LIMIT $3",
);

// Removal.

pub(in crate::store) const DELETE_NAMED: Statement =
    both("DELETE FROM named_articles WHERE external_id = $1");

/// In one order, whoever asks.
pub(in crate::store) const LOCK_JOBS_OF: Statement = Statement {
    sqlite: "SELECT seq FROM jobs WHERE external_id = $1",
    postgres: "SELECT seq FROM jobs WHERE external_id = $1 ORDER BY seq FOR UPDATE",
};

pub(in crate::store) const DELETE_JOBS_OF: Statement =
    both("DELETE FROM jobs WHERE external_id = $1 RETURNING id, content_key");

pub(in crate::store) const DELETE_KEYS_OF: Statement =
    both("DELETE FROM idempotency_keys WHERE job = $1");

/// Every statement above.
pub(in crate::store) const ALL: &[&Statement] = &[
    &NAME,
    &NAMED,
    &NAMED_BY_EXTERNAL_ID,
    &LOCK_NAMED,
    &UPDATE_NAMED,
    &LIST,
    &LIST_BY_EXTERNAL_ID,
    &LIST_BY_STATE,
    &INSERT_VERSION,
    &SUPERSEDE_VERSIONS,
    &VERSION,
    &VERSIONS,
    &INSERT_MERGE,
    &HOLD_JOB,
    &END_MERGE,
    &MERGE,
    &PENDING_MERGES,
    &INSERT_STEP,
    &LEDGER,
    &DELETE_NAMED,
    &LOCK_JOBS_OF,
    &DELETE_JOBS_OF,
    &DELETE_KEYS_OF,
];
