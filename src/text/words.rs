//! Words of a text with exact offsets, and the stems that carry its content.
//!
//! Word boundaries are those of Unicode Standard Annex 29. Used by every check
//! that compares texts; it must not decide what a word means.

use unicode_segmentation::UnicodeSegmentation;

use super::span::Span;
use super::stem;

/// A word of a text: letters or digits, with inner apostrophes and dots
/// (`Russia’s`, `U.S`, `1,200`), split at hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Where it is; never empty.
    pub span: Span,
}

impl Word {
    /// The word as written in `text`.
    #[must_use]
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        self.span.of(text)
    }
}

/// The words of `text`, in order.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    text.unicode_word_indices()
        .map(|(start, word)| Word {
            span: Span::new(start, start + word.len()),
        })
        .collect()
}

/// Whether a character is of a script that is written without spaces between words.
#[must_use]
pub fn is_dense(character: char) -> bool {
    matches!(
        character,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3041}'..='\u{30ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{323af}'
    )
}

/// Stems of the words that carry content, in order, repetitions kept.
#[must_use]
pub fn content_stems(text: &str) -> Vec<String> {
    text.unicode_words()
        .filter(|word| !is_function_word(word))
        .map(stem::stem)
        .collect()
}

/// Whether a word, in any case, is one of the closed-class words that nearly
/// every English text has: articles, pronouns, auxiliaries, prepositions, …
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    let word = word.to_lowercase().replace('’', "'");
    let head = word.split('\'').next().unwrap_or_default();
    word.ends_with("n't") || STOP_WORDS.binary_search(&head).is_ok()
}

/// A word with its first letter as a capital.
#[must_use]
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// A stop word that is not an abbreviation in disguise.
fn is_function_word(word: &str) -> bool {
    !matches!(word, "US" | "IT" | "WHO") && is_stop_word(word)
}

/// Nouns that name a kind of story and claim nothing.
#[rustfmt::skip]
pub const KINDS_OF_STORY: &[&str] = &[
    "history", "debate", "case", "plan", "policy", "conflict", "relations", "announcement", "controversy",
    "program", "project", "crisis", "dispute", "investigation",
];

/// Sorted for binary search; contractions are looked up by their head.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "about", "above", "across", "after", "again", "against", "all", "almost", "along",
    "already", "also", "although", "always", "am", "amid", "among", "an", "and", "another",
    "any", "anyone", "anything", "are", "around", "as", "at", "away", "be", "because", "been",
    "before", "behind", "being", "below", "between", "both", "but", "by", "can", "cannot",
    "could", "despite", "did", "do", "does", "doing", "done", "down", "during", "each",
    "either", "else", "enough", "even", "ever", "every", "everyone", "everything", "few", "for",
    "from", "further", "had", "has", "have", "having", "he", "hence", "her", "here", "hers",
    "herself", "him", "himself", "his", "how", "however", "i", "if", "in", "indeed", "instead",
    "into", "is", "it", "its", "itself", "just", "less", "many", "may", "me", "meanwhile",
    "might", "mine", "more", "moreover", "most", "much", "must", "my", "myself", "neither",
    "never", "nevertheless", "no", "nobody", "none", "nor", "not", "nothing", "now", "of",
    "off", "often", "on", "once", "only", "onto", "or", "other", "others", "otherwise", "our",
    "ours", "ourselves", "out", "over", "own", "per", "perhaps", "quite", "rather", "same",
    "several", "shall", "she", "should", "since", "so", "some", "someone", "something", "still",
    "such", "than", "that", "the", "their", "theirs", "them", "themselves", "then", "there",
    "therefore", "these", "they", "this", "those", "though", "through", "throughout", "thus",
    "to", "together", "too", "toward", "towards", "under", "unless", "until", "up", "upon",
    "us", "very", "via", "was", "we", "well", "were", "what", "whatever", "when", "where",
    "whereas", "whether", "which", "while", "who", "whoever", "whom", "whose", "why", "will",
    "with", "within", "without", "would", "yes", "yet", "you", "your", "yours", "yourself",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_first_letter_becomes_a_capital() {
        assert_eq!(capitalised("élan of"), "Élan of");
        assert_eq!(capitalised("3-inch"), "3-inch");
        assert_eq!(capitalised(""), "");
    }

    #[test]
    fn words_keep_abbreviations_and_numbers_whole() {
        let text = "The U.N. paid $1,200 to Ana-Maria’s aunt.";
        let found: Vec<_> = words(text).iter().map(|word| word.of(text)).collect();
        assert_eq!(
            found,
            [
                "The",
                "U.N",
                "paid",
                "1,200",
                "to",
                "Ana",
                "Maria’s",
                "aunt"
            ]
        );
    }

    #[test]
    fn content_stems_drop_function_words_and_keep_order() {
        assert_eq!(
            content_stems("The nations didn’t visit the US, and it's a nation."),
            ["nation", "visit", "us", "nation"]
        );
    }

    #[test]
    fn stop_words_are_sorted_and_case_blind() {
        assert!(STOP_WORDS.is_sorted_by(|one, other| one < other));
        assert!(is_stop_word("The") && is_stop_word("They’ll"));
        assert!(!is_stop_word("train"));
    }

    proptest! {
        #[test]
        fn spans_are_words_in_order(text in "\\PC*") {
            let mut end = 0;
            for word in words(&text) {
                prop_assert!(word.span.start >= end);
                prop_assert!(!word.of(&text).is_empty());
                end = word.span.end;
            }
        }
    }
}
