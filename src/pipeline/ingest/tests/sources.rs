//! Places in the input: whatever is read stands in the bytes as sent where the
//! article says so, for arbitrary input.

use proptest::prelude::*;

use super::*;
use crate::text::sentences::sentences;
use crate::text::span::Span;

/// Without white space and what shows nothing.
fn bare(text: &str) -> String {
    let shown = |c: &char| {
        !c.is_whitespace()
            && !c.is_control()
            && !"\u{200b}\u{200e}\u{200f}\u{ad}\u{feff}".contains(*c)
    };
    text.chars().filter(shown).collect()
}

/// Pasted text of any script, without markup.
fn pastes() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        "[a-zA-Zé“”.?! \n]{0,40}",
        "[\u{5d0}-\u{5ea} .\n]{0,20}",
        "[\u{627}-\u{64a}\u{200f} ،.\n]{0,20}",
        "[\u{4e00}-\u{4e40}。「」\n]{0,20}",
        prop::sample::select(vec![
            "\n\n",
            "\r\n",
            "- ",
            "2. ",
            "• ",
            "FAQ\n\n",
            "Who pays?\n",
            "3 comments\n\n",
            "Reply\n",
            "\u{200b}",
            "\u{ad}",
            "\u{2028}",
            "BERLIN (Reuters) - The ",
            "A sentence that is long enough to be one. ",
            "👩\u{200d}👧 ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(parts, 0..30).prop_map(|parts| parts.concat())
}

/// Markdown with everything that changes text on the way.
fn documents() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        "[a-zA-Zé. \n]{0,30}",
        prop::sample::select(vec![
            "\n\n",
            "# ",
            "- ",
            "  - ",
            "> ",
            "*b*",
            "`c d`",
            "``a ` b``",
            "[t](u)",
            "[t][r]\n\n[r]: u\n\n",
            "&amp;",
            "\\*",
            "| a | b |\n|---|---|\n| c | `d|e` |\n",
            "[^1]\n\n[^1]: note\n\n",
            "<b>x</b>",
            "\n\n<div>raw &lt; <i>h</i></div>\n\n",
            "\n\n<table><tr><td>k<td>l</table>\n\n",
            "> <p>\n> q",
            "<p hidden>",
            "</p>\n\n",
            "<!-- c -->",
            "\n---\n",
            "- [x] done\n",
            "```\ncode\n```\n",
            "~~s~~",
            "![i](u)",
            "<https://a.example>",
            "é\u{ad}e",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(parts, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn plain_text_is_reproduced_by_its_place(source in pastes()) {
        let input = input(SourceKind::Text, &source);
        let Ok(article) = super::super::read(&input, &limits()) else {
            return Ok(());
        };
        for block in &article.blocks {
            let spans = sentences(article.block_text(block));
            let spans = spans.into_iter().map(|span| span.shifted(block.span.start));
            for span in spans.chain([block.span]) {
                let place = article.origin.input(span).unwrap();
                prop_assert_eq!(bare(&source[place.start..place.end]), bare(span.of(&article.text)));
            }
        }
        for dropped in &article.dropped {
            let place = dropped.input.unwrap();
            prop_assert!(bare(&source[place.start..place.end]).starts_with(&bare(&dropped.excerpt)));
        }
    }

    #[test]
    fn markdown_is_reproduced_character_by_character(source in documents()) {
        let input = input(SourceKind::Markdown, &source);
        let Ok(article) = super::super::read(&input, &limits()) else {
            return Ok(());
        };
        let article = &article;
        let characters = article.blocks.iter().flat_map(|block| {
            let start = block.span.start;
            article.block_text(block).char_indices().map(move |(at, c)| (start + at, c))
        });
        for (at, character) in characters.filter(|(_, c)| !c.is_whitespace()) {
            let Some(place) = article.origin.input(Span::new(at, at + character.len_utf8())) else {
                // The separator of a table's cells.
                prop_assert_eq!(character, ';');
                continue;
            };
            let sent = &source[place.start..place.end];
            prop_assert!(sent.contains(character) || sent.starts_with('&'), "{:?} from {:?}", character, sent);
        }
    }

    #[test]
    fn places_lie_in_the_input(kind in kinds(), source in sources()) {
        let input = input(kind, &source);
        let Ok(article) = super::super::read(&input, &limits()) else {
            return Ok(());
        };
        let findings = article.findings.iter().filter_map(|it| it.input);
        let faqs = article.older_faqs.iter().filter_map(|it| it.input);
        let dropped = article.dropped.iter().filter_map(|it| it.input);
        for place in findings.chain(faqs).chain(dropped) {
            prop_assert!(source.get(place.start..place.end).is_some(), "{place:?}");
        }
        for instruction in &article.instructions {
            prop_assert!(article.is_instruction(*instruction));
        }
    }
}
