//! What the parent module promises, on texts of our own.

use proptest::prelude::*;

use super::*;
use crate::pipeline::article::Block;

/// An article of paragraphs; `# ` starts a heading, the first one is the title.
pub(in crate::pipeline) fn article(source: &str) -> Article {
    let mut text = String::new();
    let mut blocks = Vec::new();
    for part in source.split("\n\n").filter(|part| !part.trim().is_empty()) {
        let body = part.trim().trim_start_matches("# ");
        let heading = part.trim().starts_with("# ");
        let kind = match heading {
            true => BlockKind::Heading(2),
            false => BlockKind::Paragraph,
        };
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let start = text.len();
        text.push_str(body);
        blocks.push(Block {
            kind,
            span: Span::new(start, text.len()),
        });
    }
    let titled = matches!(blocks.first(), Some(block) if block.kind != BlockKind::Paragraph);
    Article {
        text,
        blocks,
        title: titled.then_some(0),
        language: Some("en"),
        dropped: Vec::new(),
        ..Article::default()
    }
}

/// Sentences end at a stop before a space and a capital: enough for these texts.
pub(in crate::pipeline) fn split(text: &str) -> Vec<Span> {
    let mut start = 0;
    let mut spans = Vec::new();
    for (at, _) in text.match_indices(". ") {
        if text[at + 2..].starts_with(char::is_uppercase) {
            spans.push(Span::new(start, at + 1));
            start = at + 2;
        }
    }
    if start < text.len() {
        spans.push(Span::new(start, text.len()));
    }
    spans
}

const FERRY: &str = "# Oslo Buys Electric Ferries\n\n\
    The city of Oslo bought four electric ferries from Ada Berg in May. The ferries will cross \
    the Oslo fjord. It rained.\n\n\
    # Prices\n\n\
    Ticket prices stay the same, the city said. Berg expects more ferries for Oslo next year.";

#[test]
fn sentences_and_sections_follow_the_blocks() {
    let article = article(FERRY);
    let found = read(&article, split);
    let texts: Vec<&str> = found
        .sentences
        .iter()
        .map(|s| s.span.of(&article.text))
        .collect();
    assert_eq!(texts.len(), 5);
    assert!(texts[2] == "It rained." && texts[4].starts_with("Berg expects"));
    assert_eq!(found.sections.len(), 2);
    assert_eq!(found.sections[0].heading, None);
    assert_eq!(found.sections[0].sentences, 0..3);
    assert_eq!(found.sections[1].heading, Some(2));
    assert_eq!(found.sections[1].sentences, 3..5);
    assert_eq!(found.sections[1].words, 16);
    assert_eq!(found.names[0].text, "Oslo");
}

#[test]
fn salience_prefers_what_the_article_is_about() {
    let found = read(&article(FERRY), split);
    let weights: Vec<f32> = found.sentences.iter().map(|s| s.salience).collect();
    assert_eq!(weights[0], 1.0);
    assert!(
        weights[2] < weights[1] && weights[2] < weights[4],
        "{weights:?}"
    );
}

#[test]
fn an_article_without_sentences_is_understood() {
    let found = read(&article("# Title"), split);
    assert!(found.sentences.is_empty() && found.sections.is_empty());
}

proptest! {
    #[test]
    fn spans_and_weights_stay_in_bounds(source in "(# |[A-Z][a-z]{0,4}|[. ]|\n\n|\\PC)*") {
        let article = article(&source);
        let found = read(&article, split);
        for sentence in &found.sentences {
            prop_assert!(article.blocks[sentence.block].span.contains(sentence.span));
            prop_assert!((0.0..=1.0).contains(&sentence.salience));
        }
        let counted: usize = found.sections.iter().map(|s| s.sentences.len()).sum();
        prop_assert_eq!(counted, found.sentences.len());
    }
}
