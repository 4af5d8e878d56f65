//! What the store keeps of articles over their versions, on both databases.

use std::time::Duration;

use afterword::store::{
    ArticleChange, ArticleFilter, ArticleState, Changed, Hand, Job, Merge, NamedArticle, NewStep,
    NewVersion, Order, Retention, Source, Store, Submission,
};

use super::super::stored::on_both;
use super::fixture::{HOUR, Kind, Place, RETENTION, submission};
use super::{accept, claim, complete};

on_both![
    a_name_makes_one_article,
    a_merge_is_owed_until_it_is_done_once,
    what_is_known_is_merged_too,
    who_read_another_revision_changes_nothing,
    texts_are_numbered_and_dropped,
    articles_are_listed_and_found,
    deletion_leaves_nothing,
    old_articles_go,
];

fn named(content: &str, external_id: &str) -> Submission {
    Submission {
        external_id: Some(external_id.to_owned()),
        url: Some(format!("https://example.org/{external_id}")),
        ..submission(content)
    }
}

async fn done(store: &Store, content: &str, external_id: &str) -> Job {
    let job = accept(store, &named(content, external_id)).await;
    let claim = claim(store).await;
    complete(store, &claim, "digest").await;
    store.job(&job.id).await.unwrap().unwrap()
}

async fn article(store: &Store, external_id: &str) -> NamedArticle {
    store.article_named(external_id).await.unwrap().unwrap()
}

fn step(step: &str) -> NewStep {
    NewStep {
        hand: Hand::Machine,
        step: step.to_owned(),
        item: None,
        detail: "{}".to_owned(),
    }
}

pub(super) fn change(read: NamedArticle, content: &str) -> ArticleChange {
    ArticleChange {
        read,
        content: content.to_owned(),
        state: ArticleState::Draft,
        title: Some(format!("About {content}")),
        steps: vec![step("changed")],
    }
}

pub(super) fn version(text: &str) -> NewVersion {
    NewVersion {
        source_sha256: format!("hash of {text}"),
        source: Source {
            text: text.to_owned(),
            order: Order {
                body: vec![0, 255],
                request: "request".to_owned(),
            },
        },
    }
}

async fn merge(store: &Store, job: &Job, text: &str) -> Changed {
    let read = article(store, job.external_id.as_deref().unwrap()).await;
    let merge = Merge {
        job: job.seq,
        changes: format!("changes of {text}"),
        change: Some(change(read, text)),
        version: Some(version(text)),
    };
    store.merge(&merge).await.unwrap()
}

#[track_caller]
fn applied(changed: Changed) -> NamedArticle {
    match changed {
        Changed::Applied(article) => *article,
        other => panic!("{other:?}"),
    }
}

async fn a_name_makes_one_article(place: Place) {
    let store = place.open().await;
    accept(&store, &named("a", "post-1")).await;
    accept(&store, &named("b", "post-1")).await;
    accept(&store, &submission("c")).await;
    let found = store.articles(&ArticleFilter::default(), 10).await.unwrap();
    assert_eq!(found.len(), 1);
    let article = &found[0];
    assert_eq!((article.revision, article.version), (0, 0));
    assert_eq!(
        store.article(&article.id).await.unwrap().as_ref(),
        Some(article)
    );
    let steps = store.ledger(article, 0, 10).await.unwrap();
    let names: Vec<&str> = steps.iter().map(|it| it.new.step.as_str()).collect();
    assert_eq!(names, ["submitted", "submitted"]);
    assert_eq!(
        store.ledger(article, steps[0].seq, 10).await.unwrap().len(),
        1
    );
}

async fn a_merge_is_owed_until_it_is_done_once(place: Place) {
    let strict = Retention {
        finished: Duration::ZERO,
        ..RETENTION
    };
    let store = place.open_with(strict).await;
    let job = done(&store, "a", "post-1").await;
    // Never closed, as if it were killed.
    drop(store);
    let store = place.open_with(strict).await;
    assert_eq!(
        store.pending_merges(None, 10).await.unwrap(),
        [job.id.as_str()]
    );
    assert!(store.merge_status(&job).await.unwrap().unwrap().is_pending);
    // Neither the job nor its text goes before.
    let swept = store.sweep().await.unwrap();
    assert_eq!((swept.jobs, swept.articles), (0, 0));
    let order = store.order(&job).await.unwrap().unwrap();
    assert_eq!(order.body, b"a");
    let merged = applied(merge(&store, &job, "A").await);
    assert_eq!(
        (merged.revision, merged.version, merged.merged_job),
        (1, 1, job.seq)
    );
    assert_eq!(article(&store, "post-1").await, merged);
    assert_eq!(store.pending_merges(None, 10).await.unwrap(), [""; 0]);
    assert_eq!(store.order(&job).await.unwrap(), None);
    assert_eq!(merge(&store, &job, "again").await, Changed::Done);
    assert_eq!(article(&store, "post-1").await, merged);
    let status = store.merge_status(&job).await.unwrap().unwrap();
    assert_eq!(status.changes.as_deref(), Some("changes of A"));
    assert_eq!(store.sweep().await.unwrap().jobs, 1);
}

async fn what_is_known_is_merged_too(place: Place) {
    let store = place.open().await;
    done(&store, "a", "post-1").await;
    let known = accept(&store, &named("a", "post-2")).await;
    // Of two with one content the second shares the digest of the first.
    let first = accept(&store, &named("b", "post-3")).await;
    let second = accept(&store, &named("b", "post-4")).await;
    let held = claim(&store).await;
    complete(&store, &held, "digest").await;
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    for job in [known, first, second] {
        let job = store.job(&job.id).await.unwrap().unwrap();
        assert!(store.merge_status(&job).await.unwrap().unwrap().is_pending);
        assert!(store.order(&job).await.unwrap().is_some());
    }
    let unnamed = accept(&store, &submission("a")).await;
    assert_eq!(store.merge_status(&unnamed).await.unwrap(), None);
    assert_eq!(store.order(&unnamed).await.unwrap(), None);
}

async fn who_read_another_revision_changes_nothing(place: Place) {
    let store = place.open().await;
    let job = done(&store, "a", "post-1").await;
    let read = article(&store, "post-1").await;
    let first = applied(
        store
            .change_article(&change(read.clone(), "x"))
            .await
            .unwrap(),
    );
    assert_eq!((first.revision, first.content.as_str()), (1, "x"));
    let late = store
        .change_article(&change(read.clone(), "y"))
        .await
        .unwrap();
    assert_eq!(late, Changed::Outdated);
    let merge = Merge {
        job: job.seq,
        changes: String::new(),
        change: Some(change(read.clone(), "z")),
        version: None,
    };
    assert_eq!(store.merge(&merge).await.unwrap(), Changed::Outdated);
    assert!(store.merge_status(&job).await.unwrap().unwrap().is_pending);
    assert_eq!(article(&store, "post-1").await, first);
    // A merge without a word in the ledger is none that anybody has to know of.
    let quiet = Merge {
        change: Some(ArticleChange {
            steps: Vec::new(),
            ..change(first.clone(), "x")
        }),
        ..merge
    };
    let after = applied(store.merge(&quiet).await.unwrap());
    assert_eq!((after.revision, after.merged_job), (1, job.seq));
    assert_eq!(after.changed_at, first.changed_at);
    store.delete_article("post-1").await.unwrap();
    let gone = store.change_article(&change(after, "w")).await.unwrap();
    assert_eq!(gone, Changed::Missing);
}

async fn texts_are_numbered_and_dropped(place: Place) {
    let store = place.open().await;
    for (at, (text, number)) in [("A", 1), ("B", 2), ("A", 1), ("C", 3)]
        .into_iter()
        .enumerate()
    {
        let job = done(&store, &at.to_string(), "post-1").await;
        assert_eq!(applied(merge(&store, &job, text).await).version, number);
    }
    let read = article(&store, "post-1").await;
    let text = async |number| {
        let source = store.source(&read, number).await.unwrap();
        source.map(|it| it.map(|it| (it.text, it.order.body)))
    };
    assert_eq!(text(3).await, Some(Some(("C".to_owned(), vec![0, 255]))));
    assert_eq!(text(1).await.unwrap().unwrap().0, "A");
    assert_eq!(text(4).await, None);
    // Superseded texts go as the texts of jobs do, the current one later.
    assert_eq!(store.sweep().await.unwrap().texts, 2);
    assert_eq!((text(1).await, text(2).await), (Some(None), Some(None)));
    assert!(text(3).await.unwrap().is_some());
    let kept: Vec<bool> = store
        .versions(&read)
        .await
        .unwrap()
        .iter()
        .map(|it| it.is_kept)
        .collect();
    assert_eq!(kept, [false, false, true]);
    let strict = Retention {
        current_texts: Duration::ZERO,
        ..RETENTION
    };
    assert_eq!(
        place.open_with(strict).await.sweep().await.unwrap().texts,
        1
    );
    assert_eq!(text(3).await, Some(None));
}

async fn articles_are_listed_and_found(place: Place) {
    let store = place.open().await;
    for at in 0..6 {
        let job = done(&store, &at.to_string(), &format!("post-{at}")).await;
        merge(&store, &job, ["Harbour 100%", "Pool"][at % 2]).await;
    }
    let seen = async |filter: &ArticleFilter, limit| {
        let found = store.articles(filter, limit).await.unwrap();
        let names = found.iter().map(|it| it.external_id.replace("post-", ""));
        names.collect::<String>()
    };
    let all = ArticleFilter::default();
    assert_eq!(seen(&all, 10).await, "543210");
    let words = |words: &str| ArticleFilter {
        words: Some(words.to_owned()),
        ..ArticleFilter::default()
    };
    assert_eq!(seen(&words("HARBOUR"), 10).await, "420");
    assert_eq!(seen(&words("100%"), 10).await, "420");
    assert_eq!(seen(&words("1%0"), 10).await, "");
    assert_eq!(seen(&words("POST_3"), 10).await, "");
    assert_eq!(seen(&words("example.org/post-3"), 10).await, "3");
    let by_name = ArticleFilter {
        external_id: Some("post-2".to_owned()),
        ..all.clone()
    };
    assert_eq!(seen(&by_name, 10).await, "2");
    let by_url = ArticleFilter {
        url: Some("https://example.org/post-4".to_owned()),
        ..all.clone()
    };
    assert_eq!(seen(&by_url, 10).await, "4");
    // What is changed comes first.
    let approved = ArticleChange {
        state: ArticleState::Approved,
        ..change(article(&store, "post-1").await, "x")
    };
    applied(store.change_article(&approved).await.unwrap());
    assert_eq!(seen(&all, 10).await, "154320");
    let by_state = |state| ArticleFilter {
        state: Some(state),
        ..ArticleFilter::default()
    };
    assert_eq!(seen(&by_state(ArticleState::Approved), 10).await, "1");
    assert_eq!(seen(&by_state(ArticleState::Draft), 10).await, "54320");
    let mut pages = String::new();
    let mut page = all;
    loop {
        let found = store.articles(&page, 4).await.unwrap();
        let Some(last) = found.last() else { break };
        page.after = Some((last.changed_at, last.seq));
        pages.extend(found.iter().map(|it| it.external_id.replace("post-", "")));
    }
    assert_eq!(pages, "154320");
}

async fn deletion_leaves_nothing(place: Place) {
    let store = place.open().await;
    let job = done(&store, "a", "post-1").await;
    merge(&store, &job, "A").await;
    let open = accept(&store, &named("b", "post-1")).await;
    let held = claim(&store).await;
    let other = done(&store, "c", "post-2").await;
    let read = article(&store, "post-1").await;
    assert!(store.delete_article("post-1").await.unwrap());
    assert!(!store.delete_article("post-1").await.unwrap());
    assert_eq!(store.article_named("post-1").await.unwrap(), None);
    assert_eq!(store.job(&job.id).await.unwrap(), None);
    assert_eq!(store.job(&open.id).await.unwrap(), None);
    assert_eq!(store.result("a").await.unwrap(), None);
    assert_eq!(store.source(&read, 1).await.unwrap(), None);
    assert!(store.ledger(&read, 0, 10).await.unwrap().is_empty());
    // Who works on it is told, and others are not touched.
    let late = complete(&store, &held, "late").await;
    assert_eq!(late, afterword::store::Outcome::Missing);
    assert!(store.job(&other.id).await.unwrap().is_some());
    assert!(store.result("c").await.unwrap().is_some());
    // The name can be used again.
    accept(&store, &named("a", "post-1")).await;
    assert_ne!(article(&store, "post-1").await.id, read.id);
}

async fn old_articles_go(place: Place) {
    let store = place.open().await;
    done(&store, "a", "post-1").await;
    accept(&store, &named("b", "post-2")).await;
    let strict = Retention {
        named_articles: Duration::ZERO,
        ..RETENTION
    };
    let store = place.open_with(strict).await;
    // Not the one that a job is open for.
    assert_eq!(store.sweep().await.unwrap().named_articles, 1);
    assert_eq!(store.article_named("post-1").await.unwrap(), None);
    assert!(store.article_named("post-2").await.unwrap().is_some());
}
