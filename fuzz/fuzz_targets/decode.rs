//! See `src/decode.rs`.
#![no_main]

use afterword_fuzz::decode::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| run(bytes));
