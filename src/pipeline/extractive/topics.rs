//! Noun phrases for topic and related topics: headings that are noun phrases,
//! and the names that the article is about.

use std::collections::HashSet;

use crate::pipeline::article::Article;
use crate::pipeline::understand::{Sentence, Understanding};
use crate::text::names::{Name, name_mentions};
use crate::text::similarity::has_run;
use crate::text::words::{content_stems, is_stop_word};

use super::lexicon;

/// Words of a phrase.
const PHRASE_WORDS: std::ops::RangeInclusive<usize> = 2..=7;
/// Topics proposed.
const TOPICS: usize = 4;
/// Related topics returned.
const RELATED: usize = 8;

/// Candidates for the topic, best first: a title that is a noun phrase or begins
/// with one, the two names that weigh most, the weightiest name.
pub(super) fn topic(article: &Article, understanding: &Understanding) -> Vec<String> {
    let names = weighty_names(article, understanding);
    let pair = names.first().and_then(|first| {
        let second = names[1..].iter().find(|name| !share_word(first, name))?;
        Some(format!("{first} and {second}"))
    });
    let title = article.title_text().into_iter().flat_map(title_phrases);
    let single = names.first().map(|name| (*name).to_owned());
    distinct(title.chain(pair).chain(single), TOPICS)
}

/// A title as a noun phrase, or its part before a comma, colon or bar, without an
/// article before it: "The siege of Peking, summer 1900" is about "siege of Peking".
fn title_phrases(title: &str) -> impl Iterator<Item = String> {
    let head = title.split([',', ':', '|', '–', '—']).next();
    let bare = |part: &str| {
        let part = part.trim();
        let articles = ["The ", "A ", "An "];
        let found = articles.iter().find_map(|it| part.strip_prefix(it));
        as_noun_phrase(found.unwrap_or(part))
    };
    [Some(title), head].into_iter().flatten().filter_map(bare)
}

/// "Aubrey Lie" and "Lie" may be one.
fn share_word(one: &str, other: &str) -> bool {
    one.split(' ')
        .any(|word| other.split(' ').any(|part| part == word))
}

/// Related topics, best first: names and headings in turn, of headings those that a
/// sentence takes up.
pub(super) fn related(article: &Article, understanding: &Understanding) -> Vec<String> {
    let names = weighty_names(article, understanding);
    let sentences = understanding.sentences.iter();
    let stems = |it: &Sentence| content_stems(it.span.of(&article.text));
    let taken_up: Vec<Vec<String>> = sentences.map(stems).collect();
    let mut headings = understanding
        .sections
        .iter()
        .filter_map(|section| article.blocks.get(section.heading?))
        .filter_map(|block| as_noun_phrase(article.block_text(block)))
        .filter(|heading| {
            taken_up
                .iter()
                .any(|it| has_run(it, &content_stems(heading)))
        });
    let mut found = Vec::new();
    for (at, name) in names.iter().enumerate() {
        found.push((*name).to_owned());
        // Two names, then a heading: names are the surer topics.
        if at % 2 == 1 {
            found.extend(headings.next());
        }
    }
    distinct(found.into_iter().chain(headings), RELATED)
}

/// Names of things and people, those in the title first, the often mentioned
/// next. Adjectives of nations are no topics.
fn weighty_names<'a>(article: &Article, understanding: &'a Understanding) -> Vec<&'a str> {
    let title = article.title_text().unwrap_or_default();
    let in_title = |name: &Name| {
        let last = name.text.rsplit(' ').next().unwrap_or_default();
        title.contains(&name.text) || title.split([' ', '-', '’', ',']).any(|word| word == last)
    };
    let mut names: Vec<&Name> = understanding
        .names
        .iter()
        .filter(|name| !is_adjective(&name.text) && name.text.chars().count() > 2)
        .filter(|name| !is_label(article, name))
        .take(4 * RELATED)
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.count * (1 + usize::from(in_title(name)))));
    names.into_iter().map(|name| name.text.as_str()).collect()
}

/// "Distance: 14 km", "Lantern: How did you …": a label or a speaker, and what
/// the article has it for, not what it is about.
fn is_label(article: &Article, name: &Name) -> bool {
    article.text[name.first.end..].starts_with(':')
}

fn is_adjective(name: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "ian", "ean", "ican", "ese", "ish", "ern", "ench", "raqi", "aeli",
    ];
    const NOUNS: &[&str] = &["Vivian", "Brian", "Ian", "Adrian", "Julian", "Sebastian"];
    let last = name.rsplit(' ').next().unwrap_or(name);
    ENDINGS.iter().any(|ending| name.ends_with(ending)) && !NOUNS.contains(&last)
}

/// A heading as a noun phrase inside a sentence ("U.S. concerns"), if its words
/// look like one: no verb that the lists know, no part that every article has.
pub(super) fn as_noun_phrase(heading: &str) -> Option<String> {
    let words: Vec<&str> = heading.split_whitespace().collect();
    let ends_open = heading.ends_with(['?', '!', ':', '.', ',', '…']);
    if !PHRASE_WORDS.contains(&words.len())
        || ends_open
        || words.windows(2).any(|pair| may_be_verb(pair[0], pair[1]))
    {
        return None;
    }
    let kept: HashSet<&str> = name_mentions(heading)
        .into_iter()
        .flat_map(|span| span.of(heading).split_whitespace())
        .collect();
    let title_case = words
        .iter()
        .all(|word| is_stop_word(word) || word.starts_with(char::is_uppercase));
    let is_name = |word: &str| !title_case && kept.contains(word);
    if !words.iter().all(|word| is_plain(word, is_name(word))) {
        return None;
    }
    let phrase: Vec<String> = words
        .iter()
        .map(|word| {
            let name = is_name(word);
            let upper = word.chars().skip(1).any(|c| c.is_uppercase() || c == '.');
            let ordinary = word.chars().next().is_some_and(char::is_lowercase);
            if name || upper || ordinary || title_case {
                (*word).to_owned()
            } else {
                word.to_lowercase()
            }
        })
        .collect();
    Some(phrase.join(" "))
}

/// Whether a word can be part of a noun phrase: an opener, a verb or a general
/// heading cannot. A name is no verb ("Peking").
fn is_plain(word: &str, is_name: bool) -> bool {
    let lower = word.to_lowercase();
    let clean = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let allowed = matches!(
        clean,
        "of" | "and" | "the" | "in" | "for" | "on" | "with" | "between" | "a"
    );
    let word_like = word
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '’' | '\''));
    let verb = (clean.ends_with("ing") && !is_name)
        || lexicon::PAST
            .iter()
            .any(|(past, plain)| *past == clean || *plain == clean || is_third(clean, plain))
        || lexicon::SAYING
            .iter()
            .any(|(past, present, plain)| [*past, *present, *plain].contains(&clean));
    word_like
        && !clean.is_empty()
        && !verb
        && (allowed || !is_stop_word(clean))
        && !lexicon::GENERIC_HEADINGS.contains(&clean)
}

/// Inside a phrase an `s` is more often a verb ("Mayor defies storm") than a
/// plural, except before "of" and its like.
fn may_be_verb(word: &str, next: &str) -> bool {
    let inflected = word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("’s");
    inflected && !word.ends_with("'s") && !is_stop_word(word) && !is_stop_word(next)
}

/// "visits" of "visit", "reaches" of "reach".
fn is_third(word: &str, plain: &str) -> bool {
    word.strip_prefix(plain)
        .is_some_and(|ending| matches!(ending, "s" | "es"))
}

/// The first `most` phrases, each once, none a part of an earlier one.
fn distinct(phrases: impl IntoIterator<Item = String>, most: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for phrase in phrases {
        let known = found
            .iter()
            .any(|other| other.eq_ignore_ascii_case(&phrase));
        if !known && found.len() < most {
            found.push(phrase);
        }
    }
    found
}
