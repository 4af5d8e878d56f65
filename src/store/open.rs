//! From a URL to an open database: which one it is, how it is set up, and what
//! is told when that fails. A password in the URL is never part of what is told.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, SqlitePool};

use tokio::sync::Mutex;

use super::clock::Clock;
use super::database::{Database, Durability};
use super::error::StoreError;

/// Connections that read a SQLite file at once.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL, one of them for its signals.
const POSTGRES_CONNECTIONS: u32 = 10;
/// Rest after which a connection is looked at before it is used.
const RESTED: Duration = Duration::from_secs(1);
/// What another process may take to finish its transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What a caller waits for a connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// `SQLITE_BUSY`.
const SQLITE_BUSY: u32 = 5;
/// How often a SQLite file that is busy is opened.
const TRIES: usize = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Opens the database that the URL names.
pub(super) async fn open(url: &str) -> Result<Database, StoreError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => sqlite(url).await,
        Some("postgres" | "postgresql") => postgres(url).await,
        _ => Err(StoreError::UnknownDatabase),
    }
}

/// The URL of a SQLite file.
#[must_use]
pub fn sqlite_url(file: &Path) -> String {
    // The driver decodes these; the others stand for themselves.
    let path = file.to_string_lossy();
    let path = path.replace('%', "%25").replace('?', "%3F");
    format!("sqlite://{}", path.replace('#', "%23"))
}

async fn sqlite(url: &str) -> Result<Database, StoreError> {
    let refused = |error: sqlx::Error| StoreError::Open {
        name: url.to_owned(),
        reason: error.to_string(),
    };
    let options = SqliteConnectOptions::from_str(url).map_err(refused)?;
    if let Some(folder) = folder(&options) {
        create_private(&folder).map_err(|error| refused(error.into()))?;
    }
    let options = options
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An accepted article outlives a loss of power, not only of the process;
        // `database` relaxes it where nothing was promised.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        // What was deleted is overwritten. Not FAST, which leaves whole pages as they
        // were: an article is longer than a page. It costs a write for each.
        .pragma("secure_delete", "on")
        .disable_statement_logging();
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
    };
    let writer = connect(pool(1), &options).await;
    Ok(Database::Sqlite {
        writer: writer.map_err(refused)?,
        // Lazily: only the writer may find that there are no tables yet.
        readers: pool(SQLITE_READERS).connect_lazy_with(options.pragma("query_only", "on")),
        durability: Mutex::new(Durability::Full),
        clock: Clock::start(),
    })
}

/// Putting a new file into WAL mode takes a lock that SQLite does not wait for,
/// whatever the busy timeout: another process may be at it.
async fn connect(
    pool: SqlitePoolOptions,
    options: &SqliteConnectOptions,
) -> Result<SqlitePool, sqlx::Error> {
    let mut tries = 1;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if tries < TRIES && is_busy(&error) => tries += 1,
            outcome => return outcome,
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}

/// `SQLITE_BUSY` and its extended codes, which share the lowest byte.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

fn folder(options: &SqliteConnectOptions) -> Option<PathBuf> {
    let folder = options.get_filename().parent()?;
    (!folder.as_os_str().is_empty()).then(|| folder.to_owned())
}

/// Creates a folder that only its owner may enter: articles lie in it.
fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

async fn postgres(url: &str) -> Result<Database, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Open {
        name: "named by store.database_url".to_owned(),
        reason: "it is no valid URL".to_owned(),
    })?;
    let name = format!(
        "{} at {}:{}",
        options.get_database().unwrap_or("(default)"),
        options.get_host(),
        options.get_port()
    );
    let options = options
        .application_name("afterword")
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A look at a connection that was in use a moment ago costs a way to the
        // server and back; one that has rested may be dead.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for < RESTED {
                    return Ok(true);
                }
                connection.ping().await.map(|()| true)
            })
        })
        .connect_with(options);
    let pool = pool.await.map_err(|error| StoreError::Open {
        name,
        reason: error.to_string(),
    })?;
    Ok(Database::Postgres(pool))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_survives_the_url() {
        for path in ["/a/b.db", "/a b/c?d#e%20.db", "relative.db"] {
            let options = SqliteConnectOptions::from_str(&sqlite_url(Path::new(path))).unwrap();
            assert_eq!(options.get_filename(), Path::new(path));
        }
    }

    #[tokio::test]
    async fn what_is_deleted_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let url = sqlite_url(&folder.path().join("afterword.db"));
        let Database::Sqlite { writer, .. } = open(&url).await.unwrap() else {
            panic!("not SQLite");
        };
        let set = sqlx::query_scalar::<_, i64>("PRAGMA secure_delete");
        assert_eq!(set.fetch_one(&writer).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn passwords_are_not_told() {
        let urls = [
            "postgres://user:hunter2@127.0.0.1:1/none",
            "postgres://user:hunter2@[bad",
            "mysql://user:hunter2@host/none",
        ];
        for url in urls {
            let error = open(url).await.unwrap_err();
            assert!(
                !format!("{error} {error:?}").contains("hunter2"),
                "{error:?}"
            );
        }
    }
}
