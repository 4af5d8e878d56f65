//! Who removes, all at once: articles are deleted, digests merged and what is old swept,
//! each by several, over the same rows. On PostgreSQL nobody may be left waiting in a
//! circle, of which the server ends one with an error.

use std::sync::Arc;
use std::time::Duration;

use afterword::store::{Batch, BatchState, Job, Merge, NewBatch, NewItem, Retention, Store};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::super::stored::on_both;
use super::articles::{change, version};
use super::fixture::{HOUR, Kind, Place, RETENTION, submission};
use super::{NOW, complete};

on_both![nobody_who_removes_waits_in_a_circle];

/// As often as it takes for a wrong order to show.
const ROUNDS: usize = 40;
/// In milliseconds, about as long as one of them takes.
const STEPS: usize = 20;
const NAMES: [&str; 4] = ["post-0", "post-1", "post-2", "post-3"];
/// The content of each name in each batch: two articles have the same two digests in
/// another order.
const BATCHES: [[&str; 4]; 3] = [
    ["a", "b", "c", "d"],
    ["d", "c", "b", "a"],
    ["b", "a", "d", "c"],
];

fn item(line: i64, name: &str, content: &str) -> NewItem {
    NewItem {
        line,
        custom_id: name.to_owned(),
        title: None,
        url: None,
        order: Ok(submission(content).order),
    }
}

/// A batch of all names, those of an odd number backwards.
async fn batch(store: &Store, number: usize) -> (Batch, Vec<NewItem>) {
    let mut items: Vec<(&str, &str)> = NAMES.into_iter().zip(BATCHES[number]).collect();
    if number % 2 == 1 {
        items.reverse();
    }
    let items = items.iter().zip(1..);
    let items: Vec<NewItem> = items
        .map(|((name, content), line)| item(line, name, content))
        .collect();
    let new = NewBatch {
        api_key: None,
        callback: None,
        request_id: None,
        lifetime: HOUR.as_millis().try_into().unwrap(),
    };
    let batch = store.begin_batch(&new).await.unwrap();
    store.add_items(&batch, &items).await.unwrap();
    let batch = store.start_batch(&batch.id).await.unwrap().unwrap();
    (batch, items)
}

/// Batches whose jobs are done and whose digests are to be merged.
async fn done(store: &Store) -> Vec<Job> {
    let mut batches = Vec::new();
    for number in 0..BATCHES.len() {
        batches.push(batch(store, number).await);
    }
    // The last first, so that no table has them in the order of their numbers.
    for (batch, items) in batches.iter().rev() {
        for item in items {
            let content = String::from_utf8(item.order.as_ref().unwrap().body.clone()).unwrap();
            let mut job = submission(&content);
            job.external_id = Some(item.custom_id.clone());
            store.submit_item(batch, item.line, &job).await.unwrap();
        }
        while let Some(claim) = store.claim("w", HOUR).await.unwrap() {
            complete(store, &claim, "digest").await;
        }
        store.settle_items(batch).await.unwrap();
    }
    for (batch, _) in &batches {
        let from = [BatchState::InProgress];
        let to = BatchState::Completed;
        let changed = store.change_batch(&batch.id, &from, to, None).await;
        assert!(changed.unwrap());
    }
    let mut jobs = Vec::new();
    for id in store.pending_merges(None, 100).await.unwrap() {
        jobs.push(store.job(&id).await.unwrap().unwrap());
    }
    jobs
}

/// Merges the digests of these jobs, as far as their articles are still there.
async fn merge(store: Arc<Store>, jobs: Vec<Job>) {
    for job in jobs {
        let name = job.external_id.as_deref().unwrap();
        let Some(read) = store.article_named(name).await.unwrap() else {
            continue;
        };
        let merge = Merge {
            job: job.seq,
            changes: "changes".to_owned(),
            change: Some(change(read, &job.id)),
            version: Some(version(&job.id)),
        };
        store.merge(&merge).await.unwrap();
    }
}

async fn nobody_who_removes_waits_in_a_circle(place: Place) {
    let old = Retention {
        finished: NOW,
        idempotency_keys: NOW,
        deliveries: NOW,
        named_articles: NOW,
        current_texts: NOW,
        ..RETENTION
    };
    let store = place.open().await;
    // As two processes would be.
    let others = [place.open_with(old).await, place.open_with(old).await].map(Arc::new);
    for round in 0..ROUNDS {
        let jobs = done(&store).await;
        assert_eq!(jobs.len(), NAMES.len() * BATCHES.len());
        let mut all = JoinSet::new();
        for (at, name) in NAMES.into_iter().enumerate() {
            let store = others[at % 2].clone();
            // Each round meets the others at another step of theirs.
            let pause = Duration::from_millis(((3 * round + 2 * at) % STEPS) as u64);
            all.spawn(async move {
                sleep(pause).await;
                store.delete_article(name).await.map(drop).unwrap();
            });
        }
        for store in &others {
            let sweeps = store.clone();
            all.spawn(async move { sweeps.sweep().await.map(drop).unwrap() });
            all.spawn(merge(store.clone(), jobs.clone()));
        }
        // A failure of any is one of this test.
        all.join_all().await;
        let left = store.pending_merges(None, 100).await.unwrap();
        assert_eq!(left, Vec::<String>::new());
    }
}
