//! What the templates see: the digest's texts, one line each, empty ones left
//! out. Escapes nothing; that is the templates' part.

use serde::Serialize;

use crate::digest::{Digest, Pair};

#[derive(Serialize)]
pub(super) struct View {
    topic: Option<String>,
    summary: Option<String>,
    faq: Vec<PairView>,
    related: Vec<String>,
}

#[derive(Serialize)]
struct PairView {
    question: String,
    answer: String,
}

impl View {
    pub(super) fn new(digest: &Digest) -> Self {
        Self {
            topic: digest.topic.as_deref().and_then(printable),
            summary: digest
                .summary
                .as_ref()
                .and_then(|summary| printable(&summary.text)),
            faq: digest.faq.iter().filter_map(PairView::new).collect(),
            related: digest.related.iter().filter_map(|t| printable(t)).collect(),
        }
    }
}

impl PairView {
    fn new(pair: &Pair) -> Option<Self> {
        Some(Self {
            question: printable(&pair.question)?,
            answer: printable(&pair.answer.text)?,
        })
    }
}

/// The text on one line: a line break would end a Markdown heading, and control
/// characters have no place on a page. Inner spaces that are not ASCII stay.
fn printable(text: &str) -> Option<String> {
    let words: Vec<&str> = text
        .split(|c: char| c == ' ' || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
