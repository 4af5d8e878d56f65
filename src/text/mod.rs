//! Leaf functions over text: spans, sentences, words, numbers, names,
//! similarity. Pure: no I/O, no model, nothing of the pipeline.

pub mod sentences;
pub mod span;
