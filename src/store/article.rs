//! What the store keeps of an article over its versions, as values. The store does
//! not look into its content. Does no work.

use std::str::FromStr;

use super::job::{Millis, Order, UnknownName};

/// Where an article stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArticleState {
    /// As the machine left it, or nothing yet.
    Draft,
    /// Somebody has edited or reviewed something.
    Current,
    /// Something that somebody wrote or locked is not backed any more.
    Stale,
    /// All that is not rejected is approved.
    Approved,
    /// Everything is rejected.
    Rejected,
}

impl ArticleState {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Current,
        Self::Stale,
        Self::Approved,
        Self::Rejected,
    ];

    /// As stored and as shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Current => "current",
            Self::Stale => "stale",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

impl FromStr for ArticleState {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or(UnknownName("draft, current, stale, approved and rejected"))
    }
}

/// An article that a caller names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedArticle {
    /// Order of its first job.
    pub seq: i64,
    /// What callers know it by; not to be guessed.
    pub id: String,
    /// The caller's name for it.
    pub external_id: String,
    /// Where it stands, by the newest job that said so.
    pub url: Option<String>,
    /// Its title, as read.
    pub title: Option<String>,
    /// Where it stands in its life.
    pub state: ArticleState,
    /// Counts changes.
    pub revision: i64,
    /// The number of its current version; 0 before the first.
    pub version: i64,
    /// The number of the newest job that was merged; 0 before the first.
    pub merged_job: i64,
    /// Its items, serialised.
    pub content: String,
    /// When it was named first.
    pub created_at: Millis,
    /// When it was changed last.
    pub changed_at: Millis,
}

/// Which articles to list; last changed first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArticleFilter {
    /// Only in this state.
    pub state: Option<ArticleState>,
    /// Only the one of this name.
    pub external_id: Option<String>,
    /// Only those at this place.
    pub url: Option<String>,
    /// Only those that have this in title, name or place.
    pub words: Option<String>,
    /// Only those after this place in the list: time of change and number.
    pub after: Option<(Millis, i64)>,
}

/// A text that an article has or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Counts from 1.
    pub number: i64,
    /// Hash of the text.
    pub source_sha256: String,
    /// When it was merged first.
    pub created_at: Millis,
    /// When another took its place.
    pub superseded_at: Option<Millis>,
    /// Whether the text is kept.
    pub is_kept: bool,
}

/// The text of a version, and what it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The text as read.
    pub text: String,
    /// What it was read from.
    pub order: Order,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({} bytes)", self.text.len())
    }
}

/// A version that a merge brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// Hash of the text.
    pub source_sha256: String,
    /// The text.
    pub source: Source,
}

/// Who takes a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hand {
    /// The service itself.
    Machine,
    /// A person or program outside it.
    Caller {
        /// The id of its key; `None` where no key is needed.
        api_key: Option<String>,
        /// Whether it came in a session of a browser.
        in_session: bool,
    },
}

/// A step to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// Who.
    pub hand: Hand,
    /// What.
    pub step: String,
    /// Which item it was about.
    pub item: Option<String>,
    /// The rest, as JSON.
    pub detail: String,
}

/// A step, as written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerStep {
    /// Order of writing.
    pub seq: i64,
    /// When.
    pub at: Millis,
    /// What the operator calls the key.
    pub key_name: Option<String>,
    /// The article's revision after it.
    pub revision: i64,
    /// What.
    pub new: NewStep,
}

/// What an article is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleChange {
    /// The article, as it was read: changed meanwhile, it is left as it is.
    pub read: NamedArticle,
    /// Its new items, serialised.
    pub content: String,
    /// Where it stands with them.
    pub state: ArticleState,
    /// Its new title.
    pub title: Option<String>,
    /// What is written down. Nothing: then nothing has changed that anybody has to
    /// know of, and the revision stays.
    pub steps: Vec<NewStep>,
}

/// A job's digest on its way into an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The number of the job.
    pub job: i64,
    /// What changed, serialised.
    pub changes: String,
    /// What the article becomes; `None` leaves it as it is.
    pub change: Option<ArticleChange>,
    /// The text that it is about.
    pub version: Option<NewVersion>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It was made; this is the article now.
    Applied(Box<NamedArticle>),
    /// Nothing was to be done any more.
    Done,
    /// Somebody else was quicker: read it again.
    Outdated,
    /// There is no such article.
    Missing,
}

/// How the merge of a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeStatus {
    /// Whether it is still to be done.
    pub is_pending: bool,
    /// What changed, serialised.
    pub changes: Option<String>,
}
