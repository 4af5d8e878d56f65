//! What the store keeps, as values: jobs, their states and lanes, what is
//! submitted and what is told of it. Does no work.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use crate::lane::Lane;

/// Milliseconds since 1970 by the store's clock.
pub type Millis = i64;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Waits to be worked on.
    Queued,
    /// A worker has it.
    Leased,
    /// Has a digest.
    Done,
    /// Went wrong and will be tried again.
    Failed,
    /// Went wrong for good.
    Dead,
    /// Was called off.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Leased,
        Self::Done,
        Self::Failed,
        Self::Dead,
        Self::Cancelled,
    ];

    /// As stored and as shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing happens to such a job any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled)
    }
}

/// A name that stands for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not one of {0}")]
pub struct UnknownName(pub(super) &'static str);

impl FromStr for State {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or(UnknownName(
            "queued, leased, done, failed, dead and cancelled",
        ))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The part of a job that the state machine reads and writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Where it stands.
    pub state: State,
    /// How often it was claimed; the number of the lease, if there is one.
    pub attempt: i64,
    /// What went wrong so far.
    pub failures: i64,
    /// At so many failures the job is dead.
    pub max_failures: i64,
    /// Who has it, or had it last.
    pub worker: Option<String>,
    /// Why it stands where it stands: a code, a colon and a detail.
    pub reason: Option<String>,
    /// When it may be claimed; only while it waits.
    pub ready_at: Option<Millis>,
    /// When the lease ends; only while it is leased.
    pub lease_until: Option<Millis>,
    /// When it ended; only then.
    pub finished_at: Option<Millis>,
}

/// An accepted article on its way to a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Order of acceptance.
    pub seq: i64,
    /// What callers know it by; not to be guessed.
    pub id: String,
    /// Which jobs go first.
    pub lane: Lane,
    /// What the digest depends on, hashed; names the result.
    pub content_key: String,
    /// Version of the pipeline that it was accepted for; replaced by that of
    /// the worker which finished it.
    pub pipeline_version: String,
    /// The caller's name for the article.
    pub external_id: Option<String>,
    /// Where the article stands.
    pub url: Option<String>,
    /// Where its end is to be told.
    pub callback: Option<String>,
    /// When it was accepted.
    pub created_at: Millis,
    /// The id of the request that it came with, to find it in a log.
    pub request_id: Option<String>,
    /// Where it stands.
    pub status: Status,
}

/// What a worker needs of an article. The store does not look inside, and
/// `Debug` does not show it: an article's text is not for logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// The article, as sent.
    pub body: Vec<u8>,
    /// Everything else, in a form that the workers know.
    pub request: String,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Order({} bytes)", self.body.len())
    }
}

/// A job to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Which jobs go first.
    pub lane: Lane,
    /// What the digest depends on, hashed.
    pub content_key: String,
    /// Version of the pipeline that the key was made for.
    pub pipeline_version: String,
    /// The caller's name for the article.
    pub external_id: Option<String>,
    /// Where the article stands.
    pub url: Option<String>,
    /// Where the job's end is to be told.
    pub callback: Option<String>,
    /// What a worker needs.
    pub order: Order,
    /// At so many failures the job is dead.
    pub max_failures: i64,
    /// How many jobs of the lane may be open; one more is refused.
    pub lane_limit: i64,
    /// The caller's key, if it sent one.
    pub idempotency: Option<Idempotency>,
    /// Whose job it is, where callers are told apart.
    pub owner: Option<Owner>,
    /// The id of the request that it came with.
    pub request_id: Option<String>,
}

/// The API key that a job comes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its public id.
    pub api_key: String,
    /// How many of its jobs may be open; one more is refused.
    pub max_open_jobs: i64,
}

/// A caller's key for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key.
    pub key: String,
    /// Hash of the request that it came with.
    pub fingerprint: String,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// There is a job, on disk; already done when the content was known.
    Accepted(Job),
    /// The same key came with the same request before: this is its job.
    Repeated(Job),
    /// The same key came with another request before.
    KeyReused,
    /// The lane has no room.
    LaneFull,
    /// The owner has as many open jobs as it may.
    OwnerFull,
}

/// A claimed job with all that its worker needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The job, leased; its attempt is the fence of everything that follows.
    pub job: Job,
    /// What to work on.
    pub order: Order,
}

/// A finished piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The digest, serialised.
    pub digest: String,
    /// What it depended on: differs from the job's key when the worker runs
    /// another version or model than the one that the job was accepted for.
    pub content_key: String,
    /// Version of the pipeline that made it.
    pub pipeline_version: String,
}

/// One entry of a job's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// `None` for the acceptance.
    pub from: Option<State>,
    /// The new state.
    pub to: State,
    /// The attempt at that time.
    pub attempt: i64,
    /// Whose lease it was about.
    pub worker: Option<String>,
    /// Why: a code, or a code, a colon and a detail.
    pub reason: String,
    /// When.
    pub at: Millis,
}

/// Which jobs to list; newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this lane.
    pub lane: Option<Lane>,
    /// Only of this article.
    pub external_id: Option<String>,
    /// Only of the article at this place.
    pub url: Option<String>,
    /// Only jobs accepted before the one with this number.
    pub before: Option<i64>,
}

/// How long what has ended is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Jobs with their history and digests.
    pub finished: Duration,
    /// Articles of jobs that have ended; zero drops them at once.
    pub articles: Duration,
    /// Callers' keys.
    pub idempotency_keys: Duration,
    /// Callbacks that were taken or given up.
    pub deliveries: Duration,
    /// Entries of the audit log.
    pub audit: Duration,
    /// Named articles, after their last change.
    pub named_articles: Duration,
    /// The text of a named article's current version, after its last change.
    pub current_texts: Duration,
}

/// What one clean-up removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Jobs with their history.
    pub jobs: u64,
    /// Digests that no job refers to any more.
    pub results: u64,
    /// Articles of jobs that are kept.
    pub articles: u64,
    /// Callers' keys.
    pub idempotency_keys: u64,
    /// Callbacks that had ended, of jobs that are kept.
    pub deliveries: u64,
    /// Entries of the audit log.
    pub audit: u64,
    /// Sessions that have ended.
    pub sessions: u64,
    /// Batches with their items.
    pub batches: u64,
    /// Named articles with all that belongs to them.
    pub named_articles: u64,
    /// Texts of their versions.
    pub texts: u64,
}

/// What is open in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// The lane.
    pub lane: Lane,
    /// Jobs that wait.
    pub waiting: u64,
    /// Jobs that a worker has.
    pub leased: u64,
    /// How long ago the oldest that waits was accepted; zero when none waits.
    pub oldest: Duration,
}

/// How busy a lane is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Jobs that have not ended.
    pub open: i64,
    /// Jobs that workers ended in the time looked at.
    pub ended: i64,
}
