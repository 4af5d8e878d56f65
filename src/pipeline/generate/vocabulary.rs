//! The words that a topic may have: those of the text that the model was shown, the
//! small ones of any phrase, and nouns that name a kind of story. What is written
//! from them holds more often; `verify` still has the last word.

use std::collections::BTreeSet;

use crate::engine::Vocabulary;
use crate::text::words::{KINDS_OF_STORY, is_stop_word};

/// Words that join others inside a phrase.
const INNER: &[&str] = &[
    "a", "an", "the", "of", "in", "on", "at", "to", "for", "and", "with", "by", "from", "over",
    "between", "against", "after", "under", "into",
];

/// The vocabulary of these texts.
pub(super) fn vocabulary<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vocabulary {
    let words = texts.into_iter().flat_map(str::split_whitespace);
    let content: BTreeSet<&str> = words.flat_map(forms).collect();
    let content = content.into_iter().chain(KINDS_OF_STORY.iter().copied());
    let owned = |word: &str| word.to_owned();
    Vocabulary {
        content: content.map(owned).collect(),
        inner: INNER.iter().copied().map(owned).collect(),
    }
}

/// A word without the marks around it, and without its genitive's ending.
fn forms(word: &str) -> impl Iterator<Item = &str> {
    let opened = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let bare = opened.trim_end_matches(|c: char| !c.is_alphanumeric());
    // "U.S." keeps its last dot.
    let dotted = bare.contains('.') && opened[bare.len()..].starts_with('.');
    let whole = &opened[..bare.len() + usize::from(dotted)];
    let base = bare.strip_suffix("’s").or(bare.strip_suffix("'s"));
    // What is left of "’s" alone is no word.
    let has_content = |it: &&str| it.len() > 1 && !is_stop_word(it);
    [Some(whole), base]
        .into_iter()
        .flatten()
        .filter(has_content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_the_marks_around_them() {
        let found = vocabulary(["“Russia’s envoy to the U.S.,” he said (3-inch shells)."]);
        let kinds = found.content.len() - KINDS_OF_STORY.len();
        assert_eq!(
            found.content[..kinds],
            [
                "3-inch",
                "Russia",
                "Russia’s",
                "U.S.",
                "envoy",
                "said",
                "shells"
            ]
        );
        assert!(found.inner.contains(&"of".to_owned()));
    }

    #[test]
    fn marks_alone_are_no_word() {
        let found = vocabulary(["— … the ’s"]);
        assert_eq!(found.content.len(), KINDS_OF_STORY.len());
    }
}
