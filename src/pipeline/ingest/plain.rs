//! Plain text to pieces. Blank lines part blocks; inside a block single
//! newlines are either wrapping or structure, and headings carry no mark, so
//! both are guessed here from the shape of the lines alone.

use std::borrow::Cow;

use crate::pipeline::article::BlockKind;

use super::Reading;
use super::clean;
use super::piece::{MAX_LABEL_WORDS, Piece, ends_sentence};
use super::unseen;
use crate::text::mapped::Mapped;
use crate::text::span::Span;

/// Nobody wraps lines by hand at this length: such a line is a paragraph.
const LONGEST_WRAPPED_LINE_CHARS: usize = 120;
/// Words of a heading inside the article.
const MAX_HEADING_WORDS: usize = 14;
/// Words of a headline.
const MAX_TITLE_WORDS: usize = MAX_LABEL_WORDS;
/// Words of a heading that is not in title case.
const MAX_SENTENCE_CASE_WORDS: usize = 10;

/// Reads plain text.
pub(super) fn read(source: &str) -> Reading {
    let unseen = unseen::unseen(source);
    let shown = without(source, &unseen);
    let lines = lines(&shown);
    let mut pieces = Vec::new();
    for block in lines.split(|line| line.text.trim().is_empty()) {
        read_block(block, &mut pieces);
    }
    mark_headings(&mut pieces);
    for span in unseen {
        let is_before = |piece: &Piece| piece.text.source() < Some(span);
        let at = pieces.partition_point(is_before);
        pieces.splice(at..at, unseen::piece(source, span));
    }
    Reading {
        pieces,
        ..Reading::default()
    }
}

/// The source with spaces in place of `spans`, so that every offset stays.
fn without<'a>(source: &'a str, spans: &[Span]) -> Cow<'a, str> {
    if spans.is_empty() {
        return Cow::Borrowed(source);
    }
    let mut shown = String::with_capacity(source.len());
    let mut at = 0;
    for span in spans {
        shown.push_str(Span::new(at, span.start).of(source));
        shown.extend(std::iter::repeat_n(' ', span.len()));
        at = span.end;
    }
    shown.push_str(source.get(at..).unwrap_or_default());
    Cow::Owned(shown)
}

/// A line of the input and where it starts.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Line<'a> {
    /// What follows the line's first bytes.
    fn ending_in(self, rest: &'a str) -> Self {
        Self {
            text: rest,
            start: self.start + self.text.len() - rest.len(),
        }
    }
}

fn lines(source: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    source
        .split_inclusive(is_line_end)
        .map(|whole| {
            let text = whole.trim_end_matches(is_line_end);
            let line = Line { text, start };
            start += whole.len();
            line
        })
        .collect()
}

/// A carriage return alone ends a line too: a pair gives one blank line more
/// only where a `\r\n` is split, so pairs are kept together by trimming.
fn is_line_end(character: char) -> bool {
    matches!(
        character,
        '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Joins wrapped lines and keeps apart those that stand for themselves.
fn read_block(lines: &[Line<'_>], pieces: &mut Vec<Piece>) {
    let is_wrapped = lines
        .iter()
        .all(|line| line.text.chars().count() <= LONGEST_WRAPPED_LINE_CHARS);
    let mut open = Open::default();
    for line in lines {
        if let Some(item) = list_item(line.text) {
            open.close(pieces);
            open.is_item = true;
            open.push(line.ending_in(item));
        } else if clean::furniture(line.text.trim()).is_some() || open.is_question(line.text) {
            open.close(pieces);
            open.push(*line);
            open.close(pieces);
        } else {
            if !is_wrapped {
                open.close(pieces);
            }
            open.push(*line);
        }
    }
    open.close(pieces);
}

/// The piece that the next line may still belong to.
#[derive(Default)]
struct Open {
    text: Mapped,
    is_item: bool,
}

impl Open {
    /// Whether a line is a question by itself: pages print the answer right
    /// below it.
    fn is_question(&self, line: &str) -> bool {
        let line = line.trim();
        let asks = line.ends_with('?') && line.starts_with(char::is_uppercase);
        let is_between = self.text.is_empty() || ends_sentence(&self.text);
        asks && is_between && !self.is_item
    }

    fn push(&mut self, line: Line<'_>) {
        self.text.insert(" ");
        self.text.push(line.text, line.start);
    }

    fn close(&mut self, pieces: &mut Vec<Piece>) {
        let kind = if self.is_item {
            BlockKind::ListItem
        } else {
            BlockKind::Paragraph
        };
        pieces.extend(Piece::new(kind, &self.text));
        *self = Self::default();
    }
}

/// The text after a bullet or a number.
fn list_item(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let bulleted = ["- ", "* ", "• ", "– ", "◦ ", "▪ ", "·\u{20}", "•\t"]
        .iter()
        .find_map(|bullet| line.strip_prefix(bullet));
    bulleted.or_else(|| numbered(line))
}

fn numbered(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = line.len() - rest.len();
    let is_number = (1..=2).contains(&digits);
    let after = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "));
    after.filter(|_| is_number)
}

/// Marks lines that head the text after them. The first before the body gets
/// level 1, the others 2.
fn mark_headings(pieces: &mut [Piece]) {
    let Some(last_prose) = pieces.iter().rposition(Piece::is_prose) else {
        return;
    };
    let first_prose = pieces
        .iter()
        .position(Piece::is_prose)
        .unwrap_or(last_prose);
    for (index, piece) in pieces.iter_mut().enumerate().take(last_prose) {
        let is_head = index < first_prose;
        let limit = if is_head {
            MAX_TITLE_WORDS
        } else {
            MAX_HEADING_WORDS
        };
        if looks_like_heading(piece, limit, is_head) {
            piece.kind = BlockKind::Heading(if is_head { 1 } else { 2 });
        }
    }
}

fn looks_like_heading(piece: &Piece, max_words: usize, is_head: bool) -> bool {
    let text = &*piece.text;
    let is_question = text.ends_with('?');
    let starts_well = text.starts_with(|first: char| !first.is_lowercase());
    piece.kind == BlockKind::Paragraph
        && piece.weight <= max_words
        && starts_well
        && (is_question || !ends_sentence(text))
        && (is_head || piece.weight <= MAX_SENTENCE_CASE_WORDS || is_title_case(text))
        && clean::furniture(text).is_none()
}

/// Whether most words of more than three letters start in upper case.
fn is_title_case(text: &str) -> bool {
    let (mut capitalised, mut counted) = (0, 0);
    for word in text.split(' ').filter(|word| word.chars().count() > 3) {
        counted += 1;
        capitalised += usize::from(word.chars().any(char::is_uppercase));
    }
    capitalised * 3 >= counted * 2
}
