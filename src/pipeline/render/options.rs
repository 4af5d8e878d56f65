//! How a digest is to be printed: what a caller wrote, laid over the
//! configuration and checked once. Prints nothing.

use crate::config::{Choice, FaqStyle, Labels, Parts, RenderSettings, SummaryStyle};
use crate::pipeline::error::PipelineError;
use crate::pipeline::options::choice;
use crate::text::links::LinkPattern;

/// What a digest is printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The wire format, with evidence.
    Json,
    /// A `<section>`.
    Html,
    /// CommonMark.
    Markdown,
    /// schema.org's `FAQPage`.
    JsonLd,
    /// Blocks of WordPress itself.
    WordpressDetails,
    /// The same, with Yoast's FAQ block.
    WordpressYoast,
    /// The same, with Rank Math's FAQ block.
    WordpressRankMath,
}

impl Choice for Format {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("json", Self::Json),
        ("html", Self::Html),
        ("markdown", Self::Markdown),
        ("json-ld", Self::JsonLd),
        ("wordpress-details", Self::WordpressDetails),
        ("wordpress-yoast", Self::WordpressYoast),
        ("wordpress-rank-math", Self::WordpressRankMath),
    ];
}

impl Format {
    /// Whether a JSON-LD script may stand in it. Yoast and Rank Math make a
    /// `FAQPage` from their blocks, and a page has to have one.
    fn may_carry_json_ld(self) -> bool {
        matches!(self, Self::Html | Self::WordpressDetails)
    }
}

/// What a caller wrote; `None` takes what is configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RenderRequest {
    /// The name of a label set.
    pub labels: Option<String>,
    /// Names of parts, separated by commas.
    pub parts: Option<String>,
    /// The name of a [`SummaryStyle`].
    pub summary_style: Option<String>,
    /// The name of a [`FaqStyle`].
    pub faq_style: Option<String>,
    /// A [`LinkPattern`]; empty for no links.
    pub tag_link: Option<String>,
    /// Whether to say how the section was made.
    pub disclosure: Option<bool>,
    /// Whether to add JSON-LD.
    pub json_ld: Option<bool>,
}

/// Checked: how a digest is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderOptions {
    pub(super) format: Format,
    pub(super) labels: Labels,
    pub(super) parts: Parts,
    pub(super) summary_style: SummaryStyle,
    pub(super) faq_style: FaqStyle,
    pub(super) tag_link: Option<LinkPattern>,
    pub(super) disclosure: bool,
    pub(super) json_ld: bool,
    pub(super) digital_source_type: bool,
}

impl RenderOptions {
    /// Lays what a caller wrote over what is configured.
    ///
    /// # Errors
    /// [`PipelineError::Option`] names the option and what it may be.
    pub fn check(
        format: Format,
        request: &RenderRequest,
        settings: &RenderSettings,
    ) -> Result<Self, PipelineError> {
        Ok(Self {
            format,
            labels: labels(request, settings)?,
            parts: parts(request, settings)?,
            summary_style: choice(
                "summary_style",
                request.summary_style.as_deref(),
                settings.summary_style,
            )?,
            faq_style: choice(
                "faq_style",
                request.faq_style.as_deref(),
                settings.faq_style,
            )?,
            tag_link: tag_link(request, settings)?,
            disclosure: request.disclosure.unwrap_or(settings.disclosure),
            json_ld: json_ld(format, request, settings)?,
            digital_source_type: settings.digital_source_type,
        })
    }

    /// What the digest is printed as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }
}

fn labels(request: &RenderRequest, settings: &RenderSettings) -> Result<Labels, PipelineError> {
    let name = request.labels.as_deref().unwrap_or(&settings.labels);
    let known: Vec<&str> = settings.label_sets.keys().map(String::as_str).collect();
    let refuse = || refuse("labels", name, known.join(", "));
    settings.label_sets.get(name).cloned().ok_or_else(refuse)
}

fn parts(request: &RenderRequest, settings: &RenderSettings) -> Result<Parts, PipelineError> {
    let Some(names) = &request.parts else {
        return Ok(settings.parts.clone());
    };
    let parts = Parts::named(names.split(',').map(str::trim));
    parts.ok_or_else(|| refuse("parts", names, Parts::ALLOWED))
}

fn tag_link(
    request: &RenderRequest,
    settings: &RenderSettings,
) -> Result<Option<LinkPattern>, PipelineError> {
    match request.tag_link.as_deref() {
        None => Ok(settings.tag_link.clone()),
        Some("") => Ok(None),
        Some(pattern) => {
            let refuse = || refuse("tag_link", pattern, LinkPattern::ALLOWED);
            LinkPattern::parse(pattern).map(Some).ok_or_else(refuse)
        }
    }
}

/// A wish that the format cannot fulfil is refused; what is configured is for
/// the formats that can.
fn json_ld(
    format: Format,
    request: &RenderRequest,
    settings: &RenderSettings,
) -> Result<bool, PipelineError> {
    let possible = format.may_carry_json_ld();
    match request.json_ld {
        Some(true) if !possible => {
            let allowed =
                "what this format can have: only html and wordpress-details carry JSON-LD";
            Err(refuse("json_ld", "true", allowed))
        }
        wish => Ok(possible && wish.unwrap_or(settings.json_ld)),
    }
}

fn refuse(name: &'static str, value: &str, bounds: impl Into<String>) -> PipelineError {
    PipelineError::Option {
        name,
        value: value.to_owned(),
        bounds: bounds.into(),
    }
}
