//! Tells the article from what surrounds it on a page, by general patterns of
//! news sites and never by site. Passes that only mark pieces: single lines, the
//! furniture of a kind of article, older FAQ and topic lists, everything after the
//! end; and one that parts an agency's dateline from its sentence.

use super::piece::Piece;

mod faq;
mod foreign;
mod formats;
mod lines;
mod tail;
mod wire;

pub(super) use lines::furniture;

/// Marks what is not article.
pub(super) fn clean(pieces: &mut Vec<Piece>) {
    lines::mark(pieces);
    formats::mark(pieces);
    wire::part_datelines(pieces);
    faq::mark(pieces);
    tail::mark(pieces);
}
