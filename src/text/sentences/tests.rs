//! What the parent module promises, on texts of our own.

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
    assert_split("It starts at 5 p.m. Monday in Leeds.| Doors open at 4 p.m.| They close late.");
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

/// How well the boundaries of labelled lines are found.
#[derive(Debug, Default)]
struct Score {
    found: usize,
    extra: usize,
    missed: usize,
    /// Lines that are not split exactly as labelled, as they are split.
    wrong: Vec<String>,
}

fn score(labelled: &str, language: &str) -> Score {
    let mut score = Score::default();
    let lines = labelled.lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let text = line.replace('|', "");
        let mut at = 0;
        let marked = line.split('|').map(|part| {
            at += part.len();
            at
        });
        let marked: Vec<usize> = marked.collect();
        let spans = sentences_in(&text, language);
        let ends: Vec<usize> = spans.iter().map(|span| span.end).collect();
        let right = ends.iter().filter(|end| marked.contains(end)).count();
        score.found += right;
        score.extra += ends.len() - right;
        score.missed += marked.len() - right;
        if ends != marked {
            let split: Vec<&str> = spans.iter().map(|span| span.of(&text)).collect();
            score.wrong.push(split.join("|"));
        }
    }
    score
}

#[test]
fn labelled_boundaries_are_found() {
    // Set, language, lines that are known to be split wrongly.
    let sets = [
        (
            include_str!("../../../tests/data/sentences/en.txt"),
            "en",
            2,
        ),
        (
            include_str!("../../../tests/data/sentences/de.txt"),
            "de",
            0,
        ),
        (
            include_str!("../../../tests/data/sentences/es.txt"),
            "es",
            0,
        ),
        (
            include_str!("../../../tests/data/sentences/fr.txt"),
            "fr",
            0,
        ),
    ];
    for (labelled, language, known) in sets {
        let score = score(labelled, language);
        assert!(score.found >= 25, "{language}: {score:#?}");
        assert!(score.wrong.len() <= known, "{language}: {score:#?}");
        assert!(
            score.extra + score.missed <= 2 * known,
            "{language}: {score:#?}"
        );
    }
}

#[test]
fn scripts_without_spaces_or_from_right_to_left_are_split() {
    let cases = [
        (
            "ja",
            "橋は五月に閉まった。費用は四億円である。「なぜ?」と彼は聞いた。",
            2,
        ),
        ("zh", "大桥五月关闭。修复费用为四亿元。谁来付钱？", 3),
        (
            "ar",
            "أغلق الجسر في مايو. تكلف الإصلاح أربعة ملايين. من سيدفع؟",
            3,
        ),
        ("he", "הגשר נסגר במאי. התיקון עלה ארבעה מיליון. מי ישלם?", 3),
    ];
    for (language, text, least) in cases {
        let found: Vec<&str> = sentences_in(text, language)
            .iter()
            .map(|span| span.of(text))
            .collect();
        assert!(found.len() >= least, "{language}: {found:?}");
        let joined: String = found.concat();
        assert_eq!(joined.replace(' ', ""), text.replace(' ', ""), "{language}");
    }
}

/// Text that mixes scripts, directions and marks.
const MIXED: &str = r#"([a-zA-Z0-9 .!?"'“”‘’()…\n。é-]|U\.S\. |Dr\. |19\. |M\. |etc\. |J\.-P\. |[一-龥ぁ-ん。！？、「」 ]|[א-תا-ي؟.،\u{200f} ]|\PC){0,200}"#;

proptest! {
    #[test]
    fn spans_are_exact(text in MIXED, language in "(en|de|es|fr|ja|zh|ar|he|xx)") {
        let mut end = 0;
        for span in sentences_in(&text, &language) {
            prop_assert!(span.start >= end && span.start < span.end);
            prop_assert!(text[end..span.start].trim().is_empty());
            let sentence = &text[span.range()];
            prop_assert_eq!(sentence, sentence.trim());
            end = span.end;
        }
        prop_assert!(text[end..].trim().is_empty());
    }
}
