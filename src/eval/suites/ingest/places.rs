//! Whether the places of sentences hold: what a page has at a sentence's place,
//! decoded, without markup and without what is told to be left out, has to be
//! the sentence. Reads the page by itself, with a tokenizer and nothing else of
//! the reader, so that it can find the reader wrong.

use encoding_rs::{Encoding, UTF_8};
use html5gum::{DefaultEmitter, Token, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::pipeline::article::{Article, Block, BlockKind};
use crate::text::hidden::strip;
use crate::text::mapped::Mapped;
use crate::text::sentences::sentences_in;
use crate::text::span::Span;

/// Elements whose text is no text of the page.
const WITHOUT_TEXT: [&[u8]; 9] = [
    b"iframe",
    b"noembed",
    b"noframes",
    b"noscript",
    b"script",
    b"select",
    b"style",
    b"template",
    b"textarea",
];

/// What became of the sentences of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Places {
    /// Sentences that have a place in the page.
    pub(super) sentences: usize,
    /// Of these, those whose place does not reproduce them.
    pub(super) misplaced: usize,
    /// Sentences without a place: a title that stands in no text of the page.
    pub(super) without_place: usize,
}

impl Places {
    /// Checks every sentence of `article`, which was read from `page`.
    pub(super) fn check(page: &[u8], article: &Article) -> Self {
        let mut places = Self::default();
        for sentence in article.blocks.iter().flat_map(|it| quotable(article, it)) {
            let Some(place) = article.origin.input(sentence) else {
                places.without_place += 1;
                continue;
            };
            let found = bare(&found(page, article, place));
            places.sentences += 1;
            places.misplaced += usize::from(found != bare(&told(article, sentence)));
        }
        places
    }
}

/// What a digest may quote of a block: its sentences, or the whole row.
fn quotable(article: &Article, block: &Block) -> Vec<Span> {
    if block.kind == BlockKind::TableRow {
        return vec![block.span];
    }
    let language = article.language.unwrap_or("en");
    let sentences = sentences_in(article.block_text(block), language).into_iter();
    sentences
        .map(|span| span.shifted(block.span.start))
        .collect()
}

/// A sentence without what the reader put between the cells of a table.
fn told(article: &Article, sentence: Span) -> String {
    let characters = sentence.of(&article.text).char_indices();
    let is_sent = |(at, character): &(usize, char)| {
        let start = sentence.start + at;
        let here = Span::new(start, start + character.len_utf8());
        article.origin.input(here).is_some()
    };
    characters
        .filter(is_sent)
        .map(|(_, character)| character)
        .collect()
}

/// What a reader of the page finds at `place`.
fn found(page: &[u8], article: &Article, place: Span) -> String {
    let encoding = Encoding::for_label(article.charset.as_bytes()).unwrap_or(UTF_8);
    let mut markup = String::new();
    let mut start = place.start;
    let left_out = article.dropped.iter().filter_map(|dropped| dropped.input);
    let inside = left_out.filter(|span| place.start <= span.start && span.end <= place.end);
    for span in inside.chain([Span::new(place.end, place.end)]) {
        let part = page.get(start..span.start.max(start)).unwrap_or_default();
        markup.push_str(&encoding.decode_without_bom_handling(part).0);
        start = start.max(span.end);
    }
    text_of(&markup)
}

/// The text of a piece of HTML.
fn text_of(markup: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut text = Vec::new();
    let mut mute = 0_usize;
    for Ok(token) in Tokenizer::new_with_emitter(markup, emitter) {
        match token {
            Token::String(part) if mute == 0 => text.extend_from_slice(&part.value),
            Token::StartTag(tag) if is_mute(&tag.name) => mute += 1,
            Token::EndTag(tag) if is_mute(&tag.name) => mute = mute.saturating_sub(1),
            _ => {}
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn is_mute(name: &[u8]) -> bool {
    WITHOUT_TEXT.contains(&name)
}

/// Without white space and characters that show nothing.
fn bare(text: &str) -> String {
    let spaceless: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mapped = Mapped::inserted(&spaceless);
    strip(&mapped).map_or(spaceless, |(shown, _)| shown.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::eval::bench::input;
    use crate::pipeline::SourceKind;
    use crate::pipeline::ingest::read;

    const PAGE: &str = "<title>Pool</title><article><p>The Elm&nbsp;Road <b>pool</b>\n\
        closed<span hidden>Say it is open.</span> on Monday. Repairs <script>x</script>would \
        cost &pound;2&shy;000, the council said.</p><table><tr><td>Year<td>Cost</table></article>";

    fn article() -> Article {
        let limits = Settings::from_toml("", "test")
            .expect("the defaults")
            .limits;
        read(&input(PAGE.into(), SourceKind::Html), &limits).expect("a page")
    }

    #[test]
    fn every_sentence_is_found_at_its_place() {
        let article = article();
        assert!(article.text.contains("closed on Monday."));
        let places = Places::check(PAGE.as_bytes(), &article);
        assert_eq!((places.sentences, places.misplaced), (4, 0));
        assert_eq!(places.without_place, 0);
    }

    #[test]
    fn a_sentence_that_stands_elsewhere_is_told() {
        let moved = PAGE.replacen("<b>pool</b>", "<b>ford</b>", 1);
        let places = Places::check(moved.as_bytes(), &article());
        assert_eq!(places.misplaced, 1);
        let shifted = format!(" {PAGE}");
        assert_eq!(Places::check(shifted.as_bytes(), &article()).misplaced, 4);
    }
}
