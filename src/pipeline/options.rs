//! What a caller may ask for, checked against the limits once.

use crate::config::Limits;

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
}

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
        })
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
