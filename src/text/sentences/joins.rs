//! Boundaries that the segmenter sets and that are none. Decides from the two
//! neighbours alone; never looks at the whole text.

use crate::text::pattern::Pattern;

use crate::text::words::is_stop_word;

/// No abbreviation is longer.
const LONGEST_WORD_BYTES: usize = 64;

/// An unknown abbreviation has so many letters at most.
const SHORT_WORD_CHARS: usize = 4;

/// Abbreviations after which a sentence always goes on.
const TITLES: [&str; 10] = [
    "Dipl.-Ing.",
    "Ft.",
    "Pt.",
    "Msgr.",
    "Atty.",
    "Cmdr.",
    "Cllr.",
    "Supt.",
    "Messrs.",
    "Hon.",
];

/// The same in French.
const FRENCH_TITLES: [&str; 7] = ["M.", "MM.", "Dr.", "Me.", "Mgr.", "Pr.", "St."];

/// Abbreviations that a number follows.
const BEFORE_NUMBER: [&str; 17] = [
    "para.", "Apt.", "pop.", "alt.", "paras.", "fig.", "figs.", "approx.", "est.", "sec.", "art.",
    "vol.", "ch.", "ca.", "c.", "circa.", "min.",
];

/// Nouns that an ordinal such as "19." stands before in German.
const GERMAN_COUNTED: [&str; 16] = [
    "Jahrhundert",
    "Jahrhunderts",
    "Jahrtausend",
    "Mal",
    "Platz",
    "Rang",
    "Runde",
    "Auflage",
    "Spieltag",
    "Minute",
    "Stock",
    "Etage",
    "Klasse",
    "Geburtstag",
    "Lebensjahr",
    "Weltkrieg",
];

/// Words that go on after "p.m.", where the segmenter sees only a capital.
const AFTER_TIME: [&str; 21] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "EST",
    "EDT",
    "ET",
    "CST",
    "CDT",
    "CT",
    "MST",
    "MDT",
    "PST",
    "PDT",
    "PT",
    "GMT",
    "BST",
    "UTC",
];

/// "1.", "(a)", "Q.": what marks an item and is no sentence.
static MARKER: Pattern = Pattern::new(r"^(?:\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)]|[QA]:)$");
/// "Ortiz asked.", "Mayor Ann Ruiz said, …" after a quotation that asks.
static SPEAKER: Pattern = Pattern::new(
    r"^(?:\p{Lu}[\p{L}.’'-]* ){1,4}(?:said|asked|cried|shouted|wondered|added|wrote|replied|told reporters|says|asks)\b",
);
/// "J.-P.": initials, which a name follows.
static HYPHENATED: Pattern = Pattern::new(r"^\p{Lu}\.-\p{Lu}\.$");

/// Whether `next` belongs to the sentence that `before` seems to end.
pub(super) fn goes_on(before: &str, next: &str, language: &str) -> bool {
    let last = last_word(before);
    let first = next
        .split(|character: char| !character.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let bare = last.trim_start_matches(['(', '"', '“', '‘', '«']);
    TITLES.contains(&bare)
        || (language == "fr" && FRENCH_TITLES.contains(&bare))
        || (is_time(bare) && AFTER_TIME.contains(&first))
        || (starts_with_digit(next) && BEFORE_NUMBER.contains(&bare))
        || (language == "de" && is_ordinal(bare) && GERMAN_COUNTED.contains(&first))
        || (goes_on_small(next) && is_open_end(bare))
        || next.starts_with(['-', ',', ';', ':', '–', '—'])
        || MARKER.is_match(before)
        || HYPHENATED.is_match(bare)
        || (asks_in_quotes(before) && SPEAKER.is_match(next))
}

/// The last word, or the end of it: an article may hold one of any length.
fn last_word(text: &str) -> &str {
    let start = text.floor_char_boundary(text.len().saturating_sub(LONGEST_WORD_BYTES));
    text[start..]
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default()
}

fn is_time(word: &str) -> bool {
    matches!(word, "a.m." | "p.m." | "A.M." | "P.M.")
}

fn is_ordinal(word: &str) -> bool {
    let digits = word.strip_suffix('.').unwrap_or_default();
    matches!(digits.len(), 1 | 2) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

/// Whether a text goes on with a small letter, brands such as "iPad" aside.
fn goes_on_small(next: &str) -> bool {
    let mut characters = next.chars();
    characters.next().is_some_and(char::is_lowercase)
        && !characters.next().is_some_and(char::is_uppercase)
}

/// Whether a small letter after `word` tells that no sentence ended: it is a name
/// with a mark of its own ("Wham!"), or short or dotted like an abbreviation.
fn is_open_end(word: &str) -> bool {
    let stem = word.trim_end_matches(['.', '!', '?']);
    let name = word.starts_with(char::is_uppercase) && stem.len() > 1;
    let stopped = word.ends_with('.');
    let short = stem.chars().count() <= SHORT_WORD_CHARS && !is_stop_word(stem);
    (name && stem.len() < word.len()) || (stopped && (short || stem.contains('.')))
}

fn asks_in_quotes(before: &str) -> bool {
    ["?”", "!”", "?\"", "!\"", "?’", "!’", "?»", "!»"]
        .iter()
        .any(|end| before.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_compile() {
        assert!(
            [&MARKER, &SPEAKER, &HYPHENATED]
                .iter()
                .all(|it| it.compiles())
        );
    }
}
