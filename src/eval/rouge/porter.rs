//! Porter's stemmer ("An algorithm for suffix stripping", Program 14(3), 1980)
//! with the extensions of NLTK, as the rouge_score package uses it: published
//! ROUGE figures are computed with these stems and no others.
//!
//! For figures only. The checks have their own stemmer, which keeps apart what
//! this one conflates. Works on lower-case ASCII.

/// Words that stem to something else than the rules say.
const IRREGULAR: &[(&str, &str)] = &[
    ("skies", "sky"),
    ("sky", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

/// The stem of a word in lower case.
pub(super) fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return (*stem).to_owned();
    }
    if word.len() <= 2 {
        return word.to_owned();
    }
    let word = plural(word);
    let word = past(&word);
    let word = final_y(&word);
    let word = double_suffix(&word);
    let word = replace(&word, STEP_3, |stem| measure(stem) > 0);
    let word = last_suffix(&word);
    final_e_and_l(&word)
}

/// Step 1a.
fn plural(word: &str) -> String {
    if word.len() == 4 && word.ends_with("ies") {
        return word[..3].to_owned();
    }
    let rules = &[("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")];
    replace(word, rules, |_| true)
}

/// Step 1b.
fn past(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ied") {
        let end = if word.len() == 4 { "ie" } else { "i" };
        return format!("{stem}{end}");
    }
    if let Some(stem) = word.strip_suffix("eed") {
        let end = if measure(stem) > 0 { "ee" } else { "eed" };
        return format!("{stem}{end}");
    }
    let stems = ["ed", "ing"]
        .iter()
        .filter_map(|end| word.strip_suffix(end));
    match stems.into_iter().find(|stem| has_vowel(stem)) {
        Some(stem) => repaired(stem),
        None => word.to_owned(),
    }
}

/// The end of a stem that lost "ed" or "ing".
fn repaired(stem: &str) -> String {
    if ["at", "bl", "iz"].iter().any(|end| stem.ends_with(end)) {
        return format!("{stem}e");
    }
    if ends_double(stem) {
        let single = !stem.ends_with(['l', 's', 'z']);
        return stem[..stem.len() - usize::from(single)].to_owned();
    }
    let short = measure(stem) == 1 && ends_cvc(stem);
    format!("{stem}{}", if short { "e" } else { "" })
}

/// Step 1c, NLTK's: "happy" and "fly" but not "enjoy" or "by".
fn final_y(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) if stem.len() > 1 && consonants(stem).last() == Some(&true) => {
            format!("{stem}i")
        }
        _ => word.to_owned(),
    }
}

/// Step 2.
fn double_suffix(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("alli").filter(|stem| measure(stem) > 0) {
        return double_suffix(&format!("{stem}al"));
    }
    let known = STEP_2.iter().any(|(end, _)| word.ends_with(end));
    if let (false, Some(stem)) = (known, word.strip_suffix("logi")) {
        // The "l" belongs to the stem, so that "geology" is like "archaeology".
        let long = measure(&word[..stem.len() + 1]) > 0;
        return if long {
            format!("{stem}log")
        } else {
            word.to_owned()
        };
    }
    replace(word, STEP_2, |stem| measure(stem) > 0)
}

const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

const STEP_3: &[(&str, &str)] = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

const STEP_4: &[&str] = &[
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
];

/// Step 4.
fn last_suffix(word: &str) -> String {
    let found = STEP_4
        .iter()
        .find_map(|end| Some((*end, word.strip_suffix(*end)?)));
    match found {
        Some(("ion", stem)) if !stem.ends_with(['s', 't']) => word.to_owned(),
        Some((_, stem)) if measure(stem) > 1 => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Steps 5a and 5b.
fn final_e_and_l(word: &str) -> String {
    let without = word.strip_suffix('e').filter(|stem| {
        let size = measure(stem);
        size > 1 || (size == 1 && !ends_cvc(stem))
    });
    let word = without.unwrap_or(word);
    if word.ends_with("ll") && measure(&word[..word.len() - 1]) > 1 {
        return word[..word.len() - 1].to_owned();
    }
    word.to_owned()
}

/// Applies the first rule whose suffix fits; if its stem does not, no other.
fn replace(word: &str, rules: &[(&str, &str)], fits: fn(&str) -> bool) -> String {
    let found = rules
        .iter()
        .find_map(|(end, new)| Some((word.strip_suffix(end)?, new)));
    match found {
        Some((stem, new)) if fits(stem) => format!("{stem}{new}"),
        _ => word.to_owned(),
    }
}

/// Which letters are consonants: "y" is one unless it follows one.
fn consonants(word: &str) -> Vec<bool> {
    let mut flags: Vec<bool> = Vec::with_capacity(word.len());
    for letter in word.bytes() {
        flags.push(match letter {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => flags.last().is_none_or(|consonant| !consonant),
            _ => true,
        });
    }
    flags
}

/// Porter's measure: how often a vowel is followed by a consonant.
fn measure(stem: &str) -> usize {
    let flags = consonants(stem);
    flags.windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

fn has_vowel(stem: &str) -> bool {
    consonants(stem).contains(&false)
}

fn ends_double(stem: &str) -> bool {
    let letters = stem.as_bytes();
    let [.., before, last] = letters else {
        return false;
    };
    before == last && consonants(stem).last() == Some(&true)
}

/// Consonant, vowel, consonant, the last none of w, x, y; or NLTK's "vowel,
/// consonant" for a stem of two letters.
fn ends_cvc(stem: &str) -> bool {
    match consonants(stem)[..] {
        [.., true, false, true] => !stem.ends_with(['w', 'x', 'y']),
        [false, true] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stems_are_those_of_the_reference() {
        let expected = include_str!("../../../tests/data/eval/porter.tsv");
        let mut seen = 0;
        for line in expected.lines() {
            let (word, expected) = line.split_once('\t').unwrap();
            assert_eq!(stem(word), expected, "{word}");
            seen += 1;
        }
        assert!(seen > 100, "{seen}");
    }

    proptest! {
        #[test]
        fn any_word_has_a_stem(word in "[a-z0-9]{0,20}") {
            prop_assert!(stem(&word).len() <= word.len() + 1);
        }
    }
}
