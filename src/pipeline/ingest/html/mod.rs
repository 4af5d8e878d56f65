//! HTML to pieces: a fragment from a content system or a whole page. Parses it,
//! finds the part that holds the article, walks it without recursion. Knows
//! elements and classes; patterns of the text itself are in `clean`.

use std::collections::HashSet;

use crate::pipeline::SourceScope;
use crate::pipeline::article::Scope;
use crate::pipeline::error::PipelineError;
use crate::text::mapped::Mapped;
use crate::text::span::Span;

use super::Reading;
use super::piece::Piece;

mod build;
mod choose;
mod dom;
mod hidden;
mod linked_data;
mod measure;
mod metadata;
pub(super) mod names;
mod refuse;
mod styles;
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
    let scope = match scope {
        SourceScope::Body => Scope::Body,
        SourceScope::Page => Scope::Page,
        SourceScope::Auto => told_by(&dom),
    };
    let mut reading = read_dom(&dom, scope, max_nodes)?;
    (reading.metadata, reading.title) = metadata::read(&dom);
    Ok(reading)
}

/// A document that a reader of another format writes as HTML would.
pub(super) struct Document<'a> {
    builder: build::Builder<'a>,
    max_nodes: usize,
}

impl<'a> Document<'a> {
    /// An empty one.
    pub(super) fn new(source: &'a str, max_nodes: usize) -> Self {
        Self {
            builder: build::Builder::new(source, max_nodes),
            max_nodes,
        }
    }

    pub(super) fn start(&mut self, name: &'static str) {
        self.builder.start(name, &mut Vec::new());
    }

    pub(super) fn end(&mut self, name: &'static str) {
        self.builder.end(name);
    }

    /// Text that stands for `from` of the source.
    pub(super) fn text(&mut self, text: &str, from: Span) {
        self.builder.text(text, from);
    }

    /// HTML that stands in the source.
    pub(super) fn markup(&mut self, html: Mapped) {
        let (html, places) = html.into_parts();
        tokens::feed(&html, Some(&places), &mut self.builder);
    }

    /// Reads it as the body of an article.
    pub(super) fn read(self) -> Result<Reading, PipelineError> {
        read_dom(&self.builder.finish(), Scope::Body, self.max_nodes)
    }
}

fn read_dom(dom: &Dom<'_>, scope: Scope, max_nodes: usize) -> Result<Reading, PipelineError> {
    if dom.is_cut {
        return Err(PipelineError::TooManyNodes { limit: max_nodes });
    }
    let rules = match scope {
        Scope::Body => Rules::Body,
        Scope::Page => Rules::Page,
    };
    let verdicts = Verdicts::of_all(dom, rules);
    let measures = Measures::of(dom, &verdicts);
    let content = match scope {
        Scope::Body => Content::all(dom, &measures),
        Scope::Page => Content::of_page(dom, &verdicts, &measures),
    };
    let mut pieces = walk::walk(dom, &verdicts, &measures, &content);
    if scope == Scope::Page {
        mark_repeated(&mut pieces.inside);
    }
    Ok(Reading {
        pieces: pieces.inside,
        outside: pieces.outside,
        scope,
        ..Reading::default()
    })
}

/// Galleries and teasers print a page's captions and paragraphs once more.
fn mark_repeated(pieces: &mut [Piece]) {
    let mut seen = HashSet::new();
    for piece in pieces.iter_mut().filter(|piece| piece.is_kept()) {
        if piece.weight >= MIN_REPEATED_WORDS && !seen.insert(piece.text.to_string()) {
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
