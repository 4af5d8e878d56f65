//! Measures what digests cost on this machine, for `afterword bench`: seconds and
//! tokens by phase, beside what a general server gets from the same weights (`peer`),
//! with articles together (`together`), under load (`load`) and over hours (`soak`). And
//! what two files of one model cost beside each other (`weights`), for
//! `afterword models optimise`.
//!
//! Takes a pipeline and asks of it what any caller may; reads no configuration and
//! prints nothing. A figure that a run cannot give is `None`, never a zero.

use std::sync::Arc;

use crate::archive::ArchiveError;
use crate::config::Limits;
use crate::engine::{Engine, EngineError};
use crate::pipeline::error::PipelineError;
use crate::pipeline::options::{DigestOptions, OptionsRequest};
use crate::pipeline::render::RenderOptions;
use crate::pipeline::{Author, Fences, Pipeline};

pub mod articles;
pub mod compare;
pub mod figures;
pub mod load;
pub mod machine;
pub mod meter;
pub mod own;
pub mod peer;
pub mod report;
pub mod soak;
pub mod summary;
pub mod together;
pub mod weights;
pub mod written;

use meter::Meter;

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The articles cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// None of the articles gets a digest.
    #[error("there is no article to measure with")]
    NoArticles,
    /// The server to compare with failed.
    #[error("the server to compare with: {0}")]
    Peer(String),
    /// The pipeline or its engine failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl From<EngineError> for BenchError {
    fn from(error: EngineError) -> Self {
        Self::Pipeline(error.into())
    }
}

impl BenchError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Archive(error) => error.hint(),
            Self::NoArticles => "name a folder of articles in English with --articles",
            Self::Peer(_) => "try the server by hand; docs/benchmarks.md says how it is started",
            Self::Pipeline(error) => error.hint(),
        }
    }
}

/// Is told how far a measurement is. Must not wait.
pub trait Observer: Send + Sync {
    /// So many steps are to come.
    fn start(&self, steps: usize);
    /// A step has begun.
    fn step(&self, what: &str);
    /// It has ended.
    fn done(&self);
    /// Something that the user should know.
    fn note(&self, line: &str);
}

/// The product as it is measured: its engine noted, its options the defaults.
pub struct Product {
    /// Ingest, draft, verify, select.
    pub pipeline: Pipeline,
    /// The engine of the pipeline.
    pub meter: Arc<Meter>,
    /// What is asked for of each article.
    pub options: DigestOptions,
    /// What each digest is printed as.
    pub rendering: RenderOptions,
}

impl Product {
    /// A product around an engine.
    ///
    /// # Errors
    /// [`PipelineError`] when the limits allow no default options.
    pub fn new(
        engine: Arc<dyn Engine>,
        limits: Limits,
        rendering: RenderOptions,
    ) -> Result<Self, PipelineError> {
        let meter = Arc::new(Meter::new(engine));
        Ok(Self {
            options: DigestOptions::check(&OptionsRequest::default(), &limits)?,
            pipeline: Pipeline {
                limits,
                author: Author::Model(meter.clone()),
                house_style: None,
                fences: Fences::of_text(),
            },
            meter,
            rendering,
        })
    }
}
