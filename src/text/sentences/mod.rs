//! Sentence boundaries with exact offsets: the `sentencex` rules of a language,
//! held to bounded windows, and a small layer over what they get wrong: `joins`
//! for boundaries too many, `splits` for those that are missing.
//!
//! Every entry of that layer comes from a line in `tests/data/sentences`.

use super::span::Span;

mod joins;
mod splits;

/// Bytes given to the segmenter at once: its time grows with the square of the
/// length when quotation marks are left open. Paragraphs are far shorter.
const MAX_WINDOW_BYTES: usize = 4_096;

/// The sentences of an English `text`, in order, trimmed of surrounding white
/// space. Every span is non-empty and lies on character boundaries.
#[must_use]
pub fn sentences(text: &str) -> Vec<Span> {
    sentences_in(text, "en")
}

/// The same by the rules of a language, named by its ISO 639-1 code; one that
/// the segmenter does not know is read like English.
#[must_use]
pub fn sentences_in(text: &str, language: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for window in windows(text) {
        for boundary in sentencex::get_sentence_boundaries(language, window.of(text)) {
            let start = window.start + boundary.start_byte;
            let Some(span) = trimmed(text, start, window.start + boundary.end_byte) else {
                continue;
            };
            match found.last_mut() {
                Some(last) if joins::goes_on(last.of(text), span.of(text), language) => {
                    *last = last.cover(span);
                }
                _ => found.push(span),
            }
        }
    }
    let whole = found.into_iter();
    whole.flat_map(|span| split(text, span, language)).collect()
}

/// The parts of a sentence that are sentences themselves.
fn split(text: &str, span: Span, language: &str) -> Vec<Span> {
    let mut parts = Vec::new();
    let mut start = span.start;
    for end in splits::ends(span.of(text), language) {
        let end = span.start + end;
        parts.extend(trimmed(text, start, end));
        start = end;
    }
    parts.extend(trimmed(text, start, span.end));
    parts
}

/// Pieces of `text` of bounded size, cut where a sentence seems to end, else
/// at white space, else anywhere.
fn windows(text: &str) -> Vec<Span> {
    let mut windows = Vec::new();
    let mut start = 0;
    while text.len() - start > MAX_WINDOW_BYTES {
        let end = text.floor_char_boundary(start + MAX_WINDOW_BYTES);
        let window = &text[start..end];
        let cut = window
            .rfind(". ")
            .map(|at| at + 2)
            .or_else(|| window.rfind(' ').map(|at| at + 1))
            .unwrap_or(window.len());
        windows.push(Span::new(start, start + cut));
        start += cut;
    }
    windows.push(Span::new(start, text.len()));
    windows
}

fn trimmed(text: &str, start: usize, end: usize) -> Option<Span> {
    let raw = text.get(start..end)?;
    let start = end - raw.trim_start().len();
    let end = start + raw.trim().len();
    (start < end).then(|| Span::new(start, end))
}

#[cfg(test)]
mod tests;
