//! See `src/render.rs`.
#![no_main]

use afterword_fuzz::render::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| run(text));
