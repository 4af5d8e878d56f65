//! The article as read: the output of `ingest`, the input of everything after.

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
    /// Why: `navigation`, `comments`, `older_faq`, `related`, `footer`, `byline`, `embed`, …
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

    /// Whether a sentence speaks to a language model and not to a reader.
    #[must_use]
    pub fn is_instruction(&self, sentence: Span) -> bool {
        let before = |span: &Span| span.end <= sentence.start;
        let at = self.instructions.partition_point(before);
        let next = self.instructions.get(at);
        next.is_some_and(|span| span.start < sentence.end)
    }

    /// Words in the article, counted by white space.
    #[must_use]
    pub fn words(&self) -> usize {
        self.text.split_whitespace().count()
    }
}
