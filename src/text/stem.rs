//! Stemming for matching words of a claim with words of the article.
//!
//! Only inflection is undone (plural, tense, a few irregular forms): steps 1 and
//! 5 of Porter, "An algorithm for suffix stripping" (Program 14(3), 1980), with
//! the repairs of its English successor for `dies`, `gas` and `virus`. The steps
//! in between are left out on purpose: they take "general" and "generate" for
//! one word, and a check of support must not. It must never be shown to readers.

/// Irregular forms and what they inflect; sorted for binary search.
const IRREGULAR: &[(&str, &str)] = &[
    ("became", "become"),
    ("began", "begin"),
    ("begun", "begin"),
    ("bought", "buy"),
    ("broke", "break"),
    ("broken", "break"),
    ("brought", "bring"),
    ("built", "build"),
    ("came", "come"),
    ("caught", "catch"),
    ("children", "child"),
    ("chose", "choose"),
    ("chosen", "choose"),
    ("dealt", "deal"),
    ("drawn", "draw"),
    ("drew", "draw"),
    ("driven", "drive"),
    ("drove", "drive"),
    ("fallen", "fall"),
    ("fell", "fall"),
    ("felt", "feel"),
    ("flew", "fly"),
    ("flown", "fly"),
    ("fought", "fight"),
    ("found", "find"),
    ("gave", "give"),
    ("given", "give"),
    ("gone", "go"),
    ("got", "get"),
    ("gotten", "get"),
    ("grew", "grow"),
    ("grown", "grow"),
    ("heard", "hear"),
    ("held", "hold"),
    ("kept", "keep"),
    ("knew", "know"),
    ("known", "know"),
    ("led", "lead"),
    ("lost", "lose"),
    ("made", "make"),
    ("meant", "mean"),
    ("men", "man"),
    ("met", "meet"),
    ("paid", "pay"),
    ("ran", "run"),
    ("risen", "rise"),
    ("rose", "rise"),
    ("said", "say"),
    ("sat", "sit"),
    ("saw", "see"),
    ("seen", "see"),
    ("sent", "send"),
    ("shown", "show"),
    ("sold", "sell"),
    ("sought", "seek"),
    ("spent", "spend"),
    ("spoke", "speak"),
    ("spoken", "speak"),
    ("stood", "stand"),
    ("struck", "strike"),
    ("taken", "take"),
    ("taught", "teach"),
    ("thought", "think"),
    ("threw", "throw"),
    ("thrown", "throw"),
    ("told", "tell"),
    ("took", "take"),
    ("understood", "understand"),
    ("went", "go"),
    ("withdrew", "withdraw"),
    ("women", "woman"),
    ("won", "win"),
    ("wore", "wear"),
    ("written", "write"),
    ("wrote", "write"),
];

/// The stem of one word: lower-cased, without possessive, dots of an
/// abbreviation and inflection. Words outside `a..=z` are only folded.
#[must_use]
pub fn stem(word: &str) -> String {
    let base = irregular_base(&fold(word));
    if base.len() < 3 || !base.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return base;
    }
    undouble_l(drop_e(y_to_i(strip_tense(strip_plural(base)))))
}

/// What a folded word is an irregular form of, or itself.
#[must_use]
pub fn irregular_base(folded: &str) -> String {
    match IRREGULAR.binary_search_by_key(&folded, |entry| entry.0) {
        Ok(found) => IRREGULAR[found].1.to_owned(),
        Err(_) => folded.to_owned(),
    }
}

/// A word as compared: lower-cased, typographic apostrophes made plain, without
/// the possessive, and `u.s` written `us`.
#[must_use]
pub fn fold(word: &str) -> String {
    let lower = strip_possessive(word).to_lowercase().replace('’', "'");
    if lower.contains('.') && !lower.contains(|c: char| c.is_ascii_digit()) {
        return lower.replace('.', "");
    }
    lower
}

/// `Russia’s` without its `’s`.
#[must_use]
pub fn strip_possessive(word: &str) -> &str {
    ["'s", "’s", "'S", "’S"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(word)
}

fn strip_plural(word: String) -> String {
    if let Some(rest) = word
        .strip_suffix("ies")
        .or_else(|| word.strip_suffix("ied"))
    {
        let ending = if rest.len() > 1 { "i" } else { "ie" };
        return format!("{rest}{ending}");
    }
    if word.ends_with("sses") {
        return cut(word, 2);
    }
    let plain = word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us");
    // A vowel right before the `s` does not count: "gas" is no plural.
    let inner = word.len().saturating_sub(2);
    if plain && has_vowel(&word.as_bytes()[..inner]) {
        return cut(word, 1);
    }
    word
}

fn strip_tense(word: String) -> String {
    if let Some(rest) = word.strip_suffix("eed") {
        let long = measure(rest.as_bytes()) > 0;
        return if long { cut(word, 1) } else { word };
    }
    let ending = ["ed", "ing"]
        .iter()
        .find(|ending| word.ends_with(**ending))
        .map_or(0, |ending| ending.len());
    if ending == 0 || !has_vowel(&word.as_bytes()[..word.len() - ending]) {
        return word;
    }
    repair(cut(word, ending))
}

/// Gives back the `e` that a removed ending had swallowed, or takes the
/// consonant that it had doubled.
fn repair(word: String) -> String {
    let bytes = word.as_bytes();
    if ["at", "bl", "iz"].iter().any(|end| word.ends_with(end)) {
        return word + "e";
    }
    if ends_double(bytes) && !matches!(bytes.last(), Some(b'l' | b's' | b'z')) {
        return cut(word, 1);
    }
    if measure(bytes) == 1 && ends_short(bytes) {
        return word + "e";
    }
    word
}

fn y_to_i(word: String) -> String {
    let bytes = word.as_bytes();
    let last = bytes.len().saturating_sub(1);
    if last > 1 && bytes[last] == b'y' && !is_vowel(bytes, last - 1) {
        return cut(word, 1) + "i";
    }
    word
}

fn drop_e(word: String) -> String {
    let Some(rest) = word.strip_suffix('e') else {
        return word;
    };
    let measure = measure(rest.as_bytes());
    if measure > 1 || (measure == 1 && !ends_short(rest.as_bytes())) {
        return rest.to_owned();
    }
    word
}

fn undouble_l(word: String) -> String {
    if word.ends_with("ll") && measure(word.as_bytes()) > 1 {
        return cut(word, 1);
    }
    word
}

fn cut(mut word: String, bytes: usize) -> String {
    word.truncate(word.len().saturating_sub(bytes));
    word
}

fn is_vowel(word: &[u8], at: usize) -> bool {
    match word[at] {
        b'a' | b'e' | b'i' | b'o' | b'u' => true,
        b'y' => at > 0 && !matches!(word[at - 1], b'a' | b'e' | b'i' | b'o' | b'u' | b'y'),
        _ => false,
    }
}

fn has_vowel(word: &[u8]) -> bool {
    (0..word.len()).any(|at| is_vowel(word, at))
}

/// Porter's m: how often a vowel is followed by a consonant.
fn measure(word: &[u8]) -> usize {
    (1..word.len())
        .filter(|&at| is_vowel(word, at - 1) && !is_vowel(word, at))
        .count()
}

fn ends_double(word: &[u8]) -> bool {
    let [.., before, last] = word else {
        return false;
    };
    before == last && !is_vowel(word, word.len() - 1)
}

/// Consonant, vowel, consonant, the last none of `w`, `x`, `y`: "hop", not "how".
fn ends_short(word: &[u8]) -> bool {
    let n = word.len();
    n >= 3
        && !is_vowel(word, n - 1)
        && is_vowel(word, n - 2)
        && !is_vowel(word, n - 3)
        && !matches!(word[n - 1], b'w' | b'x' | b'y')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn inflections_share_a_stem() {
        for (one, other) in [
            ("visited", "visit"),
            ("nations", "nation"),
            ("countries", "country"),
            ("planned", "plan"),
            ("hoped", "hope"),
            ("stating", "states"),
            ("agreed", "agree"),
            ("viruses", "virus"),
            ("controlled", "control"),
            ("believed", "believes"),
            ("said", "says"),
            ("died", "dies"),
            ("Russia’s", "Russia"),
            ("U.S", "US"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} and {other}");
        }
    }

    #[test]
    fn different_words_keep_different_stems() {
        for (one, other) in [
            ("general", "generate"),
            ("plan", "plane"),
            ("hop", "hope"),
            ("king", "kin"),
            ("gas", "ga"),
            ("isolated", "isolation"),
        ] {
            assert_ne!(stem(one), stem(other), "{one} and {other}");
        }
    }

    #[test]
    fn irregular_forms_are_sorted() {
        assert!(IRREGULAR.is_sorted_by(|one, other| one.0 < other.0));
    }

    proptest! {
        #[test]
        fn any_word_has_a_stem(word in "\\PC*", plain in "[a-z]{1,12}") {
            let _ = stem(&word);
            prop_assert!(!stem(&plain).is_empty());
        }
    }
}
