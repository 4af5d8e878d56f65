//! What can be counted of a sentence's words beside the article's: how much of it
//! is there, in which order, in how many pieces, and how far apart.

use std::collections::HashSet;

use crate::pipeline::verify::question::Whole;
use crate::text::names::{NamedText, name_mentions};
use crate::text::numbers::{numbers, unstated_numbers};
use crate::text::similarity::ratio;

use super::reading::{ClaimWord, Reading, Stem, UNKNOWN};

/// What is measured, in order.
pub(super) const NAMES: [&str; 29] = [
    "words",
    "known_words",
    "known_content",
    "known_pairs",
    "known_triples",
    "copied",
    "copied_density",
    "copied_longest",
    "copied_pieces",
    "in_one_sentence",
    "in_two_sentences",
    "in_three_sentences",
    "pairs_in_three_sentences",
    "order_in_one_sentence",
    "place",
    "names",
    "names_missing",
    "names_elsewhere",
    "numbers",
    "numbers_missing",
    "numbers_elsewhere",
    "content_missing",
    "gap",
    "gap_longest",
    "article_words",
    "capitals",
    "capitals_missing",
    "capitals_missing_share",
    "capitals_elsewhere",
];

/// Sentences of the article that a claim is compared with most closely.
const NEAREST: usize = 3;
/// What a step back in the article costs beside the same step forward.
const STEP_BACK: usize = 3;

/// Measures a sentence.
pub(super) fn overlap(reading: &Reading, whole: &Whole, claim: &str) -> [f32; NAMES.len()] {
    let read = reading.claim(claim);
    let stems: Vec<Stem> = read.iter().map(|word| word.stem).collect();
    let content = content(&read);
    let copies = copies(reading, &stems);
    let nearest = nearest(reading, &content);
    let near = &nearest.sentences;
    let local = reading.texts(near);
    let named = name_mentions(claim).len();
    let missing_names = whole.names.lacks(claim).len();
    let far_names = NamedText::read(&local).lacks(claim).len();
    let missing_numbers = unstated_numbers(claim, &whole.numbers).len();
    let far_numbers = unstated_numbers(claim, &numbers(&local)).len();
    let unknown = content.iter().filter(|stem| **stem == UNKNOWN).count();
    let gaps = gaps(reading, &content);
    let [capitals, lacking, elsewhere] = capitals(reading, near, &read);
    let first = near.first().map(|at| &reading.sentences[*at].stems);
    [
        logarithm(stems.len()),
        share(stems.iter(), |stem| **stem != UNKNOWN),
        share(content.iter(), |stem| **stem != UNKNOWN),
        share(stems.array_windows(), |pair| reading.pairs.contains(*pair)),
        share(stems.array_windows(), |it| reading.triples.contains(*it)),
        ratio(copies.iter().sum(), stems.len()),
        (1.0 + ratio(copies.iter().map(|it| it * it).sum(), stems.len())).ln(),
        ratio(
            copies.iter().copied().max().unwrap_or_default(),
            stems.len(),
        ),
        ratio(copies.len(), stems.len()),
        nearest.covered[0],
        nearest.covered[1],
        nearest.covered[2],
        local_pairs(reading, near, &stems),
        first.map_or(0.0, |line| ratio(in_order(&stems, line), stems.len())),
        near.first()
            .map_or(0.0, |at| ratio(*at, reading.sentences.len())),
        number(named),
        number(missing_names),
        number(far_names.saturating_sub(missing_names)),
        number(numbers(claim).len()),
        number(missing_numbers),
        number(far_numbers.saturating_sub(missing_numbers)),
        number(unknown),
        mean(&gaps),
        gaps.iter().copied().fold(0.0, f32::max),
        logarithm(reading.stems.len()),
        number(capitals),
        number(lacking),
        ratio(lacking, capitals),
        number(elsewhere),
    ]
}

/// The stems that carry content, in order.
fn content(read: &[ClaimWord]) -> Vec<Stem> {
    let content = read.iter().filter(|word| word.carries_content);
    content.map(|word| word.stem).collect()
}

/// Lengths of the pieces that the claim has in common with the article, taken
/// greedily from its start (extractive fragments: Grusky and others, "Newsroom",
/// 2018).
fn copies(reading: &Reading, claim: &[Stem]) -> Vec<usize> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < claim.len() {
        let same = |place: &usize| {
            let there = reading.stems[*place..].iter();
            claim[at..]
                .iter()
                .zip(there)
                .take_while(|(a, b)| a == b)
                .count()
        };
        let places = reading.places(claim[at]).iter();
        let longest = places.map(same).max().unwrap_or_default();
        if longest > 0 {
            pieces.push(longest);
        }
        at += longest.max(1);
    }
    pieces
}

/// The sentences that together have most of a claim's content.
struct Nearest {
    /// Best first.
    sentences: Vec<usize>,
    /// Share of the content that the first, the first two, all three have.
    covered: [f32; NEAREST],
}

fn nearest(reading: &Reading, content: &[Stem]) -> Nearest {
    let wanted: HashSet<Stem> = content.iter().copied().collect();
    let mut missing = wanted.clone();
    let mut nearest = Nearest {
        sentences: Vec::new(),
        covered: [0.0; NEAREST],
    };
    for round in 0..NEAREST {
        let gain = |at: usize| missing.intersection(&reading.sentences[at].content).count();
        let lines = 0..reading.sentences.len();
        let best = lines.max_by_key(|at| (gain(*at), std::cmp::Reverse(*at)));
        if let Some(best) = best.filter(|at| gain(*at) > 0) {
            let line = &reading.sentences[best].content;
            missing.retain(|stem| !line.contains(stem));
            nearest.sentences.push(best);
        }
        nearest.covered[round] = 1.0 - ratio(missing.len(), wanted.len().max(1));
    }
    nearest
}

/// Share of the claim's pairs of neighbours that are neighbours in one of the
/// sentences.
fn local_pairs(reading: &Reading, sentences: &[usize], claim: &[Stem]) -> f32 {
    let lines = sentences.iter().map(|at| &reading.sentences[*at].stems);
    let pairs: HashSet<[Stem; 2]> = lines.flat_map(|it| it.array_windows().copied()).collect();
    share(claim.array_windows(), |pair| pairs.contains(*pair))
}

/// Words with capitals, those of them that the article lacks, and those that it has
/// elsewhere than in the nearest sentences.
fn capitals(reading: &Reading, near: &[usize], read: &[ClaimWord]) -> [usize; 3] {
    let capitals = || read.iter().filter(|word| word.is_capital);
    let lines = near.iter().map(|at| &reading.sentences[*at].stems);
    let local: HashSet<Stem> = lines.flatten().copied().collect();
    let is_far = |word: &&ClaimWord| word.stem != UNKNOWN && !local.contains(&word.stem);
    [
        capitals().count(),
        capitals().filter(|word| word.stem == UNKNOWN).count(),
        capitals().filter(is_far).count(),
    ]
}

/// Length of the longest list of stems that both have in this order, gaps allowed.
fn in_order(one: &[Stem], other: &[Stem]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for stem in one {
        let mut diagonal = 0;
        for (at, there) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if stem == there {
                diagonal + 1
            } else {
                above.max(row[at])
            };
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// For each two content words that follow each other in the claim, how far apart
/// they stand in the article where they are nearest, as a logarithm.
fn gaps(reading: &Reading, content: &[Stem]) -> Vec<f32> {
    let pairs = content
        .array_windows()
        .filter(|pair| !pair.contains(&UNKNOWN));
    pairs
        .filter_map(|[one, other]| distance(reading.places(*one), reading.places(*other)))
        .map(logarithm)
        .collect()
}

/// The least distance from a place of `from` to one of `to`; both ascend.
fn distance(from: &[usize], to: &[usize]) -> Option<usize> {
    let nearest = |place: &usize| {
        let after = to.partition_point(|it| it <= place);
        let ahead = to.get(after).map(|next| next - place);
        let behind = after.checked_sub(1).map(|at| place - to[at] + STEP_BACK);
        ahead.into_iter().chain(behind).min()
    };
    from.iter().filter_map(nearest).min()
}

fn share<T>(items: impl Iterator<Item = T>, holds: impl Fn(&T) -> bool) -> f32 {
    let (mut all, mut held) = (0, 0);
    for item in items {
        all += 1;
        held += usize::from(holds(&item));
    }
    ratio(held, all)
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / number(values.len().max(1))
}

fn logarithm(count: usize) -> f32 {
    (1.0 + number(count)).ln()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of words stay far below 2^23"
)]
fn number(count: usize) -> f32 {
    count as f32
}
