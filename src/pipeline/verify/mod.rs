//! Fifth stage: every drafted sentence is held against the article. What no
//! place in the article says is refused with its reason; an answer that loses
//! sentences this way is completed with the article's own words.
//!
//! The checks are lexical and deterministic. They never rewrite a sentence,
//! and they err on the side of refusing.

use crate::digest::{Evidence, Refused, RefusedKind, Supported};

use super::article::Article;
use super::draft::Draft;
use super::understand::Understanding;

mod answer;
mod claim;
mod evidence;
mod form;
mod hedge;
mod phrase;
mod question;
mod reason;

use claim::Checker;
pub use reason::Reason;

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
    /// The sentences that it was asked about.
    pub passage: std::ops::Range<usize>,
}

impl VerifiedPair {
    /// Mean support of the answer's sentences, `0..=1`.
    #[must_use]
    pub fn support(&self) -> f32 {
        let best = |sentence: &Supported| sentence.evidence.iter().map(|e| e.score).fold(0.0, f32::max);
        #[expect(clippy::cast_precision_loss, reason = "an answer has a few sentences")]
        let count = self.answer.len().max(1) as f32;
        self.answer.iter().map(best).sum::<f32>() / count
    }

    /// Offsets of the article that the answer rests on.
    pub(super) fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.answer.iter().flat_map(|sentence| &sentence.evidence)
    }
}

/// Checks a draft against its article.
#[must_use]
pub fn verify(
    article: &Article,
    understanding: &Understanding,
    draft: Draft,
    max_answer_words: usize,
) -> Verified {
    let checker = Checker::new(article, understanding);
    let mut verified = Verified::default();
    verified.summary = summary(&checker, draft.summary, &mut verified.refused);
    for pair in draft.pairs {
        match answer::pair(&checker, pair, max_answer_words, &mut verified.refused) {
            Ok(pair) => verified.pairs.push(pair),
            Err(refused) => verified.refused.push(refused),
        }
    }
    let phrases = phrase::Phrases::new(&article.text);
    verified.topics = phrases.check(draft.topic, RefusedKind::Topic, &mut verified.refused);
    verified.related = phrases.check(draft.related, RefusedKind::Related, &mut verified.refused);
    verified
}

fn summary(checker: &Checker, sentences: Vec<String>, refused: &mut Vec<Refused>) -> Vec<Supported> {
    let mut kept = answer::Kept::default();
    for sentence in sentences {
        if let Err(reason) = kept.offer(checker, &sentence, None) {
            refused.push(refuse(RefusedKind::SummarySentence, sentence, &reason));
        }
    }
    kept.sentences
}

fn refuse(kind: RefusedKind, text: String, reason: &Reason) -> Refused {
    Refused { kind, text, reason: reason.to_string() }
}
