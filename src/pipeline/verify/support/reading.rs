//! An article read once for all claims: its words as stems, where each stands, and
//! which follow each other. Function words count here too, unlike in the index of
//! evidence: whether a claim keeps them tells how near it is to a copy.

use std::collections::{HashMap, HashSet};

use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;
use crate::text::span::Span;
use crate::text::stem;
use crate::text::words::{is_stop_word, words};

/// A stem by its number; those that the article lacks share no number with it.
pub(super) type Stem = u32;

/// The number of all stems that the article lacks.
pub(super) const UNKNOWN: Stem = Stem::MAX;

/// The article's words.
pub(in crate::pipeline::verify) struct Reading {
    known: HashMap<String, Stem>,
    /// All words, in order.
    pub(super) stems: Vec<Stem>,
    /// Where each stem stands among them, ascending.
    pub(super) places: Vec<Vec<usize>>,
    /// The words of each sentence, title first where there is one.
    pub(super) sentences: Vec<Line>,
    pub(super) pairs: HashSet<[Stem; 2]>,
    pub(super) triples: HashSet<[Stem; 3]>,
    text: String,
}

/// A sentence of the article.
pub(super) struct Line {
    span: Span,
    pub(super) stems: Vec<Stem>,
    pub(super) content: HashSet<Stem>,
}

/// A word of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClaimWord {
    pub(super) stem: Stem,
    pub(super) carries_content: bool,
    /// Written with a capital that does not come from opening the sentence.
    pub(super) is_capital: bool,
}

impl Reading {
    pub(in crate::pipeline::verify) fn new(
        article: &Article,
        understanding: &Understanding,
    ) -> Self {
        let title = article.title.map(|index| article.blocks[index].span);
        let sentences = understanding.sentences.iter().map(|it| it.span);
        let mut reading = Self {
            known: HashMap::new(),
            stems: Vec::new(),
            places: Vec::new(),
            sentences: Vec::new(),
            pairs: HashSet::new(),
            triples: HashSet::new(),
            text: article.text.clone(),
        };
        for span in title.into_iter().chain(sentences) {
            reading.add(span);
        }
        reading.pairs = reading.stems.array_windows().copied().collect();
        reading.triples = reading.stems.array_windows().copied().collect();
        reading
    }

    fn add(&mut self, span: Span) {
        let mut line = Line {
            span,
            stems: Vec::new(),
            content: HashSet::new(),
        };
        let text = span.of(&self.text).to_owned();
        for word in words(&text) {
            let word = word.of(&text);
            let next = Stem::try_from(self.known.len()).unwrap_or(UNKNOWN);
            let stem = *self.known.entry(stem::stem(word)).or_insert(next);
            if self.places.len() == self.known.len() {
                self.places[stem as usize].push(self.stems.len());
            } else {
                self.places.push(vec![self.stems.len()]);
            }
            self.stems.push(stem);
            line.stems.push(stem);
            if !is_stop_word(word) {
                line.content.insert(stem);
            }
        }
        self.sentences.push(line);
    }

    /// The words of a claim.
    pub(super) fn claim(&self, claim: &str) -> Vec<ClaimWord> {
        let words = words(claim);
        let read = words.iter().enumerate().map(|(at, word)| {
            let word = word.of(claim);
            let carries_content = !is_stop_word(word);
            ClaimWord {
                stem: *self.known.get(&stem::stem(word)).unwrap_or(&UNKNOWN),
                carries_content,
                is_capital: at > 0 && carries_content && word.starts_with(char::is_uppercase),
            }
        });
        read.collect()
    }

    /// Where a stem stands; nowhere when the article lacks it.
    pub(super) fn places(&self, stem: Stem) -> &[usize] {
        self.places.get(stem as usize).map_or(&[], Vec::as_slice)
    }

    /// The text of sentences, joined.
    pub(super) fn texts(&self, sentences: &[usize]) -> String {
        let texts = sentences
            .iter()
            .map(|at| self.sentences[*at].span.of(&self.text));
        texts.collect::<Vec<_>>().join(" ")
    }
}
