//! What a caller sends, as written, and the [`Order`] that it is checked into.
//! Unknown names are refused: a misspelt option must not be ignored silently.

use axum::extract::Query;
use axum::http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::pipeline::options::DigestOptions;
use crate::pipeline::{Input, SourceKind, SourceScope, ingest};
use crate::store::Lane;

use super::access::Caller;
use super::error::{ApiError, Place};
use super::openapi::schemas;
use super::rendering;

pub(super) mod object;
mod options;

pub(super) use options::{Here, JsonOptions, OPTIONS};

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
    /// Whose it is.
    pub(super) caller: Caller,
    /// The id of the request, for logs.
    pub(super) request_id: Option<String>,
}

/// What a caller says of the article, apart from what goes into its digest.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) lane: Option<Lane>,
    pub(super) external_id: Option<String>,
    pub(super) url: Option<String>,
    pub(super) callback: Option<String>,
}

impl About {
    /// Whether any of it is about a stored job.
    pub(super) fn is_for_a_job(&self) -> bool {
        self.lane.is_some()
            || self.external_id.is_some()
            || self.url.is_some()
            || self.callback.is_some()
    }
}

/// The same, as written.
#[derive(Default)]
struct Written {
    lane: Option<String>,
    external_id: Option<String>,
    url: Option<String>,
    callback: Option<String>,
}

impl Written {
    fn check(self, place: Place) -> Result<About, ApiError> {
        let lane = self.lane.map(|lane| {
            let parsed = lane.parse::<Lane>();
            parsed.map_err(|error| bad(place, "lane", error.to_string()))
        });
        let external_id = self.external_id.map(|it| checked_external_id(it, place));
        let url = self.url.map(|it| checked_url(it, place));
        Ok(About {
            lane: lane.transpose()?,
            external_id: external_id.transpose()?.flatten(),
            url: url.transpose()?.flatten(),
            // Held against the rules where they are known.
            callback: self.callback,
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

pub(super) fn checked_name(
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

/// The name of a callback's address where it was written.
pub(super) fn callback_name(place: Place) -> &'static str {
    match place {
        Place::Body => "callback.url",
        Place::Query | Place::Header => "callback",
    }
}

pub(super) fn bad(place: Place, name: &str, reason: String) -> ApiError {
    ApiError::BadParameter {
        place,
        name: name.to_owned(),
        reason,
    }
}

/// An article with what is wanted of it: exactly one of `text`, `html` and `markdown`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = schemas::one_article)]
pub(super) struct DigestRequest {
    /// The article as plain text.
    text: Option<String>,
    /// The article as HTML: its body, or a page that it stands on.
    html: Option<String>,
    /// The article as Markdown.
    markdown: Option<String>,
    /// The title, where the article itself has none. Up to 2000 bytes.
    #[schemars(length(max = MAX_TITLE_BYTES))]
    title: Option<String>,
    /// How urgent it is; without it, as the key says, or `draft`.
    #[schemars(schema_with = "schemas::lane")]
    lane: Option<String>,
    /// The caller's name for the article. Up to 255 bytes.
    #[schemars(length(max = MAX_EXTERNAL_ID_BYTES), regex(pattern = schemas::NO_CONTROLS))]
    external_id: Option<String>,
    /// Where the article stands; compared letter by letter. Up to 2000 bytes.
    #[schemars(length(max = MAX_URL_BYTES), regex(pattern = schemas::NO_CONTROLS))]
    url: Option<String>,
    /// Whom to call when the job has ended.
    #[serde(default, deserialize_with = "object::perhaps_object")]
    callback: Option<JsonCallback>,
    /// What is known of the article: how much of HTML it is, and its language.
    #[serde(default, deserialize_with = "object::object")]
    source: JsonSource,
    /// What the digest is to be like.
    #[serde(default, deserialize_with = "object::object")]
    options: JsonOptions,
}

/// Whom to call when the job has ended.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CallbackRequest")]
pub(super) struct JsonCallback {
    /// Its address.
    pub(super) url: String,
}

/// What the caller knows of the source, as written.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Source")]
pub(super) struct JsonSource {
    /// `body`: all of it. `page`: a part that has to be found. `auto`, which is the
    /// default, tells by itself.
    #[schemars(extend("enum" = ["auto", "body", "page", null]))]
    kind: Option<String>,
    /// The article's language: `en` has it read as English, whatever it looks like.
    /// `auto`, which is the default, tells by itself, and refuses other languages.
    #[schemars(extend("enum" = ["auto", "en", null]))]
    language: Option<String>,
}

/// The article in a JSON body, as written.
pub(super) struct JsonArticle {
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) markdown: Option<String>,
    pub(super) title: Option<String>,
    pub(super) source: JsonSource,
}

impl JsonArticle {
    /// The article, checked.
    pub(super) fn input(self) -> Result<Input, ApiError> {
        let place = Place::Body;
        let title = checked_title(self.title, place)?;
        let scope = scope(self.source.kind.as_deref(), place, "source.kind")?;
        let language = self.source.language.as_deref();
        let language = spoken(language, place, "source.language")?;
        let (text, kind) = match (self.text, self.html, self.markdown) {
            (Some(text), None, None) => (text, SourceKind::Text),
            (None, Some(html), None) => (html, SourceKind::Html),
            (None, None, Some(markdown)) => (markdown, SourceKind::Markdown),
            _ => return Err(ApiError::OneBody),
        };
        Ok(Input {
            bytes: text.into_bytes(),
            kind,
            scope,
            title,
            // JSON was decoded on the way here.
            charset: Some("utf-8".to_owned()),
            language,
        })
    }
}

/// Reads a JSON body.
pub(super) fn from_json(body: &[u8], here: Here<'_>) -> Result<Order, ApiError> {
    let request: DigestRequest = serde_json::from_slice(body).map_err(ApiError::BadJson)?;
    let place = Place::Body;
    let options = request.options.check(place, here)?;
    let article = JsonArticle {
        text: request.text,
        html: request.html,
        markdown: request.markdown,
        title: request.title,
        source: request.source,
    };
    let about = Written {
        lane: request.lane,
        external_id: request.external_id,
        url: request.url,
        callback: request.callback.map(|callback| callback.url),
    };
    let about = about.check(place)?;
    Ok(Order {
        input: article.input()?,
        options,
        place,
        caller: Caller::default(),
        request_id: None,
        about,
    })
}

/// How much of the source is the article, by the name that the caller gave.
fn scope(given: Option<&str>, place: Place, name: &str) -> Result<SourceScope, ApiError> {
    match given {
        None | Some("auto") => Ok(SourceScope::Auto),
        Some("body") => Ok(SourceScope::Body),
        Some("page") => Ok(SourceScope::Page),
        Some(_) => Err(ApiError::BadParameter {
            place,
            name: name.to_owned(),
            reason: "has to be body, page or auto".to_owned(),
        }),
    }
}

/// The article's language, by the code that the caller gave; `None` where the text is
/// to tell.
fn spoken(given: Option<&str>, place: Place, name: &str) -> Result<Option<&'static str>, ApiError> {
    let Some(code) = given.filter(|code| *code != "auto") else {
        return Ok(None);
    };
    let known = ingest::LANGUAGES.join(", ");
    let unknown = || bad(place, name, format!("has to be auto or one of {known}"));
    ingest::language(code).map(Some).ok_or_else(unknown)
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
    scope: SourceScope,
    language: Option<&'static str>,
    options: DigestOptions,
    about: About,
}

impl Described {
    /// Adds the body.
    pub(super) fn order(self, bytes: Vec<u8>, kind: SourceKind, charset: Option<String>) -> Order {
        Order {
            input: Input {
                bytes,
                kind,
                scope: self.scope,
                title: self.title,
                charset,
                language: self.language,
            },
            options: self.options,
            place: Place::Query,
            about: self.about,
            caller: Caller::default(),
            request_id: None,
        }
    }
}

/// Reads the query.
pub(super) fn from_query(uri: &Uri, here: Here<'_>) -> Result<Described, ApiError> {
    let mut options = JsonOptions::default();
    let (mut title, mut source) = (None, None::<String>);
    let mut language = None::<String>;
    let mut about = Written::default();
    for (name, value) in pairs(uri)? {
        if options.take(&name, &value)? {
            continue;
        }
        match name.as_str() {
            "title" => set(&mut title, &name, &value)?,
            "source" => set(&mut source, &name, &value)?,
            "language" => set(&mut language, &name, &value)?,
            "lane" => set(&mut about.lane, &name, &value)?,
            "external_id" => set(&mut about.external_id, &name, &value)?,
            "url" => set(&mut about.url, &name, &value)?,
            "callback" => set(&mut about.callback, &name, &value)?,
            name if rendering::NAMES.contains(&name) => {}
            _ => return Err(unknown(&name)),
        }
    }
    Ok(Described {
        title: checked_title(title, Place::Query)?,
        scope: scope(source.as_deref(), Place::Query, "source")?,
        language: spoken(language.as_deref(), Place::Query, "language")?,
        options: options.check(Place::Query, here)?,
        about: about.check(Place::Query)?,
    })
}

/// What the query may say about an article.
const ARTICLE: [&str; 7] = [
    "language",
    "source",
    "title",
    "lane",
    "external_id",
    "url",
    "callback",
];

fn unknown(name: &str) -> ApiError {
    let known = [&OPTIONS[..], &ARTICLE, &rendering::NAMES]
        .concat()
        .join(", ");
    refuse(name, &format!("is unknown; known are {known}"))
}

/// Refuses what describes the article in the query beside a JSON body, where it
/// would be ignored.
pub(super) fn no_query(uri: &Uri) -> Result<(), ApiError> {
    for (name, _) in pairs(uri)? {
        if [&OPTIONS[..], &ARTICLE].concat().contains(&name.as_str()) {
            return Err(refuse(&name, "belongs into the JSON body"));
        }
        if !rendering::NAMES.contains(&name.as_str()) {
            return Err(unknown(&name));
        }
    }
    Ok(())
}

/// Refuses a query where there is nothing that it could say.
pub(super) fn no_parameters(uri: &Uri) -> Result<(), ApiError> {
    match pairs(uri)?.first() {
        Some((name, _)) => Err(refuse(name, "is unknown; this path takes no parameters")),
        None => Ok(()),
    }
}

pub(super) fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, ApiError> {
    Query::try_from_uri(uri)
        .map(|Query(pairs)| pairs)
        .map_err(|error| refuse("query", &error.body_text()))
}

/// Sets what the query says once.
pub(super) fn set<T: std::str::FromStr>(
    slot: &mut Option<T>,
    name: &str,
    value: &str,
) -> Result<(), ApiError> {
    if slot.is_some() {
        return Err(refuse(name, "is given twice"));
    }
    let parsed = value.parse().map_err(|_| {
        let wanted = match name {
            "include_source" | "disclosure" | "json_ld" | "approved" => "true or false",
            _ => "a whole number",
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
            let here = Here { limits: &limits, model: None };
            let _ = from_json(&body, here);
            if let Ok(uri) = format!("/v1/digests?{query}").parse() {
                let _ = from_query(&uri, here);
                let _ = no_query(&uri);
            }
        }
    }
}
