//! Counts what comes of a run, and says it. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::archive::line::{Line, Outcome};
use crate::digest::Digest;

/// Tokens of an English word, about: nobody counts those of finished digests.
const TOKENS_PER_WORD: f64 = 4.0 / 3.0;

/// What came of a run so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Articles with a new digest.
    pub done: u64,
    /// Of these, with one from an article that is almost the same.
    pub shared: u64,
    /// Articles that had a digest of what they are now.
    pub current: u64,
    /// Articles that can have none.
    pub refused: u64,
    /// Articles for which something went wrong.
    pub failed: u64,
    /// Entries that are broken.
    pub unreadable: u64,
    /// Entries that are no articles, by why.
    pub skipped: BTreeMap<String, u64>,
    /// Articles that were not asked for, by why.
    pub left_out: BTreeMap<String, u64>,
    /// Articles without a digest, by why.
    pub reasons: BTreeMap<String, u64>,
    /// Sentences of new digests.
    pub sentences: u64,
    /// Words of new digests and of what was refused on the way.
    #[serde(skip)]
    pub drafted_words: u64,
}

impl Tally {
    /// Counts a line that was written.
    pub fn count(&mut self, line: &Line) {
        match line.status {
            Outcome::Done => self.done += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Unreadable => self.unreadable += 1,
        }
        self.shared += u64::from(line.shared_with.is_some());
        if let Some(problem) = &line.problem {
            *self.reasons.entry(problem.code.clone()).or_default() += 1;
        }
        if let Some(digest) = &line.digest {
            self.sentences += sentences(digest);
            self.drafted_words += words(digest);
        }
    }

    /// Counts an entry that is no article.
    pub fn skip(&mut self, code: &str) {
        *self.skipped.entry(code.to_owned()).or_default() += 1;
    }

    /// Counts an article that was not asked for.
    pub fn leave_out(&mut self, code: &str) {
        *self.left_out.entry(code.to_owned()).or_default() += 1;
    }

    /// Articles that were dealt with.
    #[must_use]
    pub fn articles(&self) -> u64 {
        self.made() + self.current
    }

    /// Lines that were written.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.done + self.refused + self.failed + self.unreadable
    }

    /// Tokens that were drafted, about.
    #[must_use]
    pub fn drafted_tokens(&self) -> f64 {
        precise(self.drafted_words) * TOKENS_PER_WORD
    }
}

/// What is said at the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Whether every article was dealt with.
    pub complete: bool,
    /// Seconds that this run took.
    pub seconds: f64,
    /// Articles with a digest, those of earlier runs included.
    pub digests: u64,
    /// What came of this run.
    #[serde(flatten)]
    pub tally: Tally,
    /// Sentences a second, of new digests.
    pub sentences_per_second: f64,
    /// New digests an hour.
    pub articles_per_hour: f64,
    /// Questions that several articles answer, the most frequent first.
    pub repeated_questions: Vec<Repeated>,
}

/// A question that several articles answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repeated {
    /// As the first of them asks it.
    pub question: String,
    /// How many articles ask it.
    pub articles: u64,
    /// Some of them.
    pub custom_ids: Vec<String>,
}

impl Summary {
    /// Sums a run up.
    #[must_use]
    pub fn new(tally: Tally, digests: u64, took: Duration, complete: bool) -> Self {
        let seconds = took.as_secs_f64().max(0.001);
        Self {
            complete,
            seconds,
            digests,
            sentences_per_second: precise(tally.sentences) / seconds,
            articles_per_hour: precise(tally.done) * 3600.0 / seconds,
            tally,
            repeated_questions: Vec::new(),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts are far below the precision"
)]
fn precise(count: u64) -> f64 {
    count as f64
}

fn sentences(digest: &Digest) -> u64 {
    let answers = digest.faq.iter().map(|pair| &pair.answer);
    let passages = digest.summary.iter().chain(answers);
    passages.map(|passage| passage.sentences.len() as u64).sum()
}

fn words(digest: &Digest) -> u64 {
    let answers = digest
        .faq
        .iter()
        .flat_map(|pair| [&pair.question, &pair.answer.text]);
    let summary = digest.summary.iter().map(|passage| &passage.text);
    let refused = digest.refused.iter().map(|refused| &refused.text);
    let texts = answers.chain(summary).chain(refused);
    texts
        .map(|text| text.split_whitespace().count() as u64)
        .sum()
}
