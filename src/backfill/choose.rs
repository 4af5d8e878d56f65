//! Which articles of an archive are to be made: reads the archive, holds each entry
//! against what was asked for, reads its text once, and refuses now what would be
//! refused later. Runs on a thread of its own, as fast as what comes after takes.

use std::ops::ControlFlow;

use crate::archive::filter::Filter;
use crate::archive::near::Near;
use crate::archive::{ArchiveError, Bounds, Entry, Item, Problem, Source};
use crate::config::Limits;
use crate::pipeline::Input;
use crate::pipeline::ingest::{check, read};

/// What to choose from, and how.
#[derive(Debug, Clone)]
pub struct Choose {
    /// The archive.
    pub source: Source,
    /// What its readers are held to.
    pub bounds: Bounds,
    /// What articles are held to.
    pub limits: Limits,
    /// What was asked for.
    pub filter: Filter,
    /// So many articles at most.
    pub limit: Option<u64>,
    /// Whether articles that are almost the same are found.
    pub finds_near: bool,
}

/// An entry of the archive, and what is to be done with it.
#[derive(Debug)]
pub struct Chosen {
    /// Its place in the archive, from 1.
    pub position: u64,
    /// Its name.
    pub id: String,
    /// What is to be done.
    pub what: What,
}

/// What is to be done with an entry.
#[derive(Debug)]
pub enum What {
    /// It is no article.
    Skip(&'static str),
    /// It was not asked for.
    LeaveOut(&'static str),
    /// It is broken.
    Unreadable(Problem),
    /// There is a line of exactly this.
    Current {
        /// What the line was made of.
        key: String,
    },
    /// It can have no digest.
    Refuse {
        /// The article.
        article: Box<Wanted>,
        /// Why: a code, and what is wrong.
        problem: (&'static str, String),
    },
    /// It is to be made.
    Make(Box<Wanted>),
}

/// An article that was asked for.
#[derive(Debug)]
pub struct Wanted {
    /// The article.
    pub entry: Entry,
    /// What its digest depends on, hashed.
    pub key: String,
    /// Its words.
    pub words: usize,
    /// An earlier article that is almost the same: its name.
    pub near: Option<String>,
}

/// What is known beforehand.
pub struct Before<'a> {
    /// What a digest of an article depends on, hashed.
    pub key: &'a dyn Fn(&Input) -> String,
    /// Whether there is a line of exactly this.
    pub is_current: &'a dyn Fn(&str, &str) -> bool,
}

impl Choose {
    /// Gives every entry to `each` with what is to be done, until it says stop.
    ///
    /// # Errors
    /// [`ArchiveError`] when the archive cannot be read on.
    pub fn each(
        &self,
        before: &Before<'_>,
        mut each: impl FnMut(Chosen) -> ControlFlow<()>,
    ) -> Result<(), ArchiveError> {
        let mut near = self.finds_near.then(Near::default);
        let mut wanted = 0;
        self.source.read(&self.bounds, &mut |item| {
            if self.limit.is_some_and(|limit| wanted >= limit) {
                return ControlFlow::Break(());
            }
            let Item {
                position,
                id,
                content,
            } = item;
            let what = self.decide(&id, content, before, near.as_mut());
            wanted += u64::from(!matches!(what, What::Skip(_) | What::LeaveOut(_)));
            each(Chosen { position, id, what })
        })
    }

    /// How many entries are asked for, as far as that can be told without reading
    /// their texts.
    ///
    /// # Errors
    /// [`ArchiveError`] when the archive cannot be read on.
    pub fn count(&self) -> Result<u64, ArchiveError> {
        let mut count = 0;
        self.source.read(&self.bounds, &mut |item| {
            let wanted = match &item.content {
                Ok(entry) => self.filter.check_entry(entry).is_ok(),
                Err(problem) => !problem.is_skip,
            };
            count += u64::from(wanted && self.filter.wants_id(&item.id));
            match self.limit {
                Some(limit) if count >= limit => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })?;
        Ok(count)
    }

    fn decide(
        &self,
        id: &str,
        content: Result<Entry, Problem>,
        before: &Before<'_>,
        near: Option<&mut Near>,
    ) -> What {
        if !self.filter.wants_id(id) {
            return What::LeaveOut("other_id");
        }
        let entry = match content {
            Ok(entry) => entry,
            Err(problem) if problem.is_skip => return What::Skip(problem.code),
            Err(problem) => return What::Unreadable(problem),
        };
        if let Err(why) = self.filter.check_entry(&entry) {
            return What::LeaveOut(why.code());
        }
        let key = (before.key)(&entry.input);
        let is_current = (before.is_current)(id, &key);
        if is_current && near.is_none() {
            return What::Current { key };
        }
        let wanted = |entry, words, near| {
            Box::new(Wanted {
                entry,
                key: key.clone(),
                words,
                near,
            })
        };
        let article = match read(&entry.input, &self.limits) {
            Ok(article) => article,
            Err(_) if is_current => return What::Current { key },
            Err(error) => {
                let problem = (error.code(), error.to_string());
                let article = wanted(entry, 0, None);
                return What::Refuse { article, problem };
            }
        };
        let words = article.words();
        let own_date = article.metadata.date.as_deref();
        if let Err(why) = self.filter.check_read(&entry, own_date, words) {
            return What::LeaveOut(why.code());
        }
        if let Err(error) = check(&entry.input, &article, &self.limits) {
            if is_current {
                return What::Current { key };
            }
            let problem = (error.code(), error.to_string());
            let article = wanted(entry, words, None);
            return What::Refuse { article, problem };
        }
        let near = near.and_then(|near| near.find_or_add(id, &article.text));
        if is_current {
            return What::Current { key };
        }
        What::Make(wanted(entry, words, near))
    }
}
