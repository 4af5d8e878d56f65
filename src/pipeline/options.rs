//! What a caller may ask for, checked against the limits once.

use crate::config::Limits;
use crate::lane::Lane;

use super::error::PipelineError;

/// Checked options of one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestOptions {
    /// FAQ pairs at most; fewer come back rather than invented ones.
    pub count: usize,
    /// Words per answer at most.
    pub max_answer_words: usize,
    /// Whether the answer carries the text that was read.
    pub include_source: bool,
    /// Sentences of the summary at most.
    pub summary_sentences: usize,
    /// Which work goes first in the engine; changes nothing of the digest.
    pub lane: Lane,
}

/// Sentences of a summary at most.
const SUMMARY_SENTENCES: usize = 4;
/// Facts that a sentence of a short digest's summary needs.
const FACTS_PER_SUMMARY_SENTENCE: usize = 3;
/// Facts that a pair of a short digest needs: one alone would repeat the summary.
const FACTS_PER_PAIR: usize = 2;

impl DigestOptions {
    /// Checks what a caller wrote; `None` takes the default.
    ///
    /// # Errors
    /// [`PipelineError::Option`] names the option and its bounds.
    pub fn check(
        count: Option<usize>,
        max_answer_words: Option<usize>,
        include_source: bool,
        limits: &Limits,
    ) -> Result<Self, PipelineError> {
        let count = bounded("count", count, 8, 1, limits.max_faq_pairs)?;
        let words = bounded(
            "max_answer_words",
            max_answer_words,
            60,
            20,
            limits.max_answer_words,
        )?;
        Ok(Self {
            count,
            max_answer_words: words,
            include_source,
            summary_sentences: SUMMARY_SENTENCES,
            lane: Lane::default(),
        })
    }

    /// What an article of `facts` facts can fill: never more pairs than facts,
    /// and a short digest where they are fewer than `enough`.
    #[must_use]
    pub fn fitted_to(self, facts: usize, enough: usize) -> Self {
        if facts >= enough {
            return Self {
                count: self.count.min(facts),
                ..self
            };
        }
        let sentences = facts.div_ceil(FACTS_PER_SUMMARY_SENTENCE).max(1);
        Self {
            count: self.count.min(facts.div_ceil(FACTS_PER_PAIR)),
            summary_sentences: self.summary_sentences.min(sentences),
            ..self
        }
    }
}

fn bounded(
    name: &'static str,
    value: Option<usize>,
    default: usize,
    low: usize,
    high: usize,
) -> Result<usize, PipelineError> {
    let value = value.unwrap_or(default.min(high));
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(PipelineError::Option {
        name,
        value: value.to_string(),
        bounds: format!("{low} to {high}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn asked(count: usize) -> DigestOptions {
        let limits = Settings::load(None).expect("the defaults hold").limits;
        DigestOptions::check(Some(count), None, false, &limits).expect("it is allowed")
    }

    #[test]
    fn enough_facts_leave_what_was_asked_for() {
        assert_eq!(asked(8).fitted_to(12, 6), asked(8));
        assert_eq!(asked(8).fitted_to(7, 6).count, 7);
    }

    #[test]
    fn few_facts_make_a_short_digest() {
        let short = |facts| {
            let options = asked(8).fitted_to(facts, 6);
            (options.count, options.summary_sentences)
        };
        assert_eq!([short(5), short(2), short(0)], [(3, 2), (1, 1), (0, 1)]);
        assert_eq!(asked(1).fitted_to(5, 6).count, 1);
    }
}
