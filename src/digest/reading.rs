//! The wire format of what was read of an input: printed by `afterword ingest`.
//! A leaf, as the digest's; its schema is `docs/ingest.schema.json`, compared by
//! a test.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{InputRange, Notice};

/// What would be read of an input, and what not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// The title, when there is one; the first of `blocks`.
    pub title: Option<String>,
    /// Who wrote it, as a page or front matter says.
    pub byline: Option<String>,
    /// When it was published, as a page or front matter says: an ISO 8601 date,
    /// with the time where it is told.
    pub date: Option<String>,
    /// The canonical address, as a page or front matter says.
    pub url: Option<String>,
    /// Whether all of the input was taken for the article, or a part was found.
    pub scope: Scope,
    /// ISO 639-1 code of the language; `null` when it cannot be told.
    pub language: Option<String>,
    /// The charset that the input was decoded from.
    pub charset: String,
    /// The text as read; `start` and `end` of the blocks point into it.
    pub text: String,
    /// What the text is made of, in order.
    pub blocks: Vec<ReadBlock>,
    /// Words of the text.
    pub words_read: usize,
    /// Words that were left out.
    pub words_dropped: usize,
    /// What was left out and why, in the order of the input.
    pub dropped: Vec<Dropped>,
    /// FAQs that the input carries already; none of them was read.
    pub older_faqs: Vec<OlderFaq>,
    /// What an editor should know about the input.
    pub notices: Vec<Notice>,
    /// Why `digest` would refuse the input; `null` when it would not.
    pub refusal: Option<Refusal>,
}

/// How much of an input was taken for the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of it, but for what does not belong to an article.
    Body,
    /// The part that holds the article.
    Page,
}

/// A paragraph-level piece of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadBlock {
    /// What it is.
    pub kind: BlockKind,
    /// Level of a heading, 1 to 6; the title has 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// UTF-8 byte offset of its first byte in `text`.
    pub start: usize,
    /// UTF-8 byte offset after its last byte in `text`.
    pub end: usize,
    /// Exactly the text between `start` and `end`.
    pub text: String,
    /// Its words, counted by white space.
    pub words: usize,
    /// The same place in the bytes that were sent, markup between its words
    /// included; `null` for a title given apart.
    pub input: Option<InputRange>,
}

/// The kinds of block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// A heading.
    Heading,
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

/// Something that is not article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    /// Why: `navigation`, `comments`, `older_faq`, `related`, `footer`, …
    pub reason: String,
    /// Its first words.
    pub excerpt: String,
    /// Its words.
    pub words: usize,
    /// Its place in the bytes that were sent.
    pub input: Option<InputRange>,
}

/// An FAQ that the input carries already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OlderFaq {
    /// How it is written: `afterword`, `yoast`, `rank-math`, `details`,
    /// `json-ld` or `heading`.
    pub format: String,
    /// Its place in the bytes that were sent.
    pub input: Option<InputRange>,
    /// Its questions.
    pub questions: Vec<String>,
}

/// Why there would be no digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// A stable name.
    pub code: String,
    /// The reason, for people.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}
