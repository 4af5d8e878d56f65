//! HTML to pieces: a fragment from a CMS or a whole page. Parses a tamed copy,
//! finds the element that holds the article, walks it without recursion.
//! Knows elements and classes; patterns of the text itself are in `clean`.

use scraper::Html;

use super::Reading;

mod page;
mod refuse;
mod tame;
mod walk;

/// Reads HTML.
pub(super) fn read(source: &str) -> Reading {
    let html = Html::parse_document(&tame::tame(source));
    let sizes = page::TextSizes::measure(&html);
    let root = page::root(&html, &sizes);
    Reading {
        pieces: walk::walk(root, &sizes),
        title: page::title(&html),
    }
}
