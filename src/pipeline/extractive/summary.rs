//! The summary without a model: which of the article's sentences stand for it.
//!
//! Budgeted maximum coverage (`understand::coverage`), taken greedily: a word counts once,
//! by how often the article says it and how early, so that the second sentence tells
//! something else than the first, and three long sentences are no better than four short
//! ones.
//! Chooses; writes nothing of its own.

use std::collections::HashSet;

use crate::digest::SummaryForm;
use crate::pipeline::article::{Article, BlockKind};
use crate::pipeline::options::DigestOptions;
use crate::pipeline::understand::coverage::{Coverage, distinct, place};
use crate::pipeline::understand::{Sentence, Understanding};
use crate::text::captions::{is_labelled, without_dateline};
use crate::text::dependence::{leans_back, starts_dependent};
use crate::text::similarity::jaccard;
use crate::text::words::content_stems;

use super::word_count;

/// Words of a sentence that may stand in a summary.
const SENTENCE_WORDS: std::ops::RangeInclusive<usize> = 8..=50;
/// Sentences of the article for one of the summary.
const SENTENCES_PER_POINT: usize = 5;
/// Candidates that share more than this with one that was taken repeat it.
const SAME: f32 = 0.5;

/// The sentences that cover most of what the article says, in its order, within the
/// length that the options want; and the next best, should some of them not hold.
pub(super) fn summary(
    article: &Article,
    understanding: &Understanding,
    options: &DigestOptions,
) -> (Vec<String>, Vec<String>) {
    let length = Length::of(understanding, options);
    let candidates = candidates(article, understanding);
    let coverage = Coverage::of(article, understanding);
    let mut choice = Choice::default();
    let mut chosen = choice.fill(&candidates, &coverage, length);
    let spare = choice.fill(&candidates, &coverage, length.doubled());
    chosen.sort_unstable();
    let text = |at: usize| understanding.sentences[at].span.of(&article.text);
    let text = |at: usize| without_dateline(text(at));
    let texts = |at: Vec<usize>| at.into_iter().map(|at| text(at).to_owned()).collect();
    (texts(chosen), texts(spare))
}

/// How long a summary may be.
#[derive(Debug, Clone, Copy)]
struct Length {
    sentences: usize,
    words: usize,
    /// Each is read on its own.
    are_points: bool,
}

impl Length {
    /// One sentence for each five of the article, two at least, and no more than the
    /// options want; points are counted and not measured.
    fn of(understanding: &Understanding, options: &DigestOptions) -> Self {
        let most = *options.summary.sentences().end();
        let wanted = (understanding.sentences.len() / SENTENCES_PER_POINT).max(2);
        Self {
            sentences: wanted.min(most).min(options.summary_sentences),
            are_points: options.summary == SummaryForm::KeyPoints,
            words: match options.summary {
                SummaryForm::Short => 30,
                SummaryForm::Medium => 60,
                SummaryForm::KeyPoints => most * SENTENCE_WORDS.end(),
            },
        }
    }

    fn doubled(self) -> Self {
        Self {
            sentences: self.sentences * 2,
            words: self.words * 2,
            ..self
        }
    }

    /// How far the last sentence may miss the words, on either side.
    fn slack(self) -> usize {
        self.words / 8
    }
}

/// A sentence that may stand in a summary.
struct Candidate {
    at: usize,
    part: usize,
    words: usize,
    /// Whether it is only understood after the sentence before it.
    leans: bool,
    /// Whether somebody speaks of "I" or "we".
    is_own: bool,
    stems: Vec<String>,
}

fn candidates(article: &Article, understanding: &Understanding) -> Vec<Candidate> {
    let sentences = understanding.sentences.iter().enumerate();
    let fit = sentences.filter(|(_, sentence)| is_fit(article, sentence));
    fit.map(|(at, sentence)| {
        let text = without_dateline(sentence.span.of(&article.text));
        Candidate {
            at,
            part: sentence.part,
            words: word_count(text),
            leans: starts_dependent(text) || leans_back(text),
            is_own: is_first_person(text),
            stems: distinct(content_stems(text)),
        }
    })
    .collect()
}

/// What was taken so far.
#[derive(Default)]
struct Choice<'a> {
    taken: Vec<&'a Candidate>,
    covered: HashSet<&'a str>,
    words: usize,
}

impl<'a> Choice<'a> {
    /// Takes candidates up to that length, and says which.
    fn fill(
        &mut self,
        candidates: &'a [Candidate],
        coverage: &Coverage,
        length: Length,
    ) -> Vec<usize> {
        let before = self.taken.len();
        while let Some(best) = self.next(candidates, coverage, length) {
            self.take(best);
        }
        self.taken[before..].iter().map(|it| it.at).collect()
    }

    /// The candidate to take next. In a long article the best of each part comes before
    /// the second best of any, so that the summary is one of the whole; first persons
    /// come last.
    fn next(
        &self,
        candidates: &'a [Candidate],
        coverage: &Coverage,
        length: Length,
    ) -> Option<&'a Candidate> {
        if self.taken.len() >= length.sentences || self.words + length.slack() >= length.words {
            return None;
        }
        let fits = |it: &&Candidate| {
            let most = length.words + length.slack();
            let has_room = self.taken.is_empty() || self.words + it.words <= most;
            has_room && self.is_understood(it, length) && !self.has_said(it)
        };
        let gains = candidates.iter().filter(fits);
        let gains = gains.map(|it| (self.turn(it), self.gain(it, coverage), it));
        let best = gains.min_by(|(turn, gain, _), (other_turn, other_gain, _)| {
            turn.cmp(other_turn).then(other_gain.total_cmp(gain))
        });
        best.map(|(_, _, candidate)| candidate)
    }

    fn take(&mut self, candidate: &'a Candidate) {
        self.covered
            .extend(candidate.stems.iter().map(String::as_str));
        self.words += candidate.words;
        self.taken.push(candidate);
    }

    /// Whether what a sentence leans on would stand before it.
    fn is_understood(&self, candidate: &Candidate, length: Length) -> bool {
        let mut taken = self.taken.iter();
        !candidate.leans || !length.are_points && taken.any(|it| it.at + 1 == candidate.at)
    }

    fn has_said(&self, candidate: &Candidate) -> bool {
        let mut taken = self.taken.iter();
        taken.any(|it| it.at == candidate.at || jaccard(&it.stems, &candidate.stems) > SAME)
    }

    /// First persons last, then by how many of its part were taken.
    fn turn(&self, candidate: &Candidate) -> (bool, usize) {
        let same = self.taken.iter().filter(|it| it.part == candidate.part);
        (candidate.is_own, same.count())
    }

    /// The weight of the words that it would add, for its length and place.
    #[expect(clippy::cast_precision_loss, reason = "a sentence has tens of words")]
    fn gain(&self, candidate: &Candidate, coverage: &Coverage) -> f32 {
        let stems = candidate.stems.iter();
        let fresh = stems.filter(|it| !self.covered.contains(it.as_str()));
        let weight: f32 = fresh.map(|it| coverage.weight(it)).sum();
        weight * (place(candidate.at) / candidate.words as f32).sqrt()
    }
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

fn is_fit(article: &Article, sentence: &Sentence) -> bool {
    let text = without_dateline(sentence.span.of(&article.text));
    let kind = article.blocks.get(sentence.block).map(|block| block.kind);
    let whole =
        text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c.is_numeric());
    kind == Some(BlockKind::Paragraph)
        && !article.is_instruction(sentence.span)
        && !sentence.is_quoted
        && whole
        && SENTENCE_WORDS.contains(&word_count(text))
        && !is_labelled(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::extractive::tests::asked;
    use crate::pipeline::understand::read;
    use crate::pipeline::understand::tests::{article, split};

    fn summary_of(source: &str) -> Vec<String> {
        let article = article(source);
        summary(&article, &read(&article, split), &asked(8, 60)).0
    }

    #[test]
    fn the_second_sentence_says_something_else() {
        let first = "The city of Oslo bought four electric ferries from Ada Berg in May.";
        let again = "The city of Oslo bought the four new ferries from Ada Berg this May.";
        let other = "Captains need no licence for ships that make so little noise at sea.";
        assert_eq!(
            summary_of(&format!("{first}\n\n{again}\n\n{other}")),
            [first, other]
        );
    }

    #[test]
    fn what_leans_stands_only_after_what_it_leans_on() {
        let first = "Ada Berg sold four electric ferries to the city of Oslo in May.";
        let leans = "She has built quiet ships for the fjords of Norway since 2009.";
        let other = "Captains need no licence for vessels that make so little noise at sea.";
        assert_eq!(summary_of(&format!("{first} {leans}")), [first, leans]);
        assert!(!summary_of(&format!("{other} {leans}"))[1..].contains(&first.to_owned()));
        let alone = summary_of(&format!("It rained. {leans} {other}"));
        assert_eq!(alone, [other]);
    }
}
