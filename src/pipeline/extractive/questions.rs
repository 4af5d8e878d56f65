//! Which questions to ask: each sentence that stands alone is offered to the
//! templates, headings may be questions themselves, and the result is ordered
//! so that openings vary.

use std::collections::HashMap;

use crate::pipeline::article::Article;
use crate::pipeline::understand::{Section, Sentence, Understanding};
use crate::text::dependence::starts_dependent;
use crate::text::stem::strip_possessive;

use super::clause::{self, Known};
use super::templates::{self, Question};
use super::topics;

/// Words of a question, counted by white space.
const QUESTION_WORDS: std::ops::RangeInclusive<usize> = 3..=15;
/// What each earlier question with the same opening costs a candidate, in units
/// of salience.
const REPEATED_OPENING: f32 = 0.35;
/// What each earlier question on the same part of a long article costs.
const SAME_PART: f32 = 0.4;
/// Candidates beyond this many are not weighed: a digest needs a handful, and
/// ordering them costs their square.
const MAX_CANDIDATES: usize = 400;

/// A question about one sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) text: String,
    pub(super) anchor: usize,
    opening: &'static str,
    /// The part of the article that the anchor stands in.
    part: usize,
    worth: f32,
}

/// All questions that are sure to be grammatical, best first.
pub(super) fn questions(article: &Article, understanding: &Understanding) -> Vec<Asked> {
    let known = Known::new(&understanding.names);
    let mut found: Vec<Asked> = understanding
        .sections
        .iter()
        .filter_map(|section| about_heading(article, understanding, section, &known))
        .collect();
    for (anchor, sentence) in understanding.sentences.iter().enumerate() {
        let text = sentence.span.of(&article.text);
        if !stands_alone(text) {
            continue;
        }
        let clauses = clause::clauses(text, &known);
        let asked = clauses.iter().flat_map(templates::ask);
        found.extend(asked.map(|question| asked_about(question, anchor, sentence)));
    }
    found.retain(is_presentable);
    vary(found)
}

/// A whole sentence that needs none before it and cuts no quotation.
fn stands_alone(text: &str) -> bool {
    let count = |mark: char| text.matches(mark).count();
    text.ends_with(['.', '”', '"'])
        && count('“') == count('”')
        && count('"').is_multiple_of(2)
        && !starts_dependent(text)
}

fn asked_about(question: Question, anchor: usize, sentence: &Sentence) -> Asked {
    Asked {
        text: question.text,
        anchor,
        opening: question.opening,
        part: sentence.part,
        worth: sentence.salience + question.worth,
    }
}

fn is_presentable(asked: &Asked) -> bool {
    let words = asked.text.split_whitespace().count();
    let opens = asked.text.starts_with(char::is_uppercase);
    opens && QUESTION_WORDS.contains(&words) && !asked.text.contains(['“', '”', '"', '\n'])
}

/// A heading that is a question is one that the article answers; one that is a
/// noun phrase about a name can be asked about.
fn about_heading(
    article: &Article,
    understanding: &Understanding,
    section: &Section,
    known: &Known<'_>,
) -> Option<Asked> {
    let heading = article.blocks.get(section.heading?)?;
    let heading = article.block_text(heading).trim();
    let anchor = section.sentences.clone().find(|at| {
        let text = understanding.sentences[*at].span.of(&article.text);
        !starts_dependent(text)
    })?;
    // "Lantern: How did you begin?" is asked of somebody, not by a reader.
    let is_spoken = heading.contains(": ");
    let (text, worth) = if heading.ends_with('?') && !is_spoken {
        (heading.to_owned(), 1.0)
    } else {
        let phrase = topics::as_noun_phrase(heading)?;
        let phrase = around_names(&phrase, known)?;
        (format!("What is known about {phrase}?"), -0.2)
    };
    Some(Asked {
        text,
        anchor,
        opening: "heading",
        part: understanding.sentences[anchor].part,
        worth,
    })
}

/// A phrase in title case as it stands inside a sentence, if the article's names
/// tell which of its words keep their capital: "Oslo ferries".
fn around_names(phrase: &str, known: &Known<'_>) -> Option<String> {
    let is_name = |word: &str| known.has_word(strip_possessive(word));
    let words: Vec<String> = phrase
        .split(' ')
        .map(|word| {
            if is_name(word) {
                word.to_owned()
            } else {
                word.to_lowercase()
            }
        })
        .collect();
    phrase.split(' ').any(is_name).then(|| words.join(" "))
}

/// Best first, where each earlier question with the same opening counts against
/// a candidate, and each on the same part of the article.
fn vary(mut candidates: Vec<Asked>) -> Vec<Asked> {
    candidates.sort_by(|one, other| other.worth.total_cmp(&one.worth));
    if candidates.len() > MAX_CANDIDATES {
        candidates = best_of_each(candidates);
    }
    let mut ordered = Vec::with_capacity(candidates.len());
    while !candidates.is_empty() {
        let mut best = 0;
        for at in 1..candidates.len() {
            if candidates[at].worth > candidates[best].worth {
                best = at;
            }
        }
        let chosen = candidates.swap_remove(best);
        for other in &mut candidates {
            if other.opening == chosen.opening {
                other.worth -= REPEATED_OPENING;
            }
            if other.part == chosen.part {
                other.worth -= SAME_PART;
            }
        }
        ordered.push(chosen);
    }
    ordered
}

/// The best candidates of each opening in each part, so that neither one opening
/// nor one part of a long article takes the place of all others.
fn best_of_each(candidates: Vec<Asked>) -> Vec<Asked> {
    let mut had: HashMap<(&str, usize), usize> = HashMap::new();
    let mut ranked: Vec<(usize, Asked)> = candidates
        .into_iter()
        .map(|asked| {
            let before = had.entry((asked.opening, asked.part)).or_default();
            *before += 1;
            (*before, asked)
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.truncate(MAX_CANDIDATES);
    ranked.into_iter().map(|(_, asked)| asked).collect()
}
