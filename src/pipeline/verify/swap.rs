//! A word that stands where the article has another: "Ruiz was sacked as mayor" of a sentence
//! in which she "was suspended as mayor" is the article's own but for one word, and has that one
//! from anywhere else in the article. Looks at sentences that are nearly the same alone.

use crate::text::similarity::containment;
use crate::text::words::content_stems;

/// Share of a claim's stems that a sentence must have to be nearly the same.
const NEARLY: f32 = 0.6;
/// Stems between the one before and the one after that may be other ones, where two after
/// agree.
const MOST_BETWEEN: usize = 3;
/// Stems after its first by which a claim begins like a part of a sentence.
const OPENS_ALIKE: usize = 3;

/// Before a name, where the claim may have its first part.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "dr", "sir", "dame", "lord", "lady",
];

/// A stem of the claim, and what a sentence of the evidence has in its place.
pub(super) fn swapped(claim: &str, sentences: &[&str]) -> Option<(String, String)> {
    let claim = content_stems(claim);
    let mut near = sentences
        .iter()
        .map(|sentence| content_stems(sentence))
        .filter(|there| containment(&claim, there) >= NEARLY);
    near.find_map(|there| swapped_in(&claim, &there))
}

fn swapped_in(claim: &[String], there: &[String]) -> Option<(String, String)> {
    let mut foreign = (0..claim.len()).filter(|at| !there.contains(&claim[*at]));
    foreign.find_map(|at| Some((claim[at].clone(), replaced(claim, there, at)?.clone())))
}

/// What stands in the place of a claim's stem: between the one before it, and those after;
/// where it is the first, before those after.
fn replaced<'t>(claim: &[String], there: &'t [String], at: usize) -> Option<&'t String> {
    (0..there.len())
        .map(|place| (place, &there[place]))
        .find_map(|(place, other)| {
            let after = claim[at + 1..].iter().zip(&there[place + 1..]);
            let agree = after.take_while(|(one, other)| one == other).count();
            let fits = match at.checked_sub(1).map(|before| &claim[before]) {
                None => agree >= OPENS_ALIKE,
                Some(before) => {
                    let before = there[..place].iter().rposition(|it| it == before)?;
                    let gap = place - before;
                    (gap == 1 && agree > 0) || (gap <= MOST_BETWEEN && agree > 1)
                }
            };
            let is_other = !claim.contains(other) && !TITLES.contains(&other.as_str());
            (fits && is_other).then_some(other)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIDENCE: &[&str] = &[
        "Dana Ruiz was suspended as mayor as soon as news of the loan came to light.",
        "Nobody was sacked, the council said.",
    ];

    fn found(claim: &str) -> Option<(String, String)> {
        swapped(claim, EVIDENCE)
    }

    #[test]
    fn a_word_in_the_place_of_another_is_seen() {
        let (said, other) = found("Dana Ruiz was sacked as mayor as soon as news of it came.")
            .expect("it is another word");
        assert_eq!((said.as_str(), other.as_str()), ("sack", "suspend"));
        let between = "Ruiz, who had no lawyer, was sacked as mayor of Harlow.";
        let evidence = ["Ruiz, who had no lawyer left, was suspended as mayor of Harlow."];
        assert!(swapped(between, &evidence).is_some());
        let first = "The committee has been a council fixture for years, and has a bad name.";
        let evidence = [
            "Hale has been a council fixture for years, and he has a bad name.",
            "The committee asked about him.",
        ];
        assert!(swapped(first, &evidence).is_some());
    }

    #[test]
    fn what_the_sentence_says_is_not() {
        for claim in [
            "Dana Ruiz was suspended as mayor as soon as news of the loan came to light.",
            "As soon as news of the loan came to light, mayor Dana Ruiz was suspended.",
            "Dana Ruiz was suspended as mayor, and nobody was sacked.",
            "Nobody was sacked.",
            "",
        ] {
            assert_eq!(found(claim), None, "{claim}");
        }
        let named = ["Nobody knew that Mr Hale left the council in May."];
        assert_eq!(
            swapped("Nobody knew Tom Hale left the council.", &named),
            None
        );
    }
}
