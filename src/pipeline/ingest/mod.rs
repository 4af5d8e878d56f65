//! Bytes to [`Article`]: decodes, reads the format, drops what is not article,
//! settles the title, holds the result to the limits. The first stage; it says
//! what was left out and why, and never changes a word of what it keeps.
//!
//! No network, no files, no model, and no time that grows faster than the input.

use crate::config::Limits;
use crate::text::mapped::SourceMap;
use crate::text::span::Span;

use super::article::{Article, Metadata, Scope};
use super::error::PipelineError;
use super::{Input, SourceKind};

mod clean;
mod html;
mod language;
mod markdown;
mod piece;
mod plain;
mod title;

/// What a reader makes of a source.
#[derive(Default)]
struct Reading {
    pieces: Vec<piece::Piece>,
    /// Pieces around the article, dropped for what they are.
    outside: Vec<piece::Piece>,
    /// A title found outside the pieces.
    title: Option<String>,
    metadata: Metadata,
    scope: Scope,
}

/// Reads an article from `input`.
///
/// # Errors
/// [`PipelineError`] when the input is empty, too large, not UTF-8, has no
/// text, too few or too many words, or is certainly not English.
pub fn ingest(input: &Input, limits: &Limits) -> Result<Article, PipelineError> {
    let (source, decoding) = decode(&input.bytes, limits)?;
    let mut reading = match input.kind {
        SourceKind::Text => plain::read(source),
        SourceKind::Html => html::read(source, input.scope, limits.max_html_nodes)?,
        SourceKind::Markdown => markdown::read(source),
    };
    let Reading { pieces, title, .. } = &mut reading;
    clean::clean(pieces);
    let has_title = title::settle(pieces, input.title.as_deref(), title.as_deref());
    let mut article = piece::assemble(pieces, has_title, decoding);
    piece::tell_outside(&mut article, &reading.outside);
    article.metadata = reading.metadata;
    article.scope = reading.scope;
    article.language = language::detect(&article);
    check(&article, limits)?;
    Ok(article)
}

/// Checks the size and decodes, without a byte order mark.
fn decode<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<(&'a str, Option<SourceMap>), PipelineError> {
    if bytes.is_empty() {
        return Err(PipelineError::Empty);
    }
    if bytes.len() > limits.max_input_bytes {
        return Err(PipelineError::TooManyBytes {
            bytes: bytes.len(),
            limit: limits.max_input_bytes,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| PipelineError::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    let Some(marked) = text.strip_prefix('\u{feff}') else {
        return Ok((text, None));
    };
    let decoded = Span::new(0, marked.len());
    let mut decoding = SourceMap::default();
    decoding.push(decoded, decoded.shifted(text.len() - marked.len()));
    Ok((marked, Some(decoding)))
}

/// Holds an article to the limits. Length comes before language, so that three
/// words are too few and not Dutch; but a script without spaces has few words
/// by our count, and there the language is the true reason.
fn check(article: &Article, limits: &Limits) -> Result<(), PipelineError> {
    let words = article.words();
    if words == 0 {
        return Err(PipelineError::NoText);
    }
    let is_spaced = article.text.chars().count() / words < 20;
    if words < limits.min_article_words && (is_spaced || article.language.is_none()) {
        return Err(PipelineError::TooFewWords {
            words,
            limit: limits.min_article_words,
        });
    }
    if words > limits.max_article_words {
        return Err(PipelineError::TooManyWords {
            words,
            limit: limits.max_article_words,
        });
    }
    match article.language {
        Some(language) if language != "en" => Err(PipelineError::Language { language }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
