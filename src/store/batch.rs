//! What the store keeps of batches, as values. Does no work.

use std::fmt;
use std::str::FromStr;

use super::job::{Millis, Order, UnknownName};

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchState {
    /// It is being sent.
    Validating,
    /// Its articles are handed in, so many at a time.
    InProgress,
    /// All are handed in, and the last are in work.
    Finalizing,
    /// All have ended.
    Completed,
    /// It did not arrive whole.
    Failed,
    /// It was not done in time.
    Expired,
    /// It was called off, and its last articles are in work.
    Cancelling,
    /// It was called off.
    Cancelled,
}

impl BatchState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Validating,
        Self::InProgress,
        Self::Finalizing,
        Self::Completed,
        Self::Failed,
        Self::Expired,
        Self::Cancelling,
        Self::Cancelled,
    ];

    /// As stored and as shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Validating => "validating",
            Self::InProgress => "in_progress",
            Self::Finalizing => "finalizing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing happens to such a batch any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Expired | Self::Cancelled
        )
    }
}

impl FromStr for BatchState {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or(UnknownName(
            "validating, in_progress, finalizing, completed, failed, expired, cancelling and cancelled",
        ))
    }
}

impl fmt::Display for BatchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Many articles that were sent together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Order of acceptance.
    pub seq: i64,
    /// What callers know it by; not to be guessed.
    pub id: String,
    /// Where it stands.
    pub state: BatchState,
    /// Whether nothing of it is handed in for now.
    pub paused: bool,
    /// The API key that it came with.
    pub api_key: Option<String>,
    /// Where its end is to be told.
    pub callback: Option<String>,
    /// The id of the request that it came with, to find it in a log.
    pub request_id: Option<String>,
    /// Why it stands where it stands.
    pub reason: Option<String>,
    /// When it was accepted.
    pub created_at: Millis,
    /// When what is left of it is dropped.
    pub expires_at: Millis,
    /// When it ended.
    pub finished_at: Option<Millis>,
}

/// A batch to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// The API key that it comes with.
    pub api_key: Option<String>,
    /// Where its end is to be told.
    pub callback: Option<String>,
    /// The id of the request that it comes with.
    pub request_id: Option<String>,
    /// Milliseconds after which what is left of it is dropped.
    pub lifetime: Millis,
}

/// An item to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Its place, from 1.
    pub line: i64,
    /// The caller's name for it.
    pub custom_id: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Where the article stands.
    pub url: Option<String>,
    /// What a worker needs, or why there is no article: a code, a colon, a detail.
    pub order: Result<Order, String>,
}

/// How many items of a batch stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// Not handed in.
    pub waiting: i64,
    /// Handed in.
    pub in_work: i64,
    /// With a digest.
    pub done: i64,
    /// Without one, for good.
    pub failed: i64,
    /// Called off.
    pub cancelled: i64,
    /// Not handed in in time.
    pub expired: i64,
}

impl ItemCounts {
    /// All items.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.waiting + self.in_work + self.done + self.failed + self.cancelled + self.expired
    }
}

/// An item, as callers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchItem {
    /// Its place, from 1.
    pub line: i64,
    /// The caller's name for it.
    pub custom_id: String,
    /// `done`, `failed`, `cancelled`, `expired`, `waiting` or `in_work`.
    pub state: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Where the article stands.
    pub url: Option<String>,
    /// The job that makes its digest.
    pub job: Option<String>,
    /// Names its digest.
    pub content_key: Option<String>,
    /// Why there is none: a code, a colon and a detail.
    pub reason: Option<String>,
}

/// An item of whatever batch, by the article's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedItem {
    /// What callers know the batch by.
    pub batch: String,
    /// The item.
    pub item: BatchItem,
}

/// An item that is to be handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingItem {
    /// Its place, from 1.
    pub line: i64,
    /// The caller's name for it.
    pub custom_id: String,
    /// Where the article stands.
    pub url: Option<String>,
    /// What a worker needs.
    pub order: Order,
}
