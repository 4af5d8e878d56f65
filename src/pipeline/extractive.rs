//! The author without a model: the article's own sentences, and questions from
//! templates that are grammatical whatever fills them. The fallback, and the
//! baseline that every model must beat.
//!
//! Writes no sentence of its own. Where no template is sure, it asks nothing:
//! fewer pairs come back.

use std::collections::HashMap;

use crate::text::dependence::starts_dependent;
use crate::text::similarity::jaccard;
use crate::text::words::content_stems;

use super::article::{Article, BlockKind};
use super::draft::{Draft, DraftPair};
use super::options::DigestOptions;
use super::understand::{Sentence, Understanding};

mod clause;
mod lexicon;
mod questions;
mod templates;
mod topics;

/// Words of a sentence that may stand in a summary.
const SUMMARY_SENTENCE_WORDS: std::ops::RangeInclusive<usize> = 8..=50;
/// An answer with fewer words takes the next sentence along.
const SHORT_ANSWER_WORDS: usize = 30;
/// Pairs drafted of a long article for each one asked for: templates repeat
/// themselves, and there is more to choose from.
const LONG_DRAFTS_PER_PAIR: usize = 3;
/// Sentences that share more than this say the same.
const SAME: f32 = 0.5;

/// Drafts a digest within the options: so many pairs, and answers and a summary
/// of that length at most.
#[must_use]
pub fn draft(article: &Article, understanding: &Understanding, options: &DigestOptions) -> Draft {
    Draft {
        topic: topics::topic(article, understanding),
        summary: summary(article, understanding, options),
        pairs: pairs(article, understanding, options),
        related: topics::related(article, understanding),
    }
}

/// The weightiest sentences that stand alone and differ, in the order of the article:
/// one for each five of it, two at least, and no more than the options want.
fn summary(
    article: &Article,
    understanding: &Understanding,
    options: &DigestOptions,
) -> Vec<String> {
    let most = *options.summary.sentences().end();
    let wanted = (understanding.sentences.len() / 5).clamp(2, most);
    let wanted = wanted.min(options.summary_sentences);
    let mut chosen: Vec<(usize, Vec<String>)> = Vec::new();
    for at in spread_by_salience(article, understanding) {
        if chosen.len() == wanted {
            break;
        }
        let text = understanding.sentences[at].span.of(&article.text);
        if is_unstylish(options, text) {
            continue;
        }
        let stems = content_stems(text);
        if !chosen
            .iter()
            .any(|(_, other)| jaccard(other, &stems) > SAME)
        {
            chosen.push((at, stems));
        }
    }
    chosen.sort_by_key(|(at, _)| *at);
    let text = |at: usize| understanding.sentences[at].span.of(&article.text);
    chosen.iter().map(|(at, _)| text(*at).to_owned()).collect()
}

/// The sentences that may stand in a summary, weightiest first; in a long
/// article the best of each part before the second best of any, so that the
/// summary is one of the whole. First persons come last.
fn spread_by_salience(article: &Article, understanding: &Understanding) -> Vec<usize> {
    let sentences = &understanding.sentences;
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    order.retain(|at| is_summary_sentence(article, &sentences[*at]));
    order.sort_by(|one, other| {
        sentences[*other]
            .salience
            .total_cmp(&sentences[*one].salience)
    });
    let mut had: HashMap<usize, usize> = HashMap::new();
    let mut rounds: Vec<(bool, usize, usize)> = Vec::with_capacity(order.len());
    for at in order {
        let round = had.entry(sentences[at].part).or_default();
        let own = is_first_person(sentences[at].span.of(&article.text));
        rounds.push((own, *round, at));
        *round += 1;
    }
    rounds.sort_by_key(|(own, round, _)| (*own, *round));
    rounds.into_iter().map(|(_, _, at)| at).collect()
}

/// Whether somebody speaks of "I" or "we" outside quotation marks, as in an
/// interview: a summary would not tell who.
fn is_first_person(text: &str) -> bool {
    let spoken = text.split(['“', '”', '"']).step_by(2);
    let is_own =
        |word: &str| matches!(word, "I" | "me" | "my" | "My" | "we" | "We" | "our" | "Our");
    spoken
        .flat_map(|part| part.split(|c: char| !c.is_alphanumeric()))
        .any(is_own)
}

fn is_summary_sentence(article: &Article, sentence: &Sentence) -> bool {
    let text = sentence.span.of(&article.text);
    let kind = article.blocks.get(sentence.block).map(|block| block.kind);
    let whole =
        text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c.is_numeric());
    kind == Some(BlockKind::Paragraph)
        && !article.is_instruction(sentence.span)
        && whole
        && SUMMARY_SENTENCE_WORDS.contains(&word_count(text))
        && !starts_dependent(text)
        && !is_labelled(text)
}

/// "Scene: …", "OSLO (wire) -- …": a caption or dateline in the paragraph.
fn is_labelled(text: &str) -> bool {
    text.split_whitespace()
        .take(4)
        .any(|word| word.ends_with(':') || matches!(word, "-" | "--" | "–" | "—"))
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
