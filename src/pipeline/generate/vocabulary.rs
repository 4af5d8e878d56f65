//! The words that a topic may have: those of the text that the model was shown, the
//! small ones of any phrase, and nouns that name a kind of story. What is written
//! from them holds more often; `verify` still has the last word. And those that a question
//! to a sentence may have, for the same reason.

use std::collections::BTreeSet;

use crate::engine::Vocabulary;
use crate::text::names::{lacks_capitals, name_mentions};
use crate::text::stem::{irregular_base, strip_possessive};
use crate::text::words::{KINDS_OF_STORY, capitalised, is_stop_word};

/// Words that join others inside a phrase.
const INNER: &[&str] = &[
    "a", "an", "the", "of", "in", "on", "at", "to", "for", "and", "with", "by", "from", "over",
    "between", "against", "after", "under", "into",
];

/// Words of any question.
const ASKING: &str = "did do does was were is are has have had will would can could may might \
    should be been being a an the of in on at to for and or with by from over between against \
    after before under into about during as than that which who whom whose when where while \
    if because not no more most many much long often old far first last new other another \
    both all any some each so up out off down only also still his her their its since until \
    through per happen happened say said says people make take get there";

/// What an article calls people, places and things.
pub(super) struct Names<'a> {
    /// As it has them.
    all: Vec<&'a str>,
    /// Whether it writes them like other words.
    are_low: bool,
}

impl<'a> Names<'a> {
    pub(super) fn of(article: &'a str) -> Self {
        let names = name_mentions(article).into_iter();
        let all: BTreeSet<&str> = names.map(|name| name.of(article)).collect();
        Self {
            all: all.into_iter().collect(),
            are_low: lacks_capitals(article),
        }
    }

    /// The words of names that end as a word of the sentence does.
    fn fuller(&self, own: &BTreeSet<&str>) -> Vec<String> {
        let last = |name: &str| {
            name.split_whitespace()
                .next_back()
                .is_some_and(|it| own.contains(it))
        };
        let names = self.all.iter().filter(|name| last(name));
        let words = names.flat_map(|name| name.split_whitespace());
        words.map(str::to_owned).collect()
    }
}

/// The vocabulary of these texts.
pub(super) fn vocabulary<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vocabulary {
    let words = texts.into_iter().flat_map(str::split_whitespace);
    let content: BTreeSet<&str> = words.flat_map(forms).collect();
    let content = content.into_iter().chain(KINDS_OF_STORY.iter().copied());
    let owned = |word: &str| word.to_owned();
    Vocabulary {
        content: content.map(owned).collect(),
        inner: INNER.iter().copied().map(owned).collect(),
    }
}

/// The words of a question to a sentence: its own, as written and in their base forms, the
/// names in it as the article has them in full, and those of any question. A question of
/// other words is mostly one to something else. Where names are written like other words each
/// may be one: the model knows them, and writes nonsense if it may not write them its way.
pub(super) fn of_question(sentence: &str, names: &Names<'_>) -> Vec<String> {
    let own: BTreeSet<&str> = sentence.split_whitespace().flat_map(asked).collect();
    let lower = own.iter().map(|word| word.to_lowercase());
    let lower: Vec<String> = lower.collect();
    let bases = lower.iter().flat_map(|word| bases(word));
    let asking = ASKING.split_whitespace().map(str::to_owned);
    let mut words: BTreeSet<String> = asking.chain(bases).collect();
    words.extend(names.fuller(&own));
    if names.are_low {
        words.extend(lower.iter().map(|word| capitalised(word)));
    }
    words.extend(lower);
    words.extend(own.into_iter().map(str::to_owned));
    words.into_iter().collect()
}

/// A word without the marks around it and its genitive's ending, which any word of a
/// question may have.
fn asked(word: &str) -> Option<&str> {
    let opened = word.trim_start_matches(|c: char| !c.is_alphanumeric() && !"$£€".contains(c));
    let bare = opened.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '%');
    let whole = &opened[..bare.len() + usize::from(is_dotted(opened, bare))];
    let is_word = whole.chars().any(char::is_alphanumeric);
    is_word.then(|| strip_possessive(whole))
}

/// Whether a word keeps its last dot, as "U.S." does.
fn is_dotted(word: &str, bare: &str) -> bool {
    bare.contains('.') && word[bare.len()..].starts_with('.')
}

/// What a word in lower case may be an inflection of; not all of it are words.
fn bases(word: &str) -> Vec<String> {
    let endings: [(&str, &[&str]); 6] = [
        ("ies", &["y"]),
        ("ied", &["y"]),
        ("es", &["", "e"]),
        ("ed", &["", "e"]),
        ("ing", &["", "e"]),
        ("s", &[""]),
    ];
    let cut = |(ending, others): (&str, &'static [&'static str])| {
        let rest = word.strip_suffix(ending).filter(|rest| rest.len() > 1)?;
        let mut found: Vec<String> = others.iter().map(|it| format!("{rest}{it}")).collect();
        // "stopped" is of "stop".
        let mut last = rest.char_indices().rev();
        if let (Some((at, one)), Some((_, other))) = (last.next(), last.next()) {
            found.extend((one == other).then(|| rest[..at].to_owned()));
        }
        Some(found)
    };
    let regular = endings.into_iter().filter_map(cut).flatten();
    std::iter::once(irregular_base(word))
        .chain(regular)
        .collect()
}

/// A word without the marks around it, and without its genitive's ending.
fn forms(word: &str) -> impl Iterator<Item = &str> {
    let opened = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let bare = opened.trim_end_matches(|c: char| !c.is_alphanumeric());
    let whole = &opened[..bare.len() + usize::from(is_dotted(opened, bare))];
    let base = bare.strip_suffix("’s").or(bare.strip_suffix("'s"));
    // What is left of "’s" alone is no word.
    let has_content = |it: &&str| it.len() > 1 && !is_stop_word(it);
    [Some(whole), base]
        .into_iter()
        .flatten()
        .filter(has_content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_the_marks_around_them() {
        let found = vocabulary(["“Russia’s envoy to the U.S.,” he said (3-inch shells)."]);
        let kinds = found.content.len() - KINDS_OF_STORY.len();
        assert_eq!(
            found.content[..kinds],
            [
                "3-inch",
                "Russia",
                "Russia’s",
                "U.S.",
                "envoy",
                "said",
                "shells"
            ]
        );
        assert!(found.inner.contains(&"of".to_owned()));
    }

    #[test]
    fn a_question_has_the_words_of_its_sentence() {
        let sentence = "Calder said (on Monday) the U.S. firms’ plans cost $1.2 million, \
            and stopped the city’s 3-inch guns.";
        let article = format!("Mayor Ines\nCalder spoke. {sentence} Divers found cracks.");
        let words = of_question(sentence, &Names::of(&article));
        let has = |word: &str| words.iter().any(|it| it == word);
        for word in [
            "Calder", "Ines", "Monday", "U.S.", "$1.2", "firms", "firm", "say", "said", "stop",
            "stopped", "city", "3-inch", "did",
        ] {
            assert!(has(word), "{word}: {words:?}");
        }
        for word in ["Divers", "cracks", "(on", "guns.", "city’s"] {
            assert!(!has(word), "{word}: {words:?}");
        }
    }

    #[test]
    fn words_may_be_names_where_names_are_written_like_words() {
        let sentence = "The mayor of harlow closed the elm road pool.";
        let has = |article: &str, word: &str| {
            let words = of_question(sentence, &Names::of(article));
            words.iter().any(|it| it == word)
        };
        let named = "The Mayor of Harlow closed the Elm Road pool.";
        assert!(has(sentence, "Harlow") && has(sentence, "harlow"));
        assert!(!has(named, "Harlow") && has(named, "harlow"));
    }

    #[test]
    fn marks_alone_are_no_word() {
        let found = vocabulary(["— … the ’s"]);
        assert_eq!(found.content.len(), KINDS_OF_STORY.len());
    }
}
