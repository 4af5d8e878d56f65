//! Which sentences a question is written from: those that can open an answer as
//! they stand, and where these are too few those that follow one that can. The model only
//! has to find the question; the answer is the article's own, so it costs a fraction of the
//! tokens and is never invented.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use crate::pipeline::article::{Article, BlockKind};
use crate::pipeline::understand::Understanding;
use crate::text::captions::{is_caption, is_labelled};
use crate::text::dependence::{leans_back, starts_dependent};

use super::opening::{Opening, Variety};
use super::{Ask, SAME_WINDOW_COST, Subject, Window};

/// What a sentence tells "how" is too often something else.
const UNFIT: Opening = Opening::How;
/// Words of a sentence that a question is written from.
const WORDS: RangeInclusive<usize> = 8..=50;
/// Words of such a sentence and the one that it follows: both open the answer.
const MOST_WORDS_OF_TWO: usize = 60;

/// A sentence that may be asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    salience: f32,
    window: usize,
    passage: usize,
    sentence: usize,
}

impl Candidate {
    /// The question to ask of it, whose text this is: where one was asked before, with
    /// another opening if one fits, and in any case in the sentence's own words.
    fn ask(&self, text: &str, had: &[Opening], variety: &mut Variety) -> Option<Ask> {
        let other = variety.choose(text, &[had, &[UNFIT]].concat());
        let opening = other.or_else(|| variety.choose(text, &[UNFIT]))?;
        Some(Ask {
            passage: self.passage,
            subject: Subject::Sentence(self.sentence),
            opening,
            in_its_words: !had.is_empty(),
        })
    }
}

/// Gives the weightiest sentences their questions, spread over the passages.
pub(super) fn assign(
    article: &Article,
    understanding: &Understanding,
    windows: &mut [Window],
    (candidates, most, variety): (Vec<Candidate>, usize, &mut Variety),
) {
    let mut chosen = spread(windows, candidates);
    chosen.truncate(most);
    chosen.sort_by_key(|it| it.sentence);
    for it in chosen {
        let text = understanding.sentences[it.sentence].span.of(&article.text);
        windows[it.window].asks.extend(it.ask(text, &[], variety));
    }
}

/// The questions to ask where those of the plan gave too few, each with its window, in
/// rounds of at most so many: of sentences that nothing was asked of first, then of those that
/// follow one, then of the others, in their own words and with another opening where one fits.
pub(super) fn more(
    article: &Article,
    understanding: &Understanding,
    windows: &[Window],
    most: usize,
) -> Vec<Vec<(usize, Ask)>> {
    let asked = |it: &Candidate| {
        let asks = windows[it.window].asks.iter();
        let asks = asks.filter(|ask| ask.subject == Subject::Sentence(it.sentence));
        asks.map(|ask| ask.opening).collect::<Vec<_>>()
    };
    let mut chosen = candidates(article, understanding, windows);
    chosen.extend(fit(windows, understanding, |it| {
        follows(article, understanding, it)
    }));
    chosen.sort_by_cached_key(|it| asked(it).len());
    let mut variety = Variety::new(chosen.len());
    let asks = chosen.iter().filter_map(|it| {
        let text = understanding.sentences[it.sentence].span.of(&article.text);
        Some((it.window, it.ask(text, &asked(it), &mut variety)?))
    });
    let mut asks: Vec<(usize, Ask)> = asks.collect();
    let rounds = asks.chunks_mut(most.max(1)).map(|round| {
        // Those of a window are a batch.
        round.sort_by_key(|(window, ask)| (*window, ask.passage));
        round.to_vec()
    });
    rounds.collect()
}

/// The first of each window first, then those of passages that nothing is asked about, those
/// of the other passages, and second ones; each by its weight, of which those before it in its
/// window take some.
fn spread(windows: &[Window], mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut before = vec![0.0; windows.len()];
    for it in &mut candidates {
        it.salience -= before[it.window];
        before[it.window] += SAME_WINDOW_COST;
    }
    candidates.sort_by(|a, b| b.salience.total_cmp(&a.salience));
    let mut seen = HashSet::new();
    let mut windows_seen = HashSet::new();
    let mut order = |it: &Candidate| {
        let mut asks = windows[it.window].asks.iter();
        let asked = asks.any(|ask| ask.passage == it.passage);
        let is_first = windows_seen.insert(it.window);
        match seen.insert((it.window, it.passage)) {
            _ if is_first => 0,
            true => 1 + u8::from(asked),
            false => 3,
        }
    };
    let ordered = candidates.into_iter().map(|it| (order(&it), it));
    let mut ordered: Vec<(u8, Candidate)> = ordered.collect();
    // Stable: those of one order stay by their weight.
    ordered.sort_by_key(|(order, _)| *order);
    ordered.into_iter().map(|(_, it)| it).collect()
}

/// Those that stand alone, weightiest first.
pub(super) fn candidates(
    article: &Article,
    understanding: &Understanding,
    windows: &[Window],
) -> Vec<Candidate> {
    fit(windows, understanding, |it| {
        stands_alone(article, understanding, it)
    })
}

/// The sentences of the windows' passages that are fit, weightiest first.
fn fit(
    windows: &[Window],
    understanding: &Understanding,
    is_fit: impl Fn(usize) -> bool,
) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (window, shown) in windows.iter().enumerate() {
        for (passage, part) in shown.passages.iter().enumerate() {
            let sentences = part.sentences.clone();
            let fit = sentences.filter(|it| is_fit(*it));
            candidates.extend(fit.map(|sentence| Candidate {
                salience: understanding.sentences[sentence].salience,
                window,
                passage,
                sentence,
            }));
        }
    }
    candidates.sort_by(|a, b| {
        let weight = b.salience.total_cmp(&a.salience);
        weight.then(a.sentence.cmp(&b.sentence))
    });
    candidates
}

/// The sentence that opens the answer to a question about `at`: the one before, if what `at`
/// says is not understood without it.
pub(in crate::pipeline) fn opens(
    article: &Article,
    understanding: &Understanding,
    at: usize,
) -> usize {
    match leans(understanding.sentences[at].span.of(&article.text)) {
        true => at.saturating_sub(1),
        false => at,
    }
}

/// Whether a sentence says something that is understood without the one before.
fn stands_alone(article: &Article, understanding: &Understanding, at: usize) -> bool {
    let text = understanding.sentences[at].span.of(&article.text);
    says_something(article, understanding, at) && !leans(text)
}

/// Whether a sentence is understood with the one before it, which stands alone.
fn follows(article: &Article, understanding: &Understanding, at: usize) -> bool {
    let sentence = &understanding.sentences[at];
    let Some(before) = at.checked_sub(1).map(|at| &understanding.sentences[at]) else {
        return false;
    };
    let text = sentence.span.of(&article.text);
    let words = text
        .split_whitespace()
        .chain(before.span.of(&article.text).split_whitespace());
    leans(text)
        && before.section == sentence.section
        && words.count() <= MOST_WORDS_OF_TWO
        && says_something(article, understanding, at)
        && stands_alone(article, understanding, at - 1)
}

/// Whether a sentence points to what stands before it.
fn leans(text: &str) -> bool {
    starts_dependent(text) || leans_back(text)
}

/// Whether a sentence can be asked about by itself, whatever it points to.
fn says_something(article: &Article, understanding: &Understanding, at: usize) -> bool {
    let sentence = &understanding.sentences[at];
    let text = sentence.span.of(&article.text);
    article.blocks[sentence.block].kind == BlockKind::Paragraph
        && WORDS.contains(&text.split_whitespace().count())
        && text.ends_with('.')
        && !text.starts_with(['"', '“', '‘', '\''])
        && !is_caption(text)
        && !is_labelled(text)
        && !article.is_instruction(sentence.span)
        && !sentence.is_quoted
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;
    use crate::pipeline::article::Article;
    use crate::pipeline::ingest::read;
    use crate::pipeline::plan::{Ask, Plan, PlanBounds, Subject, plan};
    use crate::pipeline::understand::{Understanding, understand};
    use crate::pipeline::{Input, SourceKind, SourceScope};

    use super::{Candidate, more, opens, spread};

    const ARTICLE: &str = "\
        The council of Harlow closed the Elm Road pool on Monday after a survey of its roof.\n\n\
        She said that the repair would cost more than the pool had earned in ten years.\n\n\
        “Nobody asked us,” said the swimmers of the Elm Road club in a letter to the mayor.\n\n\
        Mayor Dana Ruiz promised a new pool near the station by the summer of next year.\n\n\
        Too short.\n";

    /// The article, and a plan of so many questions to sentences of it.
    fn planned(facts: usize) -> (Article, Understanding, Plan) {
        planned_with(facts, 0)
    }

    /// The same with so many questions at least.
    fn planned_with(facts: usize, least: usize) -> (Article, Understanding, Plan) {
        let input = Input {
            bytes: ARTICLE.into(),
            kind: SourceKind::Text,
            scope: SourceScope::Auto,
            title: None,
            charset: None,
            language: None,
        };
        let limits = Settings::load(None).expect("defaults are sound").limits;
        let article = read(&input, &limits).expect("it is an article");
        let understanding = understand(&article);
        let bounds = PlanBounds {
            window_tokens: 1000,
            asks: 0,
            facts,
            least,
        };
        let count = |text: &str| text.split_whitespace().count();
        let plan = plan(&article, &understanding, bounds, count).expect("it fits");
        (article, understanding, plan)
    }

    /// The sentences that questions are written from.
    fn asked(facts: usize) -> Vec<String> {
        let (article, understanding, plan) = planned(facts);
        let asks = plan.windows.iter().flat_map(|window| &window.asks);
        let sentences = asks.filter_map(|ask| match ask.subject {
            Subject::Sentence(at) => Some(understanding.sentences[at].span.of(&article.text)),
            Subject::Passage => None,
        });
        sentences.map(str::to_owned).collect()
    }

    #[test]
    fn only_sentences_that_stand_alone_are_asked_about() {
        let asked = asked(9);
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert!(asked[0].starts_with("The council") && asked[1].starts_with("Mayor"));
    }

    #[test]
    fn more_are_of_other_sentences_or_ask_otherwise() {
        let (article, understanding, plan) = planned(1);
        let first = plan.windows[0].asks[0];
        let rounds = more(&article, &understanding, &plan.windows, 9);
        assert_eq!(rounds.len(), 1);
        let more: Vec<Ask> = rounds.concat().into_iter().map(|(_, ask)| ask).collect();
        assert_eq!(more.len(), 3);
        let other = more.iter().find(|ask| ask.subject != first.subject);
        let again = more.iter().find(|ask| ask.subject == first.subject);
        assert!(other.is_some());
        let again = again.expect("it is asked again");
        assert_ne!(again.opening, first.opening);
        assert!(again.in_its_words && !first.in_its_words);
    }

    #[test]
    fn what_follows_a_sentence_is_asked_about_where_there_are_too_few() {
        let (article, understanding, plan) = planned(9);
        let rounds = more(&article, &understanding, &plan.windows, 1);
        let (_, first) = rounds[0][0];
        assert_eq!(first.subject, Subject::Sentence(1), "she said");
        assert!(!first.in_its_words);
        assert_eq!(opens(&article, &understanding, 1), 0);
        assert_eq!(opens(&article, &understanding, 0), 0);
    }

    #[test]
    fn the_first_rounds_are_of_other_sentences() {
        let (article, understanding, plan) = planned(1);
        let first = plan.windows[0].asks[0];
        let rounds = more(&article, &understanding, &plan.windows, 1);
        let subjects: Vec<Subject> = rounds.concat().iter().map(|it| it.1.subject).collect();
        assert_eq!((rounds.len(), subjects.len()), (3, 3));
        assert_eq!(subjects[1], Subject::Sentence(1), "which follows one");
        assert_eq!(subjects[2], first.subject);
    }

    #[test]
    fn passages_make_up_for_few_sentences() {
        let asked_of_passages = |least: usize| {
            let plan = planned_with(9, least).2;
            let asks = plan.windows.iter().flat_map(|window| &window.asks);
            asks.filter(|ask| ask.subject == Subject::Passage).count()
        };
        assert_eq!(asked_of_passages(0), 0);
        assert_eq!(asked_of_passages(1), 0, "two sentences are one question");
        assert_eq!(asked_of_passages(4), 3);
    }

    #[test]
    fn each_window_has_its_first_sentence() {
        let (_, _, plan) = planned(1);
        let [window] = &plan.windows[..] else {
            panic!("{plan:?}");
        };
        let candidate = |window, passage, salience| Candidate {
            salience,
            window,
            passage,
            sentence: 10 * window + passage,
        };
        let candidates = [
            candidate(0, 0, 0.9),
            candidate(0, 1, 0.88),
            candidate(1, 0, 0.2),
        ];
        let order = spread(&[window.clone(), window.clone()], candidates.to_vec());
        let places: Vec<(usize, usize)> = order.iter().map(|it| (it.window, it.passage)).collect();
        assert_eq!(places, [(0, 0), (1, 0), (0, 1)]);
    }

    #[test]
    fn no_more_are_asked_about_than_wanted() {
        assert_eq!(asked(1).len(), 1);
        assert!(asked(0).is_empty());
    }
}
