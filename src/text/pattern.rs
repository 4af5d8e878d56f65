//! A regular expression of ours: written in the source, compiled on first use. One
//! that does not compile matches nothing instead of ending the program; a test
//! beside each says that it does compile.

use std::sync::OnceLock;

use regex::{CaptureMatches, Captures, Match, Regex};

/// A regular expression that is part of the program.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern that is written as `source`.
    #[must_use]
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    /// The expression; `None` when it is none.
    pub fn regex(&self) -> Option<&Regex> {
        let compile = || Regex::new(self.source).ok();
        self.compiled.get_or_init(compile).as_ref()
    }

    /// Whether it is an expression at all: what a test asks.
    #[must_use]
    pub fn compiles(&self) -> bool {
        self.regex().is_some()
    }

    /// Whether `text` has it.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// Where `text` has it first.
    #[must_use]
    pub fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.regex()?.find(text)
    }

    /// The first match and its groups.
    #[must_use]
    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex()?.captures(text)
    }

    /// All matches and their groups.
    pub fn captures_iter<'r, 't>(
        &'r self,
        text: &'t str,
    ) -> impl Iterator<Item = Captures<'t>> + use<'r, 't> {
        let all = |regex: &'r Regex| -> CaptureMatches<'r, 't> { regex.captures_iter(text) };
        self.regex().map(all).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_and_a_broken_one_finds_nothing() {
        static YEAR: Pattern = Pattern::new(r"\b(\d{4})\b");
        assert!(YEAR.compiles() && YEAR.is_match("in 1999"));
        assert_eq!(YEAR.find("in 1999").map(|it| it.start()), Some(3));
        assert_eq!(&YEAR.captures("in 1999").expect("a year")[1], "1999");
        assert_eq!(YEAR.captures_iter("1999 or 2000").count(), 2);
        static BROKEN: Pattern = Pattern::new("(");
        assert!(!BROKEN.compiles() && !BROKEN.is_match("("));
        assert_eq!(BROKEN.captures_iter("(").count(), 0);
    }
}
