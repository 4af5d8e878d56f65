//! A fresh, empty place for a store: a folder for SQLite, a schema for
//! PostgreSQL, gone when the test is.

use std::io::Write;
use std::time::Duration;

use afterword::store::{Lane, Order, Retention, Store, Submission, sqlite_url};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

/// Names a PostgreSQL server on which schemas may be made and dropped.
const SERVER: &str = "AFTERWORD_TEST_POSTGRES";

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const RETENTION: Retention = Retention {
    finished: HOUR,
    articles: Duration::ZERO,
    idempotency_keys: HOUR,
    deliveries: HOUR,
    audit: HOUR,
    named_articles: HOUR,
    current_texts: HOUR,
};

/// Which database a test runs against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Where a store may be opened, again and again.
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    guard: Guard,
}

enum Guard {
    Folder(#[expect(dead_code, reason = "held for its drop")] TempDir),
    Schema { server: String, name: String },
}

impl Place {
    /// `None`, and a line that no test runner hides, when there is no server.
    pub(crate) async fn new(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = sqlite_url(&folder.path().join("new/afterword.db"));
                let guard = Guard::Folder(folder);
                Some(Self { kind, url, guard })
            }
            Kind::Postgres => match std::env::var(SERVER) {
                Ok(server) => Some(Self::schema(server).await),
                Err(_) => {
                    // Past the capture of the test runner.
                    let line = format!("\nSKIPPED without a database: {SERVER} is not set\n");
                    std::io::stderr().write_all(line.as_bytes()).unwrap();
                    None
                }
            },
        }
    }

    async fn schema(server: String) -> Self {
        let name = format!("afterword_test_{}", uuid::Uuid::now_v7().simple());
        run(&server, format!("CREATE SCHEMA {name}")).await;
        let sign = if server.contains('?') { '&' } else { '?' };
        Self {
            kind: Kind::Postgres,
            url: format!("{server}{sign}options[search_path]={name}"),
            guard: Guard::Schema { server, name },
        }
    }

    pub(crate) async fn open(&self) -> Store {
        self.open_with(RETENTION).await
    }

    pub(crate) async fn open_with(&self, retention: Retention) -> Store {
        Store::open(&self.url, retention).await.unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Guard::Schema { server, name } = &self.guard else {
            return;
        };
        let (server, drop) = (server.clone(), format!("DROP SCHEMA {name} CASCADE"));
        // The test's own runtime may be the one that is blocked in here.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(drop_schema(&server, drop));
        });
        let dropped = dropped.join();
        assert!(dropped.is_ok() || std::thread::panicking());
    }
}

/// Workers that a test has left behind may read a table while it is dropped: PostgreSQL
/// then ends one of the two, which may be us.
async fn drop_schema(server: &str, sql: String) {
    for _ in 0..10 {
        if try_run(server, sql.clone()).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    run(server, sql).await;
}

/// Runs one statement of ours on a connection of its own.
pub(crate) async fn run(server: &str, sql: String) {
    try_run(server, sql).await.unwrap();
}

async fn try_run(server: &str, sql: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(server).await?;
    connection.execute(AssertSqlSafe(sql)).await?;
    connection.close().await
}

/// A submission whose content is named.
pub(crate) fn submission(content: &str) -> Submission {
    Submission {
        lane: Lane::Draft,
        content_key: content.to_owned(),
        pipeline_version: "1".to_owned(),
        external_id: None,
        url: None,
        callback: None,
        order: Order {
            body: content.as_bytes().to_vec(),
            request: format!("request of {content}"),
        },
        max_failures: 3,
        lane_limit: 10_000,
        idempotency: None,
        owner: None,
        request_id: None,
    }
}
