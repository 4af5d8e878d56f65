//! Whether questions stand alone and differ, by their surface and not by the
//! product's own rules, which would only find what they let through.

use std::sync::LazyLock;

use regex::Regex;

use crate::digest::Pair;
use crate::eval::rouge::{rouge_l, tokens};
use crate::text::names::name_mentions;
use crate::text::words::content_stems;

/// ROUGE-L F1 from which on two texts say the same.
const SAME: f64 = 0.7;
/// Content words that name a subject where no name does.
const NAMING_WORDS: usize = 3;

static POINTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "he|she|it|they|him|her|his|hers|its|them|their|theirs|this|these|those|we|our";
    let itself = "article|passage|text|story|author|paragraph";
    Regex::new(&format!(r"(?i)\b(?:{words}|(?:the|this) (?:{itself}))\b")).ok()
});

/// Whether a question names what it is about: a name or three content words,
/// and that before any word that points elsewhere.
pub(super) fn stands_alone(question: &str) -> bool {
    let pointing = POINTING.as_ref().and_then(|pattern| pattern.find(question));
    let before = &question[..pointing.map_or(question.len(), |word| word.start())];
    !name_mentions(before).is_empty() || content_stems(before).len() >= NAMING_WORDS
}

/// Pairs of which another nearly repeats question or answer.
pub(super) fn duplicates(pairs: &[Pair]) -> usize {
    let read = |pair: &Pair| (tokens(&pair.question), tokens(&pair.answer.text));
    let all: Vec<_> = pairs.iter().map(read).collect();
    let same = |one: &(Vec<String>, Vec<String>), other: &(Vec<String>, Vec<String>)| {
        rouge_l(&one.0, &other.0).f1 >= SAME || rouge_l(&one.1, &other.1).f1 >= SAME
    };
    let repeated = |at: &usize| {
        let mut others = (0..all.len()).filter(|other| other != at);
        others.any(|other| same(&all[*at], &all[other]))
    };
    (0..all.len()).filter(repeated).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Passage;

    fn pair(question: &str, answer: &str) -> Pair {
        Pair {
            question: question.into(),
            answer: Passage {
                text: answer.into(),
                sentences: Vec::new(),
            },
        }
    }

    #[test]
    fn a_question_names_what_it_is_about() {
        assert!(stands_alone("Why did Dana Ruiz close her office?"));
        assert!(stands_alone(
            "Which bridges were closed for repairs in spring?"
        ));
        assert!(!stands_alone("Why did she close the office of Dana Ruiz?"));
        assert!(!stands_alone("What happened then?"));
        assert!(!stands_alone("What does the article say about Elm Road?"));
    }

    #[test]
    fn pairs_that_repeat_each_other_count_each() {
        let pool = "The pool closed because repairs cost too much.";
        let pairs = [
            pair("Why did the Elm Road pool close?", pool),
            pair("Why did the Elm Road pool close down?", "Costs."),
            pair("What did repairs cost?", pool),
            pair("Who spoke for the council?", "Mayor Dana Ruiz did."),
        ];
        assert_eq!(duplicates(&pairs), 3);
        assert_eq!(duplicates(&pairs[3..]), 0);
    }
}
