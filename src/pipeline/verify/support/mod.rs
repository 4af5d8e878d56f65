//! How well an article supports a claim, as one number. What can be counted of the
//! claim's words beside the article's, and what the rules have against it, is
//! measured and weighed by a forest that was grown on human labels (`afterword eval
//! support --grow`, decision 38).
//!
//! A number, not a verdict: what is refused in spite of it is the rules' to say.

use std::sync::LazyLock;

pub mod forest;
mod overlap;
mod reading;

use forest::Forest;
pub(super) use reading::Reading;

use super::claim::Checker;
use super::reason::Reason;

/// The grown forest; a test says that it can be read.
static FOREST: LazyLock<Option<Forest>> =
    LazyLock::new(|| Forest::read(include_str!("words.forest")));

/// Rules whose complaints are measured: those that the words beside them do not
/// already tell.
const RULES: [&str; 7] = [
    "unsupported_number",
    "unsupported_name",
    "quote_changed",
    "negation_changed",
    "role_changed",
    "hedge_lost",
    "malformed",
];

/// What no other words make up for: a number or a name that the whole article
/// lacks, a quotation of what nobody said.
const RULED_OUT: [&str; 3] = ["numbers_missing", "names_missing", "quote_changed"];
/// What is left of the support of a claim that has one of them: less than half.
const LEFT: f32 = 0.5;

/// Values that a sentence is measured by.
const VALUES: usize = overlap::NAMES.len() + RULES.len();

/// What is measured of one sentence.
pub(super) type Sentence = [f32; VALUES];

/// Measures a sentence, against which the rules have `reasons`.
pub(super) fn measure(checker: &Checker<'_>, claim: &str, reasons: &[Reason]) -> Sentence {
    let words = overlap::overlap(&checker.reading, &checker.whole, claim);
    let complained = |rule: &str| reasons.iter().any(|reason| reason.code() == rule);
    let rules = RULES.map(|rule| if complained(rule) { 1.0 } else { 0.0 });
    let mut values = words.into_iter().chain(rules);
    std::array::from_fn(|_| values.next().unwrap_or_default())
}

/// What is measured of a claim of one or more sentences: of each sentence's
/// values the mean, the least and the most, and how many sentences they are.
#[must_use]
pub(super) fn measures(sentences: &[Sentence]) -> Vec<f32> {
    #[expect(clippy::cast_precision_loss, reason = "a claim has a few sentences")]
    let count = sentences.len().max(1) as f32;
    let column = |at: usize| sentences.iter().map(move |values| values[at]);
    let spread = |at: usize| {
        [
            column(at).sum::<f32>() / count,
            column(at).fold(f32::INFINITY, f32::min),
            column(at).fold(f32::NEG_INFINITY, f32::max),
        ]
    };
    let mut all: Vec<f32> = (0..VALUES).flat_map(spread).collect();
    all.push(count);
    all
}

/// The support of a measured claim, `0..=1`; 0.5 is where the forest thinks a claim
/// as likely supported as not, were both equally common.
#[must_use]
pub(super) fn support(measures: &[f32]) -> f32 {
    let weighed = FOREST.as_ref().map_or(0.0, |it| it.predict(measures));
    held_down(weighed, measures)
}

/// The same by the trees that never saw a part of the labelled documents.
#[must_use]
pub(super) fn support_without(part: usize, measures: &[f32]) -> f32 {
    let forest = FOREST.as_ref();
    let weighed = forest.map_or(0.0, |it| it.predict_without(part, measures));
    held_down(weighed, measures)
}

/// The support of a claim of which the trees may have learnt too little: sentences
/// copied but for a number are rarer in the labelled data than in what people write.
fn held_down(weighed: f32, measures: &[f32]) -> f32 {
    let names = overlap::NAMES.iter().chain(&RULES).enumerate();
    let ruling = names.filter(|(_, name)| RULED_OUT.contains(name));
    // The third of the three that are measured of each value is the most.
    let most = ruling.filter_map(|(at, _)| measures.get(3 * at + 2));
    let is_ruled_out = most.into_iter().any(|it| *it > 0.0);
    if is_ruled_out {
        weighed * LEFT
    } else {
        weighed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forest_weighs_what_is_measured() {
        let forest = FOREST.as_ref().expect("it is whole");
        assert_eq!(forest.measures, measures(&[[0.0; VALUES]]).len());
        assert!(forest.parts.iter().all(|trees| !trees.is_empty()));
    }

    #[test]
    fn a_number_from_nowhere_outweighs_the_rest() {
        let mut sentence = [0.0; VALUES];
        assert_eq!(held_down(0.9, &measures(&[sentence])), 0.9);
        let at = overlap::NAMES
            .iter()
            .position(|it| *it == "numbers_missing");
        sentence[at.expect("it is measured")] = 1.0;
        assert_eq!(held_down(0.9, &measures(&[[0.0; VALUES], sentence])), 0.45);
    }

    #[test]
    fn of_several_sentences_the_extremes_are_measured() {
        let (one, other) = ([1.0; VALUES], [3.0; VALUES]);
        let measured = measures(&[one, other]);
        assert_eq!(&measured[..3], &[2.0, 1.0, 3.0]);
        assert_eq!(measured.last(), Some(&2.0));
    }
}
