//! The seam between stored or requested work and the pipeline: whatever makes a
//! digest of an article. Tests put a scripted one here.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use crate::config::HouseStyle;
use crate::digest::Digest;
use crate::pipeline::error::PipelineError;
use crate::pipeline::observe::Observer;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::{Author, Input, PIPELINE_VERSION, Pipeline, generate};
use crate::telemetry;

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
    /// Hash of the house style, if there is one.
    pub house_style: Option<String>,
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
            house_style: None,
        }
    }

    /// The same in the words of a house.
    #[must_use]
    pub fn in_style(self, style: Option<&HouseStyle>) -> Self {
        Self {
            house_style: style.map(|it| it.sha256().to_owned()),
            ..self
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

/// A digester that can be replaced while others use it; what has begun goes on with
/// the old one.
pub struct Replaceable(RwLock<Arc<dyn Digester>>);

impl Replaceable {
    /// Begins with `digester`.
    #[must_use]
    pub fn new(digester: Arc<dyn Digester>) -> Self {
        Self(RwLock::new(digester))
    }

    /// Goes on with `digester`.
    pub fn set(&self, digester: Arc<dyn Digester>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = digester;
    }

    fn get(&self) -> Arc<dyn Digester> {
        let digester = self.0.read().unwrap_or_else(PoisonError::into_inner);
        digester.clone()
    }
}

impl Digester for Replaceable {
    fn maker(&self) -> Maker {
        self.get().maker()
    }

    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        let digester = self.get();
        Box::pin(async move { digester.digest(input, options).await })
    }

    fn digest_observed(
        &self,
        input: Input,
        options: DigestOptions,
        observer: Arc<dyn Observer>,
    ) -> DigestFuture<'_> {
        let digester = self.get();
        Box::pin(async move { digester.digest_observed(input, options, observer).await })
    }
}

impl Digester for Pipeline {
    fn maker(&self) -> Maker {
        let maker = match &self.author {
            Author::Extractive => Maker::extractive(),
            Author::Model(engine) => {
                let model = engine.model();
                Maker::with_model(&model.name, model.sha256.clone())
            }
        };
        maker.in_style(self.house_style.as_deref())
    }

    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        Box::pin(counted(async move {
            Pipeline::digest(self, &input, &options).await
        }))
    }

    fn digest_observed(
        &self,
        input: Input,
        options: DigestOptions,
        observer: Arc<dyn Observer>,
    ) -> DigestFuture<'_> {
        Box::pin(counted(async move {
            Pipeline::digest_observed(self, &input, &options, observer.as_ref()).await
        }))
    }
}

/// Tells the figures what came of an article: codes and scores, no word of it.
async fn counted(
    work: impl Future<Output = Result<Digest, PipelineError>>,
) -> Result<Digest, PipelineError> {
    let started = Instant::now();
    let outcome = work.await;
    let name = outcome
        .as_ref()
        .map_or_else(PipelineError::code, |_| "made");
    telemetry::digest(name, started.elapsed());
    let digest = outcome?;
    for refused in &digest.refused {
        let code = refused.reason.split(':').next().unwrap_or_default();
        telemetry::refused(code);
    }
    let answers = digest.faq.iter().map(|pair| &pair.answer);
    let passages = digest.summary.iter().chain(answers);
    let sentences = passages.flat_map(|passage| &passage.sentences);
    for evidence in sentences.flat_map(|sentence| &sentence.evidence) {
        telemetry::supported(evidence.score);
    }
    Ok(digest)
}
