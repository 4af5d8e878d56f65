//! One sentence against the article: found, and nothing added, dropped or
//! turned round.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use crate::config::HouseStyle;
use crate::digest::Supported;
use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;
use crate::text::contacts::unsupported_contacts;
use crate::text::names::unsupported_names;
use crate::text::numbers::unsupported_numbers;
use crate::text::words::content_stems;

use super::evidence::{Found, Index};
use super::question::Whole;
use super::reason::Reason;
use super::support::{self, Reading};
use super::{form, hedge, role, style, swap};

/// Words that a sentence may have although its evidence lacks them: they carry
/// the grammar of a paraphrase and claim nothing; as stems. Anything else that
/// is missing, a verb above all, can turn a sentence into its opposite.
static BENIGN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words =
        "include includes name named call known located part member while during due also one";
    content_stems(words).into_iter().collect()
});
/// Share of a claim's neighbouring stems that must be neighbours in the
/// evidence. Lower lets through sentences that use the article's words to say
/// something else ("munitions for North Korea").
const LEAST_ORDER: f32 = 0.6;
/// The same for a claim that needs several places: stitching two true sentences
/// together is the commonest way to make a false one.
const LEAST_ORDER_ACROSS: f32 = 0.8;

/// Support that a sentence needs although no rule speaks against it. Of labelled
/// claims this keeps nine in ten of the supported that the rules let through, and
/// drops a quarter of the others (decision 38).
const LEAST_SUPPORT: f32 = 0.6;

/// Everything that claims are checked against.
pub(super) struct Checker<'a> {
    pub(super) article: &'a Article,
    pub(super) understanding: &'a Understanding,
    pub(super) index: Index<'a>,
    /// The whole text, without what speaks to a model.
    pub(super) whole: Whole,
    /// All its words.
    pub(super) reading: Reading,
    /// The words of the house, if it has some.
    pub(super) style: Option<Arc<HouseStyle>>,
}

/// A claim that holds, and the sentences that say it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) supported: Supported,
    pub(super) sentences: Vec<usize>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(article: &'a Article, understanding: &'a Understanding) -> Self {
        Self {
            article,
            understanding,
            index: Index::new(article, understanding),
            whole: Whole::of(article),
            reading: Reading::new(article, understanding),
            style: None,
        }
    }

    /// The same, where texts are to be in the words of a house.
    pub(super) fn in_style(self, style: &Option<Arc<HouseStyle>>) -> Self {
        Self {
            style: style.clone(),
            ..self
        }
    }

    /// The text of an article's sentence.
    pub(super) fn sentence(&self, index: usize) -> &'a str {
        self.understanding.sentences[index]
            .span
            .of(&self.article.text)
    }

    /// Checks one sentence; `passage` is where its evidence is likely.
    pub(super) fn check(
        &self,
        claim: &str,
        passage: Option<&Range<usize>>,
    ) -> Result<Held, Reason> {
        style::held(self.style.as_deref(), claim, |it| self.back(it, passage))
    }

    /// Whether the house has something against the words of a sentence.
    pub(super) fn is_unstylish(&self, sentence: &str) -> bool {
        self.style.as_ref().is_some_and(|it| it.objects(sentence))
    }

    fn back(&self, claim: &str, passage: Option<&Range<usize>>) -> Result<Held, Reason> {
        if let Some(problem) = self.form_problem(claim) {
            return Err(problem);
        }
        let found = self
            .index
            .find(claim, passage)
            .ok_or_else(|| Reason::UnsupportedWords("nothing in the article".into()))?;
        self.hold(claim, &found)?;
        let evidence = self.index.evidence(&found);
        Ok(Held {
            supported: Supported {
                text: claim.to_owned(),
                evidence,
            },
            sentences: found.sentences,
        })
    }

    /// The article's own sentences may be as long as they are.
    pub(super) fn form_problem(&self, claim: &str) -> Option<Reason> {
        if self.article.text.contains(claim) {
            form::problem(claim)
        } else {
            form::problem_of_draft(claim)
        }
    }

    fn hold(&self, claim: &str, found: &Found) -> Result<(), Reason> {
        let case = self.case(claim, found);
        match RULES.iter().find_map(|rule| rule(&case)) {
            Some(reason) => Err(reason),
            None if self.is_doubtful(claim, found) => Err(Reason::LowSupport),
            None => Ok(()),
        }
    }

    /// Whether a sentence that no rule has anything against is still more unlike
    /// the article than a digest may be. The article's own words never are, nor is
    /// what keeps all of their order, as a row of a table does under its columns.
    pub(super) fn is_doubtful(&self, claim: &str, found: &Found) -> bool {
        if found.order >= 1.0 || self.article.text.contains(claim) {
            return false;
        }
        let measured = support::measure(self, claim, &[]);
        support::support(&support::measures(&[measured])) < LEAST_SUPPORT
    }

    /// All that the rules have against a claim, where [`Self::check`] stops at
    /// the first.
    pub(super) fn complaints(&self, claim: &str, found: &Found) -> Vec<Reason> {
        let case = self.case(claim, found);
        RULES.iter().filter_map(|rule| rule(&case)).collect()
    }

    fn case<'c>(&'c self, claim: &'c str, found: &'c Found) -> Case<'c> {
        let texts = self.index.texts(found);
        Case {
            claim,
            joined: texts.join(" "),
            texts,
            found,
            is_quoted: found
                .sentences
                .iter()
                .any(|at| self.understanding.sentences[*at].is_quoted),
        }
    }
}

/// A claim and what was found for it.
struct Case<'c> {
    claim: &'c str,
    texts: Vec<&'c str>,
    joined: String,
    found: &'c Found,
    /// Whether some of the evidence is somebody's words and does not say whose.
    is_quoted: bool,
}

/// What can speak against a claim, in the order in which an editor is told.
const RULES: &[fn(&Case<'_>) -> Option<Reason>] = &[
    |case| first(unsupported_contacts(case.claim, &case.joined)).map(Reason::UnsupportedContact),
    |case| first(unsupported_numbers(case.claim, &case.joined)).map(Reason::UnsupportedNumber),
    |case| first(unsupported_names(case.claim, &case.joined)).map(Reason::UnsupportedName),
    missing_words,
    |case| {
        let (said, other) = swap::swapped(case.claim, &case.texts)?;
        Some(Reason::UnsupportedWords(format!(
            "{said}, where the article has {other}"
        )))
    },
    |case| changed_quote(case.claim, &case.joined).map(Reason::QuoteChanged),
    |case| hedge::negation_changed(case.claim, &case.texts).then_some(Reason::NegationChanged),
    |case| role::changed(case.claim, &case.joined).map(Reason::RoleChanged),
    |case| role::agent_changed(case.claim, &case.joined).map(Reason::RoleChanged),
    |case| role::taken_over(case.claim, &case.joined).map(Reason::RoleChanged),
    |case| role::other_kin(case.claim, &case.joined).map(Reason::RoleChanged),
    |case| {
        let number = hedge::made_exact(case.claim, &case.joined)?;
        Some(Reason::HedgeLost(format!("about {number}")))
    },
    |case| hedge::lost(case.claim, &case.texts).map(Reason::HedgeLost),
    |case| {
        let is_lost = case.is_quoted && hedge::is_plain(case.claim);
        is_lost.then(|| Reason::HedgeLost("a quotation".to_owned()))
    },
    reworded,
];

fn first(found: Vec<String>) -> Option<String> {
    found.into_iter().next()
}

fn missing_words(case: &Case<'_>) -> Option<Reason> {
    let mut missing = case.found.missing.clone();
    missing.retain(|stem| !BENIGN.contains(stem));
    missing.sort_unstable();
    (!missing.is_empty()).then(|| Reason::UnsupportedWords(missing.join(", ")))
}

fn reworded(case: &Case<'_>) -> Option<Reason> {
    let least = if case.found.spans.len() > 1 {
        LEAST_ORDER_ACROSS
    } else {
        LEAST_ORDER
    };
    (case.found.order < least).then_some(Reason::Reworded)
}

/// A quotation of the claim that the evidence does not have word for word.
fn changed_quote(claim: &str, evidence: &str) -> Option<String> {
    let evidence = plain(evidence);
    quotations(claim)
        .into_iter()
        .find(|quote| !evidence.contains(&plain(quote)))
}

/// The texts between quotation marks, straight or typographic.
fn quotations(text: &str) -> Vec<String> {
    let mut quotes = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['“', '"']) {
        let mark = if rest[open..].starts_with('“') {
            '”'
        } else {
            '"'
        };
        let inner = &rest[open + if mark == '”' { '“'.len_utf8() } else { 1 }..];
        let Some(close) = inner.find(mark) else { break };
        quotes.push(inner[..close].to_owned());
        rest = &inner[close + mark.len_utf8()..];
    }
    quotes
}

/// Lower case, one kind of apostrophe, single spaces, no final punctuation.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace(['’', '‘'], "'");
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .trim_matches([',', '.', '!', '?', ' '])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_must_be_verbatim() {
        let evidence = "“We had no choice,” said Mayor Ruiz.";
        assert_eq!(
            changed_quote("Ruiz said: “We had no choice.”", evidence),
            None
        );
        let changed = changed_quote("Ruiz said: \"We had a choice.\"", evidence);
        assert_eq!(changed.as_deref(), Some("We had a choice."));
    }

    #[test]
    fn unclosed_quotations_end_the_search() {
        assert_eq!(quotations("a “b” and \"c\" and “d"), ["b", "c"]);
    }
}
