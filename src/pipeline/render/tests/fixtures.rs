//! Writes what `tests/wordpress` feeds to the editor's own code and to validators of
//! JSON-LD, and fails when the committed file is not what is printed now.

use std::path::Path;

use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::*;

const FORMATS: [&str; 5] = [
    "wordpress-details",
    "wordpress-yoast",
    "wordpress-rank-math",
    "html",
    "json-ld",
];
/// Pairs of random texts, the same ones each time.
const RANDOM: usize = 24;
/// Digests drawn for `make test-blocks`, each printed eight times.
const DRAWN: usize = 50;

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
    draw(&mut TestRunner::deterministic(), RANDOM)
}

/// A digest with pairs of random texts.
fn draw(runner: &mut TestRunner, pairs: usize) -> Digest {
    let mut text = || any_text().new_tree(runner).unwrap().current();
    let texts: Vec<_> = (0..pairs).map(|_| (text(), text())).collect();
    of_pairs(&texts)
}

/// One line of the file: the markup, and what a reader has to find in it.
fn line(name: &str, digest: &Digest, options: &RenderOptions) -> String {
    let is_typographic = |it: Format| name_of(it).starts_with("wordpress");
    let shown_as = |is_typographic: bool, text: &str| match is_typographic {
        true => typographic(text),
        false => shown(text),
    };
    let pairs = |is_typographic: bool| -> Vec<[String; 2]> {
        let pairs = digest.faq.iter();
        let texts = pairs.map(|it| [&it.question, &it.answer.text]);
        texts
            .map(|pair| pair.map(|text| shown_as(is_typographic, text)))
            .collect()
    };
    let format = options.format;
    let has_json_ld = (options.json_ld || format == Format::JsonLd) && !digest.faq.is_empty();
    let value = json!({
        "name": name,
        "markup": print(digest, options),
        "summary": digest.summary.as_ref().map(|it| shown(&it.text)),
        "pairs": pairs(is_typographic(format) && format != Format::WordpressDetails),
        "related": digest.related.iter().map(|it| shown(it)).collect::<Vec<_>>(),
        "json_ld": has_json_ld.then(|| pairs(is_typographic(format))),
    });
    value.to_string() + "\n"
}

fn name_of(format: Format) -> &'static str {
    let named = Format::CHOICES.iter().find(|(_, it)| *it == format);
    named.unwrap().0
}

/// A digest in every format, once as it is and once with every option. Plain HTML and
/// JSON-LD have nothing that the others do not show.
fn documents(name: &str, digest: &Digest) -> String {
    let mut lines = String::new();
    for format_name in FORMATS {
        let format = Format::named(format_name).unwrap();
        if format != Format::Html {
            lines += &line(&format!("{format_name}, {name}"), digest, &plain(format));
        }
        if format != Format::JsonLd {
            let name = format!("{format_name}, {name}, all options");
            lines += &line(&name, digest, &full(format));
        }
    }
    lines
}

fn lines() -> String {
    let no_pairs = Digest {
        faq: Vec::new(),
        ..harbour()
    };
    let digests = [
        ("no pairs", no_pairs),
        ("1 pair", ordinary(1)),
        ("30 pairs", ordinary(30)),
        ("tricks", tricks()),
        ("random texts", random()),
    ];
    let lines = digests.iter().map(|(name, digest)| documents(name, digest));
    lines.collect()
}

/// Another draw of texts for each seed, for `make test-blocks`.
#[test]
#[ignore = "writes the file that AFTERWORD_TEST_DOCUMENTS names"]
fn drawn_documents() {
    let path = std::env::var_os("AFTERWORD_TEST_DOCUMENTS").expect("AFTERWORD_TEST_DOCUMENTS");
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse::<u64>().unwrap());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let lines = (0..DRAWN).map(|number| {
        let digest = draw(&mut runner, 1 + number % 3);
        documents(&format!("seed {seed}, draw {number}"), &digest)
    });
    std::fs::write(path, lines.collect::<String>()).unwrap();
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
