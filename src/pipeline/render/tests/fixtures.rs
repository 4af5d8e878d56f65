//! Writes what `tests/wordpress` feeds to the editor's own code, and fails when
//! the committed file is not what is printed now.

use std::path::Path;

use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::*;

const FORMATS: [&str; 3] = [
    "wordpress-details",
    "wordpress-yoast",
    "wordpress-rank-math",
];
/// Pairs of random texts, the same ones each time.
const RANDOM: usize = 24;

fn of_pairs(texts: &[(String, String)]) -> Digest {
    let pairs = texts
        .iter()
        .map(|(question, answer)| pair(question, answer));
    let related = texts.iter().take(8).map(|(question, _)| question.clone());
    Digest {
        summary: texts.last().map(|(_, answer)| passage(answer)),
        faq: pairs.collect(),
        related: related.collect(),
        ..harbour()
    }
}

fn ordinary(count: usize) -> Digest {
    let texts = (1..=count).map(|number| {
        let question = format!("What is fact {number}?");
        (question, format!("It is \"{number}\" -- R&D."))
    });
    of_pairs(&texts.collect::<Vec<_>>())
}

fn tricks() -> Digest {
    let shown = TRICKS.iter().filter(|trick| !shown(trick).is_empty());
    let texts = shown.map(|trick| (format!("Is it {trick}?"), (*trick).to_owned()));
    of_pairs(&texts.collect::<Vec<_>>())
}

fn random() -> Digest {
    let mut runner = TestRunner::deterministic();
    let mut text = || any_text().new_tree(&mut runner).unwrap().current();
    let texts: Vec<_> = (0..RANDOM).map(|_| (text(), text())).collect();
    of_pairs(&texts)
}

/// One line of the file: the markup, and what a reader has to find in it.
fn line(name: &str, digest: &Digest, options: &RenderOptions) -> String {
    let in_pairs = |text: &str| match options.format {
        Format::WordpressDetails => shown(text),
        _ => typographic(text),
    };
    let pairs = digest.faq.iter();
    let pairs = pairs.map(|it| [in_pairs(&it.question), in_pairs(&it.answer.text)]);
    let value = json!({
        "name": name,
        "markup": print(digest, options),
        "summary": digest.summary.as_ref().map(|it| shown(&it.text)),
        "pairs": pairs.collect::<Vec<_>>(),
        "related": digest.related.iter().map(|it| shown(it)).collect::<Vec<_>>(),
    });
    value.to_string() + "\n"
}

fn lines() -> String {
    let mut lines = String::new();
    let digests = [
        (
            "no pairs",
            Digest {
                faq: Vec::new(),
                ..harbour()
            },
        ),
        ("1 pair", ordinary(1)),
        ("30 pairs", ordinary(30)),
        ("tricks", tricks()),
        ("random texts", random()),
    ];
    for (name, digest) in digests {
        for format_name in FORMATS {
            let format = Format::named(format_name).unwrap();
            lines += &line(&format!("{format_name}, {name}"), &digest, &plain(format));
            lines += &line(
                &format!("{format_name}, {name}, all options"),
                &digest,
                &full(format),
            );
        }
    }
    lines
}

#[test]
fn the_fixtures_are_current() {
    let lines = lines();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wordpress/fixtures.jsonl");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &lines).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    // As values: the order of a line's keys depends on serde_json's features.
    let values = |text: &str| -> Vec<Value> {
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    assert!(
        values(&committed) == values(&lines),
        "tests/wordpress/fixtures.jsonl is out of date: run the tests with UPDATE_FIXTURES=1, \
         then make test-blocks, and commit it"
    );
}
