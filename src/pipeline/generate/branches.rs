//! What each branch but a question is asked for, in which shape and within how many
//! tokens. Asks nothing itself.

use crate::digest::SummaryForm;
use crate::engine::{Batch, Branch, Count, Goal, Prefix, Shape, Vocabulary};
use crate::lane::Lane;
use crate::pipeline::error::PipelineError;

use super::prompts::Prompts;

/// Words of a topic. More than are asked for: a phrase that ends here is often cut.
const TOPIC_WORDS: usize = 7;
/// Tokens that they take.
const TOPIC_TOKENS: usize = 28;
/// Tokens that a sentence of the longest allowed length can take.
pub(super) const SENTENCE_TOKENS: usize = 75;
/// Tokens that a point takes, with its mark; where all are longer, the last are left
/// out.
const POINT_TOKENS: usize = 60;

/// Summary number `at`.
pub(super) fn summary(
    prompts: &Prompts,
    form: SummaryForm,
    at: usize,
) -> Result<Branch, PipelineError> {
    let (start, shape, tokens) = match form {
        SummaryForm::Short => ("", Shape::Sentences(Count::new(1, 2)), 2 * SENTENCE_TOKENS),
        SummaryForm::Medium => ("", Shape::Sentences(Count::new(2, 3)), 3 * SENTENCE_TOKENS),
        SummaryForm::KeyPoints => ("- ", Shape::Points(Count::new(3, 6)), 6 * POINT_TOKENS),
    };
    Ok(branch(prompts.summary(form, at)?, start, shape, tokens))
}

pub(super) fn part(prompts: &Prompts, paragraphs: usize) -> Result<Branch, PipelineError> {
    let shape = Shape::Sentences(Count::new(1, 1));
    Ok(branch(
        prompts.part(paragraphs)?,
        "",
        shape,
        SENTENCE_TOKENS,
    ))
}

pub(super) fn topic(
    prompts: &Prompts,
    vocabulary: Option<Vocabulary>,
) -> Result<Branch, PipelineError> {
    let shape = Shape::Phrase {
        words: TOPIC_WORDS,
        vocabulary,
    };
    Ok(branch(prompts.topic()?, "", shape, TOPIC_TOKENS))
}

pub(super) fn related(prompts: &Prompts) -> Result<Branch, PipelineError> {
    let shape = Shape::Phrases {
        count: Count::new(6, 8),
        words: 5,
    };
    Ok(branch(prompts.related()?, "- ", shape, 90))
}

pub(super) fn batch(lane: Lane, prefix: Prefix, branches: Vec<Branch>) -> Batch {
    Batch {
        lane,
        prefix,
        branches,
    }
}

pub(super) fn branch(
    instruction: String,
    answer_start: &str,
    shape: Shape,
    max_tokens: usize,
) -> Branch {
    Branch {
        until: None,
        instruction,
        answer_start: answer_start.into(),
        goal: Goal::Decode { shape, max_tokens },
    }
}
