//! What suites measure with: the pipeline as shipped, the extractive one beside
//! it, and the digests made so far, which several suites look at.

use serde_json::Value;
use std::cell::RefCell;

use crate::config::Limits;
use crate::digest::Digest;
use crate::engine::Engine;
use crate::pipeline::article::Article;
use crate::pipeline::error::PipelineError;
use crate::pipeline::ingest;
use crate::pipeline::options::{DigestOptions, OptionsRequest};
use crate::pipeline::understand::{Understanding, understand};
use crate::pipeline::{
    Author, Fences, Input, PIPELINE_VERSION, Pipeline, SourceKind, SourceScope, generate,
};
use crate::text::hex::hex_sha256;

use super::data::Source;
use super::error::EvalError;
use super::state::State;

/// What suites measure with.
pub struct Bench {
    /// The pipeline whose digests are measured.
    pub pipeline: Pipeline,
    /// The data, for suites whose rows name further files.
    pub source: Source,
    plain: Pipeline,
    options: DigestOptions,
    digests: RefCell<State>,
}

/// What the pipeline made of an input.
pub type Made = Result<Digest, Refusal>;

/// The code of an input's refusal, such as `too_few_words`.
pub type Refusal = String;

/// An article and what is known of it.
pub struct Read {
    /// The article.
    pub article: Article,
    /// Its sentences, sections and names.
    pub understanding: Understanding,
}

impl Bench {
    /// A bench for `author`; `digests` is where its digests are kept.
    ///
    /// # Errors
    /// [`EvalError::Pipeline`] when the limits allow no default options.
    pub fn new(
        author: Author,
        limits: Limits,
        source: Source,
        digests: State,
    ) -> Result<Self, EvalError> {
        let with_source = OptionsRequest {
            include_source: true,
            ..OptionsRequest::default()
        };
        Ok(Self {
            options: DigestOptions::check(&with_source, &limits)?,
            plain: Pipeline {
                limits: limits.clone(),
                author: Author::Extractive,
                house_style: None,
                fences: Fences::of_text(),
            },
            pipeline: Pipeline {
                limits,
                author,
                house_style: None,
                fences: Fences::of_text(),
            },
            source,
            digests: RefCell::new(digests),
        })
    }

    /// The digest of an input, its source included.
    ///
    /// # Errors
    /// [`EvalError`] when the engine fails or the digest cannot be kept; an
    /// input that is refused is no error.
    pub async fn digest(&self, input: &Input) -> Result<Made, EvalError> {
        let key = key(input);
        if let Some(digest) = self.kept(&key) {
            return Ok(Ok(digest));
        }
        let made = made(self.pipeline.digest(input, &self.options).await)?;
        if let Ok(digest) = &made {
            let value = serde_json::to_value(digest).unwrap_or(Value::Null);
            self.digests.borrow_mut().put(&key, value)?;
        }
        Ok(made)
    }

    fn kept(&self, key: &str) -> Option<Digest> {
        let value = self.digests.borrow().get(key)?.clone();
        serde_json::from_value(value).ok()
    }

    /// The digest that the extractive author drafts.
    ///
    /// # Errors
    /// As of [`Self::digest`].
    pub async fn plain_digest(&self, input: &Input) -> Result<Made, EvalError> {
        match self.pipeline.author {
            Author::Extractive => self.digest(input).await,
            Author::Model(_) => made(self.plain.digest(input, &self.options).await),
        }
    }

    /// Reads a document however short and in whatever language.
    ///
    /// # Errors
    /// The code of the refusal.
    pub fn read(&self, input: &Input) -> Result<Read, Refusal> {
        let article = ingest::read(input, &self.pipeline.limits);
        let article = article.map_err(|error| error.code().to_owned())?;
        Ok(Read {
            understanding: understand(&article),
            article,
        })
    }

    /// The model, where one drafts.
    #[must_use]
    pub fn engine(&self) -> Option<&dyn Engine> {
        match &self.pipeline.author {
            Author::Model(engine) => Some(engine.as_ref()),
            Author::Extractive => None,
        }
    }

    /// Name and hash of who drafts.
    #[must_use]
    pub fn model(&self) -> (String, Option<String>) {
        model(&self.pipeline.author)
    }

    /// What a digest is made with: the defaults.
    #[must_use]
    pub fn options(&self) -> &DigestOptions {
        &self.options
    }
}

/// Name and hash of who drafts.
fn model(author: &Author) -> (String, Option<String>) {
    match author {
        Author::Extractive => ("extractive".to_owned(), None),
        Author::Model(engine) => (engine.model().name.clone(), engine.model().sha256.clone()),
    }
}

/// The name of a file for what `author` and this `build` make of `what`.
#[must_use]
pub fn state_name(suite: &str, author: &Author, build: &str, what: &[&str]) -> String {
    let (model, hash) = model(author);
    let prompts = generate::version();
    let fixed = [
        suite,
        &model,
        hash.as_deref().unwrap_or_default(),
        &prompts,
        PIPELINE_VERSION,
        build,
    ];
    let key = hex_sha256([&fixed[..], what].concat().join("\n").as_bytes());
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let model: String = model.chars().map(plain).collect();
    format!("{suite}.{model}.{}.jsonl", &key[..16])
}

/// A text of a row as an input.
#[must_use]
pub fn text(body: &str, title: Option<&str>) -> Input {
    Input {
        title: title.map(str::to_owned),
        ..input(body.as_bytes().to_vec(), SourceKind::Text)
    }
}

/// The bytes of a row as an input.
#[must_use]
pub fn input(bytes: Vec<u8>, kind: SourceKind) -> Input {
    Input {
        bytes,
        kind,
        scope: SourceScope::Auto,
        title: None,
        charset: None,
        language: None,
    }
}

fn made(outcome: Result<Digest, PipelineError>) -> Result<Made, EvalError> {
    match outcome {
        Err(error @ (PipelineError::Engine(_) | PipelineError::TookTooLong { .. })) => {
            Err(error.into())
        }
        outcome => Ok(outcome.map_err(|error| error.code().to_owned())),
    }
}

fn key(input: &Input) -> String {
    let kind = format!("{:?}", input.kind);
    let title = input.title.as_deref().unwrap_or_default();
    let head = format!("{kind}\n{title}\n");
    hex_sha256(&[head.as_bytes(), &input.bytes].concat())
}
