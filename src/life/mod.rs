//! The life of an article over its versions: the items that a digest brings, what a
//! newer text does to them (`merge`), and what people do to them (`edit`, `redo`).
//! `item` says what they are, `content` what is kept of an article, `check` holds them
//! against its text.
//!
//! Pure: it knows no store, no time and no caller; who did what and when is given.

mod check;
mod content;
mod edit;
mod error;
mod item;
mod merge;
mod redo;

pub use content::{Changes, Content, Fallen, Removed, Replaced};
pub use edit::{Bounds, Checking, Edit, NewItem};
pub use error::LifeError;
pub use item::{Item, ItemState, Kind, Mark, Origin, Review, Sentence};
pub use merge::{Merging, merge};
pub use redo::Redo;

/// Gives an item that is made its id.
pub type Ids<'a> = dyn FnMut() -> String + 'a;
