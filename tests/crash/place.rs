//! Where the store lies: a folder, or a schema, gone at the end.

use afterword::store::{Store, sqlite_url};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    _folder: Option<TempDir>,
    schema: Option<(String, String)>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            name: "SQLite",
            url: sqlite_url(&folder.path().join("afterword.db")),
            _folder: Some(folder),
            schema: None,
        }
    }

    pub(crate) async fn postgres(server: String) -> Self {
        let name = format!("afterword_crash_{}", uuid::Uuid::now_v7().simple());
        run(&server, format!("CREATE SCHEMA {name}")).await;
        let sign = if server.contains('?') { '&' } else { '?' };
        Self {
            name: "PostgreSQL",
            url: format!("{server}{sign}options[search_path]={name}"),
            _folder: None,
            schema: Some((server, name)),
        }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url, super::RETENTION).await.unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((server, name)) = self.schema.take() else {
            return;
        };
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(run(&server, format!("DROP SCHEMA {name} CASCADE")));
        });
        assert!(dropped.join().is_ok() || std::thread::panicking());
    }
}

async fn run(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}
