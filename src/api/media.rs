//! Media types: what a body is (`Content-Type`) and what the answer shall be
//! (`Accept`, RFC 9110 section 12.5.1). Pure; never fails on a malformed part,
//! which just matches nothing.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};

use crate::pipeline::SourceKind;
use crate::pipeline::ingest::is_charset;
use crate::pipeline::render::Format;

use super::error::ApiError;

/// What a request's body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BodyType {
    /// An envelope with article, title and options.
    Json,
    /// The article itself.
    Plain {
        /// What it is.
        kind: SourceKind,
        /// The charset that the caller named.
        charset: Option<String>,
    },
}

/// The formats that have a media type of their own, in order of preference when
/// the caller has none. Blocks are asked for by name.
const NEGOTIABLE: [Format; 4] = [Format::Json, Format::Markdown, Format::Html, Format::JsonLd];

impl BodyType {
    /// Reads `Content-Type` and what is left of `Content-Encoding` after unpacking.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        check_encoding(headers)?;
        let value = headers.get(CONTENT_TYPE).map(|v| v.to_str().unwrap_or("?"));
        let Some(value) = value else {
            return Err(ApiError::MediaType { sent: None });
        };
        let mut parts = value.split(';');
        let essence = parts.next().unwrap_or_default().trim();
        let charset = charset(parts)?;
        let plain = |kind| {
            Ok(Self::Plain {
                kind,
                charset: charset.clone(),
            })
        };
        match essence.to_ascii_lowercase().as_str() {
            "application/json" => json(charset.as_deref()),
            "text/plain" => plain(SourceKind::Text),
            "text/html" => plain(SourceKind::Html),
            "text/markdown" => plain(SourceKind::Markdown),
            _ => Err(ApiError::MediaType {
                sent: Some(essence.to_owned()),
            }),
        }
    }
}

/// The layer before this one unpacks gzip and removes the header.
fn check_encoding(headers: &HeaderMap) -> Result<(), ApiError> {
    let left = headers.get_all(CONTENT_ENCODING).iter();
    let mut left = left.map(|value| value.to_str().unwrap_or("?"));
    match left.find(|value| !value.trim().eq_ignore_ascii_case("identity")) {
        Some(sent) => Err(ApiError::ContentEncoding {
            sent: sent.to_owned(),
        }),
        None => Ok(()),
    }
}

/// The charset that the parameters name; one that cannot be read is refused.
fn charset<'a>(parameters: impl Iterator<Item = &'a str>) -> Result<Option<String>, ApiError> {
    for parameter in parameters {
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        if name.trim().eq_ignore_ascii_case("charset") {
            let sent = value.trim().trim_matches('"').to_owned();
            return if is_charset(&sent) {
                Ok(Some(sent))
            } else {
                Err(ApiError::Charset { sent })
            };
        }
    }
    Ok(None)
}

/// JSON is UTF-8 (RFC 8259), of which ASCII is a part.
fn json(charset: Option<&str>) -> Result<BodyType, ApiError> {
    let known = ["utf-8", "utf8", "us-ascii", "ascii"];
    match charset.filter(|sent| !known.iter().any(|name| sent.eq_ignore_ascii_case(name))) {
        Some(sent) => Err(ApiError::Charset {
            sent: sent.to_owned(),
        }),
        None => Ok(BodyType::Json),
    }
}

/// The format that `Accept` likes best; JSON when there is none.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<Format, ApiError> {
    let values = headers.get_all(ACCEPT).iter();
    let accept: Vec<&str> = values.map(|v| v.to_str().unwrap_or("?")).collect();
    let accept = accept.join(",");
    if accept.trim().is_empty() {
        return Ok(Format::Json);
    }
    let mut best: Option<(u16, Format)> = None;
    for format in NEGOTIABLE {
        let quality = quality(format, &accept);
        if quality > best.map_or(0, |(quality, _)| quality) {
            best = Some((quality, format));
        }
    }
    best.map(|(_, format)| format)
        .ok_or(ApiError::NotAcceptable)
}

/// In thousandths, by the most specific range that matches; 0 is a no.
fn quality(format: Format, accept: &str) -> u16 {
    accept
        .split(',')
        .filter_map(|range| rate(format, range))
        .max_by_key(|(specificity, _)| *specificity)
        .map_or(0, |(_, quality)| quality)
}

/// How specifically `range` names the format, and with what quality.
fn rate(format: Format, range: &str) -> Option<(u8, u16)> {
    let mut parts = range.split(';');
    let name = parts.next()?.trim().to_ascii_lowercase();
    let essence = content_type(format).split(';').next()?;
    let main_type = essence.split('/').next()?;
    let specificity = match name.as_str() {
        "*/*" => 0,
        name if name == format!("{main_type}/*") => 1,
        name if name == essence => 2,
        _ => return None,
    };
    let quality = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        (name.trim().eq_ignore_ascii_case("q")).then(|| thousandths(value.trim()))
    });
    Some((specificity, quality.unwrap_or(1000)))
}

/// The value of `Content-Type`. Blocks are HTML with comments.
pub(super) fn content_type(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::JsonLd => "application/ld+json",
        Format::Markdown => "text/markdown; charset=utf-8",
        Format::Html
        | Format::WordpressDetails
        | Format::WordpressYoast
        | Format::WordpressRankMath => "text/html; charset=utf-8",
    }
}

/// A quality value; what is none counts as a no.
fn thousandths(value: &str) -> u16 {
    match value.parse::<f32>() {
        // The cast is exact enough for three decimals and cannot overflow here.
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0).round() as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn wanted(accept: &str) -> Option<Format> {
        let value = HeaderValue::from_str(accept).ok()?;
        negotiate(&HeaderMap::from_iter([(ACCEPT, value)])).ok()
    }

    fn body_type(value: &str) -> Result<BodyType, ApiError> {
        let value = HeaderValue::from_str(value).unwrap();
        BodyType::of(&HeaderMap::from_iter([(CONTENT_TYPE, value)]))
    }

    #[test]
    fn accept_is_weighed() {
        let cases = [
            ("", Some(Format::Json)),
            ("*/*", Some(Format::Json)),
            ("application/*", Some(Format::Json)),
            ("text/*", Some(Format::Markdown)),
            ("text/html", Some(Format::Html)),
            ("TEXT/HTML;q=0.5, */*;q=0.1", Some(Format::Html)),
            (
                "text/html;q=0.4, text/markdown;q=0.5",
                Some(Format::Markdown),
            ),
            (
                "text/html,application/xhtml+xml,*/*;q=0.8",
                Some(Format::Html),
            ),
            ("*/*, application/json;q=0", Some(Format::Markdown)),
            ("application/json;q=nonsense", None),
            ("application/json; q = 0.001", Some(Format::Json)),
            ("application/ld+json", Some(Format::JsonLd)),
            ("image/png", None),
            (",;=,", None),
        ];
        for (accept, answer) in cases {
            assert_eq!(wanted(accept), answer, "{accept}");
        }
    }

    #[test]
    fn content_types_are_told_apart() {
        let html = |charset: Option<&str>| BodyType::Plain {
            kind: SourceKind::Html,
            charset: charset.map(str::to_owned),
        };
        assert_eq!(body_type("application/json").unwrap(), BodyType::Json);
        assert_eq!(body_type("Text/HTML").unwrap(), html(None));
        let typed = body_type("text/html; Charset=\"windows-1252\"").unwrap();
        assert_eq!(typed, html(Some("windows-1252")));
        for refused in [
            "text/plain; charset=utf-7",
            "application/json; charset=iso-8859-1",
        ] {
            assert!(
                matches!(body_type(refused), Err(ApiError::Charset { .. })),
                "{refused}"
            );
        }
        assert!(matches!(
            body_type("text/csv"),
            Err(ApiError::MediaType { .. })
        ));
    }

    proptest! {
        #[test]
        fn arbitrary_headers_never_panic(value in "[ -~]{0,80}") {
            let _ = wanted(&value);
            let _ = body_type(&value);
        }
    }
}
