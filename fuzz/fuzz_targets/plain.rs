//! See `src/plain.rs`.
#![no_main]

use afterword_fuzz::plain::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| run(text));
