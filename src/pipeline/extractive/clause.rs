//! A sentence seen as subject and predicate, where its surface shows both: a
//! name at the start (after a title or an opening phrase) and what follows.

use std::collections::HashSet;

use crate::text::names::{Name, name_mentions};
use crate::text::span::Span;
use crate::text::words::is_stop_word;

use super::lexicon;

/// Names that a short form is compared with: the most mentioned ones.
const KNOWN_NAMES: usize = 64;
/// Words of an apposition between commas.
const APPOSITION_WORDS: usize = 14;

/// A subject that is a name, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause<'a> {
    /// The subject as it stands inside a question: "the United States".
    pub(super) subject: String,
    /// What stands between commas after the subject, without the commas.
    pub(super) apposition: Option<&'a str>,
    /// From the verb on, without the final stop.
    pub(super) predicate: &'a str,
    /// The article's names, for the full forms of other names in the clause.
    pub(super) names: &'a Known<'a>,
}

/// An article's names as they are looked up, once for each sentence or more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Known<'a> {
    /// The most mentioned ones.
    first: &'a [Name],
    all: HashSet<&'a str>,
    /// The words that names consist of.
    words: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    pub(super) fn new(names: &'a [Name]) -> Self {
        let all = names.iter().map(|name| name.text.as_str());
        Self {
            first: &names[..names.len().min(KNOWN_NAMES)],
            words: all.clone().flat_map(|name| name.split(' ')).collect(),
            all: all.collect(),
        }
    }

    pub(super) fn has_word(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}

/// The clauses of `sentence` that begin with a name: at its start, after
/// "While", after an opening phrase; and names with an apposition anywhere.
pub(super) fn clauses<'a>(sentence: &'a str, names: &'a Known<'a>) -> Vec<Clause<'a>> {
    let mentions = name_mentions(sentence);
    let starts = starts(sentence);
    let mut found: Vec<Clause<'a>> = starts
        .into_iter()
        .filter_map(|start| subject_at(sentence, start, &mentions))
        .map(|(start, mention)| clause(sentence, start, mention, names))
        .collect();
    for mention in mentions {
        let clause = clause(sentence, mention.start, mention, names);
        if clause.apposition.is_some() && found.iter().all(|c| c.subject != clause.subject) {
            let predicate = "";
            found.push(Clause {
                predicate,
                ..clause
            });
        }
    }
    found
}

/// Offsets where a subject may begin.
fn starts(sentence: &str) -> Vec<usize> {
    let mut found = vec![0];
    let first = sentence.split(' ').next().unwrap_or_default();
    if lexicon::CONCESSIONS.contains(&first) {
        found.push(first.len() + 1);
    } else if lexicon::OPENINGS.contains(&first)
        && let Some(comma) = sentence.find(", ")
    {
        found.push(comma + 2);
    }
    found
}

/// The name that is the subject of a clause at `start`: only capitalised words
/// (a title, a nationality) may stand before it, none after it.
fn subject_at(sentence: &str, start: usize, mentions: &[Span]) -> Option<(usize, Span)> {
    mentions
        .iter()
        .take_while(|mention| {
            let before = sentence.get(start..mention.start);
            before.is_none_or(|before| before.split_whitespace().all(is_before_name))
        })
        .filter(|mention| mention.start >= start)
        .last()
        .map(|mention| (start, *mention))
}

/// "The" and capitalised words that are no other part of speech.
fn is_before_name(word: &str) -> bool {
    word == "The" || (word.starts_with(char::is_uppercase) && !is_stop_word(word))
}

fn clause<'a>(sentence: &'a str, start: usize, mention: Span, names: &'a Known<'a>) -> Clause<'a> {
    let before = sentence.get(start..mention.start).unwrap_or_default();
    let article = before.trim_end().ends_with("The") || preceded_by_the(sentence, mention);
    let name = full_form(mention.of(sentence), names);
    let subject = if article { format!("the {name}") } else { name };
    let rest = sentence[mention.end..].trim_end_matches(['.', '”', '"', ' ']);
    let (apposition, predicate) = match rest.strip_prefix(", ") {
        Some(inner) => apposition(inner),
        None => (None, rest.strip_prefix(' ').unwrap_or_default()),
    };
    Clause {
        subject,
        apposition,
        predicate,
        names,
    }
}

/// The text up to the comma, if short, and what follows it.
fn apposition(inner: &str) -> (Option<&str>, &str) {
    let end = inner.find(',').unwrap_or(inner.len());
    let (phrase, rest) = inner.split_at(end);
    if phrase.split_whitespace().count() > APPOSITION_WORDS {
        return (None, "");
    }
    (Some(phrase), rest.strip_prefix(", ").unwrap_or_default())
}

/// Whether "the" belongs to a mention in the middle of a sentence.
pub(super) fn preceded_by_the(sentence: &str, mention: Span) -> bool {
    sentence[..mention.start].ends_with(" the ")
}

/// "Lovelace" as "Ada Lovelace", where the article names one of them only.
pub(super) fn full_form(mention: &str, names: &Known<'_>) -> String {
    let mention = mention.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut fuller = names.first.iter().filter(|name| {
        let rest = name
            .text
            .strip_suffix(&mention)
            .is_some_and(|rest| rest.ends_with(' '));
        let head = name
            .text
            .strip_prefix(&mention)
            .is_some_and(|rest| rest.starts_with(' '));
        rest || head
    });
    let own = names.all.contains(mention.as_str());
    match (own, fuller.next(), fuller.next()) {
        (false, Some(name), None) => name.text.clone(),
        _ => mention,
    }
}
