//! The tables, compiled in. Opening the store brings them up to date.

use std::time::Duration;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::database::Database;
use super::error::StoreError;

/// Versions, names and texts; what was released is never edited.
const SQLITE: &[(i64, &str, &str)] = &[
    (
        1,
        "jobs",
        include_str!("../../migrations/sqlite/0001_jobs.sql"),
    ),
    (
        2,
        "callbacks",
        include_str!("../../migrations/sqlite/0002_callbacks.sql"),
    ),
    (
        5,
        "access",
        include_str!("../../migrations/sqlite/0005_access.sql"),
    ),
    (
        6,
        "articles",
        include_str!("../../migrations/sqlite/0006_articles.sql"),
    ),
    (
        8,
        "batches",
        include_str!("../../migrations/sqlite/0008_batches.sql"),
    ),
    (
        9,
        "operate",
        include_str!("../../migrations/sqlite/0009_operate.sql"),
    ),
    (
        10,
        "progress",
        include_str!("../../migrations/sqlite/0010_progress.sql"),
    ),
    (
        11,
        "batch_requests",
        include_str!("../../migrations/sqlite/0011_batch_requests.sql"),
    ),
];
const POSTGRES: &[(i64, &str, &str)] = &[
    (
        1,
        "jobs",
        include_str!("../../migrations/postgres/0001_jobs.sql"),
    ),
    (
        2,
        "callbacks",
        include_str!("../../migrations/postgres/0002_callbacks.sql"),
    ),
    (
        5,
        "access",
        include_str!("../../migrations/postgres/0005_access.sql"),
    ),
    (
        6,
        "articles",
        include_str!("../../migrations/postgres/0006_articles.sql"),
    ),
    (
        8,
        "batches",
        include_str!("../../migrations/postgres/0008_batches.sql"),
    ),
    (
        9,
        "operate",
        include_str!("../../migrations/postgres/0009_operate.sql"),
    ),
    (
        10,
        "progress",
        include_str!("../../migrations/postgres/0010_progress.sql"),
    ),
    (
        11,
        "batch_requests",
        include_str!("../../migrations/postgres/0011_batch_requests.sql"),
    ),
];

/// SQLite has no lock for migrations: of two processes that open a new file at
/// once, one may find it locked or half-made, and looks again.
const TRIES: usize = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// Brings the tables up to date.
pub(super) async fn run(database: &Database) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        let outcome = match database {
            Database::Sqlite { writer, .. } => migrator(SQLITE).run(writer).await,
            Database::Postgres(pool) => migrator(POSTGRES).run(pool).await,
        };
        match outcome {
            Ok(()) => return Ok(()),
            Err(error) if tries == TRIES => {
                return Err(StoreError::Migration(error.to_string()));
            }
            Err(_) => tries += 1,
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}

fn migrator(list: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = list.iter().map(|&(version, name, text)| {
        let kind = MigrationType::Simple;
        Migration::new(version, name.into(), kind, text.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_migrations() {
        let names = |list: &[(i64, &'static str, &'static str)]| {
            list.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>()
        };
        assert_eq!(names(SQLITE), names(POSTGRES));
        let in_order = SQLITE.windows(2).all(|pair| pair[0].0 < pair[1].0);
        assert!(in_order);
    }
}
