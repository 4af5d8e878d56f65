//! SQLite and PostgreSQL behind one face: connections, transactions, rows. Knows
//! no job. One SQL text serves both where it can; where the dialects part, a
//! [`Statement`] has two, and both are listed in `statements`.

use std::future::Future;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{
    Decode, Executor as _, Postgres, Row as _, SqlSafeStr as _, Sqlite, SqliteConnection, Type,
};

use tokio::sync::{Mutex, MutexGuard};

use super::clock::Clock;
use super::error::StoreError;
use super::job::Millis;
use super::statements::{self, Statement};

/// A statement that takes longer is given up: who waits for it has given up too.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// An open database.
#[derive(Debug)]
pub(super) enum Database {
    /// A file.
    Sqlite {
        /// The one connection that writes: a second would only wait for it.
        writer: SqlitePool,
        /// How its last transaction was committed; held by the one under way.
        durability: Mutex<Durability>,
        /// Connections that read while one writes.
        readers: SqlitePool,
        clock: Clock,
    },
    /// A server.
    Postgres(PgPool),
}

/// What a loss of power may undo. What a caller was told may not be undone. What
/// only workers were told may: the work is done again, and stored once. The end
/// of a job lies between: on SQLite its worker loses power with the file; on
/// PostgreSQL it does not, and goes on to tell of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// On the disk when the commit returns.
    Full,
    /// On the disk where others may know of it.
    End,
    /// In the system's memory: outlives the process, not the power.
    Relaxed,
}

/// A transaction that may write; rolled back when dropped.
pub(super) enum Transaction<'a> {
    Sqlite {
        transaction: SqliteTransaction,
        clock: &'a Clock,
        /// Dropped last: the next transaction begins when this one has ended.
        _turn: MutexGuard<'a, Durability>,
    },
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Integer(Option<i64>),
    Text(Option<&'a str>),
    Bytes(&'a [u8]),
    /// No bytes: PostgreSQL wants to know of what type they are not.
    NoBytes,
}

/// A row of an answer.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Database {
    /// Begins a transaction that may write.
    pub(super) async fn begin(&self, wanted: Durability) -> Result<Transaction<'_>, StoreError> {
        match self {
            Self::Sqlite {
                writer,
                durability,
                clock,
                ..
            } => {
                let wanted = wanted.on_sqlite();
                let mut turn = durability.lock().await;
                if *turn != wanted {
                    in_time(sqlx::query(wanted.pragma()).execute(writer)).await?;
                    *turn = wanted;
                }
                let transaction = SqliteTransaction::begin(writer).await?;
                Ok(Transaction::Sqlite {
                    transaction,
                    clock,
                    _turn: turn,
                })
            }
            Self::Postgres(pool) => {
                let begun = pool.begin_with(wanted.begin());
                Ok(Transaction::Postgres(in_time(begun).await?))
            }
        }
    }

    /// Reads outside a transaction.
    pub(super) async fn rows(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite { readers, .. } => {
                let rows = sqlite(statement, values).fetch_all(readers);
                Ok(in_time(rows).await?.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pool) => {
                let rows = postgres(statement, values).fetch_all(pool);
                Ok(in_time(rows)
                    .await?
                    .into_iter()
                    .map(Row::Postgres)
                    .collect())
            }
        }
    }

    /// Prepares every statement.
    pub(super) async fn check_statements(&self) -> Result<(), StoreError> {
        let more = [
            statements::articles::ALL,
            statements::batches::ALL,
            statements::sweep::ALL,
        ]
        .concat();
        for statement in statements::ALL.iter().chain(&more) {
            let prepared = match self {
                Self::Sqlite { writer, .. } => {
                    let text = statement.sqlite.into_sql_str();
                    writer.prepare(text).await.map(drop)
                }
                Self::Postgres(pool) => {
                    let text = statement.postgres.into_sql_str();
                    pool.prepare(text).await.map(drop)
                }
            };
            prepared
                .map_err(|error| StoreError::Failed(format!("{error} in: {}", statement.sqlite)))?;
        }
        Ok(())
    }

    /// Closes all connections; what is in use is waited for.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite {
                writer, readers, ..
            } => {
                readers.close().await;
                // Last: closing it folds the write-ahead log into the file.
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction<'_> {
    /// The store's time.
    pub(super) async fn now(&mut self) -> Result<Millis, StoreError> {
        let proposed = match self {
            Self::Sqlite { clock, .. } => clock.read(),
            Self::Postgres(_) => 0,
        };
        let values: &[Value<'_>] = match self {
            Self::Sqlite { .. } => &[proposed.into()],
            Self::Postgres(_) => &[],
        };
        let rows = self.rows(&statements::NOW, values).await?;
        let row = rows.first().ok_or_else(|| failed("no time"))?;
        let now = row.get("at")?;
        if let Self::Sqlite { clock, .. } = self {
            clock.settle(now);
        }
        Ok(now)
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite { transaction, .. } => {
                let done = sqlite(statement, values).execute(transaction.connection());
                Ok(in_time(done).await?.rows_affected())
            }
            Self::Postgres(transaction) => {
                let done = postgres(statement, values).execute(&mut **transaction);
                Ok(in_time(done).await?.rows_affected())
            }
        }
    }

    /// Runs a statement that answers rows.
    pub(super) async fn rows(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite { transaction, .. } => {
                let rows = sqlite(statement, values).fetch_all(transaction.connection());
                Ok(in_time(rows).await?.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(transaction) => {
                let rows = postgres(statement, values).fetch_all(&mut **transaction);
                Ok(in_time(rows)
                    .await?
                    .into_iter()
                    .map(Row::Postgres)
                    .collect())
            }
        }
    }

    /// Makes it last. An error leaves open whether it does.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite {
                transaction, _turn, ..
            } => transaction.end("COMMIT").await,
            Self::Postgres(transaction) => in_time(transaction.commit()).await,
        }
    }

    /// Undoes it, and has given up its locks when it returns; after a drop they
    /// are held a little longer, and others pass the locked rows by.
    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite {
                transaction, _turn, ..
            } => transaction.end("ROLLBACK").await,
            Self::Postgres(transaction) => in_time(transaction.rollback()).await,
        }
    }

    /// Whether several changes go to the database in one statement: each one is
    /// a way to a server and back.
    pub(super) fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Has the commit wait for the disk after all.
    pub(super) async fn make_durable(&mut self) -> Result<(), StoreError> {
        if let Self::Postgres(transaction) = self {
            in_time(sqlx::query("SET LOCAL synchronous_commit = on").execute(&mut **transaction))
                .await?;
        }
        Ok(())
    }
}

/// A transaction on SQLite, begun and ended by hand: after some errors, such as
/// a full disk, SQLite has rolled it back already, and the driver's own would
/// count one level too many for ever.
pub(super) struct SqliteTransaction {
    connection: PoolConnection<Sqlite>,
    ended: bool,
}

impl SqliteTransaction {
    async fn begin(writer: &SqlitePool) -> Result<Self, StoreError> {
        let mut transaction = Self {
            connection: in_time(writer.acquire()).await?,
            ended: false,
        };
        // Immediate: one that reads first and writes later could find that
        // another process wrote in between, and start over.
        let begin = sqlx::query("BEGIN IMMEDIATE").execute(transaction.connection());
        in_time(begin).await?;
        Ok(transaction)
    }

    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    async fn end(mut self, how: &'static str) -> Result<(), StoreError> {
        in_time(sqlx::query(how).execute(self.connection())).await?;
        self.ended = true;
        Ok(())
    }
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        if !self.ended {
            // Closing it undoes whatever is left; the next one begins afresh.
            self.connection.close_on_drop();
        }
    }
}

impl Durability {
    /// Of the file there are two kinds of commit, and one process that it is for.
    fn on_sqlite(self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::End | Self::Relaxed => Self::Relaxed,
        }
    }

    fn begin(self) -> &'static str {
        match self {
            Self::Full | Self::End => "BEGIN",
            Self::Relaxed => "BEGIN; SET LOCAL synchronous_commit = off",
        }
    }

    fn pragma(self) -> &'static str {
        match self {
            Self::Full => "PRAGMA synchronous = FULL",
            Self::End | Self::Relaxed => "PRAGMA synchronous = NORMAL",
        }
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match tokio::time::timeout(STATEMENT_TIMEOUT, work).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(StoreError::Unavailable(format!(
            "no answer within {} seconds",
            STATEMENT_TIMEOUT.as_secs()
        ))),
    }
}

fn sqlite<'q>(
    statement: &Statement,
    values: &'q [Value<'q>],
) -> Query<'q, Sqlite, SqliteArguments> {
    let query = sqlx::query(statement.sqlite);
    values.iter().fold(query, |query, value| match *value {
        Value::Integer(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
        Value::NoBytes => query.bind(None::<&[u8]>),
    })
}

fn postgres<'q>(
    statement: &Statement,
    values: &'q [Value<'q>],
) -> Query<'q, Postgres, PgArguments> {
    let query = sqlx::query(statement.postgres);
    values.iter().fold(query, |query, value| match *value {
        Value::Integer(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
        Value::NoBytes => query.bind(None::<&[u8]>),
    })
}

impl Row {
    /// The value of a column.
    pub(super) fn get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite>,
        T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}

/// A row that is not as it has to be.
pub(super) fn failed(what: &str) -> StoreError {
    StoreError::Failed(format!("{what} in an answer of the database"))
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(value))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Some(value))
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(value: &'a Option<String>) -> Self {
        Self::Text(value.as_deref())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}
