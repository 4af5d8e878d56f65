//! Whether a draft is a whole, clean sentence: a model that runs into its
//! length limit ends in the middle of a thought, with a full stop.

use crate::text::pattern::Pattern;

use super::reason::Reason;

/// Words that no English sentence ends with.
const OPEN_ENDS: &[&str] = &[
    "a",
    "an",
    "the",
    "of",
    "to",
    "for",
    "from",
    "with",
    "and",
    "or",
    "but",
    "in",
    "on",
    "at",
    "by",
    "as",
    "than",
    "that",
    "which",
    "who",
    "whose",
    "its",
    "their",
    "his",
    "her",
    "is",
    "are",
    "was",
    "were",
    "be",
    "has",
    "have",
    "had",
    "will",
    "would",
    "into",
    "between",
    "such",
    "these",
    "this",
    "very",
    "more",
    "most",
    "including",
    "because",
    "while",
    "when",
    "where",
    "if",
];

/// Those of them that a question may end with: "What is the fortress made of?"
const STRANDED: &[&str] = &[
    "by", "to", "on", "at", "for", "with", "from", "of", "in", "into",
];

/// A drafted sentence this long ran into the grammar's limit: it stops, it does
/// not end.
const MOST_CHARS: usize = 295;
/// Words of a sentence at least.
const LEAST_WORDS: usize = 4;

static SLIP: Pattern = Pattern::new(
    r#"\s[.,;:?!]|,[.,;:]|[;:][.,;:]|\.\.[^.]|-[.?!]|\bU\. S\b|\s{2}|[\[\]{}<>|]|Q:|A:"#,
);

static ITSELF: Pattern = Pattern::new(
    r"(?i)\b(?:(?:the|this|that|each|our) (?:article|passage|paragraph|text|question|answer|excerpt|story|author|writer)|paragraphs? \d)",
);

/// What is wrong with a sentence or question that a model wrote.
pub(super) fn problem_of_draft(sentence: &str) -> Option<Reason> {
    let cut = sentence.chars().count() >= MOST_CHARS;
    problem(sentence).or_else(|| cut.then_some(Reason::Malformed("breaks off at the length limit")))
}

/// What is wrong with the form of a sentence or question.
pub(super) fn problem(sentence: &str) -> Option<Reason> {
    if ITSELF.is_match(sentence) {
        return Some(Reason::SelfReference);
    }
    flaw(sentence).map(Reason::Malformed)
}

fn flaw(sentence: &str) -> Option<&'static str> {
    let body = sentence.trim_end_matches(['"', '”', '’', '\'', ')']);
    let words: Vec<&str> = body.split_whitespace().collect();
    if !body.ends_with(['.', '!', '?', '…']) {
        return Some("no end");
    }
    if words.len() < LEAST_WORDS {
        return Some("too short");
    }
    if SLIP.is_match(sentence) {
        return Some("stray marks");
    }
    if !sentence.starts_with(|first: char| {
        first.is_uppercase() || first.is_numeric() || "\"“'‘$£€".contains(first)
    }) {
        return Some("starts in lower case");
    }
    if !balanced(sentence) {
        return Some("quotation marks or brackets do not match");
    }
    let last = words
        .last()?
        .trim_end_matches(['.', '!', '?', '…'])
        .to_lowercase();
    let is_stranded = body.ends_with('?') && STRANDED.contains(&last.as_str());
    (OPEN_ENDS.contains(&last.as_str()) && !is_stranded).then_some("breaks off")
}

fn balanced(sentence: &str) -> bool {
    let count = |wanted: char| sentence.chars().filter(|c| *c == wanted).count();
    count('“') == count('”') && count('(') == count(')') && count('"') % 2 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_sentences_pass() {
        for sentence in [
            "The pool in Elm Road closes in May.",
            "“We had no choice,” said Mayor Ruiz.",
            "$2 million was spent in the U.S. last year.",
            "Why will the Elm Road pool close?",
            "What is the Elm Road pool made of?",
        ] {
            assert_eq!(problem(sentence), None, "{sentence}");
        }
    }

    #[test]
    fn broken_ones_fall() {
        for sentence in [
            "The pool closes because of a .",
            "The pool was closed for the.",
            "The pool was closed,, and drained.",
            "It closes.",
            "the pool in Elm Road closes.",
            "The pool “in Elm Road closes.",
            "What does North Korea offer to Wagner-m-?",
            "The pool in Elm Road closes",
            "What is the Elm Road pool and the?",
        ] {
            assert!(
                matches!(problem(sentence), Some(Reason::Malformed(_))),
                "{sentence}"
            );
        }
    }

    #[test]
    fn a_sentence_about_the_article_falls() {
        assert_eq!(
            problem("The passage states that the pool closes."),
            Some(Reason::SelfReference)
        );
    }

    #[test]
    fn the_patterns_compile() {
        assert!(SLIP.compiles() && ITSELF.compiles());
    }
}
