//! Model files: which there are ([`Catalog`]), where they lie and whether they
//! are what they should be ([`Store`]), and how they get there ([`pull`]).
//!
//! The hash decides: no file of the catalogue is handed out before its SHA-256
//! was compared. Knows nothing of engines or articles, prints nothing, and
//! never runs code that came with a download.

mod catalog;
mod checksum;
mod error;
pub mod pull;
mod sidecar;
mod store;
#[cfg(test)]
mod testing;

pub use catalog::{Catalog, HubSource, Model, Source, WheelSource};
pub use checksum::Checksum;
pub use error::ModelError;
pub use store::{ModelFile, State, Store};
