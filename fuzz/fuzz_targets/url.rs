//! See `src/url.rs`.
#![no_main]

use afterword_fuzz::url::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| run(text));
