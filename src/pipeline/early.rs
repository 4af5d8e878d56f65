//! Beside `generate`: drafts are verified as they come, so that who looks on sees what
//! holds before the digest is made, and `generate` knows how many pairs it still lacks.
//! What becomes of a draft here depends on no other and decides nothing: the digest is
//! made of all drafts afterwards.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::draft::DraftPair;
use super::generate::Reader;
use super::observe::Teller;
use super::verify::VerifiedPair;
use super::{select, verify};

/// Verifies drafts one by one and tells of them.
pub(super) struct Early<'a> {
    teller: &'a Teller<'a>,
    verifier: &'a verify::Verifier<'a>,
    /// Pairs that held.
    held: Mutex<Vec<VerifiedPair>>,
}

impl<'a> Early<'a> {
    pub(super) fn new(teller: &'a Teller<'a>, verifier: &'a verify::Verifier<'a>) -> Self {
        Self {
            teller,
            verifier,
            held: Mutex::default(),
        }
    }

    fn held(&self) -> MutexGuard<'_, Vec<VerifiedPair>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader for Early<'_> {
    fn pair(&self, pair: DraftPair) {
        let (pair, refused) = self.verifier.pair(pair);
        refused.iter().for_each(|it| self.teller.refused(it));
        let Some(held) = pair else {
            return;
        };
        if let Some(pair) = select::pair(held.clone()) {
            self.teller.pair(&pair);
        }
        self.held().push(held);
    }

    fn pairs(&self) -> usize {
        let mut held = self.held();
        held.sort_by(|one, other| place(one).cmp(&place(other)));
        let mut fit: Vec<&VerifiedPair> = Vec::new();
        for pair in held.iter() {
            let others = fit.iter().map(|it| it.question.as_str());
            let is_new = !select::opens_as_many(&pair.question, others)
                && !fit.iter().any(|it| select::alike(it, pair));
            if is_new {
                fit.push(pair);
            }
        }
        fit.len()
    }

    fn topic(&self, phrase: &str) {
        if let Some(topic) = self.verifier.topic(phrase) {
            self.teller.early_topic(&topic);
        }
    }
}

/// Where a pair stands among others, in whatever order they came.
fn place(pair: &VerifiedPair) -> (usize, &str) {
    (pair.passage.start, &pair.question)
}
