//! Proper names of an English text, told by capital letters.
//!
//! No dictionary of names: a run of capitalised words is a name, with particles
//! ("of", "bin"), abbreviations ("U.N.") and hyphens inside, without titles
//! ("President") and dates around it. Used to weigh sentences, to propose topics
//! and to refuse a claim that names someone whom the article does not.

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

#[cfg(test)]
mod tests;
