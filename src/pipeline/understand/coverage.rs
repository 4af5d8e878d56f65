//! How much of what an article says some sentences tell: the weight of its words, each
//! counted once (Takamura and Okumura, "Text Summarization Model based on Maximum Coverage
//! Problem", EACL 2009). Measures; chooses nothing.

use std::collections::{BTreeSet, HashMap};

use crate::pipeline::article::Article;
use crate::text::words::content_stems;

use super::Understanding;

/// A word of the first sentence counts twice as much as at this many after it.
const HALF_PLACE: f32 = 2.0;
/// Words of a summary as people write it: one that is as long loses nothing for it.
const USUAL_WORDS: usize = 50;

/// The weights of an article's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    weights: HashMap<String, f32>,
}

impl Coverage {
    /// By stem how often the article says it, each time for as much as its place is worth.
    #[must_use]
    pub fn of(article: &Article, understanding: &Understanding) -> Self {
        let mut weights = HashMap::new();
        for (at, sentence) in understanding.sentences.iter().enumerate() {
            if article.is_instruction(sentence.span) {
                continue;
            }
            for stem in distinct(content_stems(sentence.span.of(&article.text))) {
                *weights.entry(stem).or_default() += place(at);
            }
        }
        Self { weights }
    }

    /// What a word is worth.
    #[must_use]
    pub fn weight(&self, stem: &str) -> f32 {
        self.weights.get(stem).copied().unwrap_or_default()
    }

    /// What a text is worth as a summary: the weight of its words by its length, as
    /// ROUGE-1's F-measure weighs a match against a reference of 50 words.
    #[must_use]
    pub fn score(&self, text: &str) -> f32 {
        let words = text.split_whitespace().count();
        let weight: f32 = distinct(content_stems(text))
            .iter()
            .map(|stem| self.weight(stem))
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "far fewer words than 2^23")]
        let length = (words + USUAL_WORDS) as f32;
        weight / length
    }
}

/// What the place of a sentence is worth.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "far fewer sentences than 2^23")]
pub fn place(at: usize) -> f32 {
    HALF_PLACE / (HALF_PLACE + at as f32)
}

/// Each once, in an order that does not change: sums of floats depend on it.
#[must_use]
pub fn distinct(stems: Vec<String>) -> Vec<String> {
    let distinct: BTreeSet<String> = stems.into_iter().collect();
    distinct.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::understand::read;
    use crate::pipeline::understand::tests::{article, split};

    #[test]
    fn what_the_article_says_first_and_often_is_worth_most() {
        let article = article(
            "The council closes the Harlow library in March. The library needs repairs.\n\n\
             Residents may use the Elm branch.",
        );
        let coverage = Coverage::of(&article, &read(&article, split));
        let main = coverage.score("The council closes the library.");
        let aside = coverage.score("Residents may use a branch.");
        assert!(main > aside, "{main} {aside}");
        assert!(
            main > coverage.score("The library, the library and the library."),
            "a word counts once"
        );
        assert_eq!(coverage.score("Penguins sleep."), 0.0);
    }
}
