//! Tells the article from what surrounds it on a page, by general patterns of
//! news sites and never by site. Three passes, each only marking pieces:
//! single lines, older FAQ and topic lists, everything after the end.

use super::piece::Piece;

mod faq;
mod lines;
mod tail;

pub(super) use lines::furniture;

/// Marks what is not article.
pub(super) fn clean(pieces: &mut [Piece]) {
    lines::mark(pieces);
    faq::mark(pieces);
    tail::mark(pieces);
}
