//! How the answer is to be printed: the query's word, or else `Accept`. It stands
//! in the query whatever the body is, since it says nothing about the article.

use axum::http::{HeaderMap, Uri};

use crate::config::{Choice, RenderSettings};
use crate::pipeline::error::PipelineError;
use crate::pipeline::render::{Format, RenderOptions, RenderRequest};

use super::error::{ApiError, Place};
use super::{media, wire};

/// The parameters that are read here.
pub(super) const NAMES: [&str; 8] = [
    "format",
    "parts",
    "labels",
    "summary_style",
    "faq_style",
    "tag_link",
    "disclosure",
    "json_ld",
];

/// Reads the query and, when it names no format, `Accept`.
pub(super) fn read(
    uri: &Uri,
    headers: &HeaderMap,
    settings: &RenderSettings,
) -> Result<RenderOptions, ApiError> {
    let mut format = None;
    let mut request = RenderRequest::default();
    for (name, value) in wire::pairs(uri)? {
        match name.as_str() {
            "format" => wire::set(&mut format, &name, &value)?,
            "parts" => wire::set(&mut request.parts, &name, &value)?,
            "labels" => wire::set(&mut request.labels, &name, &value)?,
            "summary_style" => wire::set(&mut request.summary_style, &name, &value)?,
            "faq_style" => wire::set(&mut request.faq_style, &name, &value)?,
            "tag_link" => wire::set(&mut request.tag_link, &name, &value)?,
            "disclosure" => wire::set(&mut request.disclosure, &name, &value)?,
            "json_ld" => wire::set(&mut request.json_ld, &name, &value)?,
            // What describes the article is read with the body.
            _ => {}
        }
    }
    let format = match format {
        Some(name) => named(name)?,
        None => media::negotiate(headers)?,
    };
    RenderOptions::check(format, &request, settings).map_err(refused)
}

fn named(name: String) -> Result<Format, ApiError> {
    Format::named(&name).ok_or_else(|| {
        refused(PipelineError::Option {
            name: "format",
            value: name,
            bounds: Format::names(),
        })
    })
}

fn refused(error: PipelineError) -> ApiError {
    let place = Place::Query;
    ApiError::Pipeline { error, place }
}
