//! Bytes to [`Article`]: decodes, reads the format, drops what is not article,
//! settles the title, holds the result to the limits. The first stage; it says
//! what was left out and why, and never changes a word of what it keeps.
//!
//! No network, no files, no model, and no time that grows faster than the input.

use crate::config::Limits;

use super::article::{Article, Dropped, Metadata, Scope};
use super::error::PipelineError;
use super::{Input, SourceKind};
use crate::text::mapped::Mapped;

mod clean;
mod date;
mod decode;
mod html;
mod language;
mod markdown;
mod older_faq;
mod piece;
mod plain;
mod remarks;
pub mod report;
mod title;
mod told;
mod unseen;

pub use decode::is_charset;
pub use language::{LANGUAGES, language};
pub use remarks::notices;

use piece::Piece;

/// What a reader makes of a source.
#[derive(Default)]
struct Reading {
    pieces: Vec<Piece>,
    /// Pieces around the article, dropped for what they are.
    outside: Vec<Piece>,
    /// A title found outside the pieces.
    title: Option<Mapped>,
    metadata: Metadata,
    scope: Scope,
}

/// Reads an article from `input` and holds it to the limits.
///
/// # Errors
/// [`PipelineError`] when the input is empty, too large, no text, has no words,
/// too few or too many words, or is certainly not English, where the caller does not
/// say that it is.
pub fn ingest(input: &Input, limits: &Limits) -> Result<Article, PipelineError> {
    let article = read(input, limits)?;
    check(input, &article, limits)?;
    Ok(article)
}

/// Reads an article from `input`, whatever comes of it.
///
/// # Errors
/// [`PipelineError`] when the input is too large, or no text in any charset.
pub fn read(input: &Input, limits: &Limits) -> Result<Article, PipelineError> {
    if input.bytes.len() > limits.max_input_bytes {
        return Err(PipelineError::TooManyBytes {
            bytes: input.bytes.len(),
            limit: limits.max_input_bytes,
        });
    }
    let decoded = decode::decode(input)?;
    let faqs = older_faq::Found::of(&decoded.text);
    let source = faqs.without(&decoded.text);
    let mut reading = match input.kind {
        SourceKind::Text => plain::read(&source),
        SourceKind::Html => html::read(&source, input.scope, limits.max_html_nodes)?,
        SourceKind::Markdown => markdown::read(&source, limits.max_html_nodes)?,
    };
    let Reading { pieces, title, .. } = &mut reading;
    clean::clean(pieces);
    let has_title = title::settle(pieces, input.title.as_deref(), title.as_ref());
    let mut article = piece::assemble(pieces, has_title, decoded.map);
    piece::tell_outside(&mut article, &reading.outside);
    article.metadata = reading.metadata;
    article.scope = reading.scope;
    article.charset = decoded.charset;
    article.findings = decoded.findings;
    article.language = input.language.or_else(|| language::detect(&article));
    remarks::hidden_in(&reading.pieces, &mut article);
    remarks::mark_instructions(&mut article);
    tell_faqs(&mut article, &faqs, &decoded.text, &reading.pieces);
    Ok(article)
}

/// The text of an input, whatever its charset, with nothing left out.
///
/// # Errors
/// [`PipelineError`] when it is no text in any charset.
pub fn text_of(input: &Input) -> Result<String, PipelineError> {
    Ok(decode::decode(input)?.text.into_owned())
}

/// Puts the older FAQs into the report, and among what was left out.
fn tell_faqs(article: &mut Article, faqs: &older_faq::Found, source: &str, pieces: &[Piece]) {
    let (marked, left_out) = faqs.report(source, &article.origin);
    let told = older_faq::among(pieces, &article.origin);
    article.older_faqs = marked.into_iter().chain(told).collect();
    article.older_faqs.sort_by_key(|faq| faq.input);
    for dropped in left_out {
        let before = |other: &Dropped| other.input <= dropped.input;
        let at = article.dropped.partition_point(before);
        article.dropped.insert(at, dropped);
    }
}

/// Holds an article to the limits. Length comes before language, so that three
/// words are too few and not Dutch; but a script without spaces has few words
/// by our count, and there the language is the true reason.
///
/// # Errors
/// [`PipelineError`] names what there is too much or too little of.
pub fn check(input: &Input, article: &Article, limits: &Limits) -> Result<(), PipelineError> {
    if input.bytes.is_empty() {
        return Err(PipelineError::Empty);
    }
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
        Some(language) if !LANGUAGES.contains(&language) => {
            Err(PipelineError::Language { language })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
