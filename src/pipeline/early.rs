//! Beside `generate`: drafts are verified as they come, so that who looks on sees what
//! holds before the digest is made, and `generate` knows how many pairs it still lacks.
//! What becomes of a draft here depends on no other and decides nothing: the digest is
//! made of all drafts afterwards.

use std::sync::{Mutex, PoisonError};

use super::draft::DraftPair;
use super::generate::Reader;
use super::observe::Teller;
use super::verify::VerifiedPair;
use super::{select, verify};

/// Verifies drafts one by one and tells of them.
pub(super) struct Early<'a> {
    teller: &'a Teller<'a>,
    verifier: &'a verify::Verifier<'a>,
    /// Pairs that held, each like none before it.
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

    /// Whether a digest could have a pair beside those that held before it; it is one of
    /// them then.
    fn is_new(&self, pair: VerifiedPair) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !held.iter().any(|it| select::alike(it, &pair));
        let others = held.iter().map(|it| it.question.as_str());
        let is_new = is_new && !select::opens_as_many(&pair.question, others);
        if is_new {
            held.push(pair);
        }
        is_new
    }
}

impl Reader for Early<'_> {
    fn pair(&self, pair: DraftPair) -> bool {
        let (pair, refused) = self.verifier.pair(pair);
        refused.iter().for_each(|it| self.teller.refused(it));
        let Some(held) = pair else {
            return false;
        };
        if let Some(pair) = select::pair(held.clone()) {
            self.teller.pair(&pair);
        }
        self.is_new(held)
    }

    fn topic(&self, phrase: &str) {
        if let Some(topic) = self.verifier.topic(phrase) {
            self.teller.early_topic(&topic);
        }
    }
}
