//! The wire format: what the CLI prints and the API answers, byte for byte the
//! same. A leaf: it knows no pipeline and does no work.
//!
//! The JSON Schema in `docs/digest.schema.json` is generated from these types
//! and compared with the committed file by a test.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod markers;
pub mod reading;

/// What [`Provenance::model`] says when no model drafted.
pub const EXTRACTIVE: &str = "extractive";

/// What is appended to an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Digest {
    /// Noun phrase naming the article's subject; `null` when none was supported.
    pub topic: Option<String>,
    /// The summary, as [`Digest::summary_form`] says; `null` when no sentence of one
    /// was supported.
    pub summary: Option<Passage>,
    /// What was asked for as a summary; absent for `medium`.
    #[serde(default, skip_serializing_if = "SummaryForm::is_default")]
    pub summary_form: SummaryForm,
    /// Question and answer pairs, in the order of the article.
    pub faq: Vec<Pair>,
    /// Noun phrases from the article's names and themes, most salient first.
    pub related: Vec<String>,
    /// What was drafted and not returned, each with its reason.
    pub refused: Vec<Refused>,
    /// What an editor should know about this digest or its article.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// What produced this digest, and from what.
    pub provenance: Provenance,
    /// The text that was read, on request. All offsets point into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What a summary is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SummaryForm {
    /// A sentence or two.
    Short,
    /// Two to four sentences.
    #[default]
    Medium,
    /// Points of one sentence each, each to be read on its own.
    KeyPoints,
}

impl SummaryForm {
    /// Whether it is what a digest has where nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A text whose every sentence carries its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Passage {
    /// The sentences, joined by one space.
    pub text: String,
    /// The same text sentence by sentence; never empty.
    pub sentences: Vec<Supported>,
}

/// A sentence and the places in the article that say it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Supported {
    /// The sentence as returned.
    pub text: String,
    /// Best first; never empty.
    pub evidence: Vec<Evidence>,
}

/// A place in the text that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// UTF-8 byte offset of the first byte.
    pub start: usize,
    /// UTF-8 byte offset after the last byte.
    pub end: usize,
    /// Exactly the text between `start` and `end`.
    pub quote: String,
    /// The same place in the bytes that the caller sent, markup between its
    /// words included; `null` in a title that was given apart from the body.
    pub input: Option<InputRange>,
    /// Support in `0..=1`: share of the sentence's content found here.
    pub score: f32,
}

/// A range of the bytes that the caller sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputRange {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// A question that a reader would ask and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pair {
    /// Self-contained, ending in a question mark.
    pub question: String,
    /// One to four sentences.
    pub answer: Passage,
}

/// Something drafted that an editor would not sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// What it would have been.
    pub kind: RefusedKind,
    /// The draft as written.
    pub text: String,
    /// A stable code, a colon and a detail: `unsupported_number: 1,200`.
    pub reason: String,
}

/// The part of a digest that a refused draft belonged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusedKind {
    /// The topic phrase.
    Topic,
    /// A sentence of the summary.
    SummarySentence,
    /// A question.
    Question,
    /// A sentence of an answer.
    AnswerSentence,
    /// A related topic.
    Related,
}

/// Something that an editor should know; it stands in the JSON and never in
/// what readers see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// What it is about, for programs.
    pub code: NoticeCode,
    /// The same for people, with the figures of this article.
    pub detail: String,
    /// Where it is in the bytes that the caller sent, when it is somewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputRange>,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// The article states too few facts for a digest of the usual length.
    LittleToSay,
    /// Characters that show nothing hid something and were taken out.
    HiddenText,
    /// Sentences speak to a language model and not to a reader.
    InstructionLike,
    /// The input carries an FAQ already, which was not read.
    OlderFaq,
    /// Some bytes are no characters of the input's charset.
    Undecodable,
    /// The article writes names in another way than the house.
    HouseStyle,
}

/// What produced a digest, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Catalogue name or file name of the model; `NAME+LAYOUT` for a copy that was named so of the model NAME
    /// in another layout; `remote:NAME@HOST` for the model NAME of a service at HOST;
    /// `extractive` without one.
    pub model: String,
    /// SHA-256 of the model file in lower-case hex; `null` without a model here.
    pub model_sha256: Option<String>,
    /// SHA-256 of the file that the model file is a copy of, in lower-case hex; absent for
    /// a model as it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_source_sha256: Option<String>,
    /// Hash of the prompts used.
    pub prompt_version: String,
    /// Version of this program's pipeline.
    pub pipeline_version: String,
    /// SHA-256 of the house style, in lower-case hex; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub house_style_sha256: Option<String>,
    /// SHA-256 of the text that was read, in lower-case hex.
    pub source_sha256: String,
    /// Words in the article.
    pub source_words: usize,
    /// Words that the model was shown; equals `source_words`.
    pub source_words_read: usize,
    /// Milliseconds per stage, and `total`.
    pub timings_ms: BTreeMap<String, u64>,
}
