//! The options of a digest as a caller writes them, in a JSON body or in the query, and
//! what they are held to. Checks them; the pipeline knows what they mean.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::error::{ApiError, Place};
use crate::config::Limits;
use crate::digest::EXTRACTIVE;
use crate::pipeline::options::{DigestOptions, OptionsRequest};

use super::{bad, set};

/// What a digest is to be like; the configuration bounds it.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Options")]
pub(in crate::api) struct JsonOptions {
    /// FAQ pairs at most; 8 without it.
    #[schemars(range(min = 1))]
    count: Option<usize>,
    /// Words of an answer at most; 60 without it.
    #[schemars(range(min = 20))]
    max_answer_words: Option<usize>,
    /// Adds the text that was read, into which all offsets point.
    include_source: Option<bool>,
    /// `short`: a sentence or two. `medium`, which is the default: two to four
    /// sentences. `key-points`: a list of points, each a sentence with its evidence.
    #[schemars(extend("enum" = ["short", "medium", "key-points", null]))]
    summary: Option<String>,
    /// How the author is asked to speak: `neutral`, which is the default; `formal`,
    /// without contractions and colloquial words; `conversational`, as one reader would
    /// tell another. No check changes with it.
    #[schemars(extend("enum" = ["neutral", "formal", "conversational", null]))]
    tone: Option<String>,
    /// `simple` asks the author for short sentences of common words. No check changes
    /// with it.
    #[schemars(extend("enum" = ["default", "simple", null]))]
    reading_level: Option<String>,
    /// The model that is to write, as `GET /v1/about` names it: a service runs one, and
    /// refuses a request for another. `extractive` asks for the article's own sentences,
    /// without a model.
    model: Option<String>,
}

/// What requests are held to.
#[derive(Clone, Copy)]
pub(in crate::api) struct Here<'a> {
    pub(in crate::api) limits: &'a Limits,
    /// The model that writes; `None` while that is not known.
    pub(in crate::api) model: Option<&'a str>,
}

/// What the query may say about a digest.
pub(in crate::api) const OPTIONS: [&str; 7] = [
    "count",
    "max_answer_words",
    "include_source",
    "summary",
    "tone",
    "reading_level",
    "model",
];

impl JsonOptions {
    /// The options, checked.
    pub(in crate::api) fn check(
        &self,
        place: Place,
        here: Here<'_>,
    ) -> Result<DigestOptions, ApiError> {
        // Where nothing else runs it is no wish of its own.
        let without_model = self.is_without_model() && here.model != Some(EXTRACTIVE);
        if !without_model {
            self.check_model(place, here.model)?;
        }
        let request = OptionsRequest {
            count: self.count,
            max_answer_words: self.max_answer_words,
            include_source: self.include_source.unwrap_or(false),
            summary: self.summary.clone(),
            tone: self.tone.clone(),
            reading_level: self.reading_level.clone(),
            without_model,
        };
        DigestOptions::check(&request, here.limits)
            .map_err(|error| ApiError::Pipeline { error, place })
    }

    fn is_without_model(&self) -> bool {
        self.model.as_deref() == Some(EXTRACTIVE)
    }

    fn check_model(&self, place: Place, running: Option<&str>) -> Result<(), ApiError> {
        let Some(wanted) = self.model.as_deref().filter(|it| Some(*it) != running) else {
            return Ok(());
        };
        let name = match place {
            Place::Body => "options.model",
            Place::Query | Place::Header => "model",
        };
        let running = running.unwrap_or("not known yet");
        let reason = format!(
            "is {wanted:?}, and the model that runs here is {running}; {EXTRACTIVE:?} does without"
        );
        Err(bad(place, name, reason))
    }

    /// Takes what a query says of the options; whether `name` is one of them.
    pub(in crate::api) fn take(&mut self, name: &str, value: &str) -> Result<bool, ApiError> {
        match name {
            "count" => set(&mut self.count, name, value)?,
            "max_answer_words" => set(&mut self.max_answer_words, name, value)?,
            "include_source" => set(&mut self.include_source, name, value)?,
            "summary" => set(&mut self.summary, name, value)?,
            "tone" => set(&mut self.tone, name, value)?,
            "reading_level" => set(&mut self.reading_level, name, value)?,
            "model" => set(&mut self.model, name, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
