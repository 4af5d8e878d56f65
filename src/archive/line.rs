//! What is written of an article of an archive: one JSON line, the same for the same
//! article whenever and wherever it is made, so that files can be compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// One line of a results or errors file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The archive's name for the article.
    pub custom_id: String,
    /// What came of it.
    pub status: Outcome,
    /// What it was made of, hashed: article, options, prompts, model, version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The article's title, where the archive has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where the article stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the article was last changed, as the archive said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Whether an editor has to look at it before it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// The article that this one is almost the same as, and has its digest from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<String>,
    /// The digest, when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<LineProblem>,
}

/// What came of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has a digest.
    Done,
    /// It is none that can have one: too short, another language.
    Refused,
    /// Something went wrong; it is tried again with the next run.
    Failed,
    /// The archive's entry is broken.
    Unreadable,
}

impl Outcome {
    /// As written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What an editor has said of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Nothing yet, and something has to be said.
    Required,
    /// It may be published.
    Approved,
    /// It may not.
    Rejected,
}

/// Why there is no digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineProblem {
    /// A stable name.
    pub code: String,
    /// What is wrong.
    pub detail: String,
}

impl Line {
    /// A line without a digest.
    #[must_use]
    pub fn without_digest(custom_id: &str, status: Outcome, code: &str, detail: &str) -> Self {
        Self {
            custom_id: custom_id.to_owned(),
            status,
            key: String::new(),
            title: None,
            url: None,
            modified: None,
            review: None,
            shared_with: None,
            digest: None,
            problem: Some(LineProblem {
                code: code.to_owned(),
                detail: detail.to_owned(),
            }),
        }
    }

    /// A line with a digest, which an editor has to look at.
    #[must_use]
    pub fn with_digest(custom_id: &str, mut digest: Digest) -> Self {
        // How long it took differs from run to run.
        digest.provenance.timings_ms = BTreeMap::new();
        Self {
            custom_id: custom_id.to_owned(),
            status: Outcome::Done,
            key: String::new(),
            title: None,
            url: None,
            modified: None,
            review: Some(Review::Required),
            shared_with: None,
            digest: Some(digest),
            problem: None,
        }
    }
}
