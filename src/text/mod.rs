//! Leaf functions over text: spans, sentences, words, numbers, names,
//! similarity. Pure: no I/O, no model, nothing of the pipeline.

pub mod captions;
pub mod contacts;
pub mod dependence;
pub mod hex;
pub mod hidden;
pub mod instructions;
pub mod links;
pub mod mapped;
pub mod names;
pub mod numbers;
pub mod pattern;
pub mod quotes;
pub mod sentences;
pub mod similarity;
pub mod span;
pub mod stem;
pub mod time;
pub mod words;
