//! HTML to pieces: a fragment from a content system or a whole page. Parses it,
//! finds the part that holds the article, walks it without recursion. Knows
//! elements and classes; patterns of the text itself are in `clean`.

use std::collections::HashSet;

use crate::pipeline::SourceScope;
use crate::pipeline::article::Scope;
use crate::pipeline::error::PipelineError;

use super::Reading;
use super::piece::Piece;

mod build;
mod choose;
mod date;
mod dom;
mod hidden;
mod linked_data;
mod measure;
mod metadata;
mod names;
mod refuse;
mod tokens;
mod walk;

use choose::Content;
use dom::Dom;
use measure::Measures;
use refuse::{Rules, Verdicts};

#[cfg(test)]
mod tests;

/// Words from which on two pieces are the same by no accident.
const MIN_REPEATED_WORDS: usize = 8;

/// Reads HTML: as much of it as `scope` says.
pub(super) fn read(
    source: &str,
    scope: SourceScope,
    max_nodes: usize,
) -> Result<Reading, PipelineError> {
    let dom = tokens::parse(source, max_nodes);
    if dom.is_cut {
        return Err(PipelineError::TooManyNodes { limit: max_nodes });
    }
    let scope = match scope {
        SourceScope::Body => Scope::Body,
        SourceScope::Page => Scope::Page,
        SourceScope::Auto => told_by(&dom),
    };
    let rules = match scope {
        Scope::Body => Rules::Body,
        Scope::Page => Rules::Page,
    };
    let verdicts = Verdicts::of_all(&dom, rules);
    let measures = Measures::of(&dom, &verdicts);
    let content = match scope {
        Scope::Body => Content::all(&dom, &measures),
        Scope::Page => Content::of_page(&dom, &verdicts, &measures),
    };
    let mut pieces = walk::walk(&dom, &verdicts, &measures, &content);
    if scope == Scope::Page {
        mark_repeated(&mut pieces.inside);
    }
    let (metadata, title) = metadata::read(&dom);
    Ok(Reading {
        pieces: pieces.inside,
        outside: pieces.outside,
        title,
        metadata,
        scope,
    })
}

/// Galleries and teasers print a page's captions and paragraphs once more.
fn mark_repeated(pieces: &mut [Piece]) {
    let mut seen = HashSet::new();
    for piece in pieces.iter_mut().filter(|piece| piece.is_kept()) {
        if piece.words >= MIN_REPEATED_WORDS && !seen.insert(piece.text.to_string()) {
            piece.drop_as("repeated");
        }
    }
}

/// A page says that it is one, or has what only pages have.
fn told_by(dom: &Dom<'_>) -> Scope {
    let is_of_pages = dom.elements().any(|element| {
        let is_quoted = || {
            element
                .ancestors()
                .any(|around| around.name == "blockquote")
        };
        element.name == "nav" || (element.name == "footer" && !is_quoted())
    });
    if dom.says_page || is_of_pages {
        Scope::Page
    } else {
        Scope::Body
    }
}
