//! One claim against one document, as a number: what the evaluation measures
//! and a caller may ask. The same rules as for a draft, but all of them, where
//! a draft falls with the first.

use crate::digest::Evidence;
use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;
use crate::text::sentences::sentences;

use super::claim::Checker;
use super::reason::Reason;
use super::support;

/// Score from which on a claim is more likely supported than not.
pub const SUPPORTED: f32 = 0.5;

/// What the checks make of a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Support in `0..=1`, calibrated on human labels: at [`SUPPORTED`] a claim is
    /// as likely supported as not, were both equally common.
    pub score: f32,
    /// What the rules have against it, each a reason to refuse a draft.
    pub reasons: Vec<Reason>,
    /// The places that come nearest to saying it.
    pub evidence: Vec<Evidence>,
    /// What the score was made of.
    pub measures: Vec<f32>,
}

impl Judgement {
    /// The score by the trees that were grown without a part of the labelled data:
    /// what they say of that part was not learnt from it.
    #[must_use]
    pub fn score_without(&self, part: usize) -> f32 {
        support::support_without(part, &self.measures)
    }

    /// Whether nothing speaks against the claim: it could be returned in a digest.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        self.score > 0.0 && self.reasons.is_empty()
    }
}

/// Judges a claim of one or more sentences.
#[must_use]
pub fn judge(article: &Article, understanding: &Understanding, claim: &str) -> Judgement {
    let checker = Checker::new(article, understanding);
    judged(&checker, claim)
}

/// The same, of an article that was read for checks.
pub(super) fn judged(checker: &Checker<'_>, claim: &str) -> Judgement {
    let mut judgement = Judgement {
        score: 0.0,
        reasons: Vec::new(),
        evidence: Vec::new(),
        measures: Vec::new(),
    };
    let spans = sentences(claim).into_iter();
    let measured = spans.map(|span| sentence(checker, span.of(claim), &mut judgement));
    let measured: Vec<support::Sentence> = measured.collect();
    if measured.is_empty() {
        judgement.reasons.push(Reason::Malformed("no sentence"));
        return judgement;
    }
    judgement.measures = support::measures(&measured);
    judgement.score = support::support(&judgement.measures);
    judgement
}

fn sentence(checker: &Checker<'_>, claim: &str, judgement: &mut Judgement) -> support::Sentence {
    let mut reasons: Vec<Reason> = checker.form_problem(claim).into_iter().collect();
    let found = checker.index.find(claim, None);
    match &found {
        Some(found) => {
            reasons.extend(checker.complaints(claim, found));
            judgement.evidence.extend(checker.index.evidence(found));
        }
        None => reasons.push(Reason::UnsupportedWords("nothing in the article".into())),
    }
    let measured = support::measure(checker, claim, &reasons);
    let doubtful = |found| reasons.is_empty() && checker.is_doubtful(claim, found);
    if found.as_ref().is_some_and(doubtful) {
        reasons.push(Reason::LowSupport);
    }
    judgement.reasons.extend(reasons);
    measured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::pipeline::ingest::read;
    use crate::pipeline::understand::understand;
    use crate::pipeline::{Input, SourceKind, SourceScope};
    use proptest::prelude::*;

    const ARTICLE: &str = "Mayor Dana Ruiz closed the Elm Road pool on Monday because repairs \
        cost $2 million. Officials said children could swim in Harlow. The council did not vote.";

    fn judged(claim: &str) -> Judgement {
        let input = Input {
            bytes: ARTICLE.as_bytes().to_vec(),
            kind: SourceKind::Text,
            scope: SourceScope::Auto,
            title: None,
            charset: None,
            language: None,
        };
        let article = read(&input, &Settings::load(None).unwrap().limits).unwrap();
        judge(&article, &understand(&article), claim)
    }

    fn codes(claim: &str) -> Vec<&'static str> {
        judged(claim).reasons.iter().map(Reason::code).collect()
    }

    #[test]
    fn what_the_article_says_is_supported() {
        let judgement = judged("Mayor Dana Ruiz closed the Elm Road pool on Monday.");
        assert!(judgement.is_supported(), "{judgement:?}");
        assert!(judgement.score > SUPPORTED, "{judgement:?}");
        assert_eq!(judgement.evidence.len(), 1);
    }

    #[test]
    fn all_that_speaks_against_a_claim_is_told() {
        let claim = "Mayor Tom Hale closed the Elm Road pool because repairs cost $3 million.";
        let codes = codes(claim);
        for code in ["unsupported_number", "unsupported_name"] {
            assert!(codes.contains(&code), "{codes:?}");
        }
        assert!(!judged(claim).is_supported());
    }

    #[test]
    fn a_wrong_sentence_spoils_a_claim() {
        let good = "Mayor Dana Ruiz closed the Elm Road pool on Monday.";
        let bad = "Penguins sleep in winter storms.";
        let both = judged(&format!("{good} {bad}"));
        assert!(both.score < judged(good).score);
        assert!(!both.is_supported());
        assert!(!both.evidence.is_empty());
    }

    #[test]
    fn more_objections_and_fewer_words_score_less() {
        let close = judged("Mayor Dana Ruiz closed the Elm Road pool on Tuesday.");
        let far = judged("Mayor Tom Hale sold the Elm Road library on Tuesday.");
        assert!(close.score > far.score, "{close:?} {far:?}");
        assert_eq!(judged("").score, 0.0);
    }

    proptest! {
        #[test]
        fn scores_and_reasons_agree(claim in "\\PC{0,80}|[A-Za-z .]{0,80}") {
            let judgement = judged(&claim);
            prop_assert!((0.0..=1.0).contains(&judgement.score));
            prop_assert!(!judgement.is_supported() || judgement.reasons.is_empty());
        }
    }
}
