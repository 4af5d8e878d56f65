//! Bytes to [`Article`]: decodes, reads the format, drops what is not article,
//! settles the title, holds the result to the limits. The first stage; it says
//! what was left out and why, and never changes a word of what it keeps.
//!
//! No network, no files, no model, and no time that grows faster than the input.

use crate::config::Limits;
use crate::text::mapped::SourceMap;
use crate::text::span::Span;

use super::article::Article;
use super::error::PipelineError;
use super::{Input, SourceKind};

mod clean;
mod html;
mod language;
mod markdown;
mod piece;
mod plain;
mod title;

/// What a reader makes of a source: its pieces, and a title found outside them.
struct Reading {
    pieces: Vec<piece::Piece>,
    title: Option<String>,
}

/// Reads an article from `input`.
///
/// # Errors
/// [`PipelineError`] when the input is empty, too large, not UTF-8, has no
/// text, too few or too many words, or is certainly not English.
pub fn ingest(input: &Input, limits: &Limits) -> Result<Article, PipelineError> {
    let article = read(input, limits)?;
    check(&article, limits)?;
    Ok(article)
}

/// [`ingest`] for whoever wants the text alone, however short and in whatever
/// language.
///
/// # Errors
/// [`PipelineError`] when the input is empty, too large or not UTF-8.
pub fn read(input: &Input, limits: &Limits) -> Result<Article, PipelineError> {
    let (source, decoding) = decode(&input.bytes, limits)?;
    let Reading { mut pieces, title } = match input.kind {
        SourceKind::Text => plain::read(source),
        SourceKind::Html => html::read(source),
        SourceKind::Markdown => markdown::read(source),
    };
    clean::clean(&mut pieces);
    let has_title = title::settle(&mut pieces, input.title.as_deref(), title.as_deref());
    let mut article = piece::assemble(&pieces, has_title, decoding);
    article.language = language::detect(&article);
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
