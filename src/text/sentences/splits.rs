//! Boundaries that the segmenter misses because it takes a word for an
//! abbreviation. Each rule needs a capital after the stop and something before
//! it that tells an end from a name: a wrong split leaves half a sentence as
//! evidence, a missed one only a longer quotation.

use std::sync::LazyLock;

use regex::Regex;

/// What may stand before the boundary, ending in its stop, in any language.
const ANY: &str = r"…|\b(?:usw|etc|EE\.\ ?UU)\.";
/// The same in English.
const ENGLISH: &str = r"…
    |\bMay\.
    |\b(?:in|of|since|until|by|last|this|next|late|early|mid)\ 
        (?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Oct|Nov|Dec)\.
    |\b(?:[Pp]lan|[Oo]ption|[Gg]roup|[Vv]itamin|[Hh]epatitis|[Tt]ype|[Gg]rade|[Cc]lass|[Tt]eam
        |[Ss]ection|[Aa]ppendix|[Ee]xhibit|[Pp]hase|[Ll]evel|[Gg]ate|[Tt]erminal|[Zz]one|[Rr]oom|[Pp]latform)\ [A-Z]\.
    |\b\d[\d.,]*(?:st|nd|rd|th)?\ ?(?:m|km|cm|mm|kg|g|ha|p|C|F|min|mph|kph|in|lb|ft)\.
    |\b(?:in|to|from|at|near|around|outside)\ Washington,?\ D\.C\.";

/// A dotted acronym, and a plural of everyday language that only the start of a
/// sentence gives a capital: "the U.S. Officials said".
const ACRONYM: &str = r"(?:\S+ ){3}(?:[A-Z]\.){2,}(?<at> +)(?<word>[A-Z][a-z]{3,}s) [a-z]";
/// Plurals that are names after an acronym all the same.
const NAMES: [&str; 10] = [
    "Airways",
    "Airlines",
    "Marines",
    "Senators",
    "Democrats",
    "Republicans",
    "Times",
    "Treasurys",
    "Games",
    "Forces",
];

/// A time, or words that trail off, before what must be a new start.
const RESTART: &str =
    r"(?:\b[ap]\.m\.(?<at> +)“|…[”](?<at2> +)(?:She|He|They|We|It|The|But|Then|There|No)\b)";

static ENGLISH_END: LazyLock<Option<Regex>> = LazyLock::new(|| end(ENGLISH));
static ANY_END: LazyLock<Option<Regex>> = LazyLock::new(|| end(ANY));
static RESTART_END: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(RESTART).ok());
static ACRONYM_END: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ACRONYM).ok());
/// A sentence in parentheses, and one after it.
static ASIDE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\([^()]*[.!?]\)(?<at>\s+)[\p{Lu}“]").ok());

fn end(before: &str) -> Option<Regex> {
    Regex::new(&format!(r"(?x)(?:{before})(?<at>\ +)[\p{{Lu}}“¿¡]")).ok()
}

/// Offsets in `sentence` after which another sentence begins, in order.
pub(super) fn ends(sentence: &str, language: &str) -> Vec<usize> {
    let english = language == "en";
    let stops = if english { &ENGLISH_END } else { &ANY_END };
    let mut ends = offsets(stops, sentence, |_| true);
    ends.extend(offsets(&ASIDE, sentence, |_| true));
    if english {
        ends.extend(offsets(&ACRONYM_END, sentence, |word| {
            !NAMES.contains(&word)
        }));
        ends.extend(offsets(&RESTART_END, sentence, |_| true));
    }
    ends.sort_unstable();
    outside_quotations(sentence, ends)
}

fn offsets(
    pattern: &LazyLock<Option<Regex>>,
    sentence: &str,
    fits: impl Fn(&str) -> bool,
) -> Vec<usize> {
    let Some(pattern) = pattern.as_ref() else {
        return Vec::new();
    };
    let found = pattern
        .captures_iter(sentence)
        .filter(|found| found.name("word").is_none_or(|word| fits(word.as_str())));
    found
        .filter_map(|found| {
            found
                .name("at")
                .or_else(|| found.name("at2"))
                .map(|at| at.start())
        })
        .collect()
}

/// The offsets at which no quotation is open: what is quoted stays with its
/// speaker.
fn outside_quotations(sentence: &str, ends: Vec<usize>) -> Vec<usize> {
    let mut ends = ends.into_iter().peekable();
    let mut outside = Vec::new();
    let mut open = None;
    for (at, character) in sentence.char_indices() {
        while ends.next_if(|end| *end <= at).is_some_and(|end| {
            outside.extend(open.is_none().then_some(end));
            true
        }) {}
        open = match (open, character) {
            (None, '“' | '„' | '«' | '»' | '"') => Some(character),
            (Some('“'), '”') | (Some('„'), '“' | '”') => None,
            (Some('«'), '»') | (Some('»'), '«') | (Some('"'), '"') => None,
            (open, _) => open,
        };
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_compile() {
        let all = [&ENGLISH_END, &ANY_END, &RESTART_END, &ACRONYM_END, &ASIDE];
        assert!(all.iter().all(|pattern| pattern.is_some()));
    }
}
