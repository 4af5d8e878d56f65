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
