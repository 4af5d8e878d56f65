//! Archives of articles, read one item after the other: JSONL, WordPress exports,
//! feeds, folders, Parquet. `source` opens one and tells what it is; the readers give
//! items; `filter` says which are wanted; `line` is what is written of each;
//! `near` finds articles that are almost the same.
//!
//! An item that cannot be read is told and costs only itself. Holds one item in
//! memory, never the archive. Makes no digest, and logs nothing.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::pipeline::Input;

mod feed;
pub mod filter;
mod folder;
mod jsonl;
pub mod line;
mod lines;
pub mod near;
#[cfg(feature = "parquet")]
pub mod parquet;
mod source;
mod wxr;

pub use jsonl::{Written, parse as parse_line};
pub use lines::{Lines, ReadLine};
pub use source::{Format, Source};

/// What readers are held to.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Bytes of one item, markup and fields included.
    pub max_item_bytes: usize,
    /// Types of posts of a WordPress export that are articles.
    pub post_types: Vec<String>,
}

/// One entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place in the source, from 1.
    pub position: u64,
    /// The source's name for it, or one made of its place; different for each item.
    pub id: String,
    /// The article, or why there is none.
    pub content: Result<Entry, Problem>,
}

/// An article with what the archive says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The article.
    pub input: Input,
    /// Where it stands.
    pub url: Option<String>,
    /// When it was published: begins with `YYYY-MM-DD`.
    pub date: Option<String>,
    /// When it was last changed, in UTC, as the source writes it.
    pub modified: Option<String>,
    /// Names of its categories, in lower case.
    pub categories: Vec<String>,
}

/// Why an item gives no article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether it is meant to be none: a picture, a draft.
    pub is_skip: bool,
    /// A stable name.
    pub code: &'static str,
    /// What is wrong, without the item's text.
    pub detail: String,
}

impl Problem {
    /// Something that cannot be read.
    #[must_use]
    pub fn broken(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            is_skip: false,
            code,
            detail: detail.into(),
        }
    }

    /// Something that is no article.
    #[must_use]
    pub fn skip(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            is_skip: true,
            code,
            detail: detail.into(),
        }
    }
}

/// Why an archive cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file or folder.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Nothing that is known.
    #[error("{} is no archive of a known format", path.display())]
    UnknownFormat {
        /// Which.
        path: PathBuf,
    },
    /// The format needs a file that can be read at any place.
    #[error("Parquet cannot be read from standard input")]
    NeedsFile,
    /// This build cannot read it.
    #[error("this build reads no Parquet")]
    NoParquet,
    /// The archive as a whole is broken.
    #[error("{} cannot be read: {reason}", path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl ArchiveError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "name a readable file or folder, or - for standard input",
            Self::UnknownFormat { .. } => {
                "name its format: --from jsonl, wxr, feed, folder or parquet"
            }
            Self::NeedsFile => "save it to a file first",
            Self::NoParquet => "build with --features parquet, or convert the file to JSONL",
            Self::Broken { .. } => "export it again, or name another format with --from",
        }
    }
}

/// Takes items; says when to stop.
pub type Each<'a> = dyn FnMut(Item) -> ControlFlow<()> + 'a;

/// Numbers items, and keeps their names apart.
struct Out<'a> {
    each: &'a mut Each<'a>,
    position: u64,
    seen: HashSet<String>,
}

impl<'a> Out<'a> {
    fn new(each: &'a mut Each<'a>) -> Self {
        Self {
            each,
            position: 0,
            seen: HashSet::new(),
        }
    }

    fn put(&mut self, id: Option<String>, content: Result<Entry, Problem>) -> ControlFlow<()> {
        self.position += 1;
        let id = id.filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| format!("item-{}", self.position));
        let (mut id, content) = if self.seen.contains(&id) {
            let problem = Problem::broken("duplicate_id", format!("{id:?} came before"));
            (format!("{id}~{}", self.position), Err(problem))
        } else {
            (id, content)
        };
        while self.seen.contains(&id) {
            id.push('~');
        }
        self.seen.insert(id.clone());
        (self.each)(Item {
            position: self.position,
            id,
            content,
        })
    }

    /// Has an archive without items say so.
    fn end(&mut self) -> ControlFlow<()> {
        if self.position > 0 {
            return ControlFlow::Continue(());
        }
        self.put(None, Err(Problem::broken("no_items", "there are no items")))
    }
}
