//! What cannot be brought about from outside: a disk that is full.

use std::time::Duration;

use super::database::Database;
use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn submission(bytes: usize) -> Submission {
    Submission {
        lane: Lane::Draft,
        content_key: format!("content of {bytes}"),
        pipeline_version: "1".to_owned(),
        external_id: None,
        url: None,
        callback: None,
        order: Order {
            body: vec![b'x'; bytes],
            request: String::new(),
        },
        max_failures: 3,
        lane_limit: 100,
        idempotency: None,
        owner: None,
        request_id: None,
    }
}

async fn limit_pages(store: &Store, pages: &'static str) {
    let Database::Sqlite { writer, .. } = &store.database else {
        panic!("not SQLite");
    };
    sqlx::query(pages).execute(writer).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_told_and_got_over() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite_url(&folder.path().join("afterword.db"));
    let retention = Retention {
        finished: HOUR,
        articles: Duration::ZERO,
        idempotency_keys: HOUR,
        deliveries: HOUR,
        audit: HOUR,
        named_articles: HOUR,
        current_texts: HOUR,
    };
    let store = Store::open(&url, retention).await.unwrap();
    let before = store.submit(&submission(10)).await.unwrap();
    assert!(matches!(before, Submitted::Accepted(_)));
    limit_pages(&store, "PRAGMA max_page_count = 60").await;
    let refused = store.submit(&submission(1_000_000)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Full), "{refused:?}");
    assert!(refused.is_transient());
    // Nothing of it is left, and what was accepted before goes on.
    let listed = store.list(&Filter::default(), 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    let claim = store.claim("w", HOUR).await.unwrap().unwrap();
    assert_eq!(claim.order.body.len(), 10);
    // The limit went with the connection that met it.
    let accepted = store.submit(&submission(1_000_000)).await.unwrap();
    assert!(matches!(accepted, Submitted::Accepted(_)));
}
