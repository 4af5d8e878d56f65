//! Sixth stage: which of the verified items make the digest. No two alike, no
//! opening overused, spread over the article, in its order.

use std::collections::HashSet;

use crate::digest::{Digest, Pair, Passage, Provenance, Refused, RefusedKind, Supported};
use crate::text::similarity::{containment, jaccard};
use crate::text::words::content_stems;

use super::options::DigestOptions;
use super::understand::Understanding;
use super::verify::{Reason, Verified, VerifiedPair, answer};

/// Questions that share more of their stems ask the same.
const SAME_QUESTION: f32 = 0.6;
/// Answers of which one holds this share of the other's stems say the same.
const SAME_ANSWER: f32 = 0.7;
/// Questions that may start with the same two words.
const SAME_OPENING: usize = 2;
/// The same where pairs are few: better a third of them than none.
const SAME_OPENING_OF_FEW: usize = 3;
/// Share of the pairs asked for, as a fraction, below which they are few.
const FEW: (usize, usize) = (3, 4);
/// Related topics at most.
const MOST_RELATED: usize = 8;
/// What an answer of a single sentence costs in rank, or one that is short.
const SHORT_ANSWER_COST: f32 = 0.3;
/// What each pair chosen from a stretch of a long article costs the next one there.
const SAME_STRETCH_COST: f32 = 0.5;

/// Assembles the digest from what was verified.
#[must_use]
pub fn select(
    understanding: &Understanding,
    verified: Verified,
    options: &DigestOptions,
    provenance: Provenance,
) -> Digest {
    let Verified {
        topics,
        summary,
        pairs,
        related,
        mut refused,
    } = verified;
    let topic = topics.into_iter().next();
    let faq = choose(understanding, pairs, options.count, &mut refused);
    Digest {
        related: unlike(topic.as_deref(), related),
        topic,
        summary: passage(summary),
        summary_form: options.summary,
        faq: faq.into_iter().filter_map(pair).collect(),
        refused,
        notices: Vec::new(),
        provenance,
        source: None,
    }
}

/// The pair as it is returned.
#[must_use]
pub fn pair(verified: VerifiedPair) -> Option<Pair> {
    Some(Pair {
        question: verified.question,
        answer: passage(verified.answer)?,
    })
}

/// A passage of sentences; `None` without any.
fn passage(sentences: Vec<Supported>) -> Option<Passage> {
    let text = sentences
        .iter()
        .map(|s| s.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    (!sentences.is_empty()).then_some(Passage { text, sentences })
}

/// The best pairs that differ, spread over the parts of the article, in its order.
fn choose(
    understanding: &Understanding,
    pairs: Vec<VerifiedPair>,
    count: usize,
    refused: &mut Vec<Refused>,
) -> Vec<VerifiedPair> {
    let ranked = pairs
        .into_iter()
        .map(|pair| (rank(understanding, &pair), pair));
    let mut ranked: Vec<(f32, VerifiedPair)> = ranked.collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let (spares, ranked) = ranked.into_iter().partition(|(_, pair)| pair.spare);
    let stretches = Stretches::new(understanding, count);
    let mut chosen: Vec<VerifiedPair> = Vec::new();
    let few = (count * FEW.0).div_ceil(FEW.1);
    let fallen = take(&stretches, &mut chosen, ranked, (count, SAME_OPENING));
    let fallen = take(&stretches, &mut chosen, fallen, (few, SAME_OPENING_OF_FEW));
    take(&stretches, &mut chosen, spares, (count, SAME_OPENING));
    refused.extend(fallen.into_iter().filter_map(|(_, pair)| {
        let reason = objection(&chosen, &pair, (count, SAME_OPENING))?;
        Some(Refused {
            kind: RefusedKind::Question,
            text: pair.question,
            reason: reason.to_string(),
        })
    }));
    chosen.sort_by_key(|pair| (pair.passage.start, pair.evidence().map(|e| e.start).min()));
    without_repeats(chosen)
}

/// The pairs without sentences that go on an answer and stand in another one: there they
/// answer, or come first. Where an answer would be short without them they stay.
fn without_repeats(mut chosen: Vec<VerifiedPair>) -> Vec<VerifiedPair> {
    let core = |pair: &VerifiedPair| pair.answer[..pair.core.min(pair.answer.len())].to_vec();
    let mut said: HashSet<String> = chosen.iter().flat_map(core).map(|it| it.text).collect();
    for pair in &mut chosen {
        let mut kept = core(pair);
        let (further, again): (Vec<Supported>, Vec<Supported>) = pair
            .answer
            .drain(kept.len()..)
            .partition(|sentence| said.insert(sentence.text.clone()));
        kept.extend(further);
        let is_short = answer::words(&kept) < answer::WANTED_WORDS;
        kept.extend(again.into_iter().take(usize::from(is_short)));
        pair.answer = kept;
    }
    chosen
}

/// Chooses the best of `ranked` beside those chosen, within these bounds, and gives what
/// falls, in the order of its rank.
fn take(
    stretches: &Stretches<'_>,
    chosen: &mut Vec<VerifiedPair>,
    mut ranked: Vec<(f32, VerifiedPair)>,
    bounds: (usize, usize),
) -> Vec<(f32, VerifiedPair)> {
    let mut fallen = Vec::new();
    while let Some((rank, pair)) = next(stretches, chosen, &mut ranked) {
        match objection(chosen, &pair, bounds) {
            None => chosen.push(pair),
            Some(_) => fallen.push((rank, pair)),
        }
    }
    fallen
}

/// Takes the best of `ranked`, where each pair chosen from the same stretch of the
/// article counts against a pair.
fn next(
    stretches: &Stretches<'_>,
    chosen: &[VerifiedPair],
    ranked: &mut Vec<(f32, VerifiedPair)>,
) -> Option<(f32, VerifiedPair)> {
    let had: Vec<usize> = chosen.iter().map(|pair| stretches.of(pair)).collect();
    let mut best: Option<(f32, usize)> = None;
    for (at, (rank, pair)) in ranked.iter().enumerate() {
        let stretch = stretches.of(pair);
        let others = had.iter().filter(|other| **other == stretch).count();
        let worth = rank - SAME_STRETCH_COST * count_of(others.min(10));
        if best.is_none_or(|(highest, _)| worth > highest) {
            best = Some((worth, at));
        }
    }
    best.map(|(_, at)| ranked.remove(at))
}

/// An article in as many stretches as pairs are wanted, each of one part of it or
/// more: an article of one part is one stretch.
struct Stretches<'a> {
    understanding: &'a Understanding,
    parts: usize,
    wanted: usize,
}

impl<'a> Stretches<'a> {
    fn new(understanding: &'a Understanding, wanted: usize) -> Self {
        let last = understanding.sentences.last();
        Self {
            understanding,
            parts: last.map_or(1, |last| last.part + 1),
            wanted,
        }
    }

    /// The stretch that a pair was asked about.
    fn of(&self, pair: &VerifiedPair) -> usize {
        let sentence = self.understanding.sentences.get(pair.passage.start);
        let part = sentence.map_or(0, |sentence| sentence.part);
        part * self.wanted.min(self.parts) / self.parts
    }
}

#[expect(clippy::cast_precision_loss, reason = "a digest has tens of pairs")]
fn count_of(pairs: usize) -> f32 {
    pairs as f32
}

/// Weight of the passage, support of the answer, the author's own confidence (a
/// model that has lost the thread writes improbable words), and length.
fn rank(understanding: &Understanding, pair: &VerifiedPair) -> f32 {
    let sentences = understanding
        .sentences
        .get(pair.passage.clone())
        .unwrap_or_default();
    let salience = sentences.iter().map(|s| s.salience).fold(0.0, f32::max);
    let is_short = pair.answer.len() < 2 || answer::words(&pair.answer) < answer::WANTED_WORDS;
    let cost = if is_short { SHORT_ANSWER_COST } else { 0.0 };
    salience + pair.support() + pair.confidence - cost
}

/// What speaks against a pair beside those chosen, of which there may be so many, and so
/// many that start alike.
fn objection(
    chosen: &[VerifiedPair],
    pair: &VerifiedPair,
    (count, same_opening): (usize, usize),
) -> Option<Reason> {
    let twin = chosen.iter().find(|other| alike(other, pair));
    if let Some(twin) = twin {
        return Some(Reason::Duplicate(twin.question.clone()));
    }
    let others = chosen.iter().map(|other| other.question.as_str());
    if opening_like(&pair.question, others) >= same_opening {
        return Some(Reason::OpeningOverused(opening(&pair.question)));
    }
    (chosen.len() >= count).then_some(Reason::Surplus)
}

/// Whether as many of the others as may start alike start like this question.
#[must_use]
pub fn opens_as_many<'a>(question: &str, others: impl Iterator<Item = &'a str>) -> bool {
    opening_like(question, others) >= SAME_OPENING
}

/// How many of the others start like this question.
fn opening_like<'a>(question: &str, others: impl Iterator<Item = &'a str>) -> usize {
    let own = opening(question);
    others.filter(|other| opening(other) == own).count()
}

/// The first two words, in lower case.
fn opening(question: &str) -> String {
    question
        .split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Whether two pairs ask or answer the same; what only goes on an answer does not count.
#[must_use]
pub fn alike(one: &VerifiedPair, other: &VerifiedPair) -> bool {
    let [one_answer, other_answer] = [one, other].map(|pair| {
        let texts = pair
            .answer
            .iter()
            .take(pair.core)
            .map(|sentence| content_stems(&sentence.text));
        texts.flatten().collect::<Vec<String>>()
    });
    same_question(&one.question, &other.question) || same_answer(&one_answer, &other_answer)
}

/// Whether two pairs of question and answer ask or answer the same.
#[must_use]
pub fn same_pair(one: (&str, &str), other: (&str, &str)) -> bool {
    same_question(one.0, other.0) || same_answer(&content_stems(one.1), &content_stems(other.1))
}

fn same_question(one: &str, other: &str) -> bool {
    jaccard(&content_stems(one), &content_stems(other)) >= SAME_QUESTION
}

/// Whether the smaller answer is mostly in the larger.
fn same_answer(one: &[String], other: &[String]) -> bool {
    containment(one, other).max(containment(other, one)) >= SAME_ANSWER
}

/// Related topics that are not the topic, and no part of one before them.
fn unlike(topic: Option<&str>, related: Vec<String>) -> Vec<String> {
    let topic = topic.map(stem_set);
    let mut known: Vec<HashSet<String>> = Vec::new();
    let fresh = related.into_iter().filter(|phrase| {
        let stems = stem_set(phrase);
        let new =
            topic.as_ref() != Some(&stems) && !known.iter().any(|other| stems.is_subset(other));
        known.push(stems);
        new
    });
    fresh.take(MOST_RELATED).collect()
}

fn stem_set(phrase: &str) -> HashSet<String> {
    content_stems(phrase).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Evidence;
    use crate::pipeline::understand::read;
    use crate::pipeline::understand::tests::{article, split};

    /// A pair on sentence `at` that shares no word with others.
    fn pair(at: usize, question: &str, answer: &str, confidence: f32) -> VerifiedPair {
        let evidence = vec![Evidence {
            start: at,
            end: at + 1,
            quote: String::new(),
            score: 1.0,
            input: None,
        }];
        VerifiedPair {
            question: question.to_owned(),
            answer: vec![Supported {
                text: answer.to_owned(),
                evidence,
            }],
            core: 1,
            passage: at..at + 1,
            confidence,
            spare: false,
        }
    }

    fn chosen(paragraphs: usize) -> Vec<usize> {
        let paragraph = "The council of Harlow met about the pool in Elm Road.\n\n";
        let understanding = read(&article(&paragraph.repeat(paragraphs)), split);
        let last = understanding.sentences.len() - 1;
        let pairs = vec![
            pair(
                0,
                "Why was Harlow flooded?",
                "Heavy rain fell overnight.",
                0.9,
            ),
            pair(1, "Who pays for pumps?", "Taxpayers will cover costs.", 0.8),
            pair(
                last,
                "When will Elm Road reopen?",
                "Traffic returns in March.",
                0.7,
            ),
        ];
        let pairs = choose(&understanding, pairs, 2, &mut Vec::new());
        pairs.iter().map(|pair| pair.passage.start).collect()
    }

    /// A pair whose answer goes on with another sentence.
    fn going_on(at: usize, question: &str, answer: &str, further: &str) -> VerifiedPair {
        let mut made = pair(at, question, answer, 0.5);
        let mut further = pair(at + 1, question, further, 0.5);
        made.answer.append(&mut further.answer);
        made
    }

    /// The answers of three pairs: a sentence that goes on the first answers the second, and
    /// one that goes on the second goes on the third.
    fn without_repeats_after(first: &str) -> Vec<Vec<String>> {
        let (second, third) = ("Pumps ran until dawn.", "Taxpayers will cover costs.");
        let understanding = read(&article("The council of Harlow met.\n\n"), split);
        let closed = "Mayor Ruiz closed it.";
        let pairs = vec![
            going_on(0, "Why was Harlow flooded?", first, second),
            going_on(1, "How long did all engines work?", second, third),
            going_on(3, "Who closed Elm Road?", closed, third),
        ];
        let chosen = choose(&understanding, pairs, 3, &mut Vec::new());
        let texts = |pair: &VerifiedPair| pair.answer.iter().map(|it| it.text.clone()).collect();
        chosen.iter().map(texts).collect()
    }

    #[test]
    fn a_sentence_that_answers_one_question_does_not_go_on_another_answer() {
        let long = "Heavy rain fell overnight on a town of nine thousand where every drain had \
            been blocked by leaves since autumn, whatever residents, shopkeepers, schools and \
            parish clerks wrote.";
        assert_eq!(without_repeats_after(long)[0], [long]);
    }

    #[test]
    fn a_short_answer_keeps_what_goes_on_it() {
        let answers = without_repeats_after("Heavy rain fell overnight.");
        assert_eq!(answers.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2]);
    }

    #[test]
    fn a_third_question_that_opens_alike_comes_where_pairs_are_few() {
        let understanding = read(&article("The council of Harlow met.\n\n"), split);
        let pairs = || {
            vec![
                pair(0, "Why was Harlow flooded?", "Heavy rain fell.", 0.9),
                pair(1, "Why was traffic stopped?", "Pumps stood there.", 0.8),
                pair(2, "Why was nobody warned?", "Sirens had no power.", 0.7),
                pair(3, "Why was Elm Road dry?", "It lies higher.", 0.6),
            ]
        };
        let chosen = |count| choose(&understanding, pairs(), count, &mut Vec::new()).len();
        assert_eq!((chosen(2), chosen(8)), (2, 3));
    }

    #[test]
    fn pairs_of_a_long_article_are_spread() {
        assert_eq!(chosen(300), [0, 299]);
    }

    #[test]
    fn pairs_of_a_short_article_are_the_best() {
        assert_eq!(chosen(20), [0, 1]);
    }
}
