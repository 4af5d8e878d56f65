//! The same article, the same digest, to the letter: with guesses and without, alone and
//! beside others, whatever runs in the same steps. By the default model, whose layouts have
//! kernels of our own; the test model's have not. Takes minutes: `make test-same`.

use std::fs;

use serde_json::{Value, json};

use super::program::{file, run};

/// Articles of the evaluation data, in the order of the file.
const ARTICLES: usize = 8;
/// Words of them at most: the longer they are, the longer this takes.
const MOST_WORDS: usize = 600;

/// Lines for `afterword digest --jsonl`: the articles of this repository, and those of the
/// evaluation data where there are some.
fn lines() -> String {
    let own = ["peking-legations.md"].map(|name| {
        let path = format!("{}/articles/{name}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).unwrap()
    });
    let data = std::env::var("AFTERWORD_TEST_EVALDATA").ok();
    let data = data.map(|data| fs::read_to_string(format!("{data}/news_summaries.dev.jsonl")));
    let data = data.transpose().unwrap().unwrap_or_default();
    let rows = data
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_data = rows
        .map(|row| row["article"].as_str().unwrap().to_owned())
        .filter(|article| article.split_whitespace().count() <= MOST_WORDS)
        .take(ARTICLES);
    let all = own.into_iter().chain(of_data).enumerate();
    let lines = all.map(|(at, article)| {
        let line = json!({"custom_id": at.to_string(), "text": article});
        line.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What is said of each line, but for how long it took.
fn digests(lines: &str, concurrency: &str, draft_tokens: usize) -> Vec<Value> {
    let config = format!("[engine]\ndraft_tokens = {draft_tokens}\n");
    let (_folder, config) = file("afterword.toml", config.as_bytes());
    let config = config.to_str().unwrap();
    let arguments = ["digest", "--jsonl", "--concurrency", concurrency];
    let ended = run(
        &[&arguments[..], &["--config", config]].concat(),
        lines.as_bytes(),
    );
    let said = ended.stdout.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let provenance = line["digest"]["provenance"].as_object_mut();
        let provenance = provenance.unwrap_or_else(|| panic!("{}", ended.stderr));
        provenance.remove("timings_ms");
        line
    });
    said.collect()
}

#[test]
#[ignore = "takes minutes and the default model: `make test-same`"]
fn a_digest_depends_on_the_article_alone() {
    let lines = lines();
    let usual = digests(&lines, "1", 8);
    assert_eq!(usual.len(), lines.lines().count());
    for (concurrency, draft_tokens) in [("1", 0), ("4", 8)] {
        let others = digests(&lines, concurrency, draft_tokens);
        for (at, (usual, other)) in usual.iter().zip(&others).enumerate() {
            assert_eq!(
                usual, other,
                "article {at}, {concurrency} at once, {draft_tokens} guessed at most"
            );
        }
    }
}
