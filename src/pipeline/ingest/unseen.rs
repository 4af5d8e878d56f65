//! Markup in plain text that a page would not show: comments, and elements that
//! are styled away. A paste from a page's source carries them; they are no
//! article, and what they say is looked at with suspicion.
//!
//! Finds ranges of the source; the plain reader leaves them out.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::mapped::Mapped;
use crate::text::span::Span;

use super::piece::Piece;

/// Words that make a text of what is not shown; less is a mark of an editor.
const MIN_WORDS: usize = 3;
/// What the WordPress editor writes around its blocks.
const BLOCK_MARKS: [&str; 2] = ["<!-- wp:", "<!-- /wp:"];

/// A start tag that hides what is inside.
static HIDING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?i)^<([a-z]+)[^<>]*?(?:style\s*=[^<>]*?(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0)|\shidden\b)[^<>]*?>";
    Regex::new(pattern).ok()
});

/// The ranges of `source` that a page would not show, in order. Linear: what has
/// no end is text, and so is all of its kind after it.
pub(super) fn unseen(source: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let (mut at, mut is_ended) = (0, true);
    while let Some(next) = source.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + next;
        let rest = source.get(start..).unwrap_or_default();
        let length = if is_ended { length(rest) } else { Some(0) };
        match length {
            Some(0) => at = start + 1,
            Some(length) => {
                found.push(Span::new(start, start + length));
                at = start + length;
            }
            None => {
                is_ended = false;
                at = start + 1;
            }
        }
    }
    found
}

/// The length of what is not shown and starts `rest`; 0 when it is shown, `None`
/// when it has no end.
fn length(rest: &str) -> Option<usize> {
    if rest.starts_with("<!--") {
        return Some(rest.find("-->")? + 3);
    }
    let line_end = rest.find('\n').unwrap_or(rest.len());
    let line = rest.get(..line_end).unwrap_or_default();
    let Some(tag) = HIDING.as_ref().and_then(|hiding| hiding.captures(line)) else {
        return Some(0);
    };
    let close = format!("</{}>", tag.get(1).map_or("", |name| name.as_str()));
    Some(rest.find(&close)? + close.len())
}

/// A piece for what is not shown; its characters count as hidden when they make
/// a text.
pub(super) fn piece(source: &str, span: Span) -> Option<Piece> {
    let text = span.of(source);
    let inner = text.trim_start_matches("<!--").trim_end_matches("-->");
    let start = span.start + (text.len() - text.trim_start_matches("<!--").len());
    let mut piece = Piece::refused("hidden", &Mapped::verbatim(inner, start))?;
    let is_mark = BLOCK_MARKS.iter().any(|mark| text.starts_with(mark));
    if piece.words >= MIN_WORDS && !is_mark {
        piece.hidden += inner.chars().count();
    }
    Some(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<&str> {
        unseen(source).iter().map(|span| span.of(source)).collect()
    }

    #[test]
    fn comments_and_hidden_elements_are_found() {
        assert!(HIDING.is_some());
        let text = "a <!-- one\n\ntwo --> b <div style=\"color:red; display : none\">c\nd</div> e <p hidden>f</p> g";
        assert_eq!(
            found(text),
            [
                "<!-- one\n\ntwo -->",
                "<div style=\"color:red; display : none\">c\nd</div>",
                "<p hidden>f</p>"
            ]
        );
    }

    #[test]
    fn shown_and_unended_markup_is_text() {
        for text in [
            "a < b and <3",
            "<p>shown</p>",
            "<!-- never",
            "<p hidden>never",
            "<hiddenpier>",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
        assert_eq!(found(&"<!-- ".repeat(20_000)), [""; 0]);
        assert_eq!(found(&"<a <b hidden ".repeat(5_000)), [""; 0]);
    }
}
