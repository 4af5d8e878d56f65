//! Tells the article from what surrounds it on a page, by general patterns of
//! news sites and never by site. Four passes, each only marking pieces:
//! single lines, the furniture of a kind of article, older FAQ and topic lists, everything after the end.

use super::piece::Piece;

mod faq;
mod formats;
mod lines;
mod tail;

pub(super) use lines::furniture;

/// Marks what is not article.
pub(super) fn clean(pieces: &mut [Piece]) {
    lines::mark(pieces);
    formats::mark(pieces);
    faq::mark(pieces);
    tail::mark(pieces);
}
