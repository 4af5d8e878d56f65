//! Finding the places of an article that say what a claim says.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use crate::digest::{Evidence, InputRange};
use crate::pipeline::article::{Article, BlockKind, Origin};
use crate::pipeline::understand::Understanding;
use crate::text::similarity::{bigram_precision, ratio};
use crate::text::span::Span;
use crate::text::words::content_stems;

use super::table;

/// Places per claim at most.
const MOST_PLACES: usize = 3;
/// Share of the claim that a further place must add.
const LEAST_GAIN: f32 = 0.12;
/// What standing in the passage that was asked about is worth, to break ties
/// between sentences that say nearly the same.
const PASSAGE_BONUS: f32 = 0.05;

/// The article's sentences and title with their stems, but for those that speak to
/// a model: they are evidence of nothing.
pub(super) struct Index<'a> {
    text: &'a str,
    origin: &'a Origin,
    places: Vec<Place>,
    /// The places of each stem, so that a claim is compared only with places
    /// that share a word with it.
    by_stem: HashMap<String, Vec<usize>>,
}

struct Place {
    span: Span,
    /// For a row of a table, where the table's first row is.
    head: Option<Span>,
    /// Index of the sentence; `None` for the title.
    sentence: Option<usize>,
    stems: Vec<String>,
    set: HashSet<String>,
}

/// What an article has for a claim.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// Best first.
    pub(super) spans: Vec<(Span, f32)>,
    /// Sentences among the places.
    pub(super) sentences: Vec<usize>,
    /// Share of the claim's pairs of neighbouring stems found there (ROUGE-2
    /// precision, Lin 2004).
    pub(super) order: f32,
    /// The claim's stems that no place has.
    pub(super) missing: Vec<String>,
}

impl<'a> Index<'a> {
    pub(super) fn new(article: &'a Article, understanding: &Understanding) -> Self {
        let text = article.text.as_str();
        let title = article
            .title
            .map(|index| (article.blocks[index].span, None));
        let heads = heads(article, understanding);
        let sentences = understanding.sentences.iter().enumerate();
        let places = title
            .into_iter()
            .chain(sentences.map(|(index, sentence)| (sentence.span, Some(index))))
            .filter(|(span, _)| !article.is_instruction(*span))
            .map(|(span, sentence)| {
                let row = sentence.and_then(|index| heads[index]);
                Place::new(text, span, sentence, row)
            })
            .collect::<Vec<Place>>();
        let mut by_stem: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, place) in places.iter().enumerate() {
            for stem in &place.set {
                by_stem.entry(stem.clone()).or_default().push(at);
            }
        }
        Self {
            text,
            origin: &article.origin,
            places,
            by_stem,
        }
    }

    /// The best places for a claim, or `None` when nothing overlaps.
    pub(super) fn find(&self, claim: &str, passage: Option<&Range<usize>>) -> Option<Found> {
        let claim_stems = content_stems(claim);
        let mut missing: HashSet<&String> = claim_stems.iter().collect();
        let total = missing.len();
        let mut chosen: Vec<&Place> = Vec::new();
        while chosen.len() < MOST_PLACES && !missing.is_empty() {
            let Some((place, gain)) = self.best(&missing, passage) else {
                break;
            };
            if !chosen.is_empty() && ratio(gain, total) < LEAST_GAIN && gain < missing.len() {
                break;
            }
            missing.retain(|stem| !place.set.contains(*stem));
            chosen.push(place);
        }
        if chosen.is_empty() {
            return None;
        }
        let claim_set: HashSet<&String> = claim_stems.iter().collect();
        let score = |place: &Place| {
            ratio(
                claim_set.iter().filter(|s| place.set.contains(**s)).count(),
                total,
            )
        };
        Some(Found {
            spans: chosen
                .iter()
                .map(|place| (place.span, score(place)))
                .collect(),
            sentences: chosen.iter().filter_map(|place| place.sentence).collect(),
            order: self.order(&claim_stems, &chosen),
            missing: missing.into_iter().cloned().collect(),
        })
    }

    fn best(
        &self,
        missing: &HashSet<&String>,
        passage: Option<&Range<usize>>,
    ) -> Option<(&Place, usize)> {
        let mut gains = BTreeMap::<usize, usize>::new();
        for at in missing.iter().filter_map(|stem| self.by_stem.get(*stem)) {
            for place in at {
                *gains.entry(*place).or_default() += 1;
            }
        }
        let mut best: Option<(&Place, usize, f32)> = None;
        for (at, gain) in gains {
            let place = &self.places[at];
            let near = passage
                .zip(place.sentence)
                .is_some_and(|(range, at)| range.contains(&at));
            let worth = ratio(gain, missing.len()) + if near { PASSAGE_BONUS } else { 0.0 };
            if best.is_none_or(|(_, _, highest)| worth > highest) {
                best = Some((place, gain, worth));
            }
        }
        best.map(|(place, gain, _)| (place, gain))
    }

    /// How well a claim keeps the order of its places; one about a row of a table
    /// keeps its numbers with their columns instead.
    fn order(&self, claim: &[String], places: &[&Place]) -> f32 {
        let Some((head, row)) = row_under_head(places) else {
            return order(claim, places);
        };
        match table::is_aligned(claim, head.of(self.text), row.of(self.text)) {
            true => 1.0,
            false => 0.0,
        }
    }

    /// The text at the places, joined, in the order of the article.
    pub(super) fn texts(&self, found: &Found) -> Vec<&'a str> {
        let mut spans: Vec<Span> = found.spans.iter().map(|(span, _)| *span).collect();
        spans.sort_unstable();
        spans.into_iter().map(|span| span.of(self.text)).collect()
    }

    /// The places as evidence for a caller.
    pub(super) fn evidence(&self, found: &Found) -> Vec<Evidence> {
        found
            .spans
            .iter()
            .map(|(span, score)| self.at(*span, *score))
            .collect()
    }

    /// One place as evidence.
    pub(super) fn at(&self, span: Span, score: f32) -> Evidence {
        Evidence {
            start: span.start,
            end: span.end,
            quote: span.of(self.text).to_owned(),
            input: self.origin.input(span).map(|span| InputRange {
                start: span.start,
                end: span.end,
            }),
            score,
        }
    }
}

impl Place {
    fn new(text: &str, span: Span, sentence: Option<usize>, head: Option<Span>) -> Self {
        let stems = content_stems(span.of(text));
        let set = stems.iter().cloned().collect();
        Self {
            span,
            head,
            sentence,
            stems,
            set,
        }
    }
}

/// The two places of a claim that are the head of a table and one row under it.
fn row_under_head(places: &[&Place]) -> Option<(Span, Span)> {
    let [one, other] = places else { return None };
    let (one_head, other_head) = (one.head?, other.head?);
    match (one.span == one_head, other.span == other_head) {
        (true, false) if other_head == one.span => Some((one.span, other.span)),
        (false, true) if one_head == other.span => Some((other.span, one.span)),
        _ => None,
    }
}

/// For each sentence that is a row of a table, the first row of that table.
fn heads(article: &Article, understanding: &Understanding) -> Vec<Option<Span>> {
    let is_row = |block: usize| article.blocks[block].kind == BlockKind::TableRow;
    let mut head: Option<(usize, Span)> = None;
    let sentences = understanding.sentences.iter();
    sentences
        .map(|sentence| {
            let span = article.blocks[sentence.block].span;
            head = match head {
                _ if !is_row(sentence.block) => None,
                Some((last, first)) if last + 1 == sentence.block => Some((sentence.block, first)),
                _ => Some((sentence.block, span)),
            };
            head.map(|(_, first)| first)
        })
        .collect()
}

fn order(claim: &[String], places: &[&Place]) -> f32 {
    let mut all: Vec<&String> = Vec::new();
    for place in places {
        all.extend(&place.stems);
    }
    let claim: Vec<&String> = claim.iter().collect();
    bigram_precision(&claim, &all)
}
