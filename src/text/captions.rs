//! Sentences that stand beside pictures and say nothing without them ("Front row: Dana
//! Ruiz (left) with …", "Tom Hale leaving the court in May"), and what a page says of
//! itself ("Scroll down for video"). Told from the surface: where a sentence only looks
//! like one, something else can be asked about instead.

use super::pattern::Pattern;
use super::words::words;

/// Words before the colon of a label.
const LABEL_WORDS: usize = 4;

static PICTURED: Pattern = Pattern::new(
    r"(?i)\((?:also )?(?:pictured|left|right|above|below|centre|center|top|bottom|far left|far right|file (?:photo|picture|image))\b[^)]*\)|^\W*(?:pictured|scroll down|click here|file (?:photo|picture|image)|photo|picture|image)\b|\b(?:scroll down|click here) (?:for|to)\b",
);

/// Verbs that are known by no ending; sorted.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "am", "are", "ate", "be", "beat", "became", "become", "been", "began", "bought", "broke",
    "brought", "built", "came", "can", "caught", "chose", "come", "cost", "could", "cut", "did", "do",
    "drew", "drove", "fell", "felt", "flew", "fought", "found", "gave", "get", "give", "go", "got",
    "grew", "had", "have", "heard", "held", "hit", "hurt", "is", "keep", "kept", "knew", "know",
    "laid", "led", "left", "let", "lost", "made", "make", "may", "meant", "met", "might", "must",
    "need", "paid", "put", "ran", "read", "remain", "rose", "said", "sang", "sat", "saw", "say",
    "sent", "set", "shall", "shot", "should", "shut", "slept", "sold", "sought", "speak", "spent",
    "spoke", "spread", "stand", "stole", "stood", "struck", "swam", "take", "taught", "think",
    "thought", "threw", "told", "took", "want", "was", "went", "were", "will", "woke", "won", "wore",
    "work", "would", "wrote",
];

/// Whether a sentence reads like a caption.
#[must_use]
pub fn is_caption(sentence: &str) -> bool {
    is_labelled(sentence) || PICTURED.is_match(sentence) || !has_verb(sentence)
}

/// "Scene: …", "FILE - …".
#[must_use]
pub fn is_labelled(sentence: &str) -> bool {
    let mut first = sentence.split_whitespace().take(LABEL_WORDS);
    first.any(|word| word.ends_with(':') || matches!(word, "-" | "--" | "–" | "—"))
}

/// Whether some word could be a verb that makes a sentence: a participle in -ing alone
/// does not.
fn has_verb(sentence: &str) -> bool {
    words(sentence).into_iter().any(|word| {
        let word = word.of(sentence).to_lowercase();
        VERBS.binary_search(&word.as_str()).is_ok()
            || word.ends_with("n't")
            || word.ends_with("n’t")
            || ends_like_a_verb(&word)
    })
}

/// "opened", "opens"; a plural looks like that too.
fn ends_like_a_verb(word: &str) -> bool {
    let is_past = word.len() > 3 && word.ends_with("ed");
    let is_possessive = word.ends_with("'s") || word.ends_with("’s");
    let ends_in_s = word.len() > 2 && word.ends_with('s');
    let is_other = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    is_past || ends_in_s && !is_possessive && !is_other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_told_from_sentences() {
        for caption in [
            "Front row guests: Dana Ruiz next to Tom Hale.",
            "FILE - Dana Ruiz waits.",
            "Dana Ruiz (pictured left) who starred in a film.",
            "Dana Ruiz and Tom Hale on their wedding day.",
            "Dana Ruiz leaving the court in Harlow during her trial in 2000.",
            "Scroll down for video.",
        ] {
            assert!(is_caption(caption), "{caption}");
        }
        for sentence in [
            "Dana Ruiz left the court in Harlow.",
            "The council closes the pool (see the report).",
            "Tom Hale didn’t come.",
            "No one was hurt.",
        ] {
            assert!(!is_caption(sentence), "{sentence}");
        }
    }

    #[test]
    fn the_verbs_are_sorted_and_the_pattern_compiles() {
        assert!(VERBS.is_sorted() && PICTURED.compiles());
    }
}
