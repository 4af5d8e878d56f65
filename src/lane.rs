//! Which work goes first: a leaf that the store, the engine and the interfaces
//! share, so that a lane means the same in a queue and in a decode step.

use std::fmt;
use std::str::FromStr;

/// The urgency of work. The first goes before the second, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Lane {
    /// An article that is being published.
    Publish,
    /// An editor at work.
    #[default]
    Draft,
    /// An archive.
    Backfill,
}

impl Lane {
    /// All lanes, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Publish, Self::Draft, Self::Backfill];

    /// As written by callers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Draft => "draft",
            Self::Backfill => "backfill",
        }
    }

    /// As stored: the lower number goes first.
    #[must_use]
    pub fn rank(self) -> i64 {
        self as i64
    }

    /// The lane of a stored number.
    #[must_use]
    pub fn of_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.rank() == rank)
    }
}

/// A name that stands for no lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not one of publish, draft and backfill")]
pub struct UnknownLane;

impl FromStr for Lane {
    type Err = UnknownLane;

    fn from_str(name: &str) -> Result<Self, UnknownLane> {
        let found = Self::ALL.into_iter().find(|lane| lane.name() == name);
        found.ok_or(UnknownLane)
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
