//! ROUGE (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004)
//! by the protocol of the Python package rouge_score 0.1.2 with its stemmer on:
//! lower case, anything but a-z and 0-9 parts words, words of more than three
//! letters are stemmed. Pure; for figures only, no check decides by it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

mod porter;

/// What the protocol is called on tables and cards.
pub const PROTOCOL: &str = "rouge_score 0.1.2, its tokeniser and Porter stemmer";

/// Words of more letters are stemmed.
const UNSTEMMED_CHARS: usize = 3;

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// Share of the candidate that the reference has.
    pub precision: f64,
    /// Share of the reference that the candidate has.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

impl Score {
    /// From the count of shared elements and the sizes of both sides.
    #[must_use]
    pub fn new(shared: usize, candidate: usize, reference: usize) -> Self {
        let share = |whole: usize| {
            let whole = super::statistics::count(whole.max(1));
            super::statistics::count(shared) / whole
        };
        let (precision, recall) = (share(candidate), share(reference));
        let sum = precision + recall;
        let f1 = if sum > 0.0 {
            2.0 * precision * recall / sum
        } else {
            0.0
        };
        Self {
            precision,
            recall,
            f1,
        }
    }
}

/// The words of a text, as the protocol reads them.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words
        .map(|word| {
            if word.len() > UNSTEMMED_CHARS {
                porter::stem(word)
            } else {
                word.to_owned()
            }
        })
        .collect()
}

/// ROUGE-N on [`tokens`].
#[must_use]
pub fn rouge_n(candidate: &[String], reference: &[String], size: usize) -> Score {
    let mut left = HashMap::<&[String], usize>::new();
    for gram in reference.windows(size) {
        *left.entry(gram).or_default() += 1;
    }
    let mut shared = 0;
    for gram in candidate.windows(size) {
        if let Some(count) = left.get_mut(gram).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    let grams = |tokens: &[String]| (tokens.len() + 1).saturating_sub(size);
    Score::new(shared, grams(candidate), grams(reference))
}

/// ROUGE-L on [`tokens`]: the longest common subsequence of the whole texts,
/// not of their sentences.
#[must_use]
pub fn rouge_l(candidate: &[String], reference: &[String]) -> Score {
    let mut row = vec![0; reference.len() + 1];
    for word in candidate {
        let mut diagonal = 0;
        for (at, other) in reference.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other {
                diagonal + 1
            } else {
                above.max(row[at])
            };
            diagonal = above;
        }
    }
    let longest = row.last().copied().unwrap_or_default();
    Score::new(longest, candidate.len(), reference.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Case {
        candidate: String,
        reference: String,
        rouge1: [f64; 3],
        rouge2: [f64; 3],
        #[serde(rename = "rougeL")]
        rouge_l: [f64; 3],
    }

    #[test]
    fn figures_are_those_of_the_reference() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../../tests/data/eval/rouge.json")).unwrap();
        assert!(cases.len() >= 12);
        for case in cases {
            let (one, other) = (tokens(&case.candidate), tokens(&case.reference));
            let found = [
                (rouge_n(&one, &other, 1), case.rouge1),
                (rouge_n(&one, &other, 2), case.rouge2),
                (rouge_l(&one, &other), case.rouge_l),
            ];
            for (score, [precision, recall, f1]) in found {
                let off = [
                    score.precision - precision,
                    score.recall - recall,
                    score.f1 - f1,
                ];
                let exact = off.iter().all(|off| off.abs() < 1e-12);
                assert!(
                    exact,
                    "{}: {score:?} {precision} {recall} {f1}",
                    case.candidate
                );
            }
        }
    }

    proptest! {
        #[test]
        fn scores_stay_in_bounds(one in "[a-c ]{0,30}", other in "[a-c ]{0,30}") {
            let (one, other) = (tokens(&one), tokens(&other));
            let l = rouge_l(&one, &other);
            prop_assert!(l.f1 <= rouge_n(&one, &other, 1).f1 + 1e-12);
            for score in [l, rouge_n(&one, &other, 2)] {
                prop_assert!((0.0..=1.0).contains(&score.f1));
            }
            prop_assert_eq!(rouge_l(&other, &one).f1, l.f1);
        }
    }
}
