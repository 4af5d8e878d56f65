//! Whether a question can stand alone and is about this article. Whether it is
//! answered is `answered`'s to say.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Match;

use crate::pipeline::article::Article;
use crate::text::contacts::Contacts;
use crate::text::dependence::unnamed_person;
use crate::text::names::{NamedText, name_mentions};
use crate::text::numbers::{Number, numbers, unstated_numbers};
use crate::text::pattern::Pattern;
use crate::text::words::content_stems;

use super::form;
use super::reason::Reason;

/// Words of a question.
const WORDS: std::ops::RangeInclusive<usize> = 4..=20;
/// Stems of its own that say what a question is about, where it names nobody and nothing:
/// "What is the ruling about?" could be asked of any article.
const LEAST_OWN: usize = 2;
/// Stems of its own that a question may add to the article's.
const MOST_MISSING: usize = 1;

/// Words of asking, which need no support; as stems.
static GENERIC: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words = "purpose reason role main key \
        happen expect describe mean goal aim way kind type many much long people person place \
        situation event take led prompted known likely possible potential current specific primary concern \
        include involve do feel think say said need use name connection call content start begin status leave";
    content_stems(words).into_iter().collect()
});

/// Words that claim a consequence or a comparison; as stems. A small model asks
/// for these where the article says nothing of the kind.
pub(super) static RISKY: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words = "affect impact influence compare comparison consequence effect implication outcome result \
        contribute benefit lead cause differ difference change significance significant importance important \
        response respond react reaction";
    content_stems(words).into_iter().collect()
});

static UNRESOLVED: Pattern =
    Pattern::new(r"(?i)\b(?:this|these|those|here|i|you|my|your|we|our|us)\b");
/// "This year" is as clear in a question as in the article that it stands under.
static THIS_TIME: Pattern = Pattern::new(
    r"(?i)^this (?:year|month|week|weekend|season|spring|summer|autumn|fall|winter)\b",
);
static THIRD: Pattern = Pattern::new(r"(?i)\b(?:it|its|they|them|their|theirs)\b");
static THING_FOR_PERSON: Pattern = Pattern::new(
    r"(?i)^What (?:is|was) the (?:\w+ )?(?:founder|leader|president|minister|director|author|chief|spokes\w+|mayor|governor|attorney|owner|head|chairman|secretary)\b",
);
static SELF_ANSWERED: Pattern = Pattern::new(
    r"^Who (?:is|was|were|are) (?:(?:[A-Z][\w.'’-]* ?){2,},|the .* (?:that|who|which) )",
);

/// "When did the court rule in 2012?": says when.
static TELLS_WHEN: Pattern = Pattern::new(
    r"(?i)^when .*\b(?:in|on|by|since) (?:(?:early|late|mid) )?(?:(?:january|february|march|april|may|june|july|august|september|october|november|december)\b(?: \d{1,2}\b)?,?(?: \d{4})?|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: (?:morning|afternoon|evening|night))?|(?:1[5-9]|20)\d\d)\?$",
);

/// "Who wrote the letter written by Ruiz?": says who.
static TELLS_WHO: Pattern = Pattern::new(r"^Who .*\b\w+(?:ed|en|wn) by \p{Lu}[^?]*\?$");
/// "When did Ruiz opened …": who asks so has not made a question of a sentence.
static DID_PAST: Pattern =
    Pattern::new(r"\b(?:did|does|do) (?:the )?(?:\p{Lu}[\w.’'-]* )+(?<verb>\p{Ll}+ed)\b");
/// Verbs that end so before anything has happened.
const NOT_PAST: [&str; 10] = [
    "need", "feed", "exceed", "proceed", "succeed", "breed", "bleed", "speed", "embed", "shed",
];

/// The whole text as questions are held against it: read once, whatever the
/// number of questions.
pub(super) struct Whole {
    /// Content stems.
    stems: HashSet<String>,
    pub(super) names: NamedText,
    pub(super) numbers: Vec<Number>,
    contacts: Contacts,
    /// Stems of its own that a question may add.
    most_missing: usize,
}

impl Whole {
    /// The text without what speaks to a model. Where something does, a question may
    /// add nothing of its own: it could be a word of the order.
    pub(super) fn of(article: &Article) -> Self {
        let has_orders = !article.instructions.is_empty();
        Self {
            most_missing: if has_orders { 0 } else { MOST_MISSING },
            ..Self::read(&article.told())
        }
    }

    fn read(article: &str) -> Self {
        Self {
            stems: content_stems(article).into_iter().collect(),
            names: NamedText::read(article),
            numbers: numbers(article),
            contacts: Contacts::read(article),
            most_missing: MOST_MISSING,
        }
    }
}

/// What speaks against a question before its answer is known.
pub(super) fn problem(question: &str, article: &Whole) -> Option<Reason> {
    if !question.ends_with('?') || question.matches('?').count() > 1 {
        return Some(Reason::Malformed("no single question"));
    }
    if !WORDS.contains(&question.split_whitespace().count()) {
        return Some(Reason::Malformed("length of the question"));
    }
    form::problem(question)
        .or_else(|| dangling(question))
        .or_else(|| mismatched(question))
        .or_else(|| unsupported(question, article))
}

/// A question word that does not go with what follows, or a question that
/// holds its own answer.
fn mismatched(question: &str) -> Option<Reason> {
    if THING_FOR_PERSON.is_match(question) {
        return Some(Reason::Malformed("asks what for who"));
    }
    let mut asked = DID_PAST.captures_iter(question);
    if asked.any(|it| !NOT_PAST.contains(&&it["verb"])) {
        return Some(Reason::Malformed("a past form after \"did\""));
    }
    let tells = [&SELF_ANSWERED, &TELLS_WHEN, &TELLS_WHO];
    let answers_itself = tells.iter().any(|pattern| pattern.is_match(question));
    answers_itself.then_some(Reason::Malformed("answers itself"))
}

/// A pronoun that the question itself does not resolve.
fn dangling(question: &str) -> Option<Reason> {
    let third = THIRD
        .find(question)
        .filter(|word| content_stems(&question[..word.start()]).is_empty());
    // "US" is a country, "us" is not.
    let is_clear =
        |word: &Match<'_>| word.as_str() == "US" || THIS_TIME.is_match(&question[word.start()..]);
    let mut unresolved = UNRESOLVED
        .captures_iter(question)
        .filter_map(|found| found.get(0));
    let word = unresolved
        .find(|word| !is_clear(word))
        .map(|word| word.as_str());
    let word = word.or_else(|| unnamed_person(question).map(|word| word.of(question)));
    let word = word.or(third.map(|word| word.as_str()))?;
    Some(Reason::NotSelfContained(word.to_lowercase()))
}

fn unsupported(question: &str, article: &Whole) -> Option<Reason> {
    if let Some(contact) = article.contacts.lacks(question).into_iter().next() {
        return Some(Reason::UnsupportedContact(contact));
    }
    if let Some(number) = unstated_numbers(question, &article.numbers)
        .into_iter()
        .next()
    {
        return Some(Reason::UnsupportedNumber(number));
    }
    if let Some(name) = article.names.lacks(question).into_iter().next() {
        return Some(Reason::UnsupportedName(name));
    }
    let own = own_stems(question);
    let missing: Vec<&str> = own
        .iter()
        .filter(|stem| !article.stems.contains(*stem))
        .map(String::as_str)
        .collect();
    if own.len() < LEAST_OWN && !names_something(question) {
        return Some(Reason::NotSelfContained(
            "asks about nothing in particular".into(),
        ));
    }
    let risky = missing.iter().any(|stem| RISKY.contains(*stem));
    (risky || missing.len() > article.most_missing)
        .then(|| Reason::UnsupportedWords(missing.join(", ")))
}

/// Whether a question has a name or a number.
fn names_something(question: &str) -> bool {
    // The first word is the question's, with a capital letter.
    let names = name_mentions(question);
    names.iter().any(|name| name.start > 0) || !numbers(question).is_empty()
}

/// What speaks against another wording of a question: a word that neither the article
/// nor the question as it was drafted has.
pub(super) fn added(question: &str, drafted: &str, article: &Whole) -> Option<Reason> {
    let known = own_stems(drafted);
    let mut own = own_stems(question).into_iter();
    let added = own.find(|stem| !article.stems.contains(stem) && !known.contains(stem));
    added.map(Reason::UnsupportedWords)
}

pub(super) fn own_stems(question: &str) -> Vec<String> {
    content_stems(question)
        .into_iter()
        .filter(|stem| !GENERIC.contains(stem))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = "Mayor Dana Ruiz closed the Elm Road pool on Monday because repairs cost \
        $2 million. Ruiz said children could swim in Harlow.";

    fn refused(question: &str) -> Option<&'static str> {
        problem(question, &Whole::read(ARTICLE)).map(|reason| reason.code())
    }

    #[test]
    fn questions_about_the_article_pass() {
        for question in [
            "Why did Mayor Dana Ruiz close the Elm Road pool?",
            "What did Mayor Dana Ruiz say about her repairs?",
            "How much did the repairs of the Elm Road pool cost?",
            "Why did the Elm Road pool close this year?",
        ] {
            assert_eq!(refused(question), None, "{question}");
        }
    }

    #[test]
    fn questions_that_say_too_much_or_too_little_fall() {
        for question in [
            "When did Mayor Dana Ruiz close the pool in 2012?",
            "When did the Elm Road pool close on Monday?",
            "When did the Elm Road pool close on Monday morning?",
            "Who wrote the letter allegedly written by Dana Ruiz?",
            "When did Mayor Dana Ruiz closed the pool?",
        ] {
            let problem = mismatched(question);
            assert_eq!(problem.map(|it| it.code()), Some("malformed"), "{question}");
        }
        assert_eq!(
            mismatched("When did the May 2012 repairs cost $2 million?"),
            None
        );
        assert_eq!(
            refused("What happened to the pool?"),
            Some("not_self_contained")
        );
        assert_eq!(refused("What happened to the Elm Road pool?"), None);
        assert_eq!(refused("Why did repairs close the pool?"), None);
    }

    #[test]
    fn questions_that_cannot_stand_alone_fall() {
        for question in [
            "Why did he close the pool?",
            "What did this repair cost Elm Road?",
            "Why did it cost $2 million?",
            "What did US officials say about this pool?",
        ] {
            assert_eq!(refused(question), Some("not_self_contained"), "{question}");
        }
        assert_eq!(
            refused("What does the passage say about repairs?"),
            Some("self_reference")
        );
    }

    #[test]
    fn questions_about_something_else_fall() {
        assert_eq!(
            refused("Why did Mayor Tom Hale close the pool?"),
            Some("unsupported_name")
        );
        assert_eq!(
            refused("Why did the repairs cost $3 million?"),
            Some("unsupported_number")
        );
        assert_eq!(
            refused("How do penguins sleep in winter storms?"),
            Some("unsupported_words")
        );
    }

    #[test]
    fn the_patterns_compile() {
        let all = [
            &THING_FOR_PERSON,
            &SELF_ANSWERED,
            &TELLS_WHEN,
            &TELLS_WHO,
            &DID_PAST,
            &UNRESOLVED,
            &THIS_TIME,
            &THIRD,
        ];
        assert!(all.iter().all(|pattern| pattern.compiles()));
    }
}
