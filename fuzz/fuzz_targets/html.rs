//! The html reader on arbitrary text.
#![no_main]

use afterword::pipeline::SourceKind;
use libfuzzer_sys::fuzz_target;

mod common;

fuzz_target!(|source: &str| {
    common::check(source.as_bytes(), SourceKind::Html, Some("utf-8"));
});
