//! Builds who drafts: a language model, or the extractive author.

use clap::ValueEnum;

use crate::config::Settings;
use crate::pipeline::Author;

use super::exit::{Exit, Failure};

/// Who drafts, as the command line says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineKind {
    /// A language model, run in this process.
    Llama,
    /// No model: salient sentences and template questions.
    Extractive,
}

/// Builds the author. `model` is a catalogue name or a path; `None` takes the
/// configured one.
pub(super) fn author(
    kind: EngineKind,
    _model: Option<&str>,
    _settings: &Settings,
) -> Result<Author, Failure> {
    match kind {
        EngineKind::Extractive => Ok(Author::Extractive),
        EngineKind::Llama => Err(Failure::new(
            Exit::Usage,
            "this build has no llama engine",
            "pass --engine extractive",
        )),
    }
}
