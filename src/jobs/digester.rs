//! The seam between stored or requested work and the pipeline: whatever makes a
//! digest of an article. Tests put a scripted one here.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::digest::Digest;
use crate::pipeline::error::PipelineError;
use crate::pipeline::observe::Observer;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::{Author, Input, PIPELINE_VERSION, Pipeline, generate};

use super::order;

/// The future of a digest; dropping it stops the work.
pub type DigestFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Digest, PipelineError>> + Send + 'a>>;

/// What makes digests, as far as two of the same article may differ by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// Name of the model.
    pub model: String,
    /// Hash of the model's file.
    pub model_sha256: Option<String>,
    /// Version of the prompts.
    pub prompt_version: String,
    /// Version of the pipeline.
    pub pipeline_version: String,
}

impl Maker {
    /// This program with the model named.
    #[must_use]
    pub fn with_model(model: &str, model_sha256: Option<String>) -> Self {
        Self {
            model: model.to_owned(),
            model_sha256,
            prompt_version: generate::version(),
            pipeline_version: PIPELINE_VERSION.to_owned(),
        }
    }

    /// This program without a model.
    #[must_use]
    pub fn extractive() -> Self {
        Self::with_model("extractive", None)
    }

    /// What a digest of this article depends on, hashed.
    #[must_use]
    pub fn content_key(
        &self,
        input: &Input,
        options: &DigestOptions,
        generation: Option<&str>,
    ) -> String {
        // What cannot be packed has no digest, and no key.
        order::pack(input.clone(), options, generation)
            .map(|order| order::content_key(&order, self))
            .unwrap_or_default()
    }
}

/// Makes digests.
pub trait Digester: Send + Sync {
    /// What it is.
    fn maker(&self) -> Maker;

    /// Makes the digest of one article.
    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_>;

    /// The same, and tells `observer` how it goes, where it can.
    fn digest_observed(
        &self,
        input: Input,
        options: DigestOptions,
        _observer: Arc<dyn Observer>,
    ) -> DigestFuture<'_> {
        self.digest(input, options)
    }
}

impl Digester for Pipeline {
    fn maker(&self) -> Maker {
        match &self.author {
            Author::Extractive => Maker::extractive(),
            Author::Model(engine) => {
                let model = engine.model();
                Maker::with_model(&model.name, model.sha256.clone())
            }
        }
    }

    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        Box::pin(async move { Pipeline::digest(self, &input, &options).await })
    }

    fn digest_observed(
        &self,
        input: Input,
        options: DigestOptions,
        observer: Arc<dyn Observer>,
    ) -> DigestFuture<'_> {
        Box::pin(async move {
            Pipeline::digest_observed(self, &input, &options, observer.as_ref()).await
        })
    }
}
