//! The author without a model: the article's own sentences, and questions from
//! templates that are grammatical whatever fills them. The fallback, and the
//! baseline that every model must beat.
//!
//! Writes no sentence of its own. Where no template is sure, it asks nothing:
//! fewer pairs come back.

use crate::text::dependence::starts_dependent;
use crate::text::similarity::jaccard;
use crate::text::words::content_stems;

use super::article::Article;
use super::draft::{Draft, DraftPair, Drafts};
use super::options::DigestOptions;
use super::understand::Understanding;

mod clause;
mod lexicon;
mod questions;
mod summary;
mod templates;
mod topics;

/// An answer with fewer words takes the next sentence along.
const SHORT_ANSWER_WORDS: usize = 30;
/// Pairs drafted of a long article for each one asked for: templates repeat
/// themselves, and there is more to choose from.
const LONG_DRAFTS_PER_PAIR: usize = 3;
/// Sentences that share more than this say the same.
const SAME: f32 = 0.5;

/// Drafts a digest within the options: so many pairs, and answers and a summary
/// of that length at most; and spare sentences for the summary.
#[must_use]
pub fn draft(article: &Article, understanding: &Understanding, options: &DigestOptions) -> Drafts {
    let (summary, spare) = summary::summary(article, understanding, options);
    Drafts {
        main: Draft {
            topic: topics::topic(article, understanding),
            summaries: vec![summary],
            pairs: pairs(article, understanding, options),
            related: topics::related(article, understanding),
        },
        spare: Draft {
            summaries: vec![spare],
            ..Draft::default()
        },
    }
}

fn pairs(
    article: &Article,
    understanding: &Understanding,
    options: &DigestOptions,
) -> Vec<DraftPair> {
    let mut pairs: Vec<DraftPair> = Vec::new();
    let long = understanding
        .sentences
        .last()
        .is_some_and(|last| last.part > 0);
    let count = if long {
        options.count * LONG_DRAFTS_PER_PAIR
    } else {
        options.count
    };
    for asked in questions::questions(article, understanding) {
        if pairs.len() == count {
            break;
        }
        let known = pairs.iter().any(|pair| pair.passage.start == asked.anchor);
        let is_known = known || pairs.iter().any(|pair| same(&pair.question, &asked.text));
        if is_known || is_unstylish(options, &asked.text) {
            continue;
        }
        let answer = answer(
            article,
            understanding,
            asked.anchor,
            options.max_answer_words,
        );
        let is_stylish = !answer.iter().any(|it| is_unstylish(options, it));
        if !answer.is_empty() && is_stylish {
            pairs.push(DraftPair {
                question: asked.text,
                answer,
                passage: asked.anchor..asked.anchor + 1,
                // The article's own words.
                confidence: 1.0,
                is_forced: false,
            });
        }
    }
    pairs.sort_by_key(|pair| pair.passage.start);
    pairs
}

/// Whether the house has something against the words of a text.
fn is_unstylish(options: &DigestOptions, text: &str) -> bool {
    let style = options.house_style.as_ref();
    style.is_some_and(|style| style.objects(text))
}

fn same(one: &str, other: &str) -> bool {
    jaccard(&content_stems(one), &content_stems(other)) > SAME
}

/// The anchor and, where it is short and there is room, the next sentence of its
/// block. Empty if the anchor needs the sentence before it or is too long.
fn answer(
    article: &Article,
    understanding: &Understanding,
    anchor: usize,
    max_words: usize,
) -> Vec<String> {
    let text = |at: usize| {
        let sentence = understanding.sentences.get(at)?;
        let is_order = article.is_instruction(sentence.span);
        (!is_order).then_some((sentence.block, sentence.span.of(&article.text)))
    };
    let Some((block, first)) = text(anchor) else {
        return Vec::new();
    };
    let words = word_count(first);
    if words > max_words || starts_dependent(first) {
        return Vec::new();
    }
    let next = text(anchor + 1).filter(|(other, next)| {
        *other == block && words < SHORT_ANSWER_WORDS && words + word_count(next) <= max_words
    });
    std::iter::once(first)
        .chain(next.map(|(_, next)| next))
        .map(str::to_owned)
        .collect()
}

fn word_count(text: &str) -> usize {
    text.split_whitespace().count()
}

#[cfg(test)]
mod tests;
