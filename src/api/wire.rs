//! What a caller sends, as written, and the [`Order`] that it is checked into.
//! Unknown names are refused: a misspelt option must not be ignored silently.

use axum::extract::Query;
use axum::http::Uri;
use serde::Deserialize;

use crate::config::Limits;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::{Input, SourceKind};
use crate::store::Lane;

use super::error::{ApiError, Place};

/// Bytes of a title; a longer one is no title.
const MAX_TITLE_BYTES: usize = 2000;
/// Bytes of a caller's name for an article.
const MAX_EXTERNAL_ID_BYTES: usize = 255;
/// Bytes of an article's address.
const MAX_URL_BYTES: usize = 2000;

/// A checked request.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) input: Input,
    pub(super) options: DigestOptions,
    /// Where the caller wrote the options.
    pub(super) place: Place,
    /// What a stored job is to know.
    pub(super) about: About,
}

/// What a caller says of the article, apart from what goes into its digest.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) lane: Option<Lane>,
    pub(super) external_id: Option<String>,
    pub(super) url: Option<String>,
}

impl About {
    /// Whether any of it is about a stored job.
    pub(super) fn is_for_a_job(&self) -> bool {
        self.lane.is_some() || self.external_id.is_some() || self.url.is_some()
    }

    fn check(
        lane: Option<String>,
        external_id: Option<String>,
        url: Option<String>,
        place: Place,
    ) -> Result<Self, ApiError> {
        let lane = lane.map(|lane| {
            let parsed = lane.parse::<Lane>();
            parsed.map_err(|error| bad(place, "lane", error.to_string()))
        });
        let external_id = external_id.map(|it| checked_external_id(it, place));
        let url = url.map(|it| checked_url(it, place));
        Ok(Self {
            lane: lane.transpose()?,
            external_id: external_id.transpose()?.flatten(),
            url: url.transpose()?.flatten(),
        })
    }
}

/// The caller's name for an article; an empty one is none.
pub(super) fn checked_external_id(id: String, place: Place) -> Result<Option<String>, ApiError> {
    checked_name("external_id", id, MAX_EXTERNAL_ID_BYTES, place)
}

/// Where an article stands. Nobody fetches it: it is compared, letter by letter.
pub(super) fn checked_url(url: String, place: Place) -> Result<Option<String>, ApiError> {
    checked_name("url", url, MAX_URL_BYTES, place)
}

fn checked_name(
    name: &str,
    value: String,
    most: usize,
    place: Place,
) -> Result<Option<String>, ApiError> {
    if value.len() > most {
        let reason = format!("has {} bytes, more than {most}", value.len());
        return Err(bad(place, name, reason));
    }
    // PostgreSQL holds no NUL, and a log no line breaks.
    if value.chars().any(char::is_control) {
        return Err(bad(place, name, "has control characters".to_owned()));
    }
    Ok(Some(value).filter(|value| !value.is_empty()))
}

fn bad(place: Place, name: &str, reason: String) -> ApiError {
    ApiError::BadParameter {
        place,
        name: name.to_owned(),
        reason,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonRequest {
    text: Option<String>,
    html: Option<String>,
    markdown: Option<String>,
    title: Option<String>,
    lane: Option<String>,
    external_id: Option<String>,
    url: Option<String>,
    #[serde(default)]
    options: JsonOptions,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonOptions {
    count: Option<usize>,
    max_answer_words: Option<usize>,
    include_source: Option<bool>,
}

/// Reads a JSON body.
pub(super) fn from_json(body: &[u8], limits: &Limits) -> Result<Order, ApiError> {
    let request: JsonRequest = serde_json::from_slice(body).map_err(ApiError::BadJson)?;
    let place = Place::Body;
    let options = request.options.check(place, limits)?;
    let title = checked_title(request.title, place)?;
    let about = About::check(request.lane, request.external_id, request.url, place)?;
    let (text, kind) = match (request.text, request.html, request.markdown) {
        (Some(text), None, None) => (text, SourceKind::Text),
        (None, Some(html), None) => (html, SourceKind::Html),
        (None, None, Some(markdown)) => (markdown, SourceKind::Markdown),
        _ => return Err(ApiError::OneBody),
    };
    Ok(Order {
        input: Input {
            bytes: text.into_bytes(),
            kind,
            title,
        },
        options,
        place,
        about,
    })
}

impl JsonOptions {
    fn check(&self, place: Place, limits: &Limits) -> Result<DigestOptions, ApiError> {
        DigestOptions::check(
            self.count,
            self.max_answer_words,
            self.include_source.unwrap_or(false),
            limits,
        )
        .map_err(|error| ApiError::Pipeline { error, place })
    }
}

fn checked_title(title: Option<String>, place: Place) -> Result<Option<String>, ApiError> {
    match title {
        Some(title) if title.len() > MAX_TITLE_BYTES => Err(ApiError::BadParameter {
            place,
            name: "title".to_owned(),
            reason: format!("has {} bytes, more than {MAX_TITLE_BYTES}", title.len()),
        }),
        title => Ok(title.filter(|title| !title.trim().is_empty())),
    }
}

/// What the query says about a body that is the article itself.
#[derive(Debug)]
pub(super) struct Described {
    title: Option<String>,
    options: DigestOptions,
    about: About,
}

impl Described {
    /// Adds the body.
    pub(super) fn order(self, bytes: Vec<u8>, kind: SourceKind) -> Order {
        Order {
            input: Input {
                bytes,
                kind,
                title: self.title,
            },
            options: self.options,
            place: Place::Query,
            about: self.about,
        }
    }
}

/// Reads the query.
pub(super) fn from_query(uri: &Uri, limits: &Limits) -> Result<Described, ApiError> {
    let mut options = JsonOptions::default();
    let (mut title, mut lane, mut external_id, mut url) = (None, None, None, None);
    for (name, value) in pairs(uri)? {
        match name.as_str() {
            "count" => set(&mut options.count, &name, &value)?,
            "max_answer_words" => set(&mut options.max_answer_words, &name, &value)?,
            "include_source" => set(&mut options.include_source, &name, &value)?,
            "title" => set(&mut title, &name, &value)?,
            "lane" => set(&mut lane, &name, &value)?,
            "external_id" => set(&mut external_id, &name, &value)?,
            "url" => set(&mut url, &name, &value)?,
            _ => return Err(refuse(&name, KNOWN)),
        }
    }
    Ok(Described {
        title: checked_title(title, Place::Query)?,
        options: options.check(Place::Query, limits)?,
        about: About::check(lane, external_id, url, Place::Query)?,
    })
}

const KNOWN: &str = "is unknown; known are count, max_answer_words, include_source, title, \
    lane, external_id and url";

/// Refuses a query beside a JSON body, where it would be ignored.
pub(super) fn no_query(uri: &Uri) -> Result<(), ApiError> {
    match pairs(uri)?.first() {
        None => Ok(()),
        Some((name, _)) => Err(refuse(name, "belongs into the JSON body")),
    }
}

fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, ApiError> {
    Query::try_from_uri(uri)
        .map(|Query(pairs)| pairs)
        .map_err(|error| refuse("query", &error.body_text()))
}

fn set<T: std::str::FromStr>(
    slot: &mut Option<T>,
    name: &str,
    value: &str,
) -> Result<(), ApiError> {
    if slot.is_some() {
        return Err(refuse(name, "is given twice"));
    }
    let parsed = value.parse().map_err(|_| {
        let wanted = if name == "include_source" {
            "true or false"
        } else {
            "a whole number"
        };
        refuse(name, &format!("has to be {wanted}"))
    })?;
    *slot = Some(parsed);
    Ok(())
}

fn refuse(name: &str, reason: &str) -> ApiError {
    ApiError::BadParameter {
        place: Place::Query,
        name: name.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Settings;

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in any::<Vec<u8>>(), query in "[a-z_=&%0-9+]{0,60}") {
            let limits = Settings::load(None).unwrap().limits;
            let _ = from_json(&body, &limits);
            if let Ok(uri) = format!("/v1/digests?{query}").parse() {
                let _ = from_query(&uri, &limits);
                let _ = no_query(&uri);
            }
        }
    }
}
