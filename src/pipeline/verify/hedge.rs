//! Doubt, attribution and negation: what a claim must not drop or add.
//!
//! An article says "officials said", "may", "alleged" for a reason. A claim
//! that repeats the words without the doubt says something else.

use std::collections::HashSet;

use crate::text::pattern::Pattern;
use crate::text::words::content_stems;

/// Share of a clause's stems that a claim must repeat to count as saying it.
const SAYS: f32 = 0.5;

/// Words of doubt and attribution.
static DOUBT: Pattern = Pattern::new(
    r"(?xi)\b(may|might|could|would|should|can|possib\w+|potential\w*|likel\w+|perhaps|probabl\w+|
        apparent\w*|alleg\w+|reported(?:ly)?|suppos\w+|expect\w*|thought\ to|believ\w+|claim\w*|suggest\w*|
        seem\w*|appear\w*|specul\w+|uncertain|unclear|posits?|rumou?r\w*|estimat\w+|said|says?|told|
        according\ to|argu\w+|stress\w+|accus\w+|warn\w*|predict\w*|if|whether|unless)\b",
);

/// Words of intent: the thing has not happened yet.
static INTENT: Pattern = Pattern::new(
    r"(?xi)\b(propos\w+|plan\w*|hop(?:es?|ed|ing)|aim\w*|intend\w*|wants?|wanted|tr(?:y|ies|ying|ied)|
        seek\w*|sought|consider\w*|about\ to|set\ to|will)\b",
);

static NEGATION: Pattern = Pattern::new(
    r"(?xi)\b(not|never|no|none|nor|neither|without|cannot|den(?:y|ies|ied|ying)|refut\w+|refus\w+|
        fail(?:s|ed|ing)?|reject\w*|dismiss\w*|unable|declin\w+)\b|n['’]t\b",
);

static ATTRIBUTION: Pattern = Pattern::new(
    r"(?xi)\b(said|says|told|according\ to|claim(?:s|ed)?|alleg\w+|suggest(?:s|ed)?|believ(?:e|es|ed)|
        reported\ that|argu(?:e|es|ed)|stress(?:es|ed)?\ that|posit|accus\w+|warn(?:s|ed)?|insist\w*)\b",
);

/// Who says what stands in quotation marks before it: `…," Ruiz adds`.
static SPOKEN: Pattern = Pattern::new(
    r#"(?x)[,.?!]["”’']\s[^"“‘.]{0,60}?\b(?:adds|added|explain(?:s|ed)|not(?:es|ed)|recall(?:s|ed)|
        wr(?:ites|ote)|continue[sd]|conclude[sd]|admit(?:s|ted))\b"#,
);

fn found<'t>(pattern: &Pattern, text: &'t str) -> Option<&'t str> {
    pattern.find(text).map(|word| word.as_str())
}

/// Whether a claim says nobody's words: it has no speaker.
pub(super) fn is_plain(claim: &str) -> bool {
    found(&ATTRIBUTION, claim).is_none() && found(&SPOKEN, claim).is_none()
}

/// The doubt or attribution in the evidence that the claim leaves out.
pub(super) fn lost(claim: &str, evidence: &[&str]) -> Option<String> {
    if found(&DOUBT, claim).is_some() {
        return None;
    }
    let intends = found(&INTENT, claim).is_some();
    let attributes = found(&ATTRIBUTION, claim).is_some();
    let stems: HashSet<String> = content_stems(claim).into_iter().collect();
    evidence.iter().find_map(|sentence| {
        let doubted = clauses(sentence)
            .filter(|clause| says(&stems, clause))
            .find_map(|clause| {
                found(&DOUBT, clause).or_else(|| found(&INTENT, clause).filter(|_| !intends))
            });
        let attributed = (!attributes && says_much_of(&stems, sentence))
            .then(|| found(&ATTRIBUTION, sentence).or_else(|| spoken(sentence)))
            .flatten();
        doubted.or(attributed).map(str::to_lowercase)
    })
}

/// The verb by which a quotation is somebody's.
fn spoken(sentence: &str) -> Option<&str> {
    found(&SPOKEN, sentence)?.rsplit(' ').next()
}

static ROUNDED: Pattern = Pattern::new(
    r"(?xi)\b(around|about|nearly|almost|roughly|approximately|some|more\ than|over|at\ least|up\ to|
        fewer\ than|less\ than|as\ many\ as)\ ([£$€]?[\w,.]*\d[\w,.]*|one|two|three|four|five|six|seven|eight|
        nine|ten|twelve|twenty|thirty|forty|fifty|hundreds?|thousands?|dozens?)\b",
);

/// A number that the evidence gives roughly and the claim exactly.
pub(super) fn made_exact(claim: &str, evidence: &str) -> Option<String> {
    let kept: Vec<&str> = numbers_of(claim);
    numbers_of(evidence)
        .into_iter()
        .find(|number| !kept.contains(number) && has_word(claim, number))
        .map(str::to_owned)
}

/// Numbers that `text` gives roughly.
fn numbers_of(text: &str) -> Vec<&str> {
    let captures = ROUNDED.captures_iter(text);
    captures
        .filter_map(|found| Some(found.get(2)?.as_str().trim_end_matches(['.', ','])))
        .collect()
}

fn has_word(text: &str, word: &str) -> bool {
    text.split_whitespace()
        .any(|w| w.trim_end_matches(['.', ',', ';', '?']) == word)
}

/// Whether exactly one of claim and evidence is negated, where they meet.
pub(super) fn negation_changed(claim: &str, evidence: &[&str]) -> bool {
    let stems: HashSet<String> = content_stems(claim).into_iter().collect();
    let claimed = found(&NEGATION, claim).is_some();
    if claimed {
        return !evidence
            .iter()
            .any(|sentence| found(&NEGATION, sentence).is_some());
    }
    evidence
        .iter()
        .flat_map(|sentence| clauses(sentence))
        .any(|clause| says(&stems, clause) && found(&NEGATION, clause).is_some())
}

fn clauses(sentence: &str) -> impl Iterator<Item = &str> {
    sentence
        .split([',', ';', ':', '—', '–', '(', ')'])
        .filter(|clause| !clause.trim().is_empty())
}

fn says(claim: &HashSet<String>, clause: &str) -> bool {
    overlap(claim, clause).is_some_and(|share| share >= SAYS)
}

/// A whole sentence is attributed although its speaker stands in a clause of
/// its own ("…, officials said"): then most of the claim comes from it.
fn says_much_of(claim: &HashSet<String>, sentence: &str) -> bool {
    let stems: HashSet<String> = content_stems(sentence).into_iter().collect();
    let shared = claim.iter().filter(|stem| stems.contains(*stem)).count();
    shared * 2 >= claim.len() && shared >= 2
}

fn overlap(claim: &HashSet<String>, clause: &str) -> Option<f32> {
    let stems: HashSet<String> = content_stems(clause).into_iter().collect();
    let shared = stems.iter().filter(|stem| claim.contains(*stem)).count();
    #[expect(clippy::cast_precision_loss, reason = "counts of words in a clause")]
    let share = shared as f32 / stems.len() as f32;
    (stems.len() >= 2).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_doubt_is_seen() {
        let evidence = ["The city may sell the old harbour next year."];
        assert_eq!(
            lost("The city sells the old harbour next year.", &evidence).as_deref(),
            Some("may")
        );
        assert_eq!(lost("The city may sell the old harbour.", &evidence), None);
    }

    #[test]
    fn a_dropped_speaker_is_seen_at_either_end() {
        let front = ["Officials said the bridge was closed for repairs."];
        let back = ["The bridge was closed for repairs, officials said."];
        assert!(lost("The bridge was closed for repairs.", &front).is_some());
        assert!(lost("The bridge was closed for repairs.", &back).is_some());
        let quoted = ["“Unlike the old one, the bridge is wide and safe,” Hale adds."];
        let told = lost("Unlike the old one, the bridge is wide and safe.", &quoted);
        assert_eq!(told.as_deref(), Some("adds"));
        let no_speech = ["The bridge, “a wide one”, was closed. A lane was added."];
        assert_eq!(lost("The bridge was closed.", &no_speech), None);
    }

    #[test]
    fn doubt_about_something_else_does_not_count() {
        let evidence = ["The bridge was closed on Monday, and the ferry could follow in spring."];
        assert_eq!(lost("The bridge was closed on Monday.", &evidence), None);
    }

    #[test]
    fn negation_must_agree() {
        let denied = ["The mayor did not sign the contract."];
        assert!(negation_changed("The mayor signed the contract.", &denied));
        assert!(!negation_changed(
            "The mayor did not sign the contract.",
            &denied
        ));
        assert!(negation_changed(
            "The mayor never signed it.",
            &["The mayor signed the contract."]
        ));
    }

    #[test]
    fn a_rough_number_stays_rough() {
        let evidence = "Hale left the club in around 2003 and sold nearly 40 boats.";
        assert_eq!(
            made_exact("Hale left the club in 2003.", evidence).as_deref(),
            Some("2003")
        );
        assert_eq!(made_exact("Hale sold nearly 40 boats.", evidence), None);
    }

    #[test]
    fn the_patterns_compile() {
        assert!(
            ROUNDED.compiles()
                && DOUBT.compiles()
                && INTENT.compiles()
                && NEGATION.compiles()
                && ATTRIBUTION.compiles()
        );
    }
}
