//! Proper names of an English text, told by capital letters.
//!
//! No dictionary of names: a run of capitalised words is a name, with particles
//! ("of", "bin"), abbreviations ("U.N.") and hyphens inside, without titles
//! ("President") and dates around it. Used to weigh sentences, to propose topics
//! and to refuse a claim that names someone whom the article does not.

use super::sentences::sentences;
use super::span::Span;

mod lexicon;
mod mentions;
mod merge;
mod runs;
mod support;

pub use merge::names;
pub use support::{NamedText, unsupported_names};

/// Someone or something that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The fullest form in the text: `Ada Lovelace`, also where most mentions
    /// are `Lovelace`.
    pub text: String,
    /// Mentions in all forms.
    pub count: usize,
    /// The first mention in any form.
    pub first: Span,
}

/// Every mention of a name in `text`, in order, not overlapping.
#[must_use]
pub fn name_mentions(text: &str) -> Vec<Span> {
    mentions::mentions(text)
        .into_iter()
        .map(|mention| mention.span)
        .collect()
}

/// One word in so many that has a capital letter, if names have one. Of articles of the
/// development half that write names like other words 26 in 1,000 do at most, of others 31 at
/// least.
const CAPITALS: usize = 35;

/// Whether a text writes hardly anything with a capital letter but what begins a sentence, so
/// that its names cannot be told from other words.
#[must_use]
pub fn lacks_capitals(text: &str) -> bool {
    let (mut all, mut capital) = (0, 0);
    for sentence in sentences(text) {
        let words = sentence.of(text).split_whitespace().skip(1);
        let firsts = words.filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
        for first in firsts.filter(|first| first.is_alphabetic()) {
            all += 1;
            capital += usize::from(first.is_uppercase());
        }
    }
    capital * CAPITALS < all
}

#[cfg(test)]
mod tests;
