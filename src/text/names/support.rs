//! Whether the names of a claim are names of the evidence too.

use std::collections::HashSet;

use crate::text::stem::fold;
use crate::text::words::words;

use super::lexicon;
use super::mentions::mentions;

/// The names in `claim` that `evidence` does not have: those with a significant
/// word that occurs there in no case, no demonym ("Norwegian" for "Norway") and
/// no abbreviation ("U.N." for "United Nations"). Titles are not compared.
#[must_use]
pub fn unsupported_names(claim: &str, evidence: &str) -> Vec<String> {
    if mentions(claim).is_empty() {
        return Vec::new();
    }
    NamedText::read(evidence).lacks(claim)
}

/// What names can be looked up in: evidence that many claims are held against
/// is read once.
#[derive(Debug)]
pub struct NamedText {
    /// Folded words between single spaces, for phrases.
    text: String,
    words: HashSet<String>,
    /// Words in capitals: "NATO".
    acronyms: HashSet<String>,
    /// Initials of names of several words: "nato" of "North Atlantic …".
    initials: HashSet<String>,
}

impl NamedText {
    /// Reads the evidence.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let words = words(text);
        let folded: Vec<String> = words.iter().map(|word| fold(word.of(text))).collect();
        Self {
            text: format!(" {} ", folded.join(" ")),
            acronyms: words
                .iter()
                .map(|word| word.of(text))
                .filter(|word| is_acronym(word))
                .map(fold)
                .collect(),
            initials: mentions(text)
                .iter()
                .filter_map(|mention| initials(mention.span.of(text)))
                .collect(),
            words: folded.into_iter().collect(),
        }
    }

    /// The names in `claim` that this text does not have, as
    /// [`unsupported_names`] tells them.
    #[must_use]
    pub fn lacks(&self, claim: &str) -> Vec<String> {
        let named = mentions(claim);
        named
            .iter()
            .map(|mention| mention.span.of(claim))
            .filter(|name| !self.has(name))
            .map(str::to_owned)
            .collect()
    }

    fn has(&self, name: &str) -> bool {
        let acronym = fold(name);
        if is_acronym(name) && self.initials.contains(&acronym) {
            return true;
        }
        if initials(name).is_some_and(|initials| self.acronyms.contains(&initials)) {
            return true;
        }
        let rest = self.without_aliases(name);
        rest.split(' ')
            .filter(|word| is_significant(word))
            .all(|word| self.has_word(word))
    }

    /// The folded name without the parts that the evidence has under another
    /// name: "united states senate" is "senate" where the evidence has "U.S.".
    fn without_aliases(&self, name: &str) -> String {
        let folded: Vec<String> = words(name).iter().map(|w| fold(w.of(name))).collect();
        let mut rest = format!(" {} ", folded.join(" "));
        for class in lexicon::ALIASES {
            let stated = || class.iter().any(|alias| self.has_phrase(alias));
            for alias in *class {
                let padded = format!(" {alias} ");
                if rest.contains(&padded) && stated() {
                    rest = rest.replace(&padded, " ");
                }
            }
        }
        rest
    }

    fn has_phrase(&self, phrase: &str) -> bool {
        if phrase.contains(' ') {
            return self.text.contains(&format!(" {phrase} "));
        }
        self.words.contains(phrase)
    }

    fn has_word(&self, word: &str) -> bool {
        if self.words.contains(word) {
            return true;
        }
        let singular = word.strip_suffix('s').unwrap_or(word);
        self.words.contains(singular)
            || lexicon::countries_of(singular)
                .iter()
                .any(|country| self.words.contains(country))
            || lexicon::demonyms_of(word)
                .iter()
                .any(|demonym| self.words.contains(demonym))
    }
}

fn is_significant(word: &str) -> bool {
    word.chars().count() > 1 && !lexicon::is_particle(word) && !lexicon::is_suffix(word)
}

/// "NATO", "U.N.": two or more capitals and nothing else.
fn is_acronym(word: &str) -> bool {
    let letters = word.chars().filter(|c| *c != '.');
    letters.clone().count() > 1 && letters.clone().all(char::is_uppercase)
}

/// The initials of a name of at least two significant words, folded.
fn initials(name: &str) -> Option<String> {
    let found: String = words(name)
        .iter()
        .map(|word| word.of(name))
        .filter(|word| is_significant(word))
        .filter_map(|word| word.chars().next())
        .filter(|first| first.is_uppercase())
        .flat_map(char::to_lowercase)
        .collect();
    (found.chars().count() > 1).then_some(found)
}
