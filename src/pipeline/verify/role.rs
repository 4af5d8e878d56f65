//! Who does what: a name that acts in a claim must not be the one acted on in
//! the evidence ("for Putin, it provides a chance" is not "Putin provides a
//! chance"). Told from the word before the name, without a parser.

use crate::text::names::name_mentions;
use crate::text::pattern::Pattern;

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
    let acting = name_mentions(claim).into_iter().filter(|name| {
        CLAUSE_START.is_match(&claim[..name.start]) && ACTS.is_match(&claim[name.end..])
    });
    acting
        .map(|name| name.of(claim))
        .find(|name| only_object(name, evidence))
        .map(str::to_owned)
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
    fn names_that_do_not_act_do_not_matter() {
        assert_eq!(changed("The way out is for Hale.", EVIDENCE), None);
    }

    #[test]
    fn the_patterns_compile() {
        assert!(
            [&OBJECT, &CLAUSE_START, &ACTS, &PASSIVE]
                .iter()
                .all(|pattern| pattern.compiles())
        );
    }
}
