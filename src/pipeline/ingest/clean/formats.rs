//! Furniture that belongs to a kind of article: the time stamps and labels of a
//! live blog, the markers, contacts and company portrait of a press release.
//! Marks pieces by their own shape; never touches running text.

use crate::pipeline::article::BlockKind;
use crate::pipeline::ingest::piece::{Piece, ends_sentence, kept_weight};
use crate::text::pattern::Pattern;

/// A line of contacts is not longer.
const MAX_CONTACT_WORDS: usize = 40;
/// "About" and a company.
const MAX_ABOUT_WORDS: usize = 8;

static STAMP: Pattern = Pattern::new(
    r"^(?i:(?:key|pinned|latest) (?:events?|posts?|updates?|moments?)|(?:at )?\d{1,2}[.:h]\d{2}(?: ?[ap]\.?m\.?)?(?: ?[a-z]{2,4})?|\d{1,2} ?[ap]\.?m\.?(?: ?[a-z]{2,4})?)$",
);
static RELEASE: Pattern = Pattern::new(
    r"^(?i:for immediate release|embargo(?:ed)?\b|(?:press|news|media) release)(?:[:,. –-].{0,60})?$",
);
static END: Pattern = Pattern::new(r"^(?i:#{3,}|# # #|[-–—*(]+ ?(?:ends?|30) ?[-–—*)]+|ENDS)$");
static CONTACT: Pattern = Pattern::new(
    r"^(?i:(?:(?:media|press|news|investor) )?(?:contacts?|enquiries|inquiries)\s*:?\s*$|(?:(?:media|press|news|investor) (?:contacts?|enquiries|inquiries)|contacts?:)\b.*|notes? (?:to|for) editors?\b.{0,20})$",
);
static ABOUT: Pattern = Pattern::new(r"^(?:About|ABOUT) (?:the |THE )?\p{Lu}");

/// Marks what is furniture of its kind of article.
pub(super) fn mark(pieces: &mut [Piece]) {
    for piece in pieces.iter_mut().filter(|piece| is_line(piece)) {
        if STAMP.is_match(&piece.text) {
            piece.drop_as("live_stamp");
        }
    }
    if is_release(pieces) {
        mark_release(pieces);
    }
}

/// Rows of a table and items of a list may be nothing but a time.
fn is_line(piece: &Piece) -> bool {
    matches!(piece.kind, BlockKind::Paragraph | BlockKind::Heading(_))
}

/// A release says so at its head, or closes with its sign.
fn is_release(pieces: &[Piece]) -> bool {
    let head = pieces.iter().take(HEAD_PIECES);
    head.clone().any(|piece| RELEASE.is_match(&piece.text))
        || pieces
            .iter()
            .skip(pieces.len() / 2)
            .any(|piece| END.is_match(&piece.text))
}

/// Pieces among which a release says what it is.
const HEAD_PIECES: usize = 6;

/// Drops the markers and contacts, and from the portrait of the company on all
/// that follows, if most of the release stands before it.
fn mark_release(pieces: &mut [Piece]) {
    let total = kept_weight(pieces);
    let mut before = 0;
    let mut is_over = false;
    for piece in pieces {
        is_over |= before * 2 >= total && (is_portrait(piece) || END.is_match(&piece.text));
        let is_contact = piece.weight <= MAX_CONTACT_WORDS && CONTACT.is_match(&piece.text);
        if RELEASE.is_match(&piece.text) || END.is_match(&piece.text) {
            piece.drop_as("press_release");
        } else if is_over || is_contact {
            piece.drop_as("boilerplate");
        }
        if piece.is_kept() {
            before += piece.weight;
        }
    }
}

fn is_portrait(piece: &Piece) -> bool {
    piece.weight <= MAX_ABOUT_WORDS && !ends_sentence(&piece.text) && ABOUT.is_match(&piece.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(pattern: &Pattern, text: &str) -> bool {
        assert!(pattern.compiles());
        pattern.is_match(text)
    }

    #[test]
    fn stamps_are_told_from_text() {
        for text in [
            "17.42",
            "9:05",
            "9:05 a.m.",
            "11am",
            "14:30 GMT",
            "Key event",
            "KEY EVENTS",
        ] {
            assert!(has(&STAMP, text), "{text}");
        }
        for text in [
            "1,742",
            "17.425",
            "3.5 percent",
            "Key events of 1914",
            "It was 17.42",
            "1984",
        ] {
            assert!(!has(&STAMP, text), "{text}");
        }
    }

    #[test]
    fn the_marks_of_a_release_are_told_from_text() {
        for text in [
            "FOR IMMEDIATE RELEASE",
            "Press release: 4 May",
            "Embargoed until 9am",
        ] {
            assert!(has(&RELEASE, text), "{text}");
        }
        for text in ["###", "# # #", "-ENDS-", "- 30 -", "ENDS"] {
            assert!(has(&END, text), "{text}");
        }
        for text in [
            "Media contact: Ann Lee, press@site.example",
            "Contacts",
            "Notes to editors",
        ] {
            assert!(has(&CONTACT, text), "{text}");
        }
        assert!(ABOUT.is_match("About Hallam Grid") && !ABOUT.is_match("About 40 people came"));
        for text in [
            "Contact lenses are lost",
            "Contacts between the two were rare",
            "It ends here",
        ] {
            assert!(!has(&CONTACT, text) && !has(&END, text), "{text}");
        }
    }
}
