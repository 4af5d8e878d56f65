//! Fifth stage: every drafted sentence is held against the article. What no
//! place in the article says is refused with its reason; an answer that loses
//! sentences this way is completed with the article's own words.
//!
//! The checks are lexical and deterministic. They never rewrite a sentence but for
//! the forms of the house, and those only where what comes of it holds; they err on
//! the side of refusing.

use crate::digest::{Evidence, Refused, RefusedKind, Supported};

use super::article::Article;
use super::draft::{DraftPair, Drafts};
use super::options::DigestOptions;
use super::understand::Understanding;
use super::understand::coverage::Coverage;

pub(super) mod answer;
mod answered;
mod carry;
mod claim;
mod evidence;
mod form;
mod hedge;
mod judge;
mod phrase;
mod question;
mod reason;
mod recheck;
mod role;
mod style;
mod summary;
mod support;
mod swap;
mod table;

pub use carry::{Carried, carry};
use claim::Checker;
pub use judge::{Judgement, SUPPORTED, judge};
use phrase::Phrases;
pub use reason::Reason;
pub use recheck::Recheck;
pub use support::forest;

/// A draft after the checks. Everything in it is backed by the article.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verified {
    /// Topic phrases, best first.
    pub topics: Vec<String>,
    /// Sentences of the summary.
    pub summary: Vec<Supported>,
    /// Pairs, in the order of the draft.
    pub pairs: Vec<VerifiedPair>,
    /// Related topics, best first.
    pub related: Vec<String>,
    /// What fell, and why.
    pub refused: Vec<Refused>,
}

/// A question whose answer is backed by the article.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedPair {
    /// The question.
    pub question: String,
    /// Its answer; never empty.
    pub answer: Vec<Supported>,
    /// Sentences of it that answer by themselves, at least one; the others go on, and may
    /// be left out.
    pub core: usize,
    /// The sentences that it was asked about.
    pub passage: std::ops::Range<usize>,
    /// How sure the author was of its words, `0..=1`.
    pub confidence: f32,
    /// Whether it only fills in for pairs that fell.
    pub spare: bool,
}

impl VerifiedPair {
    /// Mean support of the answer's sentences, `0..=1`.
    #[must_use]
    pub fn support(&self) -> f32 {
        let best = |sentence: &Supported| {
            sentence
                .evidence
                .iter()
                .map(|e| e.score)
                .fold(0.0, f32::max)
        };
        #[expect(clippy::cast_precision_loss, reason = "an answer has a few sentences")]
        let count = self.answer.len().max(1) as f32;
        self.answer.iter().map(best).sum::<f32>() / count
    }

    /// Offsets of the article that the answer rests on.
    pub(super) fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.answer.iter().flat_map(|sentence| &sentence.evidence)
    }
}

/// Checks drafts against their article: all of a digest ([`Verifier::verify`]), or single
/// ones in the same way, where what one becomes depends on no other.
pub struct Verifier<'a> {
    checker: Checker<'a>,
    phrases: Phrases<'a>,
    options: &'a DigestOptions,
}

impl<'a> Verifier<'a> {
    /// A verifier for an article.
    #[must_use]
    pub fn new(
        article: &'a Article,
        understanding: &'a Understanding,
        options: &'a DigestOptions,
    ) -> Self {
        Self {
            checker: Checker::new(article, understanding).in_style(&options.house_style),
            phrases: Phrases::new(article, understanding).in_style(&options.house_style),
            options,
        }
    }

    /// The topic as the digest would have it, if it holds.
    #[must_use]
    pub fn topic(&self, phrase: &str) -> Option<String> {
        let phrases = vec![phrase.to_owned()];
        let kind = RefusedKind::Topic;
        self.phrases.check(phrases, kind, &mut Vec::new()).pop()
    }

    /// The pair if it holds, and what of it was refused.
    #[must_use]
    pub fn pair(&self, pair: DraftPair) -> (Option<VerifiedPair>, Vec<Refused>) {
        let mut refused = Vec::new();
        match answer::pair(&self.checker, pair, self.most(), &mut refused) {
            Ok(pair) => (Some(pair), refused),
            Err(fallen) => {
                refused.push(fallen);
                (None, refused)
            }
        }
    }

    /// Checks all that was drafted for a digest.
    #[must_use]
    pub fn verify(&self, drafts: Drafts) -> Verified {
        let Drafts { main, spare } = drafts;
        let mut refused = Vec::new();
        let checker = &self.checker;
        let coverage = Coverage::of(checker.article, checker.understanding);
        let summaries = (main.summaries.as_slice(), spare.summaries.as_slice());
        let summary = summary::summary(checker, &coverage, summaries, self.options, &mut refused);
        let mut pairs = Vec::new();
        for pair in main.pairs {
            match answer::pair(checker, pair, self.most(), &mut refused) {
                Ok(pair) => pairs.push(pair),
                Err(fallen) => refused.push(fallen),
            }
        }
        let mut topics = self
            .phrases
            .check(main.topic, RefusedKind::Topic, &mut refused);
        let mut related = self
            .phrases
            .check(main.related, RefusedKind::Related, &mut refused);
        // Nobody waits for a spare: one that does not hold is not worth a word.
        let unseen = &mut Vec::new();
        let spares = spare.pairs.into_iter();
        let spares = spares.filter_map(|it| answer::pair(checker, it, self.most(), unseen).ok());
        pairs.extend(spares.map(|pair| VerifiedPair {
            spare: true,
            ..pair
        }));
        topics.extend(self.phrases.check(spare.topic, RefusedKind::Topic, unseen));
        related.extend(
            self.phrases
                .check(spare.related, RefusedKind::Related, unseen),
        );
        Verified {
            topics,
            summary,
            pairs,
            related,
            refused,
        }
    }

    /// Words of an answer at most.
    fn most(&self) -> usize {
        self.options.max_answer_words
    }
}

fn refuse(kind: RefusedKind, text: String, reason: &Reason) -> Refused {
    Refused {
        kind,
        text,
        reason: reason.to_string(),
    }
}
