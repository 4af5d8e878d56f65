//! HTML to pieces: a fragment from a content system or a whole page. Parses it,
//! finds the part that holds the article, walks it without recursion. Knows
//! elements and classes; patterns of the text itself are in `clean`.

use crate::pipeline::SourceScope;
use crate::pipeline::article::Scope;
use crate::pipeline::error::PipelineError;

use super::Reading;

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
    let pieces = walk::walk(&dom, &verdicts, &measures, &content);
    let (metadata, title) = metadata::read(&dom);
    Ok(Reading {
        pieces: pieces.inside,
        outside: pieces.outside,
        title,
        metadata,
        scope,
    })
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
