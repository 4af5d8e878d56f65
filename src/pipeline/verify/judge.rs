//! One claim against one document, as a number: what the evaluation measures
//! and a caller may ask. The same rules as for a draft, but all of them, where
//! a draft falls with the first.

use crate::digest::Evidence;
use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;
use crate::text::sentences::sentences;
use crate::text::similarity::ratio;
use crate::text::words::content_stems;

use super::claim::Checker;
use super::evidence::Found;
use super::reason::Reason;

/// Score from which on a claim counts as supported.
pub const SUPPORTED: f32 = 0.5;

/// What the checks make of a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Support in `0..=1`; [`SUPPORTED`] and more exactly when nothing speaks
    /// against the claim.
    pub score: f32,
    /// What speaks against it; empty when it is supported.
    pub reasons: Vec<Reason>,
    /// The places that come nearest to saying it.
    pub evidence: Vec<Evidence>,
}

impl Judgement {
    /// Whether nothing speaks against the claim.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        self.score >= SUPPORTED
    }
}

/// Judges a claim of one or more sentences; it is as good as its worst.
#[must_use]
pub fn judge(article: &Article, understanding: &Understanding, claim: &str) -> Judgement {
    let checker = Checker::new(article, understanding);
    let spans = sentences(claim);
    let judged = spans.iter().map(|span| sentence(&checker, span.of(claim)));
    let worst = judged.reduce(|one, other| Judgement {
        score: one.score.min(other.score),
        reasons: [one.reasons, other.reasons].concat(),
        evidence: [one.evidence, other.evidence].concat(),
    });
    worst.unwrap_or_else(|| nothing(Reason::Malformed("no sentence")))
}

fn sentence(checker: &Checker<'_>, claim: &str) -> Judgement {
    let Some(found) = checker.index.find(claim, None) else {
        return nothing(Reason::UnsupportedWords("nothing in the article".into()));
    };
    let form = checker.form_problem(claim).into_iter();
    let reasons: Vec<Reason> = form.chain(checker.complaints(claim, &found)).collect();
    Judgement {
        score: score(nearness(claim, &found), reasons.len()),
        reasons,
        evidence: checker.index.evidence(&found),
    }
}

fn nothing(reason: Reason) -> Judgement {
    Judgement {
        score: 0.0,
        reasons: vec![reason],
        evidence: Vec::new(),
    }
}

/// How near the evidence comes in words and in their order, `0..=1`.
fn nearness(claim: &str, found: &Found) -> f32 {
    let mut stems = content_stems(claim);
    stems.sort_unstable();
    stems.dedup();
    let missing = ratio(found.missing.len(), stems.len());
    (found.order + 1.0 - missing) / 2.0
}

/// The upper half of the scale for claims that nothing speaks against; in the
/// lower, each further objection counts.
fn score(nearness: f32, objections: usize) -> f32 {
    if objections == 0 {
        return SUPPORTED + nearness * (1.0 - SUPPORTED);
    }
    nearness * SUPPORTED * ratio(1, objections + 1)
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
        assert!(judgement.score > 0.9, "{judgement:?}");
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
    fn a_claim_is_as_good_as_its_worst_sentence() {
        let good = "Mayor Dana Ruiz closed the Elm Road pool on Monday.";
        let bad = "Penguins sleep in winter storms.";
        let both = judged(&format!("{good} {bad}"));
        assert_eq!(both.score, judged(bad).score);
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
            prop_assert_eq!(judgement.is_supported(), judgement.reasons.is_empty());
        }
    }
}
