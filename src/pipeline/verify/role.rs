//! Who does what: a name that acts in a claim must not be the one acted on in
//! the evidence ("for Putin, it provides a chance" is not "Putin provides a
//! chance"). Told from the word before the name, without a parser.

use crate::text::names::name_mentions;
use crate::text::pattern::Pattern;
use crate::text::sentences::sentences;
use crate::text::span::Span;
use crate::text::words::content_stems;

/// A word that makes the name after it an object.
static OBJECT: Pattern = Pattern::new(
    r"(?i)\b(?:for|to|by|with|from|of|against|about|on|in|at|between|among|toward|towards|under|via|offer|tells?|told|give|gives|gave) (?:the |president |minister |mr\.? |ms\.? |both )*$",
);
/// What may stand before the subject of a clause.
static CLAUSE_START: Pattern = Pattern::new(
    r"(?i)(?:^|[,;:—–] ?|\b(?:and|but|while|as|that|because|since|although|after|before|when|where|if) )(?:the |president |minister |mr\.? |ms\.? )*$",
);
/// A verb in the passive and the name that acts.
static PASSIVE: Pattern = Pattern::new(r"\b([a-z]+ed) by (?:the |[A-Z][a-z]+ )*?([A-Z][\w’'-]+)");
/// A verb after the name makes it the subject, and not one of a list.
static ACTS: Pattern = Pattern::new(
    r"^ (?:is|are|was|were|has|have|had|will|would|could|may|might|can|also|[a-z]+(?:s|ed|es))\b",
);

/// A name that opens a clause and acts in the claim, but is only an object in
/// the evidence.
pub(super) fn changed(claim: &str, evidence: &str) -> Option<String> {
    acting(claim)
        .map(|name| name.of(claim))
        .find(|name| only_object(name, evidence))
        .map(str::to_owned)
}

/// The names that open a clause and act in it.
fn acting(claim: &str) -> impl Iterator<Item = Span> + '_ {
    name_mentions(claim).into_iter().filter(|name| {
        CLAUSE_START.is_match(&claim[..name.start]) && ACTS.is_match(&claim[name.end..])
    })
}

/// Whose relative, helper or rival somebody is.
static KIN: Pattern = Pattern::new(
    r"(?i)(?<who>[\w-]+)['’]s? (?:[\w-]+ )?(?<kin>wife|husband|widow|widower|spouse|fianc[eé]e?|girlfriend|boyfriend|mother|father|parents?|stepmother|stepfather|son|daughter|child|children|brother|sister|siblings?|twin|grandmother|grandfather|grandson|granddaughter|aunt|uncle|niece|nephew|cousin|running mate|spokes(?:man|woman|person)|lawyer|attorney|deputy|advis[eo]r|aide|coach|rival|opponent|predecessor|successor|bodyguard|colleague|friend|partner|teammate)s?\b",
);

/// A relative, helper or rival of somebody ("Ruiz's wife") of whom the evidence does not
/// say so: it has "his wife", and who "he" is was a guess, or says it of the other of the
/// two. In one sentence with the name before it, it is none.
pub(super) fn other_kin(claim: &str, evidence: &str) -> Option<String> {
    let spans = sentences(evidence);
    KIN.captures_iter(claim).find_map(|captures| {
        let who = captures.name("who")?.as_str().to_lowercase();
        let kin = captures.name("kin")?.as_str().to_lowercase();
        let mut told = spans.iter().map(|span| span.of(evidence).to_lowercase());
        let is_told = told.any(|sentence| {
            let after = |first: &str, then: &str| {
                let at = sentence.find(first);
                at.is_some_and(|at| sentence[at..].contains(then))
            };
            let mut joined = ["of", "for", "to", "representing"].iter();
            let of_them = |it: &&str| {
                let [one, many] = [format!("{kin} {it} "), format!("{kin}s {it} ")];
                after(&one, &who) || after(&many, &who)
            };
            after(&who, &kin) || joined.any(of_them)
        });
        (!is_told).then(|| captures[0].to_owned())
    })
}

/// The agent of a passive ("accompanied by Kim") who is none in the evidence,
/// although the evidence uses the same verb.
pub(super) fn agent_changed(claim: &str, evidence: &str) -> Option<String> {
    PASSIVE.captures_iter(claim).find_map(|captures| {
        let (verb, agent) = (captures.get(1)?.as_str(), captures.get(2)?.as_str());
        let passive = format!("{verb} by ");
        let mut uses = evidence.match_indices(&passive).peekable();
        uses.peek()?;
        let acts = uses.any(|(at, _)| {
            let clause = evidence[at..]
                .split([',', '.', ';'])
                .next()
                .unwrap_or_default();
            clause.contains(agent)
        });
        (!acts).then(|| agent.to_owned())
    })
}

/// "What did the legations attempt …": who is asked about, and what they do.
static DOING: Pattern = Pattern::new(
    r"(?i)^(?:what|why|how|when|where) (?:did|does|do) (?:the |an? )?(?<who>[\w-]+) (?<verb>[a-z]+)\b",
);

/// Words after "by" in which an agent is named.
const AGENT_WORDS: usize = 4;

/// Somebody who does in a question what in the evidence is done to them ("What did the
/// legations attempt" of attempts that were made to burn the legations): wherever the verb
/// stands there, they stand after it. Who says something may stand after the verb, and an
/// agent after "by".
pub(super) fn acted_upon(question: &str, evidence: &str) -> Option<String> {
    let captures = DOING.captures_iter(question).next()?;
    let (who, verb) = (captures.name("who")?, captures.name("verb")?);
    let stem = |word: &str| content_stems(word).into_iter().next();
    let (subject, act) = (stem(who.as_str())?, stem(verb.as_str())?);
    let spans = sentences(evidence).into_iter();
    let mut uses = spans
        .map(|span| span.of(evidence))
        .filter(|sentence| content_stems(sentence).contains(&act))
        .peekable();
    uses.peek()?;
    let suffers = |sentence: &str| {
        let stems = content_stems(sentence);
        let place = |wanted: &String| stems.iter().position(|stem| stem == wanted);
        let mut agents = sentence.match_indices(" by ").map(|(at, by)| {
            let agent = sentence[at + by.len()..].split_whitespace();
            content_stems(&agent.take(AGENT_WORDS).collect::<Vec<_>>().join(" "))
        });
        let is_agent = agents.any(|agent| agent.contains(&subject));
        let may_act = is_agent || sentence.contains(['"', '”']);
        !may_act && place(&subject).is_some_and(|at| Some(at) > place(&act))
    };
    uses.all(suffers).then(|| who.as_str().to_owned())
}

/// What stands between the names of a list: other names, and words that join them.
static JOINED: Pattern =
    Pattern::new(r"^(?:[\s,&]|\b(?:and|or|with|the|of|de|von|van)\b|\b[\p{Lu}\d][\w’'.-]*)*$");
/// Words after a name by which its predicate is known again.
const PREDICATE_WORDS: usize = 3;

/// A name that opens a clause in the claim where the evidence has, before the very same
/// predicate, another one ("Ruiz was chosen chief engineer" of a sentence in which Hale
/// was).
pub(super) fn taken_over(claim: &str, evidence: &str) -> Option<String> {
    let names = name_mentions(evidence);
    acting(claim)
        .filter_map(|name| Some((name.of(claim), predicate(&claim[name.end..])?)))
        .find(|(name, predicate)| {
            let mut uses = evidence.match_indices(predicate).peekable();
            uses.peek().is_some() && uses.all(|(at, _)| is_of_another(name, at, evidence, &names))
        })
        .map(|(name, _)| name.to_owned())
}

/// The first words of what a name is said to do or be, the space before them included.
fn predicate(after_name: &str) -> Option<&str> {
    let mut words = after_name.match_indices(' ').skip(1);
    let end = words.nth(PREDICATE_WORDS - 1).map(|(at, _)| at)?;
    let predicate = &after_name[..end];
    predicate
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'' | '’'))
        .then_some(predicate)
}

/// Whether the name right before `at` is not this one, nor one in a list with it.
fn is_of_another(name: &str, at: usize, evidence: &str, names: &[Span]) -> bool {
    let Some(nearest) = names.iter().rfind(|it| it.end <= at) else {
        return false;
    };
    let last_word = |name: &str| {
        let last = name.rsplit(' ').next().unwrap_or(name);
        last.trim_end_matches("'s")
            .trim_end_matches("’s")
            .to_owned()
    };
    let own = last_word(name);
    let is_adjacent = evidence[nearest.end..at]
        .trim_matches([',', ' '])
        .is_empty();
    let is_listed = evidence[..nearest.start]
        .rfind(&own)
        .is_some_and(|found| JOINED.is_match(&evidence[found..nearest.start]));
    is_adjacent && !nearest.of(evidence).contains(&own) && !is_listed
}

/// Whether the evidence has the name (by its last word), and each time as an
/// object.
fn only_object(name: &str, evidence: &str) -> bool {
    let last = name
        .split_whitespace()
        .next_back()
        .unwrap_or(name)
        .trim_end_matches("'s");
    let mut seen = false;
    for (at, _) in evidence.match_indices(last) {
        let full = evidence[..at]
            .rfind(name)
            .filter(|start| start + name.len() >= at)
            .unwrap_or(at);
        if !OBJECT.is_match(before_name(evidence, full)) {
            return false;
        }
        seen = true;
    }
    seen
}

/// The text before a name that ends at `at`, without its other words.
fn before_name(evidence: &str, at: usize) -> &str {
    let before = &evidence[..at];
    let mentions = name_mentions(&evidence[..at.max(1).min(evidence.len())]);
    match mentions.last() {
        Some(last) if before[last.end..].trim().is_empty() => &before[..last.start],
        _ => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIDENCE: &str =
        "The pool offers Ruiz a chance. Meanwhile, for Hale, it provides a way out.";

    #[test]
    fn an_object_that_becomes_the_subject_is_seen() {
        let claim = "The pool offers Ruiz a chance, while Hale provides a way out.";
        assert_eq!(changed(claim, EVIDENCE).as_deref(), Some("Hale"));
    }

    #[test]
    fn subjects_of_the_evidence_may_act() {
        let evidence = "Hale provides a way out for Dana Ruiz.";
        assert_eq!(changed("Hale provides a way out.", evidence), None);
        assert_eq!(
            changed("Dana Ruiz provides a way out.", evidence).as_deref(),
            Some("Dana Ruiz")
        );
    }

    #[test]
    fn who_is_acted_upon_does_not_act() {
        let evidence = "Attempts were made to burn the legations by setting houses on fire.";
        let found = |question: &str, evidence: &str| acted_upon(question, evidence);
        let asked = "What did the legations attempt to do?";
        assert_eq!(found(asked, evidence).as_deref(), Some("legations"));
        assert_eq!(found("What did Ruiz attempt to do?", evidence), None);
        assert_eq!(found("What did the legations do?", evidence), None);
        let both = "Attempts were made on the legations. The legations attempted a sortie.";
        assert_eq!(found(asked, both), None);
        let said = "“The pool reopens,” announced Mayor Ruiz.";
        assert_eq!(found("What did Ruiz announce?", said), None);
        let agent = "The pool was repaired in May by Hale.";
        assert_eq!(found("When did Hale repair the pool?", agent), None);
        assert!(DOING.compiles());
    }

    #[test]
    fn the_agent_of_a_passive_stays_the_agent() {
        let evidence = "Dana Ruiz was accompanied by two guards and Tom Hale.";
        let changed = |claim| agent_changed(claim, evidence);
        assert_eq!(
            changed("Who was accompanied by Ruiz?").as_deref(),
            Some("Ruiz")
        );
        assert_eq!(changed("Who was accompanied by Hale?"), None);
        assert_eq!(changed("Who was welcomed by Ruiz?"), None);
    }

    #[test]
    fn what_another_did_is_not_taken_over() {
        let evidence =
            "Helped by Minister Ruiz, the engineer, Tom Hale, was chosen chief of the works.";
        let taken = |claim| taken_over(claim, evidence);
        let claim = "Minister Ruiz was chosen chief of the works.";
        assert!(taken(claim).is_some_and(|name| name.ends_with("Ruiz")));
        assert_eq!(taken("Tom Hale was chosen chief of the works."), None);
        assert_eq!(taken("Hale was chosen chief of the works."), None);
        assert_eq!(taken("Ruiz was praised by the council."), None);
        let both = "Dana Ruiz and Tom Hale were chosen as chiefs of the works.";
        assert_eq!(taken_over("Dana Ruiz were chosen as chiefs.", both), None);
        let later = "He was chosen chief of the works, Ruiz said.";
        assert_eq!(taken_over(claim, later), None);
    }

    #[test]
    fn a_relative_is_whose_the_article_says() {
        let evidence = "Tom Hale was shot in May. His wife was tried. Dana Ruiz and her son wait.";
        let other = |claim| other_kin(claim, evidence);
        assert!(other("Dana Ruiz's wife was tried.").is_some());
        assert!(other("Hale’s wife was tried.").is_some(), "a guess too");
        assert_eq!(other("Dana Ruiz's son waits."), None);
        assert_eq!(other("Dana Ruiz's trial is over."), None);
        let evidence = "The wife of Tom Hale was tried.";
        assert_eq!(other_kin("Hale's wife was tried.", evidence), None);
        let evidence = "Ruiz's running mate Tom Hale spoke. The lawyer for Eve Moss did not.";
        assert!(other_kin("Who is Tom Hale's running mate?", evidence).is_some());
        assert_eq!(other_kin("Who is Ruiz's running mate?", evidence), None);
        assert_eq!(other_kin("Did Moss's lawyer speak?", evidence), None);
        let evidence = "Lawyers for Eve Moss and aides to Tom Hale met.";
        assert_eq!(other_kin("What did Moss's lawyers do?", evidence), None);
        assert_eq!(other_kin("Whom did Hale's aide meet?", evidence), None);
    }

    #[test]
    fn names_that_do_not_act_do_not_matter() {
        assert_eq!(changed("The way out is for Hale.", EVIDENCE), None);
    }

    #[test]
    fn the_patterns_compile() {
        assert!(
            [&OBJECT, &CLAUSE_START, &ACTS, &PASSIVE, &JOINED, &KIN]
                .iter()
                .all(|pattern| pattern.compiles())
        );
    }
}
