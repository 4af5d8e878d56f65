//! The seam between HTTP and the pipeline: whatever makes a digest of an
//! article. Tests put a scripted one here.

use std::future::Future;
use std::pin::Pin;

use crate::digest::Digest;
use crate::pipeline::error::PipelineError;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::{Input, Pipeline};

/// The future of a digest; dropping it stops the work.
pub type DigestFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Digest, PipelineError>> + Send + 'a>>;

/// Makes digests.
pub trait Digester: Send + Sync {
    /// Makes the digest of one article.
    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_>;
}

impl Digester for Pipeline {
    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        Box::pin(async move { Pipeline::digest(self, &input, &options).await })
    }
}
