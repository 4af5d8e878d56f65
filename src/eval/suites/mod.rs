//! The suites: each says which rows it reads, what it measures of one, and
//! which figures the measures give. They draft, judge and read through the
//! pipeline's own functions; none has a check of its own for what the product
//! checks.

use super::error::EvalError;
use super::run::{Outcome, Run, Suite, run};

pub mod digests;
pub mod ingest;
pub mod injection;
pub mod questions;
pub mod summaries;
pub mod support;

/// The suites in the order in which they are run and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// The sentence checker on human labels of claims.
    Support,
    /// Summaries against references.
    Summaries,
    /// Questions and their answers.
    Questions,
    /// Digests of whole articles.
    Digests,
    /// Articles that carry instructions.
    Injection,
    /// The body read from HTML pages.
    Ingest,
}

impl Name {
    /// All suites.
    pub const ALL: [Self; 6] = [
        Self::Support,
        Self::Summaries,
        Self::Questions,
        Self::Digests,
        Self::Injection,
        Self::Ingest,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Support => support::Support::NAME,
            Self::Summaries => summaries::Summaries::NAME,
            Self::Questions => questions::Questions::NAME,
            Self::Digests => digests::Digests::NAME,
            Self::Injection => injection::Injection::NAME,
            Self::Ingest => ingest::Ingest::NAME,
        }
    }

    /// Whether the suite's figures depend on who drafts.
    #[must_use]
    pub fn asks_author(self) -> bool {
        match self {
            Self::Support => support::Support::ASKS_AUTHOR,
            Self::Summaries => summaries::Summaries::ASKS_AUTHOR,
            Self::Questions => questions::Questions::ASKS_AUTHOR,
            Self::Digests => digests::Digests::ASKS_AUTHOR,
            Self::Injection => injection::Injection::ASKS_AUTHOR,
            Self::Ingest => ingest::Ingest::ASKS_AUTHOR,
        }
    }

    /// Runs the suite.
    ///
    /// # Errors
    /// As of [`run`].
    pub async fn run(self, on: &Run<'_>) -> Result<Outcome, EvalError> {
        match self {
            Self::Support => run::<support::Support>(on).await,
            Self::Summaries => run::<summaries::Summaries>(on).await,
            Self::Questions => run::<questions::Questions>(on).await,
            Self::Digests => run::<digests::Digests>(on).await,
            Self::Injection => run::<injection::Injection>(on).await,
            Self::Ingest => run::<ingest::Ingest>(on).await,
        }
    }
}
