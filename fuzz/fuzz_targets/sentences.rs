//! See `src/sentences.rs`.
#![no_main]

use afterword_fuzz::sentences::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| run(text));
