//! What most tests of the pipeline begin with: an article as it is sent, and a pipeline of
//! which nothing but the author matters.

use afterword::config::Limits;
use afterword::pipeline::{Author, Fences, Input, Pipeline, SourceKind, SourceScope};

/// An article of which the caller says no more than what its bytes are.
pub(crate) fn sent(bytes: impl Into<Vec<u8>>, kind: SourceKind) -> Input {
    Input {
        bytes: bytes.into(),
        kind,
        scope: SourceScope::Auto,
        title: None,
        charset: None,
        language: None,
    }
}

/// No house style, and prompts that are the same in every run.
pub(crate) fn plain_pipeline(limits: Limits, author: Author) -> Pipeline {
    Pipeline {
        limits,
        author,
        house_style: None,
        fences: Fences::of_text(),
    }
}
