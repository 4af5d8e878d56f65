//! The last stage: a digest as JSON, Markdown, HTML, JSON-LD or WordPress blocks.
//! An article's text is data here as everywhere: the writers escape whatever they
//! print, so that no text becomes markup.
//!
//! Decides nothing about the digest: what is empty is left out, the rest is
//! printed in the order given. Pure: the same digest and options give the same
//! bytes.

use crate::digest::{Digest, EXTRACTIVE};

mod blocks;
mod embedded;
mod html;
mod json_ld;
mod line;
mod markdown;
mod markup;
mod options;
mod view;

pub use options::{Format, RenderOptions, RenderRequest};

use embedded::Embedded;
use view::View;

/// A digest that could not be printed: a bug of ours, not of the article.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The digest has no JSON form.
    #[error("the digest cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Prints `digest`. All formats but JSON are nothing at all when there is nothing
/// to show; JSON-LD is then the empty document `[]`.
///
/// # Errors
/// [`RenderError`] only on a bug of ours.
pub fn render(digest: &Digest, options: &RenderOptions) -> Result<String, RenderError> {
    if options.format == Format::Json {
        return json(digest);
    }
    let Some(view) = View::new(digest, options) else {
        return Ok(nothing(options.format));
    };
    let is_typographic = options.format == Format::WordpressDetails;
    let is_by_model = digest.provenance.model != EXTRACTIVE;
    let json_ld = || json_ld::faq_page(&view, options, is_by_model, is_typographic);
    let script = if options.json_ld { json_ld()? } else { None };
    match options.format {
        Format::Json => json(digest),
        Format::Markdown => Ok(markdown::markdown(&view)),
        Format::Html => Ok(html::html(&view, options.faq_style, script.as_ref())),
        Format::JsonLd => Ok(json_ld()?.map_or_else(|| nothing(Format::JsonLd), document)),
        Format::WordpressDetails => blocks::blocks(&view, blocks::details, script.as_ref()),
        Format::WordpressYoast => blocks::blocks(&view, blocks::yoast, None),
        Format::WordpressRankMath => blocks::blocks(&view, blocks::rank_math, None),
    }
}

/// The digest as indented JSON, ending in a newline.
fn json(digest: &Digest) -> Result<String, RenderError> {
    let mut text = serde_json::to_string_pretty(digest)?;
    text.push('\n');
    Ok(text)
}

fn document(json: Embedded) -> String {
    format!("{}\n", json.as_str())
}

/// What an empty digest is printed as.
fn nothing(format: Format) -> String {
    match format {
        Format::JsonLd => "[]\n".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
