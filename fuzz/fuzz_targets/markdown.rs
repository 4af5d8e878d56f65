//! See `src/markdown.rs`.
#![no_main]

use afterword_fuzz::markdown::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| run(text));
