//! Sentence boundaries with exact offsets: the `sentencex` rules for English,
//! held to bounded windows, and a small layer over what they get wrong.

use super::span::Span;

/// Bytes given to the segmenter at once: its time grows with the square of the
/// length when quotation marks are left open. Paragraphs are far shorter.
const MAX_WINDOW_BYTES: usize = 4_096;

/// Abbreviations that the segmenter ends a sentence at; a sentence that is
/// nothing else, or ends in one of them, goes on.
const OPEN_ABBREVIATIONS: [&str; 6] = ["Ft.", "Pt.", "Msgr.", "Atty.", "Cmdr.", "Supt."];

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

/// The sentences of `text`, in order, trimmed of surrounding white space.
/// Every span is non-empty and lies on character boundaries.
#[must_use]
pub fn sentences(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for window in windows(text) {
        for boundary in sentencex::get_sentence_boundaries("en", window.of(text)) {
            let start = window.start + boundary.start_byte;
            let Some(span) = trimmed(text, start, window.start + boundary.end_byte) else {
                continue;
            };
            match found.last_mut() {
                Some(last) if goes_on(last.of(text), span.of(text)) => *last = last.cover(span),
                _ => found.push(span),
            }
        }
    }
    let whole = found.into_iter();
    whole.flat_map(|span| split_after_may(text, span)).collect()
}

/// The segmenter takes "May." for an abbreviation, like "Jan."; it is none.
fn split_after_may(text: &str, span: Span) -> Vec<Span> {
    let mut parts = Vec::new();
    let mut start = span.start;
    for (at, _) in span.of(text).match_indices(" May. ") {
        let end = span.start + at + " May.".len();
        if text[end..].trim_start().starts_with(char::is_uppercase) {
            parts.extend(trimmed(text, start, end));
            start = end;
        }
    }
    parts.extend(trimmed(text, start, span.end));
    parts
}

/// Whether `next` belongs to the sentence that `before` seems to end.
fn goes_on(before: &str, next: &str) -> bool {
    let last = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let first = next
        .split(|character: char| !character.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let is_time = matches!(last, "a.m." | "p.m." | "A.M." | "P.M.");
    OPEN_ABBREVIATIONS.contains(&last) || (is_time && AFTER_TIME.contains(&first))
}

/// Pieces of `text` of bounded size, cut where a sentence seems to end, else
/// at white space, else anywhere.
fn windows(text: &str) -> Vec<Span> {
    let mut windows = Vec::new();
    let mut start = 0;
    while text.len() - start > MAX_WINDOW_BYTES {
        let end = text.floor_char_boundary(start + MAX_WINDOW_BYTES);
        let window = &text[start..end];
        let cut = window
            .rfind(". ")
            .map(|at| at + 2)
            .or_else(|| window.rfind(' ').map(|at| at + 1))
            .unwrap_or(window.len());
        windows.push(Span::new(start, start + cut));
        start += cut;
    }
    windows.push(Span::new(start, text.len()));
    windows
}

fn trimmed(text: &str, start: usize, end: usize) -> Option<Span> {
    let raw = text.get(start..end)?;
    let start = end - raw.trim_start().len();
    let end = start + raw.trim().len();
    (start < end).then(|| Span::new(start, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `|` marks where a sentence must end; nothing else may end one.
    fn assert_split(marked: &str) {
        let expected: Vec<&str> = marked.split('|').map(str::trim).collect();
        let text = marked.replace('|', "");
        let found: Vec<&str> = sentences(&text).iter().map(|span| span.of(&text)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn abbreviations_do_not_end_sentences() {
        assert_split("The U.N. envoy met Dr. Lee on Jan. 5.| Sen. Ortiz left.");
        assert_split("He voted for bill No. 7.| Lt. Gov. Marsh did not.");
        assert_split("Trade with the U.S. grew.| U.S. officials were pleased.");
        assert_split("He lives in the U.S.| The next day he left.");
        assert_split("Mr. and Mrs. Holt v. the U.S. Government was settled.");
    }

    #[test]
    fn initials_numbers_and_ellipses_do_not_end_sentences() {
        assert_split("J. R. Holt and Ann B. Marsh won.| They got 3.5 percent.");
        assert_split("It cost $4.2 million.| Wait... what happened?| Nobody knows.");
    }

    #[test]
    fn may_is_no_abbreviation() {
        assert_split("The pool closed in May.| Repairs cost too much.| It was in May. and June.");
    }

    #[test]
    fn quotes_stay_with_their_speaker() {
        assert_split("“It was bad. I cried,” said Ann.| “It is over.”| She left.");
        assert_split("\"Stop!\" he cried.| \"Why?\" she asked.");
    }

    #[test]
    fn a_time_goes_on_with_its_day_or_zone() {
        assert_split(
            "It starts at 5 p.m. Monday in Leeds.| Doors open at 4 p.m.| They close late.",
        );
        assert_split("Polls close at 8 P.M. EDT, officials said.");
    }

    #[test]
    fn what_the_segmenter_misses_is_joined() {
        assert_split("He moved to Ft. Worth in May.| She stayed.");
    }

    #[test]
    fn nothing_has_no_sentences() {
        assert_eq!(sentences(""), []);
        assert_eq!(sentences(" \u{a0}\n"), []);
    }

    #[test]
    fn long_text_is_cut_between_sentences() {
        let text = "The ferry left port early. ".repeat(2_000);
        let found = sentences(&text);
        assert_eq!(found.len(), 2_000);
        assert!(
            found
                .iter()
                .all(|span| span.of(&text) == "The ferry left port early.")
        );
    }

    #[test]
    fn long_text_without_spaces_is_covered() {
        let text = "é".repeat(MAX_WINDOW_BYTES);
        let covered: usize = sentences(&text)
            .iter()
            .map(|span| span.of(&text).len())
            .sum();
        assert_eq!(covered, text.len());
    }

    proptest! {
        #[test]
        fn spans_are_exact(text in r#"([a-zA-Z0-9 .!?"'“”‘’()…\n。é-]|U\.S\. |Dr\. |\PC){0,200}"#) {
            let mut end = 0;
            for span in sentences(&text) {
                prop_assert!(span.start >= end && span.start < span.end);
                prop_assert!(text[end..span.start].trim().is_empty());
                let sentence = &text[span.range()];
                prop_assert_eq!(sentence, sentence.trim());
                end = span.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}
