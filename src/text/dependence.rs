//! Sentences that need the one before them: a pronoun without its noun, a
//! connective without its first half. Such a sentence must not open an answer.
//!
//! Surface only: definite descriptions ("the company") are not resolved.

use super::names::name_mentions;
use super::span::Span;
use super::words::{Word, words};

/// Words that point back when they open a sentence; sorted.
#[rustfmt::skip]
const BACKWARD: &[&str] = &[
    "accordingly", "additionally", "afterward", "afterwards", "alternatively", "and", "another",
    "both", "but", "consequently", "conversely", "earlier", "elsewhere", "finally", "further",
    "furthermore", "he", "hence", "her", "hers", "his", "however", "indeed", "instead", "it",
    "its", "later", "likewise", "meantime", "meanwhile", "moreover", "nevertheless",
    "nonetheless", "nor", "or", "otherwise", "overall", "she", "similarly", "so", "soon", "still",
    "subsequently", "such", "that", "their", "then", "therefore", "these", "they", "this",
    "those", "though", "thus", "too", "ultimately", "yet",
];

/// Openings of several words that point back.
#[rustfmt::skip]
const BACKWARD_PHRASES: &[&str] = &[
    "according to her", "according to him", "according to them", "after that", "after this", "among them",
    "as a result", "as such", "at that", "at the same time", "at this", "because of that",
    "because of this", "before that", "before this", "by contrast", "by then", "despite that", "despite this",
    "due to this", "during that", "during this", "following that", "following this", "for example",
    "for instance", "for that", "for this", "given that", "given this", "in addition", "in contrast",
    "in fact", "in other words", "in particular", "in response", "in that", "in the meantime", "in this", "in turn",
    "like this", "one of them", "on the contrary", "on the other hand", "on top of that", "on top of this",
    "since then", "some of them", "the former", "the latter", "the other", "the others", "the pair",
    "the same", "the two", "under this", "until then", "what is more", "with that", "with this",
];

/// Pronouns that need a noun when they are the subject.
const SUBJECTS: &[&str] = &["he", "she", "it", "they"];

/// Pronouns that need the name of a person.
const PERSONAL: &[&str] = &[
    "he", "she", "him", "his", "her", "hers", "himself", "herself",
];

/// An opening phrase ("In July,") is looked through up to this many words.
const OPENING_WORDS: usize = 12;

/// Whether `sentence` opens with an unresolved pronoun or a connective, so that
/// it cannot be understood without the sentence before it.
#[must_use]
pub fn starts_dependent(sentence: &str) -> bool {
    let words = words(sentence);
    let lower: Vec<String> = words
        .iter()
        .take(OPENING_WORDS + 1)
        .map(|word| word.of(sentence).to_lowercase())
        .collect();
    let Some(first) = lower.first() else {
        return false;
    };
    let head = first.split(['\'', '’']).next().unwrap_or_default();
    BACKWARD.binary_search(&head).is_ok()
        || opens_with_phrase(&lower)
        || pronoun_after_opening(sentence, &words, &lower)
}

/// The first "he" or "she" of a text, if no name stands before it.
#[must_use]
pub fn unnamed_person(text: &str) -> Option<Span> {
    let personal = |word: &Word| {
        let lower = word.of(text).to_lowercase();
        let head = lower.split(['\'', '’']).next().unwrap_or_default();
        PERSONAL.contains(&head)
    };
    let first = words(text).into_iter().find(personal)?.span;
    let named = name_mentions(text)
        .iter()
        .any(|name| name.end <= first.start);
    (!named).then_some(first)
}

/// Whether a sentence speaks of a "he" or "she" that it has not named.
#[must_use]
pub fn leans_back(sentence: &str) -> bool {
    unnamed_person(sentence).is_some()
}

fn opens_with_phrase(lower: &[String]) -> bool {
    BACKWARD_PHRASES.iter().any(|phrase| {
        let mut given = lower.iter();
        phrase
            .split(' ')
            .all(|word| given.next().is_some_and(|found| found == word))
    })
}

/// "In July, he said …": the subject after the opening phrase is a pronoun, and
/// no capitalised word before it could be what it stands for.
fn pronoun_after_opening(sentence: &str, words: &[Word], lower: &[String]) -> bool {
    for at in 1..lower.len() {
        let gap = &sentence[words[at - 1].span.end..words[at].span.start];
        if gap.contains(',') {
            return SUBJECTS.contains(&lower[at].as_str());
        }
        let named = words[at]
            .of(sentence)
            .starts_with(|c: char| c.is_uppercase());
        if named && !super::numbers::is_calendar_word(&lower[at]) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pronouns_and_connectives_depend() {
        for sentence in [
            "He left the city.",
            "“It’s over,” the mayor said.",
            "Meanwhile, Oslo waited.",
            "Following that visit, Ada Berg left.",
            "At the same time, prices rose.",
            "In July, he opened the bridge.",
            "This is new.",
        ] {
            assert!(starts_dependent(sentence), "{sentence}");
        }
    }

    #[test]
    fn sentences_with_their_own_subject_stand_alone() {
        for sentence in [
            "The mayor left the city.",
            "In July, Ada Berg opened the bridge.",
            "While Ada Berg waited, she read.",
            "Four years after his last visit, Berg came back.",
            "Thousands came.",
            "",
        ] {
            assert!(!starts_dependent(sentence), "{sentence}");
        }
    }

    #[test]
    fn a_person_is_named_before_a_pronoun() {
        assert!(leans_back("The council said she would stay."));
        assert!(leans_back("Officials thanked him."));
        assert!(!leans_back("Mayor Dana Ruiz said she would stay."));
        assert!(!leans_back("The council will stay."));
        let text = "What is his plan?";
        assert_eq!(unnamed_person(text).map(|word| word.of(text)), Some("his"));
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(BACKWARD.is_sorted_by(|one, other| one < other));
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC*") {
            let _ = starts_dependent(&text);
        }
    }
}
