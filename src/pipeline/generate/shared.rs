//! What the branches of a window share: the article's pieces as the prompt shows them, and
//! where each passage is in it. Renders nothing itself.

use minijinja::context;

use crate::engine::{EngineError, Prefix};
use crate::pipeline::article::Article;
use crate::pipeline::error::PipelineError;
use crate::pipeline::plan::Window;

/// Words of a passage or a sentence that the prompt of a question to it repeats. Fewer do
/// not tell which one is meant, and more take time: the model reads them for each question.
const BEGINNING_WORDS: usize = 6;
/// Characters of them at most: what is a word to us may be a text in an article.
const BEGINNING_CHARS: usize = 60;

/// What all branches of a window share, and where the passages are in it.
pub(super) struct Shared {
    pub(super) prefix: Prefix,
    /// The line before and after the article.
    pub(super) fence: String,
    /// Bytes of the user's message before each passage.
    pub(super) passages: Vec<usize>,
}

impl Shared {
    /// Bytes of the user's message up to where `beginning`, the first words of a passage,
    /// have ended.
    pub(super) fn end_of(&self, passage: usize, beginning: &str) -> Result<usize, PipelineError> {
        let shown = one_line(beginning);
        let start = self.passages.get(passage).copied().unwrap_or_default();
        let end = start + shown.len();
        if self.prefix.user.get(start..end) == Some(&shown) {
            return Ok(end);
        }
        Err(EngineError::Decode("a passage is not where the prompt has it".into()).into())
    }
}

/// A piece of the prompt.
pub(super) struct Shown {
    pub(super) number: Option<usize>,
    pub(super) text: String,
}

impl Shown {
    pub(super) fn value(&self) -> minijinja::Value {
        let Self { number, text } = self;
        context! { number, text }
    }
}

/// A piece, numbered from 1 if it has an index.
pub(super) fn shown(index: Option<usize>, text: String) -> Shown {
    let number = index.map(|index| index + 1);
    Shown { number, text }
}

/// The first words of a text.
pub(super) fn beginning(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(BEGINNING_WORDS).collect();
    words.join(" ").chars().take(BEGINNING_CHARS).collect()
}

/// Where the text of each numbered piece begins in the user's message.
pub(super) fn places(user: &str, pieces: &[Shown]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut from = 0;
    for piece in pieces {
        // In the order in which they stand there: none is found in another.
        let Some(found) = user[from..].find(&piece.text) else {
            break;
        };
        let start = from + found;
        from = start + piece.text.len();
        places.extend(piece.number.map(|_| start));
    }
    places
}

/// A passage on one line, so that its paragraph number stands for all of it.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The headings of the article, one a line, those under others set in.
pub(super) fn outline(article: &Article, window: &Window) -> String {
    let lines = window.outline.iter().map(|line| {
        let heading = one_line(line.span.of(&article.text));
        format!("{}- {heading}", "  ".repeat(line.depth))
    });
    let lines: Vec<String> = lines.collect();
    format!("Sections of the article:\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_of_a_sentence_is_short() {
        assert_eq!(
            beginning("One two\nthree four five six seven."),
            "One two three four five six"
        );
        assert_eq!(beginning(&"é".repeat(500)).chars().count(), BEGINNING_CHARS);
    }
}
