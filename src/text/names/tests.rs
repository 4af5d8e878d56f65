//! What counts as a name, which mentions are one, and which claims name others.

use super::*;
use proptest::prelude::*;

fn mentioned(text: &str) -> Vec<&str> {
    name_mentions(text)
        .into_iter()
        .map(|span| span.of(text))
        .collect()
}

#[test]
fn it_is_known_where_names_are_written_like_other_words() {
    let text = "The mayor of harlow, dana ruiz, closed the elm road pool on monday after a survey \
        found cracks in its roof. Ruiz said that repairs would cost more than a new pool.";
    assert!(lacks_capitals(text));
    assert!(!lacks_capitals(&text.replace("dana ruiz", "Dana Ruiz")));
    assert!(!lacks_capitals(""));
}

#[test]
fn runs_of_capitals_are_names() {
    assert_eq!(
        mentioned(
            "On Tuesday the U.N. Security Council met Ole bin Salim and Park Soo-jin, \
             who runs the Ministry of Natural Resources in St. Olaf."
        ),
        [
            "U.N. Security Council",
            "Ole bin Salim",
            "Park Soo-jin",
            "Ministry of Natural Resources",
            "St. Olaf"
        ]
    );
}

#[test]
fn titles_possessives_and_dates_are_cut_off() {
    assert_eq!(
        mentioned("In May, Norwegian Prime Minister Ada Berg’s train left Oslo Friday."),
        ["Norwegian", "Ada Berg", "Oslo"]
    );
    assert_eq!(
        mentioned("He met Minister of Public Works Jon Lie and Mr. Dahl, the Mayor."),
        ["Jon Lie", "Dahl"]
    );
    assert_eq!(
        mentioned("They read Martin Luther King."),
        ["Martin Luther King"]
    );
    assert_eq!(
        mentioned("A Bergen-based firm hired Theresa May."),
        ["Bergen", "Theresa May"]
    );
}

#[test]
fn the_first_word_of_a_sentence_must_prove_itself() {
    assert!(mentioned("Residents left. Speculation grew. Four stayed.").is_empty());
    assert_eq!(
        mentioned("Berg left. Former Senator Lie stayed."),
        ["Berg", "Lie"]
    );
    assert!(mentioned("Ferries left, and more ferries came.").is_empty());
    assert_eq!(mentioned("NASA called."), ["NASA"]);
}

#[test]
fn forms_of_one_name_are_merged() {
    let found = names(
        "Ferry Opens In Oslo Fjord\n\nPrime Minister Berg Ada Li opened the ferry. Berg thanked \
         Jon Lie of the Norway-Sweden office. Lie said Norwegian and Swedish crews came from \
         Norway and Sweden. North Korea and South Korea sent Lie a note.",
    );
    let list: Vec<_> = found
        .iter()
        .map(|name| (name.text.as_str(), name.count))
        .collect();
    assert_eq!(
        list,
        [
            ("Jon Lie", 3),
            ("Norway", 3),
            ("Berg Ada Li", 2),
            ("Sweden", 2),
            ("Swedish", 1),
            ("North Korea", 1),
            ("South Korea", 1)
        ]
    );
}

#[test]
fn what_opens_a_sentence_is_no_part_of_a_name() {
    let found = names("Archaeologist Ada Berg dug. They met Ada Berg. Unshaven he came.");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].text.as_str(), found[0].count), ("Ada Berg", 2));
}

#[test]
fn names_in_other_words_are_supported() {
    let evidence = "The United Nations and American, Russian and Ukrainian envoys met Ada Berg; the \
        World Health Organization and NATO watched, as did the U.S. Senate and Chinese experts.";
    for claim in [
        "The U.N. met.",
        "The US and Russia met Berg.",
        "Ukraine sent President Berg to China.",
        "The WHO and the North Atlantic Treaty Organization watched.",
        "The United States Senate watched the Americans.",
    ] {
        assert!(
            unsupported_names(claim, evidence).is_empty(),
            "{claim}: {:?}",
            unsupported_names(claim, evidence)
        );
    }
}

#[test]
fn names_that_the_evidence_lacks_are_refused() {
    let evidence = "Ada Berg met Russian envoys in Austria with Martin.";
    assert_eq!(
        unsupported_names("Jon Berg met Prussia and Martinez in Australia.", evidence),
        ["Jon Berg", "Prussia", "Martinez", "Australia"]
    );
    assert_eq!(unsupported_names("Macron met Berg.", evidence), ["Macron"]);
}

#[test]
fn common_words_are_found() {
    assert!(lexicon::is_common("authorities") && lexicon::is_common("years"));
    assert!(!lexicon::is_common("berg"));
}

#[test]
fn long_inputs_take_linear_time() {
    let text: String = (0..20_000)
        .map(|n| format!("Aa{n} Zed met U.S. Ab-Cd. "))
        .collect();
    assert!(!names(&text).is_empty());
}

proptest! {
    #[test]
    fn any_text_has_spans_in_order(text in "([A-Z][a-z]?|U\\.N\\.|Jr|May|Minister|of|the|’s|[ .\\-&\n])*|\\PC*") {
        let mut end = 0;
        for span in name_mentions(&text) {
            prop_assert!(span.start >= end && !span.of(&text).is_empty());
            end = span.end;
        }
        let _ = names(&text);
    }

    #[test]
    fn a_text_supports_its_own_names(text in "([A-Z][a-z]{1,5}|U\\.N\\.|Minister|of|said|[ .\\-])*") {
        prop_assert_eq!(unsupported_names(&text, &text), Vec::<String>::new());
    }
}
