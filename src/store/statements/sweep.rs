//! The statements that remove what was kept long enough. The rules are those of the
//! parent, and one more: on PostgreSQL who sweeps waits for nobody's row. A row that
//! somebody holds is passed by and found again the next time, so that no sweep can stand
//! in a circle with others who lock the same rows in an order of their own.

use super::{Statement, both};

/// Removes the rows of a table that a query finds by their key.
macro_rules! remove {
    ($table:literal, $key:literal, $found:literal) => {
        remove!($table, $key, $found, "")
    };
    ($table:literal, $key:literal, $found:literal, $answer:literal) => {
        Statement {
            sqlite: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $key,
                " IN (SELECT ",
                $table,
                ".",
                $key,
                " FROM ",
                $table,
                " ",
                $found,
                ")",
                $answer
            ),
            // An array: what is in it is looked for and locked once, whatever the plan.
            postgres: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $key,
                " = ANY (ARRAY(SELECT ",
                $table,
                ".",
                $key,
                " FROM ",
                $table,
                " ",
                $found,
                " FOR UPDATE OF ",
                $table,
                " SKIP LOCKED))",
                $answer
            ),
        }
    };
}

/// Locks the rows of a table that a query finds, and answers their numbers.
macro_rules! lock {
    ($table:literal, $found:literal) => {
        Statement {
            sqlite: concat!("SELECT seq FROM ", $table, " ", $found),
            postgres: concat!(
                "SELECT seq FROM ",
                $table,
                " ",
                $found,
                " FOR UPDATE SKIP LOCKED"
            ),
        }
    };
}

/// Drops the texts of versions that a query finds.
macro_rules! drop_texts {
    ($found:literal) => {
        Statement {
            sqlite: concat!(
                "UPDATE article_versions SET source = NULL, body = NULL, request = NULL \
                 WHERE (article, number) IN (SELECT article, number FROM article_versions ",
                $found,
                ")"
            ),
            postgres: concat!(
                "WITH old AS (SELECT article, number FROM article_versions ",
                $found,
                " FOR UPDATE SKIP LOCKED) \
                 UPDATE article_versions SET source = NULL, body = NULL, request = NULL \
                 FROM old WHERE article_versions.article = old.article \
                 AND article_versions.number = old.number"
            ),
        }
    };
}

pub(in crate::store) const ARTICLES: Statement = remove!(
    "articles",
    "job",
    "JOIN jobs ON jobs.seq = articles.job WHERE jobs.finished_at <= $1 \
     AND NOT EXISTS (SELECT 1 FROM article_merges WHERE article_merges.job = articles.job \
     AND article_merges.merged_at IS NULL) LIMIT $2"
);

pub(in crate::store) const KEYS: Statement = remove!(
    "idempotency_keys",
    "name",
    "WHERE created_at <= $1 ORDER BY created_at LIMIT $2"
);

/// What was taken or given up; what still has to be told stays.
pub(in crate::store) const DELIVERIES: Statement = remove!(
    "deliveries",
    "seq",
    "WHERE finished_at <= $1 ORDER BY finished_at LIMIT $2"
);

pub(in crate::store) const AUDIT: Statement =
    remove!("audit", "seq", "WHERE at <= $1 ORDER BY at LIMIT $2");

pub(in crate::store) const SESSIONS: Statement = remove!(
    "sessions",
    "id",
    "WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2"
);

/// What an older version of the program left behind, which does not know the table.
pub(in crate::store) const PROGRESS: Statement = remove!(
    "progress",
    "job",
    "JOIN jobs ON jobs.seq = progress.job WHERE jobs.lease_until IS NULL"
);

/// A job whose end somebody still has to be told of is kept, and so is one whose
/// digest is still to be merged.
pub(in crate::store) const JOBS: Statement = remove!(
    "jobs",
    "seq",
    "WHERE finished_at <= $1 \
     AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.job = jobs.seq \
     AND deliveries.finished_at IS NULL) AND NOT EXISTS (SELECT 1 FROM article_merges \
     WHERE article_merges.job = jobs.seq AND article_merges.merged_at IS NULL) \
     ORDER BY finished_at LIMIT $2",
    " RETURNING content_key"
);

/// A statement of its own: the deletion after it sees all that was committed before the
/// lock was had. Waits: nobody looks for a digest again that no job refers to.
pub(in crate::store) const LOCK_RESULT: Statement = Statement {
    sqlite: "SELECT job FROM results WHERE content_key = $1",
    postgres: "SELECT job FROM results WHERE content_key = $1 FOR UPDATE",
};

pub(in crate::store) const RESULT: Statement = both(
    "DELETE FROM results WHERE content_key = $1 \
     AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.content_key = $1)",
);

pub(in crate::store) const LOCK_BATCHES: Statement = lock!(
    "batches",
    "WHERE finished_at <= $1 ORDER BY finished_at LIMIT $2"
);

pub(in crate::store) const BATCH: Statement = both("DELETE FROM batches WHERE seq = $1");

/// Of versions that were superseded long enough ago.
pub(in crate::store) const TEXTS: Statement =
    drop_texts!("WHERE source IS NOT NULL AND superseded_at <= $1 ORDER BY superseded_at LIMIT $2");

/// Of current ones whose article was not changed for long enough.
pub(in crate::store) const CURRENT_TEXTS: Statement = drop_texts!(
    "WHERE source IS NOT NULL AND superseded_at IS NULL AND article IN \
     (SELECT seq FROM named_articles WHERE changed_at <= $1 ORDER BY changed_at LIMIT $2)"
);

/// Not one that a job is open for.
pub(in crate::store) const LOCK_NAMED: Statement = lock!(
    "named_articles",
    "WHERE changed_at <= $1 AND NOT EXISTS (SELECT 1 FROM jobs \
     WHERE jobs.external_id = named_articles.external_id AND jobs.finished_at IS NULL) \
     ORDER BY changed_at LIMIT $2"
);

/// Before their article: who removes it too holds them, and comes to the article last.
pub(in crate::store) const MERGES: Statement =
    remove!("article_merges", "job", "WHERE article = $1");

/// Not while somebody else is removing it.
pub(in crate::store) const NAMED: Statement = both(
    "DELETE FROM named_articles WHERE seq = $1 \
     AND NOT EXISTS (SELECT 1 FROM article_merges WHERE article = $1)",
);

/// Every statement above.
pub(in crate::store) const ALL: &[&Statement] = &[
    &ARTICLES,
    &KEYS,
    &DELIVERIES,
    &AUDIT,
    &SESSIONS,
    &PROGRESS,
    &JOBS,
    &LOCK_RESULT,
    &RESULT,
    &LOCK_BATCHES,
    &BATCH,
    &TEXTS,
    &CURRENT_TEXTS,
    &LOCK_NAMED,
    &MERGES,
    &NAMED,
];
