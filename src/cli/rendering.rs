//! The arguments that say how a digest is printed. Each overrides the
//! configuration; the pipeline checks them.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::config::{Choice, RenderSettings};
use crate::pipeline::render::{Format, RenderOptions, RenderRequest};

use super::exit::Failure;

/// How a digest is printed.
#[derive(clap::Args)]
#[command(next_help_heading = "What is printed")]
pub(super) struct Rendering {
    /// The format; docs/formats.md says where each is for.
    #[arg(long, default_value = "markdown", value_parser = formats())]
    format: Format,
    /// The parts, of summary, faq and related.
    #[arg(long, value_name = "PART,...")]
    parts: Option<String>,
    /// Headings in another language: en, de, es, fr, or a set of the configuration.
    #[arg(long, value_name = "NAME")]
    labels: Option<String>,
    /// The summary as a paragraph or as points.
    #[arg(long, value_name = "STYLE")]
    summary_style: Option<String>,
    /// The pairs in HTML as details or headings.
    #[arg(long, value_name = "STYLE")]
    faq_style: Option<String>,
    /// Link related topics, for example to /tag/{slug}/.
    #[arg(long, value_name = "PATTERN")]
    tag_link: Option<String>,
    /// Say that the section was made automatically.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    disclosure: Option<bool>,
    /// Add JSON-LD to html or wordpress-details.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    json_ld: Option<bool>,
}

impl Rendering {
    /// Lays the arguments over the configuration.
    pub(super) fn check(&self, settings: &RenderSettings) -> Result<RenderOptions, Failure> {
        let request = RenderRequest {
            labels: self.labels.clone(),
            parts: self.parts.clone(),
            summary_style: self.summary_style.clone(),
            faq_style: self.faq_style.clone(),
            tag_link: self.tag_link.clone(),
            disclosure: self.disclosure,
            json_ld: self.json_ld,
        };
        Ok(RenderOptions::check(self.format, &request, settings)?)
    }
}

fn formats() -> impl TypedValueParser<Value = Format> {
    let names = Format::CHOICES.iter().map(|(name, _)| *name);
    PossibleValuesParser::new(names)
        .try_map(|name| Format::named(&name).ok_or_else(|| format!("{name} is no format")))
}
