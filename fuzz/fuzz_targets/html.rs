//! See `src/html.rs`.
#![no_main]

use afterword_fuzz::html::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| run(text));
