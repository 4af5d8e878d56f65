//! See `src/wxr.rs`.
#![no_main]

use afterword_fuzz::wxr::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| run(bytes));
