//! Questions from clauses. Each template names the surface that it needs; what
//! does not show it gets no question.

use crate::text::names::name_mentions;
use crate::text::numbers::{Number, Unit, numbers};
use crate::text::span::Span;

use super::clause::{Clause, full_form, preceded_by_the};
use super::lexicon;

/// Words of a predicate that a question repeats.
const BODY_WORDS: usize = 8;

/// A question with what it is worth beside its sentence's salience.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) text: String,
    /// Questions with the same opening should not come in a row.
    pub(super) opening: &'static str,
    pub(super) worth: f32,
}

/// All questions that `clause` answers.
pub(super) fn ask<'a>(clause: &'a Clause<'a>) -> impl Iterator<Item = Question> + 'a {
    const TEMPLATES: [fn(&Clause<'_>) -> Option<Question>; 8] = [
        identity,
        reason,
        time,
        place,
        amount,
        report,
        group_report,
        open_predicate,
    ];
    TEMPLATES
        .into_iter()
        .filter_map(move |template| template(clause))
}

fn question(opening: &'static str, worth: f32, text: String) -> Option<Question> {
    let text = text.replace(" ?", "?");
    Some(Question {
        text,
        opening,
        worth,
    })
}

/// "NAME, a physicist from …" and "NAME is a city in …".
fn identity(clause: &Clause<'_>) -> Option<Question> {
    let (verb, phrase) = match clause.apposition {
        Some(phrase) => ("is", phrase),
        None => ["is", "was"]
            .into_iter()
            .find_map(|verb| Some((verb, after(clause.predicate, verb)?)))?,
    };
    let mut words = phrase.split(' ');
    let first = words.next()?;
    let head = head_noun(phrase)?;
    let determined = matches!(first, "a" | "an" | "the");
    let subject = &clause.subject;
    if lexicon::PEOPLE.contains(&head) && (determined || first == head) {
        return question("who", 0.25, format!("Who {verb} {subject}?"));
    }
    if lexicon::THINGS.contains(&head) && determined {
        return question("what is", 0.15, format!("What {verb} {subject}?"));
    }
    None
}

/// The last word before the first preposition, relative or end.
fn head_noun(phrase: &str) -> Option<&str> {
    phrase
        .split([' ', ',', ';'])
        .take_while(|word| !lexicon::PHRASE_ENDS.contains(word) && !word.is_empty())
        .last()
}

/// "NAME was closed because …".
fn reason(clause: &Clause<'_>) -> Option<Question> {
    let at = [" because ", " due to "]
        .iter()
        .filter_map(|cause| clause.predicate.find(cause))
        .min()?;
    let asked = inverted(&clause.subject, &clause.predicate[..at])?;
    question("why", 0.3, format!("Why {asked}?"))
}

/// "NAME arrived in Oslo on Tuesday", "NAME will open in 2027".
fn time(clause: &Clause<'_>) -> Option<Question> {
    let date = numbers(clause.predicate)
        .into_iter()
        .find(|number| is_date(clause.predicate, number))?;
    let before = clause.predicate[..date.span.start].trim_end();
    let body = without_date_words(before)?;
    let asked = inverted(&clause.subject, body)?;
    question("when", 0.1, format!("When {asked}?"))
}

fn is_date(text: &str, number: &Number) -> bool {
    let year = number.unit == Unit::Plain
        && (1800.0..2100.0).contains(&number.value)
        && text[..number.span.start].ends_with("in ")
        && number.span.of(text).len() == 4;
    matches!(number.unit, Unit::Month | Unit::Weekday) || year
}

/// The text before "on", "in", "this", … in front of a date; `None` if the date
/// is a bound ("until Friday"), an attribute ("the Friday meeting") or a year of
/// something else.
fn without_date_words(before: &str) -> Option<&str> {
    let (rest, last) = before.rsplit_once(' ')?;
    match last {
        "on" | "in" => Some(rest),
        "this" | "last" | "next" | "early" | "late" => Some(
            ["on", "in"]
                .iter()
                .find_map(|word| rest.strip_suffix(&format!(" {word}")))
                .unwrap_or(rest),
        ),
        _ => None,
    }
}

/// "NAME was born in Bergen".
fn place(clause: &Clause<'_>) -> Option<Question> {
    let mut words = clause.predicate.split(' ');
    let verb = words.next().filter(|verb| matches!(*verb, "is" | "was"))?;
    let event = words.next().filter(|word| lexicon::PLACED.contains(word))?;
    let preposition = words.next()?;
    let capital = words.next()?.starts_with(char::is_uppercase);
    let dated = numbers(clause.predicate)
        .first()
        .is_some_and(|number| number.span.start < verb.len() + event.len() + 8);
    if !matches!(preposition, "in" | "at" | "near") || !capital || dated {
        return None;
    }
    question(
        "where",
        0.2,
        format!("Where {verb} {} {event}?", clause.subject),
    )
}

/// "NAME raised $5 million for …".
fn amount(clause: &Clause<'_>) -> Option<Question> {
    let (verb, rest) = clause.predicate.split_once(' ')?;
    let (_, plain) = lexicon::SPENDING.iter().find(|(past, _)| *past == verb)?;
    let paid = numbers(rest).into_iter().next()?;
    let at_start = paid.span.start <= rest.find(|c: char| c.is_ascii_digit())?;
    let close = rest[..paid.span.start].split_whitespace().count() <= 2;
    if !matches!(paid.unit, Unit::Money(_)) || !at_start || !close {
        return None;
    }
    let subject = &clause.subject;
    question("how", 0.3, format!("How much did {subject} {plain}?"))
}

/// "NAME said that … OTHER NAME …".
fn report(clause: &Clause<'_>) -> Option<Question> {
    let predicate = after(clause.predicate, "also").unwrap_or(clause.predicate);
    let (verb, said) = predicate.split_once(' ')?;
    let said = said.strip_prefix("that ")?;
    let (past, _, plain) = lexicon::SAYING
        .iter()
        .find(|(past, present, _)| *past == verb || *present == verb)?;
    let auxiliary = if *past == verb { "did" } else { "does" };
    let subject = &clause.subject;
    if let Some(about) = subject_matter(said, clause, subject) {
        let text = format!("What {auxiliary} {subject} say about {about}?");
        return question("what say", 0.1, text);
    }
    (*plain != "say")
        .then(|| format!("What {auxiliary} {subject} {plain}?"))
        .and_then(|text| question("what say", -0.1, text))
}

/// "NAME analysts suggest that … OTHER NAME …".
fn group_report(clause: &Clause<'_>) -> Option<Question> {
    let (speakers, rest) = clause.predicate.split_once(' ')?;
    let (verb, said) = rest.split_once(' ')?;
    let said = said.strip_prefix("that ")?;
    if !lexicon::SPEAKERS.contains(&speakers) {
        return None;
    }
    let auxiliary = if lexicon::SPEAKING.contains(&verb) {
        "do"
    } else {
        lexicon::SAYING.iter().find(|(past, _, _)| *past == verb)?;
        "did"
    };
    let group = clause.subject.trim_start_matches("the ");
    let about = subject_matter(said, clause, group)?;
    let text = format!("What {auxiliary} {group} {speakers} say about {about}?");
    question("what say", 0.1, text)
}

/// The first name in a report that can stand behind "about".
fn subject_matter(said: &str, clause: &Clause<'_>, subject: &str) -> Option<String> {
    // Behind a comma the reporter may be speaking again.
    let said = said.split([',', ';', '“', '"']).next().unwrap_or_default();
    name_mentions(said)
        .into_iter()
        .find_map(|mention| as_object(said, mention))
        .map(|name| full_form(&name, clause.names))
        .filter(|name| !subject.contains(name.as_str()) && !name.contains(subject))
}

/// A name behind a preposition, with its "the"; no adjective of a country, no
/// name that only describes the noun behind it.
fn as_object(text: &str, mention: Span) -> Option<String> {
    const ADJECTIVE_ENDINGS: &[&str] = &["an", "ese", "ish", "ern", "i", "ch"];
    let name = mention.of(text);
    if ADJECTIVE_ENDINGS
        .iter()
        .any(|ending| name.ends_with(ending))
    {
        return None;
    }
    if lexicon::WITH_THE.contains(&name) {
        let follows = text[mention.end..].trim_start_matches(' ');
        let modifies = name.contains('.') && follows.starts_with(char::is_lowercase);
        return (!modifies).then(|| format!("the {name}"));
    }
    let the = preceded_by_the(text, mention) || text.starts_with("the ");
    (!the).then(|| name.to_owned())
}

/// "NAME is expected to …": what is left open is asked for.
fn open_predicate(clause: &Clause<'_>) -> Option<Question> {
    let (_, before, after) = lexicon::OPEN_PREDICATES
        .iter()
        .find(|(opening, _, _)| after(clause.predicate, opening).is_some())?;
    let opening = if before.starts_with("Who") {
        "who"
    } else {
        "what"
    };
    let subject = &clause.subject;
    question(opening, 0.2, format!("{before} {subject} {after}?"))
}

/// `body` as a question about `subject`: "was closed" gives "was NAME closed",
/// "opened a bridge" gives "did NAME open a bridge".
fn inverted(subject: &str, body: &str) -> Option<String> {
    let (verb, rest) = body.split_once(' ').unwrap_or((body, ""));
    if !is_self_contained(rest) {
        return None;
    }
    if lexicon::AUXILIARIES.contains(&verb) {
        return (!rest.is_empty()).then(|| format!("{verb} {subject} {rest}"));
    }
    let (_, plain) = lexicon::PAST.iter().find(|(past, _)| *past == verb)?;
    Some(
        format!("did {subject} {plain} {rest}")
            .trim_end()
            .to_owned(),
    )
}

fn is_self_contained(phrase: &str) -> bool {
    let deictic = |word: &str| lexicon::DEICTIC.contains(&word.to_lowercase().as_str());
    !phrase.contains([',', ';', ':', '“', '"', '(', '—', '–'])
        && phrase.split_whitespace().count() <= BODY_WORDS
        && !phrase.split_whitespace().any(deictic)
}

/// What follows the whole words `opening` in `text`.
fn after<'a>(text: &'a str, opening: &str) -> Option<&'a str> {
    text.strip_prefix(opening)?.strip_prefix(' ')
}
