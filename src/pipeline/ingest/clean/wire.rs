//! What news agencies put around a story: slugs, end marks, and the dateline
//! before its first sentence, which is parted from it. Every word kept stays as
//! it is and where it is.

use std::sync::LazyLock;

use regex::Regex;

use crate::pipeline::article::BlockKind;
use crate::pipeline::ingest::piece::Piece;
use crate::text::span::Span;

/// Lines of agencies, in the case in which agencies write them.
pub(super) const RULES: &[(&str, &str)] = &[
    (
        "wire",
        r"^(?:-+ ?(?:30|0|end|ends|more) ?-+|#(?: ?#){2,}|\*(?: ?\*){2,}|ends|\(?more\)?|\(?more to (?:come|follow)\)?[.…]*|\(?end\)?|\(?ends\)?|- ?(?:mehr|ende) ?-|embargoed (?:until|for) .{2,80}|for immediate release:?)$",
    ),
    (
        "wire",
        r"^(?-i:(?:[A-Z]{2,6}-)(?:[A-Z0-9]+[-/])*[A-Z0-9]+(?:,? ?\(?(?:UPDATE|REPEAT|CORRECTED|PIX|TV|PICTURE|GRAPHIC)[A-Z0-9 ,]*\)?)?(?:, \d.{0,20})?)$",
    ),
    (
        "wire",
        r"^(?-i:(?:URGENT|BREAKING|UPDATE \d+|CORRECTED|REPEAT|ALERT|SLUG|EDITORS'? NOTE|EDS)(?:[:-].{0,80})?)$",
    ),
];

/// `BERLIN, Nov 3 (Reuters) - `: a place in capitals, perhaps a date, an agency.
static DATELINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^\p{Lu}[\p{Lu} .,'’/-]{1,60}?(?:, [\p{L} .]{2,30})?(?:, (?:\p{L}{3,9}\.? \d{1,2}|\d{1,2}\.? \p{L}{3,9}\.?))? ?\((?:[Rr]euters|AP|AFP|dpa|DPA|EFE|ANSA|UPI|PTI|ANI|CNN|Xinhua|Kyodo|Yonhap|Bloomberg|Interfax|TASS|PA|KNA|epd|APA|SDA|Europa Press|Agencias)[^)]{0,30}\)\s?(?:[-–—_]{1,2})\s+",
    )
    .ok()
});

/// Parts datelines from the paragraphs that they open.
pub(super) fn part_datelines(pieces: &mut Vec<Piece>) {
    let opened = pieces.iter().position(|piece| {
        piece.is_kept() && piece.kind == BlockKind::Paragraph && dateline(&piece.text).is_some()
    });
    let Some(at) = opened else {
        return;
    };
    let Some(end) = dateline(&pieces[at].text) else {
        return;
    };
    let text = &pieces[at].text;
    let (head, rest) = (Span::new(0, end), Span::new(end, text.len()));
    let parts = (
        Piece::refused("dateline", &text.without(&[rest])),
        Piece::new(BlockKind::Paragraph, &text.without(&[head])),
    );
    if let (Some(line), Some(paragraph)) = parts {
        pieces[at] = paragraph;
        pieces.insert(at, line);
    }
}

fn dateline(text: &str) -> Option<usize> {
    Some(DATELINE.as_ref()?.find(text)?.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datelines_end_where_the_sentence_starts() {
        let cases = [
            ("BERLIN (Reuters) - ", "The council voted."),
            ("PORT ELLERY, Nov 3 (Reuters) - ", "The council voted."),
            ("ST. JOHN'S, Newfoundland (AP) — ", "It rained."),
        ];
        for (line, rest) in cases {
            assert_eq!(
                dateline(&format!("{line}{rest}")),
                Some(line.len()),
                "{line}"
            );
        }
        for sentence in [
            "NATO (the alliance) - a pact.",
            "The port (AP) - it said.",
            "UN: no.",
        ] {
            assert_eq!(dateline(sentence), None, "{sentence}");
        }
    }
}
