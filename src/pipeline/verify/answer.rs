//! A pair against the article: its question, each sentence of its answer, and
//! the completion of an answer that lost sentences.

use std::ops::Range;

use crate::digest::{Refused, RefusedKind, Supported};
use crate::pipeline::draft::DraftPair;
use crate::text::captions::{is_caption, is_labelled};
use crate::text::contacts::unsupported_contacts;
use crate::text::dependence::{leans_back, starts_dependent};
use crate::text::similarity::containment;
use crate::text::words::content_stems;

use super::claim::Checker;
use super::reason::Reason;
use super::{VerifiedPair, answered, form, question, refuse, style};

/// A sentence that shares more of its stems with earlier ones says them again.
const REPEATS: f32 = 0.7;
/// Sentences that an answer is completed to, where the passage has them.
const WANTED_SENTENCES: usize = 2;
/// Words that an answer is completed to, where the passage has them.
pub(in crate::pipeline) const WANTED_WORDS: usize = 25;
/// Words of an answer that needs no sentence to go on.
const LEAST_CORE_WORDS: usize = 20;
/// Share of a question's stems that a sentence must have to open its answer.
const OPENS_ANSWER: f32 = 0.5;
/// Share that a sentence must have to go on an answer which it does not follow.
const GOES_ON: f32 = 0.25;

/// Sentences accepted so far, in order.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) sentences: Vec<Supported>,
    /// The article's sentences that they rest on.
    pub(super) rests_on: Vec<usize>,
    stems: Vec<String>,
    /// The question that the sentences answer, if any.
    question: Option<String>,
    /// Whether the sentence drafted last was accepted.
    last_held: bool,
    /// Whether each sentence is read on its own, whatever stands before it.
    are_points: bool,
}

impl Kept {
    /// Nothing yet of the answer to a question.
    fn answering(question: &str) -> Self {
        Self {
            question: Some(question.to_owned()),
            ..Self::default()
        }
    }

    /// Nothing yet of a list of points.
    pub(super) fn of_points() -> Self {
        Self {
            are_points: true,
            ..Self::default()
        }
    }

    /// Takes a drafted sentence, or says why not.
    pub(super) fn offer(
        &mut self,
        checker: &Checker<'_>,
        sentence: &str,
        passage: Option<&Range<usize>>,
    ) -> Result<(), Reason> {
        let outcome = self.consider(checker, sentence, passage);
        self.last_held = outcome.is_ok();
        outcome
    }

    fn consider(
        &mut self,
        checker: &Checker<'_>,
        sentence: &str,
        passage: Option<&Range<usize>>,
    ) -> Result<(), Reason> {
        let follows = self.last_held && !self.are_points;
        if !follows && (starts_dependent(sentence) || leans_back(sentence)) {
            return Err(Reason::DependentStart);
        }
        if self.repeats(sentence) {
            return Err(Reason::Repeats);
        }
        if is_caption(sentence) || is_labelled(sentence) {
            return Err(Reason::Malformed("a caption"));
        }
        let held = checker.check(sentence, passage)?;
        if let Some(reason) = self.misses_the_question(sentence) {
            return Err(reason);
        }
        self.push(held.supported, held.sentences);
        Ok(())
    }

    /// What speaks against a sentence as the first of an answer.
    fn misses_the_question(&self, sentence: &str) -> Option<Reason> {
        let question = self
            .question
            .as_ref()
            .filter(|_| self.sentences.is_empty())?;
        answered::opens_elsewhere(question, sentence)
    }

    /// Whether most of a sentence was said already, or all of it by the question:
    /// what the question says is no answer to it.
    fn repeats(&self, sentence: &str) -> bool {
        let stems = content_stems(sentence);
        let asked = self
            .question
            .as_deref()
            .map(content_stems)
            .unwrap_or_default();
        let again = !self.sentences.is_empty() && containment(&stems, &self.stems) >= REPEATS;
        again || stems.iter().all(|stem| asked.contains(stem))
    }

    fn push(&mut self, supported: Supported, sentences: Vec<usize>) {
        self.stems.extend(content_stems(&supported.text));
        self.sentences.push(supported);
        self.rests_on.extend(sentences);
    }

    fn words(&self) -> usize {
        words(&self.sentences)
    }

    fn is_enough(&self) -> bool {
        self.sentences.len() >= WANTED_SENTENCES && self.words() >= WANTED_WORDS
    }

    fn text(&self) -> String {
        join(&self.sentences)
    }
}

/// Words of all sentences.
pub(in crate::pipeline) fn words(sentences: &[Supported]) -> usize {
    let words = sentences.iter().map(|s| s.text.split_whitespace().count());
    words.sum()
}

/// The sentences joined by a space.
fn join(sentences: &[Supported]) -> String {
    sentences
        .iter()
        .map(|s| s.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Checks a pair. Refused sentences go to `refused`; a pair that falls whole
/// comes back as the error.
pub(super) fn pair(
    checker: &Checker<'_>,
    pair: DraftPair,
    max_words: usize,
    refused: &mut Vec<Refused>,
) -> Result<VerifiedPair, Refused> {
    let asked = match pair.is_forced {
        true => Err(Reason::Malformed("words that do not go together")),
        false => asked(checker, &pair.question),
    };
    let asked =
        asked.map_err(|reason| refuse(RefusedKind::Question, pair.question.clone(), &reason))?;
    let pair = DraftPair {
        question: asked,
        ..pair
    };
    let fall = |reason: Reason| refuse(RefusedKind::Question, pair.question.clone(), &reason);
    let mut kept = Kept::answering(&pair.question);
    for sentence in &pair.answer {
        if let Err(reason) = kept.offer(checker, sentence, Some(&pair.passage)) {
            refused.push(refuse(
                RefusedKind::AnswerSentence,
                sentence.clone(),
                &reason,
            ));
        }
    }
    let drafted = kept.sentences.len();
    complete(checker, &pair, &mut kept, max_words);
    shorten(&mut kept.sentences, max_words);
    if kept.sentences.is_empty() {
        return Err(fall(Reason::NoSupportedAnswer));
    }
    let evidence = evidence_text(&kept.sentences);
    if let Some(reason) = answered::unanswered(&pair.question, &kept.text(), &evidence) {
        return Err(fall(reason));
    }
    // The article has it, and somebody may have put it there far from what is asked.
    let contacts = unsupported_contacts(&pair.question, &evidence);
    if let Some(contact) = contacts.into_iter().next() {
        return Err(fall(Reason::UnsupportedContact(contact)));
    }
    Ok(VerifiedPair {
        core: core(&pair.question, &kept.sentences, drafted),
        question: pair.question,
        answer: kept.sentences,
        passage: pair.passage,
        confidence: pair.confidence,
        spare: false,
    })
}

/// How many of an answer's first sentences answer by themselves: those that were drafted
/// if they are no short answer, or all.
fn core(question: &str, sentences: &[Supported], drafted: usize) -> usize {
    let first = &sentences[..drafted.min(sentences.len())];
    let said = join(first);
    let is_long = said.split_whitespace().count() >= LEAST_CORE_WORDS;
    let answers = || {
        let evidence = evidence_text(first);
        answered::unanswered(question, &said, &evidence).is_none()
            && unsupported_contacts(question, &evidence).is_empty()
    };
    match is_long && answers() {
        true => first.len(),
        false => sentences.len(),
    }
}

/// The question in the words of the house, if nothing speaks against it. Other words
/// than the drafted ones have to be the article's: a question may not ask for what only
/// the house says.
fn asked(checker: &Checker<'_>, drafted: &str) -> Result<String, Reason> {
    style::held(checker.style.as_deref(), drafted, |text| {
        let problem = question::problem(text, &checker.whole);
        match problem.or_else(|| question::added(text, drafted, &checker.whole)) {
            Some(problem) => Err(problem),
            None => Ok(text.to_owned()),
        }
    })
}

fn evidence_text(sentences: &[Supported]) -> String {
    let quotes = sentences
        .iter()
        .flat_map(|s| &s.evidence)
        .map(|e| e.quote.as_str());
    quotes.collect::<Vec<_>>().join(" ")
}

/// Drops last sentences until the answer is short enough; one always stays.
fn shorten(sentences: &mut Vec<Supported>, max_words: usize) {
    while sentences.len() > 1 && words(sentences) > max_words {
        sentences.pop();
    }
}

/// Adds sentences of the passage, word for word, to an answer with too few; and to one that
/// is still short, one from elsewhere that is about what is asked.
fn complete(checker: &Checker<'_>, pair: &DraftPair, kept: &mut Kept, max_words: usize) {
    let asked = content_stems(&pair.question);
    for at in pair.passage.clone() {
        if kept.is_enough() {
            return;
        }
        add(checker, kept, (&asked, at), max_words);
    }
    if !kept.sentences.is_empty() && kept.words() < WANTED_WORDS {
        for at in about(checker, &asked) {
            if add(checker, kept, (&asked, at), max_words) {
                return;
            }
        }
    }
}

/// The article's sentences that are about what is asked, those that have most of it first.
fn about(checker: &Checker<'_>, asked: &[String]) -> Vec<usize> {
    let all = 0..checker.understanding.sentences.len();
    let share = |at| containment(asked, &content_stems(checker.sentence(at)));
    let mut about: Vec<(f32, usize)> = all
        .map(|at| (share(at), at))
        .filter(|(share, _)| *share >= OPENS_ANSWER)
        .collect();
    about.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    about.into_iter().map(|(_, at)| at).collect()
}

/// Adds the article's sentence `at`, if it fits.
fn add(
    checker: &Checker<'_>,
    kept: &mut Kept,
    (asked, at): (&[String], usize),
    max_words: usize,
) -> bool {
    let text = checker.sentence(at);
    let words = text.split_whitespace().count();
    let fits = kept.words() + words <= max_words && fits(checker, kept, asked, at);
    if fits {
        let span = checker.understanding.sentences[at].span;
        let supported = Supported {
            text: text.to_owned(),
            evidence: vec![checker.index.at(span, 1.0)],
        };
        kept.push(supported, vec![at]);
    }
    fits
}

/// Whether the article's sentence `at` can go on (or open) an answer.
fn fits(checker: &Checker<'_>, kept: &Kept, asked: &[String], at: usize) -> bool {
    let text = checker.sentence(at);
    let sentence = &checker.understanding.sentences[at];
    let is_order = checker.article.is_instruction(sentence.span);
    let is_beside = text.contains('\n') || is_caption(text) || is_labelled(text);
    // Whose words a quoted sentence has is in one that is not there.
    let is_out = is_order || checker.is_unstylish(text) || is_beside || sentence.is_quoted;
    if is_out || form::problem(text).is_some() || kept.repeats(text) {
        return false;
    }
    let stems = content_stems(text);
    if kept.sentences.is_empty() {
        return !starts_dependent(text)
            && !leans_back(text)
            && containment(asked, &stems) >= OPENS_ANSWER;
    }
    let follows = at > 0 && kept.rests_on.last() == Some(&(at - 1));
    follows || (!starts_dependent(text) && containment(asked, &stems) >= GOES_ON)
}
