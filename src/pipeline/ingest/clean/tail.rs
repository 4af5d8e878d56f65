//! What follows the end of an article on a page: comment threads, teasers, the
//! footer. An early look-alike must never cost the body, so a marker ends the
//! article only when most of the text stands before it.

use crate::pipeline::ingest::piece::{Piece, kept_weight};

use super::lines::furniture;

/// Words before a comment thread that make it certain that the body is over,
/// however long the thread.
const MIN_WORDS_BEFORE_THREAD: usize = 80;
/// Teasers that a box in the midst of an article has at most.
const MAX_BOX_PIECES: usize = 6;
/// Words of a paragraph that is no teaser's.
const MIN_LONG_WORDS: usize = 40;
/// Pieces after a comments heading that are searched for a comment.
const THREAD_LOOK_AHEAD: usize = 6;

/// Marks the first end of the article and everything after it, and short
/// teasers under earlier look-alikes.
pub(super) fn mark(pieces: &mut [Piece]) {
    let total = kept_weight(pieces);
    let mut before = 0;
    for index in 0..pieces.len() {
        if let Some(reason) = marker(&pieces[index]) {
            if is_end(pieces, index, reason, before, total) {
                return drop_rest(&mut pieces[index..], reason);
            }
            if reason == "related" {
                drop_teasers(&mut pieces[index + 1..]);
            }
        }
        if pieces[index].is_kept() {
            before += pieces[index].weight;
        }
    }
}

/// The reason of a line that may end an article.
fn marker(piece: &Piece) -> Option<&'static str> {
    if piece.weight > 8 || piece.text.contains(": ") {
        return None;
    }
    furniture(&piece.text).filter(|reason| matches!(*reason, "comments" | "related"))
}

fn is_end(
    pieces: &[Piece],
    index: usize,
    reason: &'static str,
    before: usize,
    total: usize,
) -> bool {
    if reason == "related" && goes_on(&pieces[index + 1..]) {
        return false;
    }
    let is_thread = reason == "comments" && is_thread(&pieces[index..]);
    before * 2 >= total || (is_thread && before >= MIN_WORDS_BEFORE_THREAD)
}

/// Whether the article goes on after a few teasers: with a paragraph longer than
/// teasers have, or two that nothing parts. Teasers have a title each, be it left
/// out already.
fn goes_on(rest: &[Piece]) -> bool {
    let is_paragraph = |piece: &Piece| piece.is_kept() && !piece.is_link && piece.is_prose();
    let Some(at) = rest.iter().position(is_paragraph) else {
        return false;
    };
    let box_pieces = rest.iter().take(at);
    let is_over = |piece: &Piece| marker(piece).is_some_and(|reason| reason == "comments");
    let is_teaser = |piece: &&Piece| matches!(piece.dropped, None | Some("related"));
    let is_long = rest
        .iter()
        .skip(at)
        .take(1)
        .any(|it| it.weight >= MIN_LONG_WORDS);
    !box_pieces.clone().any(is_over)
        && box_pieces.filter(is_teaser).count() <= MAX_BOX_PIECES
        && (is_long || rest.get(at + 1).is_some_and(is_paragraph))
}

/// Whether a comment's signature stands close by: a "Reply" line, or a name
/// with a date.
fn is_thread(pieces: &[Piece]) -> bool {
    let signatures = pieces
        .iter()
        .skip(1)
        .take(THREAD_LOOK_AHEAD)
        .filter(|piece| matches!(furniture(&piece.text), Some("byline" | "comments")));
    signatures.count() >= 2
}

/// Drops to the end; a later marker gives the reason from there on.
fn drop_rest(pieces: &mut [Piece], first_reason: &'static str) {
    let mut reason = first_reason;
    for piece in pieces {
        match furniture(&piece.text) {
            Some(line @ ("comments" | "footer")) => reason = line,
            Some("related") if reason == "footer" => reason = "related",
            _ => {}
        }
        piece.drop_as(reason);
    }
}

/// Drops the labels and list items that follow a teaser heading.
fn drop_teasers(pieces: &mut [Piece]) {
    let is_teaser = |piece: &Piece| {
        piece.is_kept() && (piece.is_link || !(piece.is_prose() || piece.is_heading()))
    };
    for piece in pieces.iter_mut().take_while(|piece| is_teaser(piece)) {
        piece.drop_as("related");
    }
}
