//! What people do to items: words, locks, reviews, places; own items; taking out. The
//! check says what the article has for a person's words, and never stands in the way.

use crate::pipeline::verify::Recheck;

use super::Ids;
use super::check;
use super::content::Content;
use super::error::LifeError;
use super::item::{Item, ItemState, Kind, Mark, Origin, Review};

/// Bounds of what people write.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Items of an article.
    pub items: usize,
    /// Bytes of an item.
    pub bytes: usize,
}

/// What is to be changed of an item; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// Its question.
    pub question: Option<String>,
    /// Its text.
    pub text: Option<String>,
    /// Whether it is locked.
    pub locked: Option<bool>,
    /// What is thought of it.
    pub review: Option<Review>,
    /// Its place among those of its kind; too high a number is the last place.
    pub position: Option<usize>,
}

/// An item that a person adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// What it is.
    pub kind: Kind,
    /// The question of a pair.
    pub question: Option<String>,
    /// Its text.
    pub text: String,
    /// Its place; `None` is the last.
    pub position: Option<usize>,
}

impl Content {
    /// Changes an item. A person who looks at a stale one and writes or reviews it
    /// settles the matter.
    ///
    /// # Errors
    /// [`LifeError`] when it is not there, too long, or has no such part.
    pub fn edit(
        &mut self,
        id: &str,
        edit: &Edit,
        mark: &Mark,
        with: &Checking<'_>,
    ) -> Result<(), LifeError> {
        let at = self.place(id)?;
        let mut item = self.items[at].clone();
        let question = clean(edit.question.as_deref(), "question")?;
        let text = clean(edit.text.as_deref(), "text")?;
        if question.is_some() && item.kind != Kind::Pair {
            return Err(LifeError::Field {
                field: "question",
                reason: "is a part of pairs only",
            });
        }
        let is_new = |new: &Option<String>, old: Option<&str>| {
            new.as_deref().is_some_and(|new| Some(new) != old)
        };
        let rewritten =
            is_new(&question, item.question.as_deref()) || is_new(&text, Some(item.text.as_str()));
        if rewritten {
            item.question = question.or(item.question);
            item.text = text.unwrap_or(item.text);
            item.edited = Some(mark.clone());
            with.bounds.fit(&item)?;
            item = check::written(&item, with.recheck);
            item.state = ItemState::Current;
            // It was approved in other words.
            item.review = Review::Draft;
            item.reviewed = None;
        }
        item.locked = edit.locked.unwrap_or(item.locked);
        if let Some(review) = edit.review {
            reviewed(&mut item, review, mark);
        }
        self.items[at] = item;
        if let Some(position) = edit.position {
            self.place_at(at, position);
        }
        self.settle();
        Ok(())
    }

    /// Adds an item that a person wrote, and tells its id.
    ///
    /// # Errors
    /// [`LifeError`] when there is no room for it, or a part of it is missing.
    pub fn add(
        &mut self,
        new: &NewItem,
        mark: &Mark,
        with: &Checking<'_>,
        ids: &mut Ids<'_>,
    ) -> Result<String, LifeError> {
        let question = clean(new.question.as_deref(), "question")?;
        if question.is_some() != (new.kind == Kind::Pair) {
            return Err(LifeError::Field {
                field: "question",
                reason: "is needed for a pair, and for nothing else",
            });
        }
        let text = clean(Some(&new.text), "text")?.unwrap_or_default();
        let item = Item {
            question,
            edited: Some(mark.clone()),
            ..Item::made(ids(), new.kind, Origin::Human, text)
        };
        with.bounds.fit(&item)?;
        let item = check::written(&item, with.recheck);
        self.insert(item, new.position, with.bounds)
    }

    /// Puts an item in its place, and tells its id.
    pub(super) fn insert(
        &mut self,
        item: Item,
        position: Option<usize>,
        bounds: Bounds,
    ) -> Result<String, LifeError> {
        if item.kind.is_single() && self.of_kind(item.kind).count() > 0 {
            return Err(LifeError::ItemExists(item.kind));
        }
        if self.items.len() >= bounds.items {
            let limit = bounds.items;
            return Err(LifeError::TooManyItems { limit });
        }
        let id = item.id.clone();
        self.items.push(item);
        self.settle();
        if let Some(position) = position {
            let at = self.place(&id)?;
            self.place_at(at, position);
            self.settle();
        }
        Ok(id)
    }

    /// Takes an item out. Nothing like it comes back by itself.
    ///
    /// # Errors
    /// [`LifeError`] when it is not there, or locked.
    pub fn remove(&mut self, id: &str) -> Result<(), LifeError> {
        let at = self.place(id)?;
        if self.items[at].locked {
            return Err(LifeError::Locked);
        }
        let item = self.items.remove(at);
        self.forget(item);
        self.settle();
        Ok(())
    }

    /// Reviews items; all but the rejected ones where none are named, and then only
    /// if nothing is stale.
    ///
    /// # Errors
    /// [`LifeError`] when one is not there, or something is stale.
    pub fn review(
        &mut self,
        named: Option<&[String]>,
        review: Review,
        mark: &Mark,
    ) -> Result<Vec<String>, LifeError> {
        let ids: Vec<String> = match named {
            Some(ids) => ids.to_vec(),
            None => self.whole(review)?,
        };
        for id in &ids {
            let at = self.place(id)?;
            reviewed(&mut self.items[at], review, mark);
        }
        Ok(ids)
    }

    fn whole(&self, review: Review) -> Result<Vec<String>, LifeError> {
        let open = self.items.iter().filter(|it| it.review != Review::Rejected);
        let stale = open.clone().filter(|it| it.state == ItemState::Stale);
        match stale.count() {
            stale if stale > 0 && review == Review::Approved => Err(LifeError::StaleItems(stale)),
            _ if self.items.is_empty() => Err(LifeError::NoItems),
            _ => Ok(open.map(|it| it.id.clone()).collect()),
        }
    }

    /// Moves an item to a place among those of its kind.
    fn place_at(&mut self, at: usize, position: usize) {
        let item = self.items.remove(at);
        let peers = self.items.iter().enumerate();
        let mut peers = peers.filter(|(_, it)| it.kind == item.kind);
        let target = peers.nth(position).map(|(at, _)| at);
        let target = target.unwrap_or_else(|| {
            let after = self.items.iter().position(|it| it.kind > item.kind);
            after.unwrap_or(self.items.len())
        });
        self.items.insert(target, item);
    }
}

/// What a person's words are held against.
#[derive(Clone, Copy)]
pub struct Checking<'a> {
    /// The text of the current version; `None` when it is not kept.
    pub recheck: Option<&'a Recheck<'a>>,
    /// What fits.
    pub bounds: Bounds,
}

impl Bounds {
    pub(super) fn fit(self, item: &Item) -> Result<(), LifeError> {
        let bytes = item.text.len() + item.question.as_ref().map_or(0, String::len);
        let limit = self.bytes;
        match bytes > limit {
            true => Err(LifeError::TooLong { limit }),
            false => Ok(()),
        }
    }
}

fn reviewed(item: &mut Item, review: Review, mark: &Mark) {
    item.review = review;
    item.reviewed = Some(mark.clone());
    if review == Review::Approved {
        // Who signs it has looked at it.
        item.state = ItemState::Current;
    }
}

/// Words as they are kept: on one line, without control characters.
fn clean(words: Option<&str>, field: &'static str) -> Result<Option<String>, LifeError> {
    let Some(words) = words else {
        return Ok(None);
    };
    let words: Vec<String> = words
        .split_whitespace()
        .map(|word| word.chars().filter(|it| !it.is_control()).collect())
        .collect();
    let words = words.join(" ").trim().to_owned();
    if words.is_empty() {
        let reason = "has to have words";
        return Err(LifeError::Field { field, reason });
    }
    Ok(Some(words))
}

#[cfg(test)]
mod tests;
