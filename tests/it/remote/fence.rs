//! The fences that a service draws: what stands around an article in the prompts of one
//! request, of the next one, and after a reload.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use crate::articles::BRIDGE;
use crate::running::Service;

use super::chat::{Asked, Chat};
use super::digest::editor;

/// What a prompt says that the article stands between.
fn fence(asked: &Asked) -> String {
    let line = asked.user().lines().next().unwrap();
    let (_, rest) = line.split_once("between two lines of ").unwrap();
    let (fence, _) = rest.split_once(';').unwrap();
    let lines = asked.user().lines().filter(|line| *line == fence);
    assert_eq!(lines.count(), 2, "{}", asked.user());
    fence.to_owned()
}

/// Asks for a digest of the same article, and tells the fences of its prompts.
fn of_request(service: &Service, chat: &Chat, count: usize) -> BTreeSet<String> {
    let before = chat.asked().len();
    let order = json!({ "text": BRIDGE, "options": { "count": count } });
    let digest = service.json("POST /v1/digests", &order);
    assert!(digest["provenance"].is_object(), "{digest}");
    let asked = chat.asked();
    assert!(asked.len() > before + 1);
    asked[before..].iter().map(fence).collect()
}

fn configuration(file: &Path, chat: &Chat, lasting: &str, pairs: usize) {
    let text = format!(
        "[engine]\nfence = \"{lasting}\"\n[engine.remote]\nurl = \"{}\"\nmodel = \"small\"\n\
         [limits]\nmax_faq_pairs = {pairs}\n",
        chat.url
    );
    std::fs::write(file, text).unwrap();
}

/// The fences of two requests, and of one after a reload.
fn three_requests(chat: &Chat, lasting: &str) -> Vec<BTreeSet<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("afterword.toml");
    configuration(&file, chat, lasting, 9);
    let arguments = ["--config", file.to_str().unwrap()];
    let mut service = Service::start_with("remote", &arguments, &[]);
    let mut fences: Vec<_> = [3, 4].map(|count| of_request(&service, chat, count)).into();
    configuration(&file, chat, lasting, 8);
    service.hang_up();
    service.line_with("reloaded");
    fences.push(of_request(&service, chat, 5));
    service.end();
    fences
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_a_fence_of_its_own_in_all_its_prompts() {
    let chat = Chat::start(editor).await;
    let fences = tokio::task::block_in_place(|| three_requests(&chat, "request"));
    assert!(fences.iter().all(|of_one| of_one.len() == 1), "{fences:?}");
    let all: BTreeSet<_> = fences.iter().flatten().collect();
    assert_eq!(all.len(), 3, "{fences:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_keeps_its_fence_where_that_is_wanted_and_loses_it_with_the_process() {
    let chat = Chat::start(editor).await;
    let fences = tokio::task::block_in_place(|| three_requests(&chat, "article"));
    let all: BTreeSet<_> = fences.iter().flatten().collect();
    assert_eq!(all.len(), 1, "{fences:?}");
    let again = tokio::task::block_in_place(|| three_requests(&chat, "article"));
    assert_ne!(fences[0], again[0]);
}
