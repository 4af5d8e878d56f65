//! A configuration that changes under a running service: on SIGHUP, by itself where a
//! file is watched, and not at all when it is refused.

use std::path::Path;

use serde_json::{Value, json};

use super::running::Service;

const TEXT: &str = "The council voted on Monday to repair the harbour bridge for 38 million dollars. \
    Mayor Anna Hill said the work would begin in March and take two years. The bridge was closed \
    to lorries in 2019 after inspectors found 14 cracks. The state pays half of the cost.";

/// A service that reads this file.
fn start(file: &Path, text: &str) -> Service {
    std::fs::write(file, text).unwrap();
    Service::start(&["--config", file.to_str().unwrap()], &[])
}

/// Asks for more pairs than a small limit allows.
fn ask(service: &Service) -> Value {
    let order = json!({ "text": TEXT, "options": { "count": 5 } });
    service.json("POST /v1/digests", &order)
}

fn read(service: &Service, path: &str) -> Value {
    let answer = service.send(&format!("GET {path}"), "");
    serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"))
}

/// An article of this name, with what its digest has come to.
fn named(service: &Service, name: &str) -> Value {
    let text = format!("{TEXT} The engineers call their plan {name}.");
    let order = json!({ "text": text, "external_id": name });
    let digest = service.json("POST /v1/digests", &order);
    assert!(digest["provenance"].is_object(), "{digest}");
    let listed = read(service, &format!("/v1/articles?external_id={name}"));
    let id = listed["articles"][0]["id"].as_str().unwrap();
    read(service, &format!("/v1/articles/{id}"))
}

fn items(article: &Value) -> usize {
    article["items"].as_array().unwrap().len()
}

/// What comes of it when a person adds a pair with an answer of so many bytes.
fn add(service: &Service, article: &Value, bytes: usize) -> Value {
    let id = article["id"].as_str().unwrap();
    let pair = json!({ "question": "Why?", "text": "x".repeat(bytes) });
    service.json(&format!("POST /v1/articles/{id}/items"), &pair)
}

#[test]
fn limits_are_changed_and_a_refused_change_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("afterword.toml");
    let mut service = start(
        &file,
        "[limits]\nmax_faq_pairs = 4\nmin_article_words = 10\n",
    );
    let refused = ask(&service);
    assert!(
        refused["detail"].as_str().unwrap().contains("4"),
        "{refused}"
    );

    let text = "[limits]\nmax_faq_pairs = 5\nmin_article_words = 10\n[jobs]\nconcurrency = 3\n";
    std::fs::write(&file, text).unwrap();
    service.hang_up();
    let line = service.line_with("reloaded");
    assert!(line.contains("limits.max_faq_pairs"), "{line}");
    assert!(!line.contains("jobs.concurrency"), "{line}");
    let line = service.line_with("after a restart");
    assert!(line.contains("jobs.concurrency"), "{line}");
    assert!(ask(&service)["provenance"].is_object());

    // What the pipeline is held to changes too.
    let text = "[limits]\nmin_article_words = 1000\n";
    std::fs::write(&file, text).unwrap();
    service.hang_up();
    service.line_with("reloaded");
    assert_eq!(ask(&service)["code"], "too_few_words");

    std::fs::write(
        &file,
        "[limits]\nmin_article_words = 10\nmax_faq_pairs = 0\n",
    )
    .unwrap();
    service.hang_up();
    let line = service.line_with("reload refused");
    assert!(
        line.contains("limits.max_faq_pairs = 0 is not allowed"),
        "{line}"
    );
    assert_eq!(ask(&service)["code"], "too_few_words");
    service.end();
}

#[test]
fn what_an_article_may_have_changes_for_people_and_for_merges() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("afterword.toml");
    let text = "[limits]\nmin_article_words = 10\n";
    let small = format!("{text}max_article_items = 1\nmax_edit_bytes = 100\n");
    let mut service = start(&file, &small);
    let article = named(&service, "post-1");
    assert_eq!(items(&article), 1, "{article}");
    assert_eq!(add(&service, &article, 150)["code"], "item_too_long");
    assert_eq!(add(&service, &article, 50)["code"], "too_many_items");

    std::fs::write(&file, format!("{text}max_edit_bytes = 200\n")).unwrap();
    service.hang_up();
    let line = service.line_with("reloaded");
    for key in ["limits.max_article_items", "limits.max_edit_bytes"] {
        assert!(line.contains(key), "{line}");
    }
    let added = add(&service, &article, 150);
    assert_eq!(items(&added), 2, "{added}");
    let other = named(&service, "post-2");
    assert!(items(&other) > 1, "{other}");
    service.end();
}

#[test]
fn batches_go_by_the_limits_that_hold() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("afterword.toml");
    let most = |jobs: usize| format!("[jobs]\nmax_backfill_jobs = {jobs}\n");
    std::fs::write(&file, most(1)).unwrap();
    // Nobody works: what is handed in stays.
    let arguments = ["--no-worker", "--config", file.to_str().unwrap()];
    let mut service = Service::start(&arguments, &[]);
    let articles: Vec<Value> = (0..4)
        .map(|at| json!({ "custom_id": format!("post-{at}"), "text": TEXT }))
        .collect();
    let batch = service.json("POST /v1/batches", &json!({ "articles": articles }));
    let path = format!("/v1/batches/{}", batch["id"].as_str().unwrap());
    let until = |service: &Service, in_work: i64| {
        let start = std::time::Instant::now();
        loop {
            let counts = read(service, &path)["counts"].clone();
            if counts["in_work"] == in_work {
                return;
            }
            assert!(start.elapsed().as_secs() < 30, "{in_work}: {counts}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    until(&service, 1);
    std::fs::write(&file, most(3)).unwrap();
    service.hang_up();
    let line = service.line_with("reloaded");
    assert!(line.contains("jobs.max_backfill_jobs"), "{line}");
    until(&service, 3);
    service.end();
}

#[test]
fn keys_are_not_asked_for_where_there_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("afterword.toml");
    let mut service = start(&file, "[limits]\nmin_article_words = 10\n");
    std::fs::write(&file, "[access]\nkeys = \"always\"\n").unwrap();
    service.hang_up();
    let line = service.line_with("reload refused");
    assert!(line.contains("afterword keys create"), "{line}");
    assert!(ask(&service)["provenance"].is_object());
    service.end();
}

#[test]
fn a_file_that_is_watched_needs_no_signal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("afterword.toml");
    let watching = "[server]\nwatch_seconds = 1\n[limits]\nmin_article_words = 10\n";
    let mut service = start(&file, watching);
    let text = format!("{watching}max_faq_pairs = 4\n");
    std::fs::write(&file, text).unwrap();
    service.line_with("reloaded");
    assert_eq!(ask(&service)["status"], 400);
    service.end();
}
