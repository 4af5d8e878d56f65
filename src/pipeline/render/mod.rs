//! The last stage: a digest as JSON, Markdown or HTML. An article's text is data
//! here as everywhere: the templates escape whatever they print, so that no text
//! becomes markup.
//!
//! Decides nothing about the digest: what is empty is left out, the rest is
//! printed in the order given. Pure.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Output, State};

use crate::digest::Digest;

mod markdown;
mod view;

use view::View;

const HTML: &str = include_str!("digest.html.j2");
const MARKDOWN: &str = include_str!("digest.md.j2");

/// A digest that could not be printed: a bug of ours, not of the article.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The digest has no JSON form.
    #[error("the digest cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The template failed.
    #[error("the template cannot be rendered: {0}")]
    Template(#[from] minijinja::Error),
}

/// The digest as indented JSON, ending in a newline.
///
/// # Errors
/// [`RenderError`] only on a bug of ours.
pub fn json(digest: &Digest) -> Result<String, RenderError> {
    let mut text = serde_json::to_string_pretty(digest)?;
    text.push('\n');
    Ok(text)
}

/// Summary, FAQ and related topics as CommonMark. What is active in Markdown is
/// escaped; each text stands on one line.
///
/// # Errors
/// [`RenderError`] only on a bug of ours.
pub fn markdown(digest: &Digest) -> Result<String, RenderError> {
    let mut environment = environment()?;
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
    environment.set_formatter(write_markdown);
    let text = environment.render_named_str("digest.md", MARKDOWN, context(digest))?;
    Ok(text.trim_start_matches('\n').to_owned())
}

/// Summary, FAQ and related topics as one `<section>`.
///
/// # Errors
/// [`RenderError`] only on a bug of ours.
pub fn html(digest: &Digest) -> Result<String, RenderError> {
    let mut environment = environment()?;
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    Ok(environment.render_named_str("digest.html", HTML, context(digest))?)
}

/// Tags on lines of their own leave no blank lines behind.
fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    let mut environment = Environment::new();
    environment.set_syntax(syntax);
    Ok(environment)
}

fn context(digest: &Digest) -> Value {
    Value::from(Serde(View::new(digest)))
}

/// Escapes every printed value; a template has to ask (`| safe`) for less.
fn write_markdown(
    output: &mut Output<'_>,
    _state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = value.to_string();
    let escaped = if value.is_safe() {
        text
    } else {
        markdown::escape(&text)
    };
    Ok(output.write_str(&escaped)?)
}

#[cfg(test)]
mod tests;
