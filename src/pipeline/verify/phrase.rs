//! Topics and tags: every word must be the article's.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use crate::config::HouseStyle;
use crate::digest::{Refused, RefusedKind};
use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;
use crate::text::contacts::Contacts;
use crate::text::names::Name;
use crate::text::similarity::has_run;
use crate::text::words::{KINDS_OF_STORY, capitalised, content_stems, is_stop_word};

use super::reason::Reason;
use super::{refuse, style};

/// Words that stay small inside a headline.
const SMALL: &[&str] = &[
    "a", "an", "the", "of", "in", "on", "at", "to", "for", "and", "or", "but", "with", "by",
    "from", "as", "over", "vs",
];
/// [`KINDS_OF_STORY`] as stems.
static KINDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    content_stems(&KINDS_OF_STORY.join(" "))
        .into_iter()
        .collect()
});
/// Words of a phrase at most.
const MOST_WORDS: usize = 7;

/// The article's words and names, to check phrases against.
pub(super) struct Phrases<'a> {
    stems: HashSet<String>,
    /// The stems of the title and of each sentence: a heading is no sentence.
    sentences: Vec<Vec<String>>,
    contacts: Contacts,
    names: &'a [Name],
    style: Option<Arc<HouseStyle>>,
}

impl<'a> Phrases<'a> {
    pub(super) fn new(article: &Article, understanding: &'a Understanding) -> Self {
        let told = article.told();
        let spans = understanding.sentences.iter().map(|it| it.span);
        let spans = spans.filter(|span| !article.is_instruction(*span));
        let sentences = spans.map(|span| span.of(&article.text));
        let lines = article.title_text().into_iter().chain(sentences);
        Self {
            stems: content_stems(&told).into_iter().collect(),
            sentences: lines.map(content_stems).collect(),
            contacts: Contacts::read(&told),
            names: &understanding.names,
            style: None,
        }
    }

    /// The same, where phrases are to be in the words of a house.
    pub(super) fn in_style(self, style: &Option<Arc<HouseStyle>>) -> Self {
        Self {
            style: style.clone(),
            ..self
        }
    }

    /// The full name where a phrase is the last part of one ("Putin").
    fn full_name(&self, phrase: &str) -> Option<&'a str> {
        let mut names = self.names.iter().map(|name| name.text.as_str());
        names.find(|name| *name == phrase || name.ends_with(&format!(" {phrase}")))
    }

    /// The phrases that hold, in headline case, without repetitions.
    pub(super) fn check(
        &self,
        phrases: Vec<String>,
        kind: RefusedKind,
        refused: &mut Vec<Refused>,
    ) -> Vec<String> {
        let mut kept: Vec<String> = Vec::new();
        let mut known: Vec<HashSet<String>> = Vec::new();
        for phrase in phrases {
            let phrase = match kind {
                RefusedKind::Topic => without_article(&phrase).to_owned(),
                _ => phrase,
            };
            let phrase = self.full_name(&phrase).map_or(phrase, str::to_owned);
            match style::held(self.style.as_deref(), &phrase, |it| self.hold(it, kind)) {
                Err(reason) => refused.push(refuse(kind, phrase, &reason)),
                Ok((_, stems)) if known.contains(&stems) => {}
                Ok((phrase, stems)) => {
                    kept.push(headline_case(&phrase));
                    known.push(stems);
                }
            }
        }
        kept
    }

    /// The phrase with its stems, if nothing speaks against it.
    fn hold(&self, phrase: &str, kind: RefusedKind) -> Result<(String, HashSet<String>), Reason> {
        let stems: HashSet<String> = content_stems(phrase).into_iter().collect();
        if let Some(problem) = self.problem(phrase, &stems) {
            return Err(problem);
        }
        let holds = match kind {
            RefusedKind::Related => self.stands_together(phrase),
            _ => self.parts_stand_near(phrase),
        };
        match holds {
            true => Ok((phrase.to_owned(), stems)),
            false => Err(Reason::Reworded),
        }
    }

    /// Whether the words of a tag stand together in a sentence: names strung together
    /// ("North Korea Russia Sanctions") are no tag, nor is a heading of the article's
    /// own that no sentence takes up ("Ticket prices").
    fn stands_together(&self, phrase: &str) -> bool {
        let stems = content_stems(phrase);
        self.sentences.iter().any(|line| has_run(line, &stems))
    }

    /// Whether the words of each part of a topic, between its small words, stand in one
    /// sentence or the title: "Bridge Survey of Harlow" may join what two sentences say,
    /// "Bridge Harlow Survey" may not.
    fn parts_stand_near(&self, phrase: &str) -> bool {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        let mut parts = words
            .split(|word| is_small(word) || word.starts_with(|c: char| c.is_numeric()))
            .flat_map(|part| part.split_inclusive(|word| is_possessive(word)));
        parts.all(|part| {
            let mut stems = content_stems(&part.join(" "));
            stems.retain(|stem| !KINDS.contains(stem));
            let stands = |line: &Vec<String>| stems.iter().all(|stem| line.contains(stem));
            stems.len() < 2 || self.sentences.iter().any(stands)
        })
    }

    fn problem(&self, phrase: &str, stems: &HashSet<String>) -> Option<Reason> {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        let mut missing: Vec<&str> = stems
            .iter()
            .filter(|stem| !self.stems.contains(*stem) && !KINDS.contains(*stem))
            .map(String::as_str)
            .collect();
        // A set has no order, and the same digest has to come out each time.
        missing.sort_unstable();
        let plain = |c: char| c.is_alphanumeric() || " .,'’&-".contains(c);
        if stems.is_empty() || words.len() > MOST_WORDS || !phrase.chars().all(plain) {
            return Some(Reason::Malformed("no short noun phrase"));
        }
        if let Some(contact) = self.contacts.lacks(phrase).into_iter().next() {
            return Some(Reason::UnsupportedContact(contact));
        }
        if !missing.is_empty() {
            return Some(Reason::UnsupportedWords(missing.join(", ")));
        }
        if words.len() == 1 && (self.full_name(phrase).is_none() || is_demonym(phrase)) {
            return Some(Reason::Malformed("a single word that is no name"));
        }
        let open = [words.first(), words.last()];
        let open = open.into_iter().flatten().any(|word| is_small(word));
        let stops = phrase.ends_with(['.', ',', '-', '&'])
            && !phrase.ends_with("U.S.")
            && !phrase.ends_with("U.N.");
        let strung = words.windows(2).any(|pair| are_strung(pair[0], pair[1]));
        (open || stops || strung).then_some(Reason::Malformed("no whole noun phrase"))
    }
}

/// A headline has no article before it: "The siege of Harlow".
fn without_article(phrase: &str) -> &str {
    let rest = phrase.split_once(' ').filter(|(first, rest)| {
        let is_article = ["the", "a", "an"].contains(&first.to_lowercase().as_str());
        is_article && rest.contains(' ')
    });
    rest.map_or(phrase, |(_, rest)| rest)
}

/// Small words that follow each other in no phrase ("in the under"), unlike "of the".
fn are_strung(one: &str, other: &str) -> bool {
    let is_article = ["the", "a", "an"]
        .iter()
        .any(|it| other.eq_ignore_ascii_case(it));
    is_small(one) && is_small(other) && !is_article
}

fn is_possessive(word: &str) -> bool {
    ["'s", "’s", "s'", "s’"]
        .iter()
        .any(|end| word.ends_with(end))
}

/// Whether a word is one of those that join others.
fn is_small(word: &str) -> bool {
    is_stop_word(&word.to_lowercase()) && !is_name(word)
}

/// "Chinese" and "British" say of what, not what.
fn is_demonym(word: &str) -> bool {
    let others = [
        "American", "German", "French", "Dutch", "Greek", "Swiss", "Welsh", "Mexican", "Korean",
    ];
    ["ese", "ish", "ian"].iter().any(|end| word.ends_with(end)) || others.contains(&word)
}

/// Acronyms such as "US" and "IT" look like stop words in lower case.
fn is_name(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|c| c.is_uppercase() || c == '.')
}

/// Capitals for all but the small words inside.
fn headline_case(phrase: &str) -> String {
    let words = phrase.split_whitespace().enumerate();
    words
        .map(|(at, word)| {
            if at > 0 && SMALL.contains(&word) {
                word.to_owned()
            } else {
                capitalised(word)
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::understand::tests::article;
    use crate::pipeline::understand::understand;

    const ARTICLE: &str = "# Pool of the Elm Road baths, 2024\n\n# Winter prices\n\n\
        The council of Elm Road closes the British pool. The U.S. pays for pool repairs, said Dana Ruiz.";

    fn check(phrases: &[&str]) -> (Vec<String>, Vec<Refused>) {
        let mut refused = Vec::new();
        let article = article(ARTICLE);
        let understanding = understand(&article);
        let phrases = phrases.iter().map(|p| (*p).to_owned()).collect();
        let known = Phrases::new(&article, &understanding);
        let kept = known.check(phrases, RefusedKind::Related, &mut refused);
        (kept, refused)
    }

    #[test]
    fn a_tag_is_what_a_sentence_or_the_title_names() {
        let (kept, refused) = check(&["Elm Road baths", "Winter prices", "Ruiz pool repairs"]);
        assert_eq!(kept, ["Elm Road Baths"]);
        assert_eq!(refused.len(), 2);
        assert!(
            refused.iter().all(|it| it.reason.starts_with("reworded")),
            "{refused:?}"
        );
    }

    #[test]
    fn phrases_of_the_article_are_kept_in_headline_case() {
        let (kept, refused) = check(&[
            "pool repairs",
            "Council of Elm Road",
            "Pool Repairs",
            "U.S.",
            "Ruiz",
        ]);
        assert_eq!(
            kept,
            ["Pool Repairs", "Council of Elm Road", "U.S.", "Dana Ruiz"]
        );
        assert!(refused.is_empty());
    }

    #[test]
    fn a_topic_joins_only_what_stands_near() {
        let article = article(ARTICLE);
        let understanding = understand(&article);
        let known = Phrases::new(&article, &understanding);
        let mut refused = Vec::new();
        let phrases = ["The Elm Road pool of Dana Ruiz", "Elm Road pool repairs"];
        let phrases = phrases.map(str::to_owned).to_vec();
        let kept = known.check(phrases, RefusedKind::Topic, &mut refused);
        assert_eq!(kept, ["Elm Road Pool of Dana Ruiz"]);
        assert_eq!(refused[0].text, "Elm Road pool repairs");
    }

    #[test]
    fn others_are_refused() {
        let (kept, refused) = check(&[
            "Harbour repairs",
            "The",
            "Pool <b>repairs</b>",
            "British",
            "Repairs for",
            "Council of the for Pool",
            "Repairs",
        ]);
        assert!(kept.is_empty());
        assert_eq!(refused[0].reason, "unsupported_words: harbour");
        assert_eq!(refused.len(), 7);
    }
}
