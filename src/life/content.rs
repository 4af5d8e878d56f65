//! What is kept of an article: its items, what was taken out of it by hand, what the
//! last merge changed, and what its last digest said beside the items.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Notice, Provenance, Refused};
use crate::store::ArticleState;

use super::error::LifeError;
use super::item::{Item, ItemState, Kind, Review};

/// Items that were taken out by hand and are remembered.
const MOST_REMOVED: usize = 200;

/// What is kept of an article.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// By kind, and within a kind by position.
    pub items: Vec<Item>,
    /// What a person took out: no machine brings it back.
    pub removed: Vec<Removed>,
    /// What was refused on the way to the last digest.
    pub refused: Vec<Refused>,
    /// What an editor should know about the article.
    pub notices: Vec<Notice>,
    /// What made the last digest.
    pub provenance: Option<Provenance>,
    /// What the last merge changed.
    pub changes: Option<Changes>,
}

/// The words of an item that a person took out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// What it was.
    pub kind: Kind,
    /// The question of a pair.
    pub question: Option<String>,
    /// Its text.
    pub text: String,
}

/// What a merge changed, by the ids of items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// The job whose digest was merged.
    pub job: String,
    /// The version that it made the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Why nothing was merged: a code, a colon and a detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Hold, at the places of before.
    #[serde(default)]
    pub kept: Vec<String>,
    /// Hold, at other places.
    #[serde(default)]
    pub moved: Vec<String>,
    /// Fell, and another stands in their place.
    #[serde(default)]
    pub replaced: Vec<Replaced>,
    /// Are new, and in nobody's place.
    #[serde(default)]
    pub added: Vec<String>,
    /// Fell, and stay because somebody wrote, locked or rejected them.
    #[serde(default)]
    pub stale: Vec<String>,
    /// Fell, and nothing stands in their place.
    #[serde(default)]
    pub dropped: Vec<String>,
    /// The words of what fell, with the reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallen: Vec<Fallen>,
}

/// An item in another's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replaced {
    /// The item that fell.
    pub old: String,
    /// The item that stands there now.
    pub new: String,
}

/// An item that the newer text does not back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fallen {
    /// Its id.
    pub id: String,
    /// What it was.
    pub kind: Kind,
    /// The question of a pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// Its text.
    pub text: String,
    /// What speaks against it now.
    pub reasons: Vec<String>,
}

impl Content {
    /// Where the article stands with these items.
    #[must_use]
    pub fn state(&self) -> ArticleState {
        let mut shown = self.items.iter().filter(|it| it.review != Review::Rejected);
        let is_touched = |it: &Item| it.edited.is_some() || it.reviewed.is_some() || it.locked;
        if self.items.is_empty() {
            return ArticleState::Draft;
        }
        if shown.clone().next().is_none() {
            return ArticleState::Rejected;
        }
        if shown.clone().any(|it| it.state == ItemState::Stale) {
            return ArticleState::Stale;
        }
        if shown.all(|it| it.review == Review::Approved) {
            return ArticleState::Approved;
        }
        match self.items.iter().any(is_touched) || !self.removed.is_empty() {
            true => ArticleState::Current,
            false => ArticleState::Draft,
        }
    }

    /// The item with this id.
    ///
    /// # Errors
    /// [`LifeError::NoSuchItem`].
    pub fn item(&self, id: &str) -> Result<&Item, LifeError> {
        let found = self.items.iter().find(|it| it.id == id);
        found.ok_or(LifeError::NoSuchItem)
    }

    pub(super) fn place(&self, id: &str) -> Result<usize, LifeError> {
        let found = self.items.iter().position(|it| it.id == id);
        found.ok_or(LifeError::NoSuchItem)
    }

    /// Items of a kind, in order.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |it| it.kind == kind)
    }

    /// Sorts by kind, as they stand within it, and counts positions.
    pub(super) fn settle(&mut self) {
        self.items.sort_by_key(|it| it.kind);
        let mut last = None;
        let mut position = 0;
        for item in &mut self.items {
            position = if last == Some(item.kind) {
                position + 1
            } else {
                0
            };
            last = Some(item.kind);
            item.position = position;
        }
    }

    /// Remembers that an item was taken out.
    pub(super) fn forget(&mut self, item: Item) {
        self.removed.push(Removed {
            kind: item.kind,
            question: item.question,
            text: item.text,
        });
        let over = self.removed.len().saturating_sub(MOST_REMOVED);
        self.removed.drain(..over);
    }

    /// What is printed: all that holds and is not rejected, or only what is approved.
    ///
    /// # Errors
    /// [`LifeError::NoItems`] before the first digest.
    pub fn digest(&self, only_approved: bool) -> Result<Digest, LifeError> {
        let shown = |it: &&Item| it.is_shown() && (!only_approved || it.review == Review::Approved);
        let texts = |kind| self.of_kind(kind).filter(shown).map(|it| it.text.clone());
        let summary = self.of_kind(Kind::Summary).find(shown);
        Ok(Digest {
            topic: texts(Kind::Topic).next(),
            summary: summary.map(Item::passage),
            summary_form: summary.map(|it| it.summary_form).unwrap_or_default(),
            faq: self
                .of_kind(Kind::Pair)
                .filter(shown)
                .filter_map(Item::pair)
                .collect(),
            related: texts(Kind::Related).collect(),
            refused: self.refused.clone(),
            notices: self.notices.clone(),
            provenance: self.provenance.clone().ok_or(LifeError::NoItems)?,
            source: None,
        })
    }
}
