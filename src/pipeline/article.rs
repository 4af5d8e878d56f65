//! The article as read: the output of `ingest`, the input of everything after.

use std::borrow::Cow;

use crate::text::mapped::SourceMap;
use crate::text::span::Span;

/// The text that was read and its structure. Offsets everywhere point into
/// [`Article::text`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Article {
    /// Blocks joined by blank lines; the title, when known, is the first block.
    pub text: String,
    /// In order, not overlapping, covering all words of `text`.
    pub blocks: Vec<Block>,
    /// Index into `blocks` of the title.
    pub title: Option<usize>,
    /// ISO 639-1 code of the detected language; `None` when it cannot be told.
    pub language: Option<&'static str>,
    /// What was left out and why, in the order of the input.
    pub dropped: Vec<Dropped>,
    /// What the source says about the article apart from its text.
    pub metadata: Metadata,
    /// What the source was read as.
    pub scope: Scope,
    /// Where the text stands in what the caller sent.
    pub origin: Origin,
    /// The charset that the input was decoded from, by the WHATWG's name.
    pub charset: String,
    /// What an editor should know about the input, in no order.
    pub findings: Vec<Finding>,
    /// Sentences of `text` that speak to a language model and not to a reader,
    /// in order. They stay readable, and nothing is drafted from them.
    pub instructions: Vec<Span>,
    /// Older FAQs in the input, which were not read.
    pub older_faqs: Vec<OlderFaq>,
}

/// Something about the input that an editor should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// How many characters, sentences or bad sequences.
    pub count: usize,
    /// Where the first of them begins and the last ends in the bytes that the
    /// caller sent.
    pub input: Option<Span>,
}

/// The kinds of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// Characters that show nothing and hide something.
    HiddenText,
    /// Sentences that speak to a language model.
    InstructionLike,
    /// Bytes that are no character of the charset; each run became U+FFFD.
    Undecodable,
}

/// An FAQ that the input already carries, ours or another tool's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OlderFaq {
    /// How it is written.
    pub format: FaqFormat,
    /// Where it is in the bytes that the caller sent.
    pub input: Option<Span>,
    /// Its questions, as written.
    pub questions: Vec<String>,
}

/// The ways in which an older FAQ is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaqFormat {
    /// Our own output, by its markers or classes.
    Afterword,
    /// Yoast's block.
    Yoast,
    /// Rank Math's block.
    RankMath,
    /// A series of `<details>`.
    Details,
    /// A `FAQPage` of schema.org in JSON-LD.
    JsonLd,
    /// A heading such as "Frequently Asked Questions" in the text.
    Heading,
}

/// What a source says about its article; `None` where it does not say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Who wrote it.
    pub byline: Option<String>,
    /// When it was published: an ISO 8601 date, with the time where it is told.
    pub date: Option<String>,
    /// The canonical address.
    pub url: Option<String>,
    /// The language that it says it is in: an ISO 639 code.
    pub language: Option<String>,
}

/// How much of a source is the article.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of it, but for what plugins and embeds put there.
    #[default]
    Body,
    /// A part, which has to be found.
    Page,
}

/// From [`Article::text`] to the bytes that the caller sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// From the text to the decoded input.
    pub reading: SourceMap,
    /// From the decoded input to the bytes as sent; `None` when they are the same.
    pub decoding: Option<SourceMap>,
}

impl Origin {
    /// The bytes of the input that `span` of the text stands for; `None` when
    /// the caller gave the text apart from the body, as a title.
    #[must_use]
    pub fn input(&self, span: Span) -> Option<Span> {
        self.sent(self.reading.source(span)?)
    }

    /// The bytes of the input that a range of the decoded input stands for.
    #[must_use]
    pub fn sent(&self, decoded: Span) -> Option<Span> {
        match &self.decoding {
            Some(decoding) => decoding.source(decoded),
            None => Some(decoded),
        }
    }
}

/// A paragraph-level piece of the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Where it is in [`Article::text`].
    pub span: Span,
}

/// The kinds of block that the pipeline tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading with its level, 1 to 6; the title has level 1.
    Heading(u8),
    /// Running text.
    Paragraph,
    /// One item of a list.
    ListItem,
    /// A block quotation.
    Quote,
    /// One row of a table, cells joined by `; `.
    TableRow,
    /// A caption of a picture, video or table.
    Caption,
}

/// A piece of the input that is not article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Why: `navigation`, `comments`, `older_faq`, `related`, `footer`, `byline`, `embed`,
    /// `hidden` by the markup, `repeated`, `outside` the part of a page that is the article, …
    pub reason: &'static str,
    /// Its first words, at most 80 characters.
    pub excerpt: String,
    /// How many words it had.
    pub words: usize,
    /// Where it is in the bytes that the caller sent, markup between its words
    /// included; `None` for what stands nowhere in them.
    pub input: Option<Span>,
}

impl Article {
    /// The text of one block.
    #[must_use]
    pub fn block_text(&self, block: &Block) -> &str {
        block.span.of(&self.text)
    }

    /// The title's text.
    #[must_use]
    pub fn title_text(&self) -> Option<&str> {
        Some(self.block_text(self.blocks.get(self.title?)?))
    }

    /// How many of the article's words lie in `spans`; words in several count
    /// once, and so do words that several spans share, as in scripts without
    /// spaces.
    #[must_use]
    pub fn words_in(&self, spans: impl IntoIterator<Item = Span>) -> usize {
        let mut spans: Vec<Span> = spans.into_iter().collect();
        spans.sort_unstable();
        let touching = |one: &Span, other: &Span| other.start <= one.end;
        let mut joined: Vec<Span> = Vec::new();
        for span in spans {
            match joined.last_mut() {
                Some(last) if touching(last, &span) => *last = last.cover(span),
                _ => joined.push(span),
            }
        }
        let words = |span: &Span| span.of(&self.text).split_whitespace().count();
        joined.iter().map(words).sum()
    }

    /// Whether a sentence speaks to a language model and not to a reader.
    #[must_use]
    pub fn is_instruction(&self, sentence: Span) -> bool {
        let before = |span: &Span| span.end <= sentence.start;
        let at = self.instructions.partition_point(before);
        let next = self.instructions.get(at);
        next.is_some_and(|span| span.start < sentence.end)
    }

    /// The text without the sentences that speak to a model: what a draft may draw on.
    #[must_use]
    pub fn told(&self) -> Cow<'_, str> {
        let mut told = String::new();
        let mut from = 0;
        for order in &self.instructions {
            told += &self.text[from..order.start];
            // So that what stood apart is not joined.
            told.push('\n');
            from = order.end;
        }
        match from {
            0 => Cow::Borrowed(&self.text),
            _ => Cow::Owned(told + &self.text[from..]),
        }
    }

    /// Words in the article, counted by white space.
    #[must_use]
    pub fn words(&self) -> usize {
        self.text.split_whitespace().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_has_no_orders() {
        let text = "It opened. Ignore that. Print this. It closed.".to_owned();
        let told = |instructions| Article {
            text: text.clone(),
            instructions,
            ..Article::default()
        };
        assert_eq!(told(vec![]).told(), text);
        let orders = vec![Span::new(11, 23), Span::new(24, 35)];
        assert_eq!(told(orders).told(), "It opened. \n \n It closed.");
    }

    #[test]
    fn words_are_counted_once_however_they_are_covered() {
        let article = Article {
            text: "One two three. 橋は閉まった。費用は四億円。".to_owned(),
            ..Article::default()
        };
        let end = article.text.len();
        let span = Span::new;
        assert_eq!(article.words(), 4);
        assert_eq!(article.words_in([span(0, end)]), 4);
        assert_eq!(article.words_in([span(8, end), span(0, 13), span(4, 7)]), 4);
        // Two sentences of one word without a space between them.
        assert_eq!(article.words_in([span(15, 36), span(36, end)]), 1);
        assert_eq!(article.words_in([span(0, 3), span(4, 7)]), 2);
    }
}
