//! How much of the article's matter each sentence carries.
//!
//! Centroid-based summarisation (Radev et al., "Centroid-based summarization of
//! multiple documents", Information Processing & Management 40, 2004): a
//! sentence weighs by the words that it shares with the whole article, plus
//! its place (news tells first what matters), its overlap with the title and
//! its names and numbers. Unlike TextRank and LexRank it compares no sentence
//! with another, so a long article costs no more per word than a short one.

use std::collections::{HashMap, HashSet};

use crate::pipeline::article::{Article, BlockKind};
use crate::text::names::name_mentions;
use crate::text::numbers::numbers;
use crate::text::similarity::containment;
use crate::text::words::content_stems;

use super::Sentence;

/// Shares of the four features in the weight; they add up to 1.
const CENTROID: f32 = 0.45;
const PLACE: f32 = 0.3;
const TITLE: f32 = 0.15;
const DENSITY: f32 = 0.1;

/// The place counts half at this many sentences from the start.
const HALF_PLACE: f32 = 5.0;
/// Names and numbers beyond this many add nothing.
const ENOUGH_FACTS: f32 = 5.0;
/// Fewer content words say too little to stand for the article.
const FEW_STEMS: usize = 5;

/// The weight of each sentence, `0..=1`, scaled so that the weightiest has 1.
pub(super) fn salience(article: &Article, sentences: &[Sentence]) -> Vec<f32> {
    let stems: Vec<Vec<String>> = sentences
        .iter()
        .map(|sentence| distinct(content_stems(sentence.span.of(&article.text))))
        .collect();
    let title = content_stems(article.title_text().unwrap_or_default());
    let centrality = scaled(centrality(&stems));
    let weights = sentences
        .iter()
        .enumerate()
        .map(|(at, sentence)| {
            let weight = CENTROID * centrality[at]
                + PLACE * place(at)
                + TITLE * containment(&title, &stems[at])
                + DENSITY * density(sentence.span.of(&article.text));
            weight * standing(article, sentence, stems[at].len())
        })
        .collect();
    scaled(weights)
}

/// Per sentence the sum of its stems' sentence frequencies. Divided by the
/// square root of their number: by the number itself, short sentences win.
fn centrality(stems: &[Vec<String>]) -> Vec<f32> {
    let mut frequency = HashMap::<&str, f32>::new();
    for stem in stems.iter().flatten() {
        *frequency.entry(stem).or_default() += 1.0;
    }
    stems
        .iter()
        .map(|stems| {
            let sum: f32 = stems
                .iter()
                .map(|stem| frequency.get(stem.as_str()).copied().unwrap_or_default() - 1.0)
                .sum();
            sum / count(stems.len().max(1)).sqrt()
        })
        .collect()
}

fn place(at: usize) -> f32 {
    HALF_PLACE / (HALF_PLACE + count(at))
}

fn density(sentence: &str) -> f32 {
    let facts = name_mentions(sentence).len() + numbers(sentence).len();
    (count(facts) / ENOUGH_FACTS).min(1.0)
}

/// Captions, table rows and fragments stand for less than running text.
fn standing(article: &Article, sentence: &Sentence, stems: usize) -> f32 {
    let kind = article.blocks.get(sentence.block).map(|block| block.kind);
    let running = matches!(kind, Some(BlockKind::Paragraph | BlockKind::Quote));
    let by_kind = if running { 1.0 } else { 0.6 };
    let by_length = if stems < FEW_STEMS { 0.6 } else { 1.0 };
    by_kind * by_length
}

fn distinct(stems: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    stems
        .into_iter()
        .filter(|stem| seen.insert(stem.clone()))
        .collect()
}

fn scaled(values: Vec<f32>) -> Vec<f32> {
    let top = values.iter().copied().fold(0.0, f32::max);
    if top <= 0.0 {
        return values;
    }
    values.into_iter().map(|value| value / top).collect()
}

#[allow(clippy::cast_precision_loss)] // counts of words stay far below 2^23
fn count(n: usize) -> f32 {
    n as f32
}
