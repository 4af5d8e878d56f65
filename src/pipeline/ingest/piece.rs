//! Between a reader (plain, HTML, Markdown) and the article: a flat list of
//! pieces, each kept or dropped with a reason. Marks pieces, never reorders
//! or rewrites them; only `assemble` at the end makes offsets.

use crate::pipeline::article::{Article, Block, BlockKind, Dropped, Origin};
use crate::text::hidden::strip;
use crate::text::mapped::{Mapped, SourceMap};
use crate::text::span::Span;
use crate::text::words::is_dense;

/// Characters of a dropped piece that are shown.
const EXCERPT_CHARS: usize = 80;
/// Words of a headline or label: more are running text even without a full stop.
pub(super) const MAX_LABEL_WORDS: usize = 25;
/// Characters of a script without spaces that say as much as a word.
const DENSE_CHARS_PER_WORD: usize = 2;

/// A paragraph-level piece of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: BlockKind,
    /// Tidy: no white space but single spaces, never empty.
    pub(super) text: Mapped,
    pub(super) words: usize,
    /// What it weighs in decisions, as so many words: scripts without spaces make
    /// one of a whole sentence.
    pub(super) weight: usize,
    /// Whether nearly all of it is a link.
    pub(super) is_link: bool,
    /// Characters that hid something and were taken out: those that the source
    /// spells as references, since `decode` has seen the others.
    pub(super) hidden: usize,
    /// Why it is not article; `None` while it is.
    pub(super) dropped: Option<&'static str>,
}

impl Piece {
    /// A kept piece; `None` when `raw` has no text.
    pub(super) fn new(kind: BlockKind, raw: &Mapped) -> Option<Self> {
        let (text, hidden) = match strip(raw) {
            Some((shown, hidden)) => (shown.tidy(|_| false), hidden),
            None => (raw.tidy(|_| false), 0),
        };
        let words = text.split(' ').count();
        (!text.is_empty()).then_some(Self {
            kind,
            words,
            weight: words + dense_words(&text),
            text,
            is_link: false,
            hidden,
            dropped: None,
        })
    }

    /// A piece that its reader knows not to be article.
    pub(super) fn refused(reason: &'static str, raw: &Mapped) -> Option<Self> {
        let mut piece = Self::new(BlockKind::Paragraph, raw)?;
        piece.dropped = Some(reason);
        Some(piece)
    }

    pub(super) fn is_kept(&self) -> bool {
        self.dropped.is_none()
    }

    pub(super) fn is_heading(&self) -> bool {
        matches!(self.kind, BlockKind::Heading(_))
    }

    /// Drops the piece; the first reason stays.
    pub(super) fn drop_as(&mut self, reason: &'static str) {
        self.dropped.get_or_insert(reason);
    }

    /// Whether it reads as running text and not as a label, a menu or a link.
    pub(super) fn is_prose(&self) -> bool {
        self.kind == BlockKind::Paragraph
            && (self.weight > MAX_LABEL_WORDS || ends_sentence(&self.text))
    }
}

/// Whether `text` ends as a sentence does, in any script, closing quotes aside.
pub(super) fn ends_sentence(text: &str) -> bool {
    let closing = ['"', '\'', '”', '’', '»', ')', ']', '』', '）'];
    // What is said in Japanese ends in its bracket.
    text.trim_end_matches(closing).ends_with([
        '.', '!', '?', '…', ':', ';', ',', '。', '！', '？', '：', '；', '，', '」', '؟', '،', '۔',
        '।',
    ])
}

/// Words of what is written without spaces, about.
fn dense_words(text: &str) -> usize {
    if text.is_ascii() {
        return 0;
    }
    text.chars().filter(|c| is_dense(*c)).count() / DENSE_CHARS_PER_WORD
}

/// Collapses white space and removes characters that show nothing.
pub(super) fn tidy(raw: &str) -> String {
    let raw = Mapped::inserted(raw);
    let shown = strip(&raw).map_or(raw, |(shown, _)| shown);
    shown.tidy(|_| false).to_string()
}

/// What the kept pieces weigh, in words.
pub(super) fn kept_weight(pieces: &[Piece]) -> usize {
    pieces
        .iter()
        .filter(|piece| piece.is_kept())
        .map(|piece| piece.weight)
        .sum()
}

/// The first words of what was left out.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT_CHARS).collect()
}

/// Makes the article of the kept pieces. `title` says whether the first kept
/// piece is the title, `decoding` leads from the decoded input to the one sent.
pub(super) fn assemble(pieces: &[Piece], title: bool, decoding: Option<SourceMap>) -> Article {
    let mut joined = Mapped::default();
    let mut blocks = Vec::new();
    for piece in pieces.iter().filter(|piece| piece.is_kept()) {
        if !joined.is_empty() {
            joined.insert("\n\n");
        }
        let start = joined.len();
        joined.append(&piece.text);
        blocks.push(Block {
            kind: piece.kind,
            span: Span::new(start, joined.len()),
        });
    }
    let (text, reading) = joined.into_parts();
    let origin = Origin { reading, decoding };
    Article {
        title: (title && !blocks.is_empty()).then_some(0),
        text,
        blocks,
        dropped: dropped(pieces, &origin),
        origin,
        ..Article::default()
    }
}

/// Adds what was left out around the article to what was left out in it.
pub(super) fn tell_outside(article: &mut Article, outside: &[Piece]) {
    let around = dropped(outside, &article.origin);
    article.dropped.extend(around);
    let start = |dropped: &Dropped| dropped.input.map(|input| input.start);
    article.dropped.sort_by_key(start);
}

/// One entry per run of pieces dropped for the same reason, with nothing between
/// them that is kept: an entry's place holds nothing of the article.
fn dropped(pieces: &[Piece], origin: &Origin) -> Vec<Dropped> {
    let mut kept: Vec<Span> = origin.reading.sources().collect();
    kept.sort_unstable();
    pieces
        .chunk_by(|left, right| left.dropped == right.dropped && !parts(&kept, left, right))
        .filter_map(|run| {
            let first = run.first()?;
            let sources = run.iter().filter_map(|piece| piece.text.source());
            Some(Dropped {
                reason: first.dropped?,
                excerpt: excerpt(&first.text),
                words: run.iter().map(|piece| piece.words).sum(),
                input: sources
                    .reduce(Span::cover)
                    .and_then(|span| origin.sent(span)),
            })
        })
        .collect()
}

/// Whether one of the places `kept` lies between two pieces.
fn parts(kept: &[Span], left: &Piece, right: &Piece) -> bool {
    let (Some(left), Some(right)) = (left.text.source(), right.text.source()) else {
        return false;
    };
    let next = kept.partition_point(|span| span.start < left.end);
    kept.get(next).is_some_and(|span| span.start < right.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tidy_collapses_space_and_removes_what_shows_nothing() {
        assert_eq!(
            tidy("\u{feff}  a\u{a0}\n\tb\u{200b}c so\u{ad}ft\u{0} "),
            "a bc soft"
        );
        assert_eq!(tidy(" \u{200b} \n"), "");
    }

    #[test]
    fn a_run_with_one_reason_is_one_entry() {
        let pieces: Vec<_> = [
            ("comments", "one two"),
            ("comments", "three"),
            ("footer", "four"),
        ]
        .into_iter()
        .filter_map(|(reason, text)| Piece::refused(reason, &Mapped::verbatim(text, 0)))
        .collect();
        let article = assemble(&pieces, true, None);
        assert_eq!(article.title, None);
        let seen: Vec<_> = article
            .dropped
            .iter()
            .map(|dropped| (dropped.reason, dropped.excerpt.as_str(), dropped.words))
            .collect();
        assert_eq!(seen, [("comments", "one two", 3), ("footer", "four", 1)]);
    }

    #[test]
    fn a_place_of_what_was_left_out_holds_nothing_that_was_kept() {
        let text = "menu story imprint";
        let refused = |at: usize, word| Piece::refused("outside", &Mapped::verbatim(word, at));
        let story = Piece::new(BlockKind::Paragraph, &Mapped::verbatim("story", 5));
        let mut article = assemble(&story.into_iter().collect::<Vec<_>>(), false, None);
        let outside: Vec<_> = [refused(0, "menu"), refused(11, "imprint")]
            .into_iter()
            .flatten()
            .collect();
        tell_outside(&mut article, &outside);
        let places = article.dropped.iter().filter_map(|dropped| dropped.input);
        let places: Vec<_> = places.map(|place| place.of(text)).collect();
        assert_eq!(places, ["menu", "imprint"]);
    }

    #[test]
    fn an_excerpt_counts_characters_not_bytes() {
        let piece = Piece::refused("footer", &Mapped::inserted(&"é".repeat(200)));
        let article = assemble(&piece.into_iter().collect::<Vec<_>>(), false, None);
        assert_eq!(article.dropped[0].excerpt.chars().count(), EXCERPT_CHARS);
    }
}
