//! See `src/request.rs`.
#![no_main]

use std::sync::LazyLock;

use afterword_fuzz::request::Service;
use libfuzzer_sys::fuzz_target;

/// Its folder stays behind: a fuzzer ends without a word.
static SERVICE: LazyLock<Service> = LazyLock::new(Service::start);

fuzz_target!(|bytes: &[u8]| SERVICE.run(bytes));
