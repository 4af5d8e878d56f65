//! Kinds of article beside the plain report, and articles that say little: what
//! is read of them and what is asked about.

use std::sync::Arc;

use afterword::config::Settings;
use afterword::digest::{Digest, NoticeCode};
use afterword::engine::scripted::ScriptedEngine;
use afterword::pipeline::options::DigestOptions;
use afterword::pipeline::{Author, SourceKind};

use super::articles::BRIDGE;
use super::program::{Ended, extractive, in_a_tone};
use super::set_up::{plain_pipeline, sent};

fn digest(arguments: &[&str], input: &str) -> (Digest, String) {
    let ended = extractive(
        &[&["--format", "json", "--include-source"], arguments].concat(),
        input,
    );
    let said = ended.stderr.clone();
    (ended.digest(), said)
}

/// A notice at length, and hardly a fact.
const THIN: &str = "\
A word from the team

What a year it has been! We could not be happier, and we could not have done it without you. \
So much has happened, and so much more is to come. Who would have thought it?

The reading room of the Harlow library opens again on Monday at nine. Librarian Ann Osei has \
ordered 300 new books for it.

Thank you, thank you, and thank you again. See you soon, and do not be late!
";

#[test]
fn an_article_with_little_to_say_gets_a_short_digest_that_says_so() {
    let (digest, said) = digest(&[], THIN);
    let notice = &digest.notices[0];
    assert_eq!(notice.code, NoticeCode::LittleToSay);
    assert!(
        notice.detail.contains("limits.min_article_facts = 6"),
        "{notice:?}"
    );
    assert!(said.contains(&format!("note: {}", notice.detail)), "{said}");
    assert!(digest.faq.len() <= 2, "{:?}", digest.faq);
    assert!(
        digest
            .summary
            .is_none_or(|summary| summary.sentences.len() <= 2)
    );
}

#[test]
fn an_article_with_enough_to_say_has_no_notice() {
    let (digest, said) = digest(&[], BRIDGE);
    assert_eq!(digest.notices, []);
    assert!(!said.contains("note:"), "{said}");
}

#[test]
fn readers_never_see_a_notice() {
    for format in ["markdown", "html"] {
        let Ended { stdout, .. } = extractive(&["--format", format], THIN);
        assert!(!stdout.contains("facts"), "{stdout}");
    }
}

/// An article of `tests/data/articles`.
fn kind(name: &str) -> Digest {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/articles");
    let text = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let input = match name.rsplit('.').next() {
        Some("html") => "html",
        Some("md") => "markdown",
        _ => "text",
    };
    digest(&["--input", input], &text).0
}

/// The blocks that were read.
fn blocks(digest: &Digest) -> Vec<&str> {
    digest.source.as_deref().unwrap().split("\n\n").collect()
}

/// All that a reader would see.
fn shown(digest: &Digest) -> String {
    let pairs = digest
        .faq
        .iter()
        .map(|pair| format!("{} {}", pair.question, pair.answer.text));
    let summary = digest.summary.as_ref().map(|it| it.text.clone());
    let topic = digest.topic.clone();
    let all = summary.into_iter().chain(topic).chain(pairs);
    all.chain(digest.related.clone())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_stamps_of_a_live_blog_are_no_sentences() {
    let digest = kind("live-blog.html");
    let blocks = blocks(&digest);
    for label in [
        "17.42",
        "09.02",
        "Key event",
        "Key events",
        "Share",
        "Updated at 16.51 GMT",
    ] {
        assert!(!blocks.contains(&label), "{label} is read");
    }
    // The posts, oldest and newest, and their headings are.
    assert!(
        blocks.contains(&"Power restored to 1,200 homes"),
        "{blocks:?}"
    );
    assert!(
        blocks
            .iter()
            .any(|it| it.contains("drop below 60 kilometres an hour"))
    );
    assert!(digest.summary.is_some());
}

#[test]
fn the_questions_of_an_interview_are_no_older_faq() {
    let digest = kind("interview.txt");
    let blocks = blocks(&digest);
    let asked = blocks
        .iter()
        .filter(|it| it.starts_with("Lantern: ") && it.ends_with('?'));
    assert_eq!(asked.count(), 7);
    assert!(
        blocks
            .iter()
            .any(|it| it.ends_with("We found number 413 last week."))
    );
    let shown = shown(&digest);
    assert!(!shown.contains("Lantern"), "{shown}");
    let summary = digest.summary.unwrap().text;
    assert!(
        !summary.contains(" me ") && !summary.contains("I "),
        "{summary}"
    );
}

#[test]
fn every_entry_of_a_list_is_read() {
    let digest = kind("listicle.md");
    let blocks = blocks(&digest);
    let numbered = blocks
        .iter()
        .filter(|it| it.starts_with(|c: char| c.is_ascii_digit()));
    assert_eq!(numbered.count(), 7, "{blocks:?}");
    assert_eq!(
        blocks
            .iter()
            .filter(|it| it.starts_with("Distance: "))
            .count(),
        7
    );
    let shown = shown(&digest);
    assert!(!shown.contains("Distance"), "{shown}");
}

#[test]
fn the_boilerplate_of_a_press_release_is_not_read() {
    let digest = kind("press-release.txt");
    let source = digest.source.as_deref().unwrap();
    for foreign in [
        "IMMEDIATE",
        "About Hallam",
        "passion",
        "Penhallow",
        "960 114",
        "###",
    ] {
        assert!(!source.contains(foreign), "{foreign} is read");
    }
    assert!(source.contains("It has asked residents to suggest places"));
    assert!(source.contains("\"Our crews did all they could"));
}

#[test]
fn a_table_is_read_row_by_row_in_both_formats() {
    let [html, markdown] = ["table.html", "table.md"].map(kind);
    assert_eq!(blocks(&html), blocks(&markdown));
    let blocks = blocks(&html);
    let head = blocks
        .iter()
        .position(|it| *it == "District; Rent in 2025; Rent in 2026; Change");
    let rows = &blocks[head.unwrap() + 1..][..6];
    assert_eq!(rows[0], "Mill Lane; $820; $910; +11.0%");
    assert_eq!(rows[5], "Old Harbour; $930; $893; -4.0%");
}

/// The digest of the table's article by a model that answers one question.
async fn asked_about_rents(answer: &'static str) -> Digest {
    let engine = ScriptedEngine::new(move |_, branch| match branch.answer_start.as_str() {
        start if start.starts_with("Q: ") => {
            format!("Q: How much was the rent on Mill Lane in 2026?\nA: {answer}")
        }
        _ => String::new(),
    });
    let pipeline = plain_pipeline(
        Settings::from_toml("", "test").unwrap().limits,
        Author::Model(Arc::new(engine)),
    );
    let input = sent(
        include_bytes!("../data/articles/table.html"),
        SourceKind::Html,
    );
    let options = DigestOptions::check(&in_a_tone(), &pipeline.limits).unwrap();
    pipeline.digest(&input, &options).await.unwrap()
}

#[tokio::test]
async fn a_row_of_a_table_backs_a_sentence_and_its_head_says_how() {
    const RIGHT: &str = "The rent on Mill Lane was $820 in 2025 and $910 in 2026.";
    let digest = asked_about_rents(RIGHT).await;
    let sentences = digest.faq.iter().flat_map(|pair| &pair.answer.sentences);
    let told = sentences.clone().find(|it| it.text == RIGHT);
    let evidence = &told
        .unwrap_or_else(|| panic!("{:?}", digest.refused))
        .evidence;
    let mut quotes: Vec<&str> = evidence.iter().map(|it| it.quote.as_str()).collect();
    quotes.sort_unstable();
    assert_eq!(
        quotes,
        [
            "District; Rent in 2025; Rent in 2026; Change",
            "Mill Lane; $820; $910; +11.0%"
        ]
    );
}

#[tokio::test]
async fn a_number_from_another_column_is_refused() {
    const WRONG: &str = "The rent on Mill Lane was $910 in 2025 and $820 in 2026.";
    let digest = asked_about_rents(WRONG).await;
    assert!(!shown(&digest).contains(WRONG));
    let refused = digest.refused.iter().find(|it| it.text == WRONG).unwrap();
    assert_eq!(refused.reason, "reworded");
}
