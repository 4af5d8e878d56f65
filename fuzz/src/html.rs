//! The html reader on arbitrary text.

use afterword::pipeline::SourceKind;

use super::common;

/// Tries one input.
pub fn run(source: &str) {
    common::check(source.as_bytes(), SourceKind::Html, Some("utf-8"));
}
