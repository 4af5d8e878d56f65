//! The markdown reader on arbitrary text.

use afterword::pipeline::SourceKind;

use super::common;

/// Tries one input.
pub fn run(source: &str) {
    common::check(source.as_bytes(), SourceKind::Markdown, Some("utf-8"));
}
