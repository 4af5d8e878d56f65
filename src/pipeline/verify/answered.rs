//! Whether an answer gives what its question asks for: a time, a place, a count
//! of those things, a name. Told from the question word and the surface of the
//! answer, without a model.

use crate::text::names::name_mentions;
use crate::text::numbers::{Unit, is_calendar_word, numbers};
use crate::text::pattern::Pattern;
use crate::text::sentences::sentences;
use crate::text::similarity::{has_run, ratio};
use crate::text::words::{content_stems, is_stop_word};
use std::collections::HashSet;

use super::question::{RISKY, own_stems};
use super::reason::Reason;
use super::role;

/// Share of a question's own stems that the answer or its evidence must have.
const LEAST_ANSWERED: f32 = 0.65;
/// Share of a question's own stems that the answer's first sentence must have.
const LEAST_OPENING: f32 = 0.25;

static TIME: Pattern = Pattern::new(
    r"(?i)\b(?:today|yesterday|tomorrow|tonight|morning|evening|week|month|year|decade|century|ago|(?:1[5-9]|20)\d\d|spring|summer|autumn|winter)s?\b",
);
static PLACE: Pattern = Pattern::new(
    r"\b(?:in|at|near|to|from|towards?|outside|across|through|along) (?:the )?(?<name>[A-Z][\w’'.-]*)",
);
/// What gives a reason wherever it stands.
static REASON: Pattern = Pattern::new(
    r"(?i)\b(?:because|due to|owing to|thanks to|so that|in order to|so as to|as a result|result(?:s|ed|ing)? (?:of|from)|reasons?|caus(?:e|es|ed|ing)|citing|cited|blam(?:e|es|ed|ing)|prompt(?:ed|ing)|trigger(?:ed|ing)|spark(?:ed|ing)|hop(?:es?|ed|ing) to|s(?:eek|eeks|ought|eeking) to|aim(?:s|ed|ing)? (?:to|at)|want(?:s|ed|ing)? to|in an? (?:bid|effort|attempt|move) to|to (?:avoid|prevent|protect|ensure|help|make|allow|keep|stop|save|give|raise|reduce|improve|support|mark|celebrate|show|let|get|promote|meet|gain)|fear(?:s|ed|ing)?|concern(?:s|ed)?|worr(?:y|ies|ied)|need(?:s|ed)?|allow(?:s|ed|ing)?|means?|meant|enabl(?:e|es|ed|ing)|led to|leading to|purpose|goals?|aims?|objectives?|intentions?|motives?|(?:intended|designed|set up) to)\b",
);
/// What may give one, of what its sentence speaks of.
static CIRCUMSTANCE: Pattern = Pattern::new(
    r"(?i)\bover\s|\b(?:after|since|amid|following|given|for (?:allegedly |not )?\w+ing|says? (?:it|he|she|they)|as (?:he|she|it|they|the|a|an|part))\b",
);
/// A stretch of time, which is no circumstance.
static MEANWHILE: Pattern = Pattern::new(
    r"(?i)\b(?:(?:over|after|since) )?the (?:following|next|past|last|coming) \w+|\b(?:(?:moment|minute|hour|day|week|month|year)s|shortly|soon) after\b",
);
/// "What was the purpose of …", "What is the main reason …", "What is the team's goal …":
/// asks why.
static PURPOSE: Pattern = Pattern::new(
    r"(?i)^what (?:is|was|are|were) (?:the |[\w’' .-]{1,60}s?['’]s? )(?:(?:main|chief|stated|real|official|original|primary) )?(?:(?:purpose|goal|aim|intention|objective|motive|cause)s? (?:of|for|behind|in)|reasons?)\b",
);
/// "What happened to X during …": the X.
static FATE: Pattern = Pattern::new(
    r"^What (?:has )?happened to (?:the |an? |its |his |her |their )?(?<whom>.+?)(?: (?:during|after|before|when|while|as|in|on|at|by|because|since|if|that|who|which|under|following|from|with|to|this|last|next|yesterday|today)\b.*)?\?$",
);
static PEOPLE: Pattern = Pattern::new(
    r"(?i)\b(?:officials?|leaders?|residents?|members?|ministers?|analysts?|experts?|scientists?|researchers?|police|workers?|students?|guards?|band|team|company|companies|agency|council|group|families|people|women|men|children|authorities)\b",
);

/// What a question puts before or after something else, and what says so in an answer.
static BEFORE: Pattern = Pattern::new(r"(?i)\bbefore\b");
static EARLIER: Pattern = Pattern::new(
    r"(?i)\b(?:before|prior to|ahead of|until|till|earlier|previous(?:ly)?|by the time|first|on the eve)\b",
);
/// "What did Ruiz propose": who is asked about, if that is a name.
static ACTOR: Pattern = Pattern::new(
    r"^(?:What|Why|How|When|Where|Which|Who)\b[^?]*?\b(?:did|does|do) (?:the )?(?<who>\p{Lu}[\w.’'-]*(?: \p{Lu}[\w.’'-]*)*) \p{Ll}",
);
/// Who was named before, as the one who acts.
static ONE_OF_THEM: Pattern =
    Pattern::new(r#"(?i)^["“‘']?\s?(?:\w+,? ){0,2}(?:he|she|it|they|we|i)\b"#);

/// Whether a sentence cannot open the answer, as it shares next to nothing with
/// the question.
pub(super) fn opens_elsewhere(question: &str, sentence: &str) -> Option<Reason> {
    let own = own_stems(question);
    let said = content_stems(sentence);
    let met = own.iter().filter(|stem| said.contains(stem)).count();
    (ratio(met, own.len()) < LEAST_OPENING)
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
    let other = role::agent_changed(question, evidence)
        .or_else(|| role::acted_upon(question, evidence))
        .or_else(|| role::other_kin(question, evidence));
    if let Some(name) = other {
        return Some(Reason::RoleChanged(name));
    }
    let claims = own
        .iter()
        .any(|stem| RISKY.contains(stem) && !said.contains(stem));
    if claims
        || ratio(met, own.len()) < LEAST_ANSWERED
        || acts_elsewhere(question, answer, evidence)
    {
        return Some(Reason::NotAnswered("the answer is about something else"));
    }
    if BEFORE.is_match(question) && !EARLIER.is_match(answer) {
        return Some(Reason::NotAnswered("nothing before anything in the answer"));
    }
    let lower = question.to_lowercase();
    let lacking = if lower.starts_with("when ") {
        (!tells_time(answer, question)).then_some("no time in the answer")
    } else if lower.starts_with("where ") {
        (!tells_place(answer, question)).then_some("no place in the answer")
    } else if lower.starts_with("how many ") || lower.starts_with("how much ") {
        (!tells_amount(answer, question)).then_some("no number in the answer")
    } else if lower.starts_with("why ") || PURPOSE.is_match(question) {
        (!tells_why(answer, question)).then_some("no reason in the answer")
    } else if let Some(whom) = whose_fate(question) {
        (!tells_of(answer, whom)).then_some("of somebody or something else")
    } else if lower.starts_with("who ") {
        (!tells_who(answer, evidence, question)).then_some("nobody named in the answer")
    } else {
        None
    };
    lacking.map(Reason::NotAnswered)
}

/// Whether the one who does something in the question is nowhere in what answers it, nor
/// a pronoun that may stand for them.
fn acts_elsewhere(question: &str, answer: &str, evidence: &str) -> bool {
    let Some(captures) = ACTOR.captures_iter(question).next() else {
        return false;
    };
    let last = surname(&captures["who"]).to_lowercase();
    let last = last.trim_end_matches("'s").trim_end_matches("’s");
    let said = [answer, evidence];
    let is_named = said.iter().any(|text| text.to_lowercase().contains(last));
    let mut spans = sentences(answer).into_iter();
    !is_named && !spans.any(|span| ONE_OF_THEM.is_match(span.of(answer)))
}

/// A time in a sentence that speaks of what is asked.
fn tells_time(answer: &str, question: &str) -> bool {
    on_subject(answer, question).iter().any(|sentence| {
        let calendar = |unit: &Unit| matches!(unit, Unit::Month | Unit::Weekday);
        TIME.is_match(sentence) || numbers(sentence).iter().any(|n| calendar(&n.unit))
    })
}

/// A reason, or a circumstance in a sentence that speaks of what is asked.
fn tells_why(answer: &str, question: &str) -> bool {
    let on_subject = on_subject(answer, question);
    let has_circumstance = |sentence: &&str| {
        let rest = MEANWHILE.regex().map(|it| it.replace_all(sentence, ""));
        rest.is_some_and(|rest| CIRCUMSTANCE.is_match(&rest))
    };
    REASON.is_match(answer) || on_subject.iter().any(has_circumstance)
}

/// The sentences of an answer with half of the question's own stems.
fn on_subject<'a>(answer: &'a str, question: &str) -> Vec<&'a str> {
    let own = own_stems(question);
    let speaks = |sentence: &&str| {
        let said: HashSet<String> = content_stems(sentence).into_iter().collect();
        let met = own.iter().filter(|stem| said.contains(*stem)).count();
        met * 2 >= own.len()
    };
    let spans = sentences(answer).into_iter();
    spans.map(|span| span.of(answer)).filter(speaks).collect()
}

/// The X of "What happened to X?".
fn whose_fate(question: &str) -> Option<&str> {
    let found = FATE.regex()?.captures(question)?;
    Some(found.name("whom")?.as_str())
}

/// The last word of a name, by which it is mentioned again; other words as they are.
fn surname(whom: &str) -> &str {
    let name = name_mentions(whom).last().copied();
    let name = name.filter(|name| name.end == whom.len());
    name.and_then(|name| name.of(whom).rsplit(' ').next())
        .unwrap_or(whom)
}

/// Whether an answer names that one: the words together, as the question has them.
fn tells_of(answer: &str, whom: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split_whitespace();
        let words = words.map(|it| it.trim_matches(|c: char| !c.is_alphanumeric()));
        words.map(str::to_lowercase).collect()
    };
    let answer = words(answer);
    let mut all = whom.split(" and ");
    all.all(|one| has_run(&answer, &words(surname(one))))
}

/// A place that the question does not name already; "the Russian delegation"
/// is none.
fn tells_place(answer: &str, question: &str) -> bool {
    let Some(pattern) = PLACE.regex() else {
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

/// A number in a sentence that speaks of what is asked, and for "How many THINGS" one that
/// counts those things; "five years ago" counts none.
fn tells_amount(answer: &str, question: &str) -> bool {
    let mut on_subject = on_subject(answer, question).into_iter();
    on_subject.any(|sentence| has_amount(sentence, question))
}

fn has_amount(sentence: &str, question: &str) -> bool {
    let calendar = |unit: &Unit| matches!(unit, Unit::Month | Unit::Weekday | Unit::Ordinal);
    let asked: Vec<f64> = numbers(question)
        .iter()
        .map(|number| number.value)
        .collect();
    let things = counted(question);
    let asks_ago = question.contains(" ago");
    let is_ago = |after: &str| {
        let mut near = after.split_whitespace().take(2);
        near.any(|word| word.trim_end_matches(['.', ',']) == "ago")
    };
    numbers(sentence)
        .iter()
        .filter(|number| !calendar(&number.unit) && !asked.contains(&number.value))
        .map(|number| &sentence[number.span.end..])
        .filter(|after| asks_ago || !is_ago(after))
        .any(|after| things.is_empty() || counts(after, &things))
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
        None => new_name || PEOPLE.is_match(answer),
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

#[cfg(test)]
mod tests {
    use super::*;

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
            code(
                "How many years did Ruiz run the pool?",
                "Ruiz ran the pool for years. Hale swims in groups one or two years above."
            ),
            Some("not_answered")
        );
        assert_eq!(
            code(
                "How many years did Ruiz meet Hale?",
                "Ruiz met Hale five years ago."
            ),
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
            code(
                "Why did the pool close?",
                "The pool closed because repairs cost too much."
            ),
            None
        );
        assert_eq!(
            code("Why did the pool close?", "The pool closed on Monday."),
            Some("not_answered")
        );
        assert_eq!(
            code("Why was the bridge painted?", "The pool was closed."),
            Some("not_answered")
        );
    }

    #[test]
    fn a_purpose_is_a_reason_and_one_of_what_is_asked() {
        let lacks = |q: &str, a: &str| unanswered(q, a, a).is_some();
        let pool = "The pool closed on Monday.";
        assert!(lacks("What was the purpose of the pool?", pool));
        assert!(!lacks(
            "What was the purpose of the pool?",
            "The pool was built to help children."
        ));
        assert!(!lacks(
            "What is the purpose of the visit?",
            "The purpose of the visit is to discuss trade."
        ));
        assert!(lacks("What was the main reason the pool closed?", pool));
        assert!(lacks("What is Elm Road's goal for the pool?", pool));
        let above = "The pool closed on the over-looking hill.";
        assert!(lacks("Why did the pool close?", above));
        let aside = "The pool closed. Nor was any aid given.";
        assert!(lacks("Why did the pool close?", aside));
        assert!(!lacks(
            "Why did the pool close?",
            "The pool closed after a survey of its roof."
        ));
        for meanwhile in ["Over the following years", "Hours after the storm"] {
            let answer = format!("{meanwhile} the pool closed.");
            assert!(lacks("Why did the pool close?", &answer), "{answer}");
        }
    }

    #[test]
    fn what_happened_to_one_is_not_what_happened_to_another() {
        let lacks = |q: &str, a: &str| unanswered(q, a, a).is_some();
        let answer = "The mission compounds were abandoned, and all the other legations and guards \
            gathered in one.";
        assert!(lacks(
            "What happened to the legation guard during the siege?",
            answer
        ));
        assert!(!lacks("What happened to the mission compounds?", answer));
        let both = "What happened to the mission compounds and all the other legations?";
        assert!(!lacks(both, answer));
        let question = "What happened to Dana Ruiz after the trial?";
        let evidence = "Dana Ruiz stood trial. Ruiz was freed in May.";
        assert_eq!(
            unanswered(question, "Ruiz was freed in May.", evidence),
            None
        );
        assert_eq!(
            whose_fate("What happened to the men who stayed in town?"),
            Some("men")
        );
        assert_eq!(whose_fate("What happened in town?"), None);
    }

    #[test]
    fn who_acts_is_in_the_answer_and_so_is_what_came_before() {
        let lacks = |q: &str, a: &str| unanswered(q, a, a).is_some();
        let answer = "The council asked more than 160 questions about the pool.";
        assert!(lacks(
            "How many questions did Hale ask about the pool?",
            answer
        ));
        let beside =
            "In the talk to which he came, the council asked 160 questions about the pool.";
        assert!(lacks(
            "How many questions did Hale ask about the pool?",
            beside
        ));
        let his = "Ruiz spoke. He asked 160 questions about the pool.";
        assert!(!lacks(
            "How many questions did Hale ask about the pool?",
            his
        ));
        assert!(!lacks(
            "How many questions did the Elm Road council ask about the pool?",
            "The Elm Road council asked 160 questions about the pool."
        ));
        let visited = "The Hale family have visited the pools of three towns.";
        assert!(lacks(
            "What did the Hale family do before they visited the pools?",
            visited
        ));
        let first = "The Hale family wrote to the mayor before they visited the pools.";
        assert!(!lacks(
            "What did the Hale family do before they visited the pools?",
            first
        ));
    }

    #[test]
    fn the_patterns_compile() {
        assert!(
            [
                &TIME,
                &PLACE,
                &REASON,
                &PEOPLE,
                &CIRCUMSTANCE,
                &PURPOSE,
                &FATE,
                &BEFORE,
                &EARLIER,
                &ACTOR,
                &ONE_OF_THEM
            ]
            .iter()
            .all(|pattern| pattern.compiles())
        );
    }
}
