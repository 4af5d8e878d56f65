//! Sentence boundaries with exact offsets.

use super::span::Span;

/// The sentences of `text`, in order, trimmed of surrounding white space.
/// Every span is non-empty and lies on character boundaries.
#[must_use]
pub fn sentences(_text: &str) -> Vec<Span> {
    Vec::new()
}
