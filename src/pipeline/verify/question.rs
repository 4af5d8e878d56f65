//! Whether a question can stand alone, is about this article, and is answered.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::names::{name_mentions, unsupported_names};
use crate::text::numbers::{Unit, is_calendar_word, numbers, unsupported_numbers};
use crate::text::sentences::sentences;
use crate::text::words::{content_stems, is_stop_word};

use super::reason::Reason;
use super::{form, role};

/// Words of a question.
const WORDS: std::ops::RangeInclusive<usize> = 4..=20;
/// Share of a question's own stems that the answer or its evidence must have.
const LEAST_ANSWERED: f32 = 0.65;
/// Share of a question's own stems that the answer's first sentence must have.
const LEAST_OPENING: f32 = 0.25;
/// Stems of its own that a question may add to the article's.
const MOST_MISSING: usize = 1;

/// Words of asking, which need no support; as stems.
static GENERIC: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words = "purpose reason role main key \
        happen expect describe mean goal aim way kind type many much long people person place \
        situation event take led prompted known likely possible potential current specific primary concern \
        response react reaction include involve do feel think say said need use name connection call content start begin status leave";
    content_stems(words).into_iter().collect()
});

/// Words that claim a consequence or a comparison; as stems. A small model asks
/// for these where the article says nothing of the kind.
static RISKY: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words = "affect impact influence compare comparison consequence effect implication outcome result \
        contribute benefit lead cause differ difference change significance significant importance important";
    content_stems(words).into_iter().collect()
});

static UNRESOLVED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:this|these|those|here|i|you|my|your|we|our|us)\b").ok());
static PERSONAL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:he|she|him|his|her|hers|himself|herself)\b").ok());
static THIRD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:it|its|they|them|their|theirs)\b").ok());
static THING_FOR_PERSON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^What (?:is|was) the (?:\w+ )?(?:founder|leader|president|minister|director|author|chief|spokes\w+|mayor|governor|attorney|owner|head|chairman|secretary)\b").ok()
});
static SELF_ANSWERED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^Who (?:is|was) (?:[A-Z][\w.'’-]* ?){2,},").ok());
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:today|yesterday|tomorrow|tonight|morning|evening|week|month|year|decade|century|ago|(?:1[5-9]|20)\d\d|spring|summer|autumn|winter)s?\b").ok()
});
static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(?:in|at|near|to|from|towards?|outside|across|through|along) (?:the )?(?<name>[A-Z][\w’'.-]*)").ok()
});
static PEOPLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:officials?|leaders?|residents?|members?|ministers?|analysts?|experts?|scientists?|researchers?|police|workers?|students?|guards?|band|team|company|companies|agency|council|group|families|people|women|men|children|authorities)\b").ok()
});

/// What speaks against a question before its answer is known. `article` is
/// the whole text.
pub(super) fn problem(
    question: &str,
    article: &str,
    article_stems: &HashSet<String>,
) -> Option<Reason> {
    if !question.ends_with('?') || question.matches('?').count() > 1 {
        return Some(Reason::Malformed("no single question"));
    }
    if !WORDS.contains(&question.split_whitespace().count()) {
        return Some(Reason::Malformed("length of the question"));
    }
    form::problem(question)
        .or_else(|| dangling(question))
        .or_else(|| mismatched(question))
        .or_else(|| unsupported(question, article, article_stems))
}

/// A question word that does not go with what follows, or a question that
/// holds its own answer.
fn mismatched(question: &str) -> Option<Reason> {
    if has(&THING_FOR_PERSON, question) {
        return Some(Reason::Malformed("asks what for who"));
    }
    has(&SELF_ANSWERED, question).then_some(Reason::Malformed("answers itself"))
}

/// A pronoun that the question itself does not resolve.
fn dangling(question: &str) -> Option<Reason> {
    let at = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().and_then(|p| p.find(question));
    let personal = at(&PERSONAL).filter(|word| !names_before(question, word.start()));
    let third = at(&THIRD).filter(|word| content_stems(&question[..word.start()]).is_empty());
    // "US" is a country, "us" is not.
    let unresolved = at(&UNRESOLVED).filter(|word| word.as_str() != "US");
    let word = unresolved.or(personal).or(third)?;
    Some(Reason::NotSelfContained(word.as_str().to_lowercase()))
}

/// Whether a sentence speaks of a "he" or "she" that it has not named.
pub(super) fn leans_back(sentence: &str) -> bool {
    let pronoun = PERSONAL.as_ref().and_then(|pattern| pattern.find(sentence));
    pronoun.is_some_and(|word| !names_before(sentence, word.start()))
}

fn names_before(question: &str, end: usize) -> bool {
    name_mentions(question).iter().any(|name| name.end <= end)
}

fn unsupported(question: &str, article: &str, article_stems: &HashSet<String>) -> Option<Reason> {
    if let Some(number) = unsupported_numbers(question, article).into_iter().next() {
        return Some(Reason::UnsupportedNumber(number));
    }
    if let Some(name) = unsupported_names(question, article).into_iter().next() {
        return Some(Reason::UnsupportedName(name));
    }
    let own = own_stems(question);
    let missing: Vec<&str> = own
        .iter()
        .filter(|stem| !article_stems.contains(*stem))
        .map(String::as_str)
        .collect();
    if own.is_empty() {
        return Some(Reason::NotSelfContained(
            "asks about nothing in particular".into(),
        ));
    }
    let risky = missing.iter().any(|stem| RISKY.contains(*stem));
    (risky || missing.len() > MOST_MISSING).then(|| Reason::UnsupportedWords(missing.join(", ")))
}

/// Whether a sentence cannot open the answer, as it shares next to nothing with
/// the question.
pub(super) fn opens_elsewhere(question: &str, sentence: &str) -> Option<Reason> {
    let own = own_stems(question);
    let said = content_stems(sentence);
    let met = own.iter().filter(|stem| said.contains(stem)).count();
    (share(met, own.len()) < LEAST_OPENING)
        .then_some(Reason::NotAnswered("opens with something else"))
}

/// What speaks against a question once its answer stands. `evidence` is the
/// text that the answer rests on.
pub(super) fn unanswered(question: &str, answer: &str, evidence: &str) -> Option<Reason> {
    let own = own_stems(question);
    let said: HashSet<String> = content_stems(answer)
        .into_iter()
        .chain(content_stems(evidence))
        .collect();
    let met = own.iter().filter(|stem| said.contains(*stem)).count();
    if let Some(name) = role::agent_changed(question, evidence) {
        return Some(Reason::RoleChanged(name));
    }
    let claims = own
        .iter()
        .any(|stem| RISKY.contains(stem) && !said.contains(stem));
    if claims || share(met, own.len()) < LEAST_ANSWERED {
        return Some(Reason::NotAnswered("the answer is about something else"));
    }
    let lower = question.to_lowercase();
    let lacking = if lower.starts_with("when ") {
        (!tells_time(answer, question)).then_some("no time in the answer")
    } else if lower.starts_with("where ") {
        (!tells_place(answer, question)).then_some("no place in the answer")
    } else if lower.starts_with("how many ") || lower.starts_with("how much ") {
        (!tells_amount(answer, question)).then_some("no number in the answer")
    } else if lower.starts_with("who ") {
        (!tells_who(answer, evidence, question)).then_some("nobody named in the answer")
    } else {
        None
    };
    lacking.map(Reason::NotAnswered)
}

/// A time in a sentence that speaks of what is asked.
fn tells_time(answer: &str, question: &str) -> bool {
    let own = own_stems(question);
    let spans = sentences(answer);
    spans.iter().map(|span| span.of(answer)).any(|sentence| {
        let said: HashSet<String> = content_stems(sentence).into_iter().collect();
        let met = own.iter().filter(|stem| said.contains(*stem)).count();
        let calendar = |unit: &Unit| matches!(unit, Unit::Month | Unit::Weekday);
        let timed = has(&TIME, sentence) || numbers(sentence).iter().any(|n| calendar(&n.unit));
        timed && met * 2 >= own.len()
    })
}

/// A place that the question does not name already; "the Russian delegation"
/// is none.
fn tells_place(answer: &str, question: &str) -> bool {
    let Some(pattern) = PLACE.as_ref() else {
        return false;
    };
    let demonym = |name: &str| {
        ["ian", "ean", "ese", "ish", "can"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    pattern
        .captures_iter(answer)
        .filter_map(|captures| captures.name("name"))
        .any(|name| {
            let name = name.as_str().trim_matches(['.', ',', '’', '\'']);
            !question.contains(name) && !demonym(name) && !is_calendar_word(name)
        })
}

/// A number, and for "How many THINGS" one that counts those things.
fn tells_amount(answer: &str, question: &str) -> bool {
    let calendar = |unit: &Unit| matches!(unit, Unit::Month | Unit::Weekday | Unit::Ordinal);
    let asked: Vec<f64> = numbers(question)
        .iter()
        .map(|number| number.value)
        .collect();
    let things = counted(question);
    numbers(answer)
        .iter()
        .filter(|number| !calendar(&number.unit) && !asked.contains(&number.value))
        .any(|number| things.is_empty() || counts(&answer[number.span.end..], &things))
}

/// The stems of THINGS in "How many THINGS …?"; empty for other questions.
fn counted(question: &str) -> Vec<String> {
    let rest = question.strip_prefix("How many ").unwrap_or_default();
    let things = rest
        .split_whitespace()
        .take(3)
        .take_while(|word| !is_stop_word(word));
    content_stems(&things.collect::<Vec<_>>().join(" "))
}

/// Whether one of the things stands right behind a number.
fn counts(after: &str, things: &[String]) -> bool {
    let near = after
        .split_whitespace()
        .take(4)
        .collect::<Vec<_>>()
        .join(" ");
    content_stems(&near)
        .iter()
        .any(|stem| things.contains(stem))
}

fn tells_who(answer: &str, evidence: &str, question: &str) -> bool {
    let asked = question.to_lowercase();
    let new_name = name_mentions(answer)
        .iter()
        .any(|name| !asked.contains(&name.of(answer).to_lowercase()));
    match identity(question) {
        Some(name) => is_described(&name, answer),
        None if asked.starts_with("who is the ") || asked.starts_with("who was the ") => {
            new_name && names_the_role(question, &format!("{answer} {evidence}"))
        }
        None => new_name || has(&PEOPLE, answer),
    }
}

/// Whether answer or evidence speak of the role in "Who is the ROLE …?".
fn names_the_role(question: &str, said: &str) -> bool {
    let said = content_stems(said);
    content_stems(question)
        .first()
        .is_none_or(|role| said.contains(role))
}

/// The last word of NAME in "Who is NAME?".
fn identity(question: &str) -> Option<String> {
    let body = question.trim_end_matches('?');
    let rest = body
        .strip_prefix("Who is ")
        .or_else(|| body.strip_prefix("Who was "))?;
    let last = name_mentions(rest)
        .last()
        .copied()
        .filter(|name| name.end == rest.len())?;
    last.of(rest)
        .split_whitespace()
        .next_back()
        .map(str::to_owned)
}

/// Whether an answer says what a name is: "NAME, a …" or "NAME is …".
fn is_described(name: &str, answer: &str) -> bool {
    answer.match_indices(name).any(|(at, _)| {
        let after = &answer[at + name.len()..];
        [", ", " is ", " was ", " (", ", who "]
            .iter()
            .any(|mark| after.starts_with(mark))
    })
}

fn own_stems(question: &str) -> Vec<String> {
    content_stems(question)
        .into_iter()
        .filter(|stem| !GENERIC.contains(stem))
        .collect()
}

fn has(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}

fn share(part: usize, whole: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "counts of words in a question")]
    let share = part as f32 / whole.max(1) as f32;
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = "Mayor Dana Ruiz closed the Elm Road pool on Monday because repairs cost \
        $2 million. Ruiz said children could swim in Harlow.";

    fn refused(question: &str) -> Option<&'static str> {
        let stems = content_stems(ARTICLE).into_iter().collect();
        problem(question, ARTICLE, &stems).map(|reason| reason.code())
    }

    #[test]
    fn questions_about_the_article_pass() {
        for question in [
            "Why did Mayor Dana Ruiz close the Elm Road pool?",
            "What did Mayor Dana Ruiz say about her repairs?",
            "How much did the repairs of the Elm Road pool cost?",
        ] {
            assert_eq!(refused(question), None, "{question}");
        }
    }

    #[test]
    fn questions_that_cannot_stand_alone_fall() {
        for question in [
            "Why did he close the pool?",
            "What did this repair cost Elm Road?",
            "Why did it cost $2 million?",
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
    fn answers_must_give_what_is_asked_for() {
        let code = |q: &str, a: &str| unanswered(q, a, a).map(|reason| reason.code());
        assert_eq!(
            code("When did the pool close?", "The pool closed on Monday."),
            None
        );
        assert_eq!(
            code("When did the pool close?", "The pool was closed."),
            Some("not_answered")
        );
        assert_eq!(
            code("How much did repairs cost?", "Repairs cost $2 million."),
            None
        );
        assert_eq!(
            code("How much did repairs cost?", "Repairs cost a lot."),
            Some("not_answered")
        );
        assert_eq!(
            code("Who closed the pool?", "Dana Ruiz closed the pool."),
            None
        );
        assert_eq!(
            code("Who closed the pool?", "The pool was closed."),
            Some("not_answered")
        );
        assert_eq!(
            code(
                "Where can children swim now?",
                "Children can swim in Harlow."
            ),
            None
        );
        assert_eq!(
            code("Why was the bridge painted?", "The pool was closed."),
            Some("not_answered")
        );
    }

    #[test]
    fn the_patterns_compile() {
        let all = [
            &THING_FOR_PERSON,
            &SELF_ANSWERED,
            &UNRESOLVED,
            &PERSONAL,
            &THIRD,
            &TIME,
            &PLACE,
            &PEOPLE,
        ];
        assert!(all.iter().all(|pattern| pattern.is_some()));
    }
}
