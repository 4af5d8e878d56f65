//! Sentences of arbitrary text: in order, trimmed, on boundaries, nothing lost.

use afterword::text::instructions::is_instruction_like;
use afterword::text::sentences::sentences;

/// Tries one input.
pub fn run(text: &str) {
    let mut end = 0;
    for span in sentences(text) {
        assert!(span.start >= end && span.start < span.end);
        assert!(text[end..span.start].trim().is_empty(), "lost text");
        let sentence = &text[span.range()];
        assert_eq!(sentence, sentence.trim());
        let _ = is_instruction_like(sentence, false);
        end = span.end;
    }
    assert!(text[end..].trim().is_empty(), "lost text");
}
