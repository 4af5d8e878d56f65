//! What the store keeps of batches, on both databases: what is handed in or called
//! off, and what is left when an article is removed.

use afterword::store::{Batch, BatchState, NewBatch, NewItem, Store, Submission};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::super::stored::on_both;
use super::fixture::{HOUR, Kind, Place, submission};
use super::{claim, complete};

on_both![
    a_removed_article_leaves_nothing_in_batches,
    what_was_removed_is_not_handed_in,
    an_item_is_handed_in_once,
    what_was_called_off_takes_nothing_more,
    a_batch_names_its_request,
    what_is_removed_is_not_in_the_file,
];

const TITLE: &str = "Of the harbour";

async fn begin(store: &Store, request_id: Option<&str>) -> Batch {
    let new = NewBatch {
        api_key: None,
        callback: None,
        request_id: request_id.map(str::to_owned),
        lifetime: HOUR.as_millis().try_into().unwrap(),
    };
    store.begin_batch(&new).await.unwrap()
}

fn item(line: i64, custom_id: &str) -> NewItem {
    NewItem {
        line,
        custom_id: custom_id.to_owned(),
        title: Some(TITLE.to_owned()),
        url: Some("https://example.org/harbour".to_owned()),
        order: Ok(submission(&format!("content of {custom_id}")).order),
    }
}

/// A batch of articles with these names, of which none is handed in.
async fn batch(store: &Store, names: &[&str]) -> Batch {
    let batch = begin(store, None).await;
    let items = names.iter().zip(1..).map(|(name, line)| item(line, name));
    let items: Vec<NewItem> = items.collect();
    store.add_items(&batch, &items).await.unwrap();
    store.start_batch(&batch.id).await.unwrap().unwrap()
}

fn job_of(name: &str) -> Submission {
    Submission {
        external_id: Some(name.to_owned()),
        ..submission(&format!("content of {name}"))
    }
}

/// Hands an item in; whether it waited.
async fn hand_in(store: &Store, batch: &Batch, line: i64, name: &str) -> bool {
    let submitted = store.submit_item(batch, line, &job_of(name)).await;
    submitted.unwrap().is_some()
}

/// How many items there are that this holds of, asked of the database itself.
async fn items_with(place: &Place, condition: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM batch_items WHERE {condition}");
    match place.kind {
        Kind::Sqlite => {
            let mut file = SqliteConnection::connect(&place.url).await.unwrap();
            let count = sqlx::query_scalar(AssertSqlSafe(sql));
            count.fetch_one(&mut file).await.unwrap()
        }
        Kind::Postgres => {
            let mut server = PgConnection::connect(&place.url).await.unwrap();
            let count = sqlx::query_scalar(AssertSqlSafe(sql));
            count.fetch_one(&mut server).await.unwrap()
        }
    }
}

/// What items hold of their articles.
const HELD: &str = "coalesce(title, url, request, content_key) IS NOT NULL OR body IS NOT NULL";

async fn a_removed_article_leaves_nothing_in_batches(place: Place) {
    let store = place.open().await;
    // One that is done, in work and waiting, each in a batch of its own, beside others.
    let done = batch(&store, &["post-1", "other-1"]).await;
    assert!(hand_in(&store, &done, 1, "post-1").await);
    complete(&store, &claim(&store).await, "digest").await;
    store.settle_items(&done).await.unwrap();
    let worked = batch(&store, &["other-2", "post-1"]).await;
    let newer = Submission {
        content_key: "newer".to_owned(),
        ..job_of("post-1")
    };
    store.submit_item(&worked, 2, &newer).await.unwrap();
    let waiting = batch(&store, &["post-1"]).await;
    let refused = NewItem {
        order: Err("bad_json: not read".to_owned()),
        ..item(1, "post-1")
    };
    let broken = begin(&store, None).await;
    store.add_items(&broken, &[refused]).await.unwrap();

    assert_eq!(store.named_items("post-1", 10).await.unwrap().len(), 4);
    assert!(store.delete_article("post-1").await.unwrap());
    let named = "custom_id = 'post-1'";
    let held = format!("{named} AND ({HELD})");
    assert_eq!(items_with(&place, &held).await, 0);
    let (lines, others) = (
        items_with(&place, named).await,
        items_with(&place, HELD).await,
    );
    assert_eq!(
        (lines, others),
        (4, 2),
        "lines are counted, others not touched"
    );
    for (batch, expected) in [
        (&done, [1, 1, 0, 0]),
        (&worked, [0, 1, 1, 0]),
        (&waiting, [0, 0, 1, 0]),
        (&broken, [0, 0, 0, 1]),
    ] {
        let counts = store.item_counts(batch).await.unwrap();
        let counts = [counts.done, counts.waiting, counts.cancelled, counts.failed];
        assert_eq!(counts, expected);
    }
    let left = store.named_items("post-1", 10).await.unwrap();
    let reasons: Vec<_> = left.iter().map(|it| it.item.reason.as_deref()).collect();
    let deleted = Some("article_deleted: its article was removed");
    let read = Some("bad_json: not read");
    assert_eq!(reasons, [read, deleted, deleted, deleted]);
    // There is nothing more to remove.
    assert!(!store.delete_article("post-1").await.unwrap());
}

async fn what_was_removed_is_not_handed_in(place: Place) {
    let store = place.open().await;
    let batch = batch(&store, &["post-1", "post-2"]).await;
    let waiting = store.waiting_items(&batch, 10).await.unwrap();
    assert_eq!(waiting.len(), 2);
    // Nothing but a batch knows of it, and that is enough to remove it.
    assert!(store.delete_article("post-1").await.unwrap());
    // Whoever has read it before comes too late.
    assert!(!hand_in(&store, &batch, 1, "post-1").await);
    assert!(hand_in(&store, &batch, 2, "post-2").await);
    assert_eq!(store.article_named("post-1").await.unwrap(), None);
    let held = claim(&store).await;
    assert_eq!(held.job.external_id.as_deref(), Some("post-2"));
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    assert!(store.waiting_items(&batch, 10).await.unwrap().is_empty());
}

async fn an_item_is_handed_in_once(place: Place) {
    let store = place.open().await;
    let batch = batch(&store, &["post-1"]).await;
    let other = place.open().await;
    let job = job_of("post-1");
    let (one, two) = tokio::join!(
        store.submit_item(&batch, 1, &job),
        other.submit_item(&batch, 1, &job)
    );
    let both = [one.unwrap().is_some(), two.unwrap().is_some()];
    assert!(both[0] != both[1], "{both:?}");
    claim(&store).await;
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    // One that there is no room for waits on.
    let full = Submission {
        lane_limit: 0,
        ..job_of("post-2")
    };
    let batch = self::batch(&store, &["post-2"]).await;
    store.submit_item(&batch, 1, &full).await.unwrap();
    assert_eq!(store.waiting_items(&batch, 10).await.unwrap().len(), 1);
}

async fn what_was_called_off_takes_nothing_more(place: Place) {
    let store = place.open().await;
    let batch = begin(&store, None).await;
    store.add_items(&batch, &[item(1, "a")]).await.unwrap();
    let from = [BatchState::Validating];
    let to = BatchState::Cancelling;
    let changed = store.change_batch(&batch.id, &from, to, None).await;
    assert!(changed.unwrap());
    store.add_items(&batch, &[item(2, "b")]).await.unwrap();
    let counts = store.item_counts(&batch).await.unwrap();
    assert_eq!((counts.waiting, counts.total()), (1, 1));
}

async fn a_batch_names_its_request(place: Place) {
    let store = place.open().await;
    for request in [Some("r-1"), None] {
        let begun = begin(&store, request).await;
        let read = store.batch(&begun.id).await.unwrap().unwrap();
        assert_eq!(read.request_id.as_deref(), request);
        assert_eq!(read, begun);
    }
}

/// On SQLite: what PostgreSQL has deleted stays on its disk until it is vacuumed.
async fn what_is_removed_is_not_in_the_file(place: Place) {
    if place.kind == Kind::Postgres {
        return;
    }
    let store = place.open().await;
    let batch = begin(&store, None).await;
    // Longer than a page, so that whole pages come free.
    let mut long = item(1, "post-1");
    let order = long.order.as_mut().unwrap();
    order.body = b"Quuxberg ".repeat(10_000);
    store.add_items(&batch, &[long]).await.unwrap();
    store.start_batch(&batch.id).await.unwrap();
    let mut newer = job_of("post-1");
    newer.order.body = b"Quuxberg ".repeat(20_000);
    store.submit(&newer).await.unwrap();
    assert!(store.delete_article("post-1").await.unwrap());
    // Folds the write-ahead log into the file.
    store.close().await;
    let file = std::fs::read(place.url.trim_start_matches("sqlite://")).unwrap();
    let left = file.windows(8).filter(|it| it == b"Quuxberg").count();
    assert_eq!(left, 0);
}
