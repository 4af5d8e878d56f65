//! What the parent module promises, on texts of our own.

use proptest::prelude::*;

use super::*;
use crate::digest::SummaryForm;
use crate::pipeline::options::{ReadingLevel, Tone};
use crate::pipeline::understand::read;
use crate::pipeline::understand::tests::{article, split};

/// Options as a caller may ask for them, and shorter answers than that.
pub(super) fn asked(count: usize, max_answer_words: usize) -> DigestOptions {
    DigestOptions {
        count,
        max_answer_words,
        include_source: false,
        summary: SummaryForm::Medium,
        summary_sentences: 4,
        tone: Tone::Neutral,
        reading_level: ReadingLevel::Default,
        without_model: false,
        house_style: None,
        lane: crate::lane::Lane::default(),
    }
}

fn drafted(source: &str) -> Draft {
    let article = article(source);
    draft(&article, &read(&article, split), &asked(8, 60)).main
}

fn questions(source: &str) -> Vec<String> {
    let pairs = drafted(source).pairs;
    pairs.into_iter().map(|pair| pair.question).collect()
}

#[test]
fn templates_ask_what_the_sentence_answers() {
    for (sentence, question) in [
        (
            "Ada Berg, a physicist from Bergen, won.",
            "Who is Ada Berg?",
        ),
        (
            "The train stopped at Finse, a station on the line.",
            "What is Finse?",
        ),
        (
            "Mayor Ada Berg arrived in Oslo on Tuesday.",
            "When did Ada Berg arrive in Oslo?",
        ),
        ("Ada Berg was born in Bergen.", "Where was Ada Berg born?"),
        ("Oslo was closed because snow fell.", "Why was Oslo closed?"),
        (
            "Norled raised $5 million for ferries.",
            "How much did Norled raise?",
        ),
        (
            "Ada Berg said that more ferries reach Bergen now.",
            "What did Ada Berg say about Bergen?",
        ),
        (
            "While Norled is expected to grow, prices stay.",
            "What is Norled expected to do?",
        ),
        (
            "The United States has expressed concern about ice.",
            "What has the United States expressed concern about?",
        ),
        (
            "U.S. officials say that ice reached Oslo.",
            "What do U.S. officials say about Oslo?",
        ),
    ] {
        assert_eq!(questions(sentence), [question], "{sentence}");
    }
}

#[test]
fn unsure_sentences_give_no_question() {
    for sentence in [
        "He was born in Bergen.",
        "When Ada Berg was waiting in 2009 it rained.",
        "Ada Berg was late because she slept and he did not wake her, as it happens.",
        "Oslo, Bergen and Finse were closed.",
        "Ferries cross the fjord.",
        "Ada Berg’s train arrived in Oslo on Tuesday.",
        "Norled ran until Tuesday.",
        "Ada Berg, a physicist from Bergen, said: \"Ice is cold.",
        "Earlier, Ada Berg, a physicist from Bergen, left.",
    ] {
        let asked = questions(sentence);
        assert!(
            asked
                .iter()
                .all(|question| question == "Why was Ada Berg late?"),
            "{sentence} {asked:?}"
        );
    }
}

#[test]
fn headings_that_ask_are_asked() {
    let source =
        "# Ferries\n\nOslo waits.\n\n# How do electric ferries charge?\n\nThe quay has plugs.";
    let pairs = drafted(source).pairs;
    assert_eq!(pairs[0].question, "How do electric ferries charge?");
    assert_eq!(pairs[0].answer, ["The quay has plugs."]);
}

#[test]
fn answers_are_verbatim_and_bounded() {
    let article =
        article("Ada Berg, a physicist from Bergen, won. She was glad. Jon Lie, a poet, lost.");
    let understanding = read(&article, split);
    let pairs = draft(&article, &understanding, &asked(8, 60)).main.pairs;
    assert_eq!(
        pairs[0].answer,
        ["Ada Berg, a physicist from Bergen, won.", "She was glad."]
    );
    let short = draft(&article, &understanding, &asked(1, 8)).main.pairs;
    assert_eq!(short.len(), 1);
    assert_eq!(short[0].answer.len(), 1);
    assert!(
        draft(&article, &understanding, &asked(8, 3))
            .main
            .pairs
            .is_empty()
    );
}

#[test]
fn summary_is_verbatim_in_order_and_self_contained() {
    let lead = "The city of Oslo bought four electric ferries from Ada Berg in May.";
    let last = "Ada Berg says that captains need no new licence for the quiet ships.";
    let draft = drafted(&format!(
        "{lead} It rained in Oslo on the ferries that day again.\n\n{last}"
    ));
    assert_eq!(draft.summaries, [[lead, last]]);
}

#[test]
fn topics_are_names_and_noun_phrases() {
    let draft = drafted(
        "# Oslo Ferries\n\nOslo thanked Ada Berg. Then Berg thanked Oslo and Norwegian crews.\n\n\
         # Background\n\nOslo waits.\n\n# Ticket prices\n\nMany ticket prices stay.\n\n\
         # Winter timetable\n\nNobody knows.",
    );
    assert_eq!(draft.topic, ["Oslo Ferries", "Oslo and Ada Berg", "Oslo"]);
    assert_eq!(draft.related, ["Oslo", "Ada Berg", "Ticket prices"]);
    let title = "The siege of the legations in Peking, summer 1900";
    let named = drafted(&format!("# {title}\n\nPeking fell. It was besieged."));
    assert_eq!(named.topic[0], "siege of the legations in Peking");
    assert_eq!(topics::as_noun_phrase("Mayor Defies Winter Storm"), None);
    assert_eq!(topics::as_noun_phrase("Ada Berg opens bridge"), None);
}

proptest! {
    #[test]
    fn any_article_can_be_drafted(
        source in "(# |[A-Z][a-z]{1,4}|, a city|, |is expected to|said that|on Tuesday|because|[. ’]|\n\n|\\PC)*",
        words in 0usize..80,
    ) {
        let article = article(&source);
        let found = draft(&article, &read(&article, split), &asked(8, words)).main;
        for pair in &found.pairs {
            prop_assert!(pair.question.ends_with('?'));
            let all: usize = pair.answer.iter().map(|s| s.split_whitespace().count()).sum();
            prop_assert!(all <= words);
            prop_assert!(pair.answer.iter().all(|s| article.text.contains(s.as_str())));
        }
    }
}
