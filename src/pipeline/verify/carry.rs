//! An older digest against a newer text of its article: what still holds is kept,
//! with its places in the new text; what does not is stale and has to be made
//! again. Changes no word, and believes nothing that the older digest says of
//! its evidence.

use crate::digest::{Digest, Pair, Passage, Refused, RefusedKind, Supported};
use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;

use super::claim::Checker;
use super::phrase::Phrases;
use super::reason::Reason;
use super::{question, refuse};

/// What becomes of a digest when its article changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Carried {
    /// The topic, if it holds.
    pub topic: Option<String>,
    /// The summary, if each of its sentences holds.
    pub summary: Option<Passage>,
    /// The pairs of which each sentence holds.
    pub faq: Vec<Pair>,
    /// The related topics that hold.
    pub related: Vec<String>,
    /// What does not hold, each with its reason. Of a pair it names the question,
    /// and the sentences where it is they that do not hold.
    pub stale: Vec<Refused>,
}

/// Holds a digest against a text.
#[must_use]
pub fn carry(article: &Article, understanding: &Understanding, digest: Digest) -> Carried {
    let checker = Checker::new(article, understanding);
    let phrases = Phrases::new(article, understanding);
    let mut stale = Vec::new();
    let topic = digest.topic.into_iter().collect();
    let topic = phrases.check(topic, RefusedKind::Topic, &mut stale);
    let kind = RefusedKind::SummarySentence;
    let summary = digest.summary;
    let summary = summary.and_then(|it| passage(&checker, &it, kind, &mut stale));
    let pairs = digest.faq.into_iter();
    let faq = pairs.filter_map(|it| pair(&checker, it, &mut stale));
    let faq = faq.collect();
    Carried {
        topic: topic.into_iter().next(),
        summary,
        faq,
        related: phrases.check(digest.related, RefusedKind::Related, &mut stale),
        stale,
    }
}

fn pair(checker: &Checker<'_>, pair: Pair, stale: &mut Vec<Refused>) -> Option<Pair> {
    let kind = RefusedKind::Question;
    if let Some(problem) = question::problem(&pair.question, &checker.whole) {
        stale.push(refuse(kind, pair.question, &problem));
        return None;
    }
    match passage(checker, &pair.answer, RefusedKind::AnswerSentence, stale) {
        Some(answer) => Some(Pair { answer, ..pair }),
        None => {
            stale.push(refuse(kind, pair.question, &Reason::NoSupportedAnswer));
            None
        }
    }
}

/// The passage with its places in the new text, if each sentence holds.
fn passage(
    checker: &Checker<'_>,
    old: &Passage,
    kind: RefusedKind,
    stale: &mut Vec<Refused>,
) -> Option<Passage> {
    let mut sentences: Vec<Supported> = Vec::new();
    for sentence in &old.sentences {
        match checker.check(&sentence.text, None) {
            Ok(held) => sentences.push(held.supported),
            Err(reason) => stale.push(refuse(kind, sentence.text.clone(), &reason)),
        }
    }
    let holds = !sentences.is_empty() && sentences.len() == old.sentences.len();
    let texts: Vec<&str> = sentences.iter().map(|it| it.text.as_str()).collect();
    let text = texts.join(" ");
    holds.then_some(Passage { text, sentences })
}
