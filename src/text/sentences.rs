//! Sentence boundaries with exact offsets.

use super::span::Span;

/// The sentences of `text`, in order, trimmed of surrounding white space.
/// Every span is non-empty and lies on character boundaries.
#[must_use]
pub fn sentences(text: &str) -> Vec<Span> {
    sentencex::get_sentence_boundaries("en", text)
        .into_iter()
        .filter_map(|boundary| trimmed(text, boundary.start_byte, boundary.end_byte))
        .collect()
}

fn trimmed(text: &str, start: usize, end: usize) -> Option<Span> {
    let raw = text.get(start..end)?;
    let left = raw.trim_start();
    let start = end - left.len();
    let end = start + left.trim_end().len();
    (start < end).then(|| Span::new(start, end))
}
