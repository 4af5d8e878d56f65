//! From an article to a digest in seven stages, each owning its output type:
//! `ingest -> understand -> plan -> generate -> verify -> select -> render`.
//!
//! Only `generate` waits for a model. Nothing here knows HTTP or the terminal.

use std::sync::Arc;

use crate::config::Limits;
use crate::digest::Digest;
use crate::engine::Engine;

pub mod article;
pub mod draft;
pub mod error;
pub mod extractive;
pub mod ingest;
pub mod options;
pub mod render;
pub mod understand;

use error::PipelineError;
use options::DigestOptions;

/// An article as a caller sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The body, as sent.
    pub bytes: Vec<u8>,
    /// What the bytes are.
    pub kind: SourceKind,
    /// The title, when the caller knows it and the body does not carry it.
    pub title: Option<String>,
}

/// What an input's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Plain text, paragraphs apart by blank lines.
    Text,
    /// HTML: a body fragment or a whole page.
    Html,
    /// CommonMark.
    Markdown,
}

/// Who drafts.
pub enum Author {
    /// A language model.
    Model(Arc<dyn Engine>),
    /// No model: salient sentences and template questions.
    Extractive,
}

/// Everything between an article and its digest.
pub struct Pipeline {
    /// The bounds that inputs are held to.
    pub limits: Limits,
    /// Who drafts.
    pub author: Author,
}

impl Pipeline {
    /// Reads the article, drafts, verifies, selects.
    ///
    /// # Errors
    /// [`PipelineError`] says why there is no digest; a digest with fewer items
    /// than asked for is no error.
    pub async fn digest(
        &self,
        input: &Input,
        options: &DigestOptions,
    ) -> Result<Digest, PipelineError> {
        let _ = (input, options);
        Err(PipelineError::NoText)
    }
}
