//! Model files: which there are ([`Catalog`]), where they lie and whether they
//! are what they should be ([`Store`]), how they get there ([`pull`]), and copies of them
//! in another layout ([`ModelCopy`]).
//!
//! The hash decides: no file of the catalogue is handed out before its SHA-256
//! was compared, no copy before it was compared with its note. Knows nothing of engines or
//! articles, prints nothing, and never runs code that came with a download.

mod catalog;
mod checksum;
mod copies;
mod entry;
mod error;
pub mod pull;
mod sidecar;
mod store;
#[cfg(test)]
mod testing;

pub use catalog::{Catalog, HubSource, Model, Source, WheelSource};
pub use checksum::Checksum;
pub use copies::{CopyDraft, CopyFacts, CopyFault, Made, ModelCopy};
pub use entry::Entry;
pub use error::ModelError;
pub use store::{ModelFile, State, Store};
