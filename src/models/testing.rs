//! Tiny models and observers for the tests of this module.

use std::sync::Mutex;

use super::checksum::Checksum;
use super::pull::Observer;
use super::{Catalog, HubSource, Model, Source, Store};

/// A model whose file should hold `content`, on a hub only.
pub(super) fn model(content: &[u8]) -> Model {
    Model {
        name: "tiny".to_owned(),
        file: "tiny.gguf".to_owned(),
        bytes: content.len() as u64,
        sha256: Checksum::of(content).unwrap(),
        licence: "MIT".to_owned(),
        context_tokens: 128,
        default: true,
        note: String::new(),
        sources: vec![Source::Hub(HubSource {
            repository: "owner/tiny".to_owned(),
            revision: "main".to_owned(),
            file: "tiny.gguf".to_owned(),
        })],
    }
}

/// A store in `directory` that knows `model` only.
pub(super) fn store(directory: &std::path::Path, model: &Model) -> Store {
    Store::with_catalog(directory.to_owned(), Catalog::of(vec![model.clone()]))
}

/// Hears nothing.
pub(super) struct Silent;

impl Observer for Silent {
    fn note(&self, _line: &str) {}
    fn progress(&self, _done: u64, _total: u64) {}
}

/// Keeps what it hears.
#[derive(Default)]
pub(super) struct Notes(pub(super) Mutex<Vec<String>>);

impl Observer for Notes {
    fn note(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
    fn progress(&self, _done: u64, _total: u64) {}
}
