//! What a caller may ask for, checked against the limits once.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::{Choice, HouseStyle, Limits};
use crate::digest::SummaryForm;
use crate::lane::Lane;

use super::error::PipelineError;

/// What a caller wrote; `None` takes the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptionsRequest {
    /// FAQ pairs at most.
    pub count: Option<usize>,
    /// Words per answer at most.
    pub max_answer_words: Option<usize>,
    /// Whether the answer carries the text that was read.
    pub include_source: bool,
    /// The name of a [`SummaryForm`].
    pub summary: Option<String>,
    /// The name of a [`Tone`].
    pub tone: Option<String>,
    /// The name of a [`ReadingLevel`].
    pub reading_level: Option<String>,
    /// Whether the article's own sentences will do, where there is a model.
    pub without_model: bool,
}

/// How the author is asked to speak. What it may say is the same in each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// As a news editor does.
    #[default]
    Neutral,
    /// Without contractions and colloquial words.
    Formal,
    /// As one reader would tell another.
    Conversational,
}

/// How easy the author is asked to be to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingLevel {
    /// As the article is.
    #[default]
    Default,
    /// Short sentences of common words.
    Simple,
}

/// Checked options of one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestOptions {
    /// FAQ pairs at most; fewer come back rather than invented ones.
    pub count: usize,
    /// Words per answer at most.
    pub max_answer_words: usize,
    /// Whether the answer carries the text that was read.
    pub include_source: bool,
    /// What the summary is like.
    pub summary: SummaryForm,
    /// Sentences of the summary at most.
    pub summary_sentences: usize,
    /// How the author is asked to speak.
    pub tone: Tone,
    /// How easy it is asked to be to read.
    pub reading_level: ReadingLevel,
    /// Whether the article's own sentences will do, where there is a model.
    pub without_model: bool,
    /// The words of the house: whoever makes the digest has them, no caller.
    pub house_style: Option<Arc<HouseStyle>>,
    /// Which work goes first in the engine; changes nothing of the digest.
    pub lane: Lane,
}

/// Facts that a sentence of a short digest's summary needs.
const FACTS_PER_SUMMARY_SENTENCE: usize = 3;
/// Facts that a pair of a short digest needs: one alone would repeat the summary.
const FACTS_PER_PAIR: usize = 2;

impl Choice for SummaryForm {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("short", Self::Short),
        ("medium", Self::Medium),
        ("key-points", Self::KeyPoints),
    ];
}

impl Choice for Tone {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("neutral", Self::Neutral),
        ("formal", Self::Formal),
        ("conversational", Self::Conversational),
    ];
}

impl Tone {
    /// Whether it is what an author has where nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Choice for ReadingLevel {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("default", Self::Default), ("simple", Self::Simple)];
}

impl ReadingLevel {
    /// Whether it is what an author has where nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl SummaryForm {
    /// Sentences of it, where the article has them.
    #[must_use]
    pub fn sentences(self) -> RangeInclusive<usize> {
        match self {
            Self::Short => 1..=2,
            Self::Medium => 3..=4,
            Self::KeyPoints => 3..=6,
        }
    }
}

impl DigestOptions {
    /// Checks what a caller wrote.
    ///
    /// # Errors
    /// [`PipelineError::Option`] names the option and its bounds.
    pub fn check(request: &OptionsRequest, limits: &Limits) -> Result<Self, PipelineError> {
        let words = request.max_answer_words;
        let most_words = limits.max_answer_words;
        let summary = request.summary.as_deref();
        let level = request.reading_level.as_deref();
        let options = Self {
            count: bounded("count", request.count, 8, 1, limits.max_faq_pairs)?,
            max_answer_words: bounded("max_answer_words", words, 60, 20, most_words)?,
            include_source: request.include_source,
            summary: SummaryForm::default(),
            summary_sentences: 0,
            tone: choice("tone", request.tone.as_deref(), Tone::default())?,
            reading_level: choice("reading_level", level, ReadingLevel::default())?,
            without_model: request.without_model,
            house_style: None,
            lane: Lane::default(),
        };
        Ok(options.with_summary(choice("summary", summary, SummaryForm::default())?))
    }

    /// The same in the words of a house.
    #[must_use]
    pub fn in_style(self, house_style: Option<Arc<HouseStyle>>) -> Self {
        Self {
            house_style,
            ..self
        }
    }

    /// The same with a summary like this, as long as it may be.
    #[must_use]
    pub fn with_summary(self, summary: SummaryForm) -> Self {
        Self {
            summary,
            summary_sentences: *summary.sentences().end(),
            ..self
        }
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

/// The choice of that name, or the default where none is named.
pub(super) fn choice<T: Choice>(
    option: &'static str,
    name: Option<&str>,
    default: T,
) -> Result<T, PipelineError> {
    let Some(name) = name else {
        return Ok(default);
    };
    T::named(name).ok_or_else(|| PipelineError::Option {
        name: option,
        value: name.to_owned(),
        bounds: T::names(),
    })
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
        let request = OptionsRequest {
            count: Some(count),
            ..OptionsRequest::default()
        };
        DigestOptions::check(&request, &limits).expect("it is allowed")
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
        let points = asked(8).with_summary(SummaryForm::KeyPoints);
        assert_eq!(points.clone().fitted_to(12, 6).summary_sentences, 6);
        assert_eq!(points.fitted_to(4, 6).summary_sentences, 2);
    }

    #[test]
    fn a_summary_is_named_or_refused() {
        let limits = Settings::load(None).expect("the defaults hold").limits;
        let check = |summary: &str| {
            let request = OptionsRequest {
                summary: Some(summary.to_owned()),
                ..OptionsRequest::default()
            };
            DigestOptions::check(&request, &limits)
        };
        let points = check("key-points").expect("it is a form");
        assert_eq!(
            (points.summary, points.summary_sentences),
            (SummaryForm::KeyPoints, 6)
        );
        let refused = check("long").expect_err("it is no form").to_string();
        assert_eq!(
            refused,
            "summary is long; allowed: short, medium, key-points"
        );
    }
}
