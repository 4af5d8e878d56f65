//! What each target tries: it reads one input, and panics where a promise is broken, which
//! is how a fuzzer is told. `fuzz_targets` hands the fuzzer's inputs in; the tests of the
//! product (`tests/it/corpus.rs`) include these files, and hand in the seeds of `corpus`.

mod common;
pub mod decode;
pub mod html;
pub mod markdown;
pub mod plain;
pub mod render;
pub mod request;
pub mod sentences;
pub mod url;
pub mod wxr;
