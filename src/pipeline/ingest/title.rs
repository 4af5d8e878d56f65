//! Settles the title: the caller's word first, then what the source shows as
//! its headline, then what its metadata says. Only chooses; the text of the
//! article stays as it is.

use crate::pipeline::article::BlockKind;

use super::piece::Piece;
use crate::text::mapped::Mapped;

/// A headline has at least so many words; less is a section name or a menu.
const MIN_HEADLINE_WORDS: usize = 4;
/// Unpunctuated text before the headline is a menu up to this many words.
const MAX_MENU_WORDS: usize = 8;

/// Puts the title first and says whether there is one.
pub(super) fn settle(
    pieces: &mut Vec<Piece>,
    given: Option<&str>,
    metadata: Option<&Mapped>,
) -> bool {
    let shown = headline(pieces);
    let told = metadata.filter(|_| shown.is_none()).cloned();
    let wanted = given.map(Mapped::inserted).or(told);
    match (
        wanted.and_then(|title| Piece::new(BlockKind::Heading(1), &title)),
        shown,
    ) {
        (Some(title), Some(at)) if is_same(&title.text, &pieces[at].text) => lift(pieces, at),
        (Some(title), _) => pieces.insert(0, title),
        (None, Some(at)) => lift(pieces, at),
        (None, None) => return false,
    }
    demote_others(pieces);
    drop_kickers(pieces);
    true
}

/// Index of the heading that is the headline: a level 1 heading wherever it
/// stands before the second paragraph, or a heading before the body.
fn headline(pieces: &[Piece]) -> Option<usize> {
    let body = pieces
        .iter()
        .position(|piece| piece.is_kept() && piece.is_prose())
        .unwrap_or(pieces.len());
    let kept_headings = |is_wanted: &dyn Fn(&Piece) -> bool, end: usize| {
        pieces
            .iter()
            .take(end)
            .position(|piece| piece.is_kept() && piece.is_heading() && is_wanted(piece))
    };
    let is_top = |piece: &Piece| piece.kind == BlockKind::Heading(1);
    let is_long = |piece: &Piece| piece.weight >= MIN_HEADLINE_WORDS;
    kept_headings(&|piece| is_top(piece) && is_long(piece), body)
        .or_else(|| kept_headings(&is_top, body))
        .or_else(|| kept_headings(&is_top, pieces.len()))
        .or_else(|| kept_headings(&is_long, body))
        .or_else(|| kept_headings(&|_| true, body))
}

/// Moves the headline to the front. What stood before it and is no sentence
/// was a menu.
fn lift(pieces: &mut Vec<Piece>, at: usize) {
    for piece in pieces.iter_mut().take(at) {
        if piece.weight <= MAX_MENU_WORDS && !piece.is_prose() {
            piece.drop_as("navigation");
        }
    }
    let mut title = pieces.remove(at);
    title.kind = BlockKind::Heading(1);
    pieces.insert(0, title);
}

/// Only the title has level 1.
fn demote_others(pieces: &mut [Piece]) {
    for piece in pieces.iter_mut().skip(1) {
        if piece.kind == BlockKind::Heading(1) {
            piece.kind = BlockKind::Heading(2);
        }
    }
}

/// Drops labels that stand between furniture (a byline, a comment count) and
/// the first paragraph: the page's category, and no section of the article.
fn drop_kickers(pieces: &mut [Piece]) {
    let body = pieces
        .iter()
        .position(|piece| piece.is_kept() && piece.is_prose());
    for at in 1..body.unwrap_or(0) {
        // What follows the stamp of a live blog heads its post.
        let before = pieces[at - 1].dropped;
        let follows_furniture = before.is_some_and(|reason| reason != "live_stamp");
        let is_label = pieces[at].weight <= MAX_MENU_WORDS && !pieces[at].is_prose();
        if pieces[at].is_kept() && follows_furniture && is_label {
            pieces[at].drop_as("kicker");
        }
    }
}

fn is_same(left: &str, right: &str) -> bool {
    let folded = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    folded(left) == folded(right)
}
