//! Builds who drafts: a language model, or the extractive author.

use clap::ValueEnum;

use crate::config::Settings;
use crate::models::Store;
use crate::pipeline::Author;

use super::exit::Failure;

pub(super) mod remote;

/// Who drafts, as the command line says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineKind {
    /// A language model, run in this process.
    Llama,
    /// A language model behind an OpenAI-compatible API: see engine.remote.
    Remote,
    /// No model: salient sentences and template questions.
    Extractive,
}

/// Builds the author. `model` is a catalogue name or a path, or what a remote service
/// calls it; `None` takes the configured one. Loading a model takes seconds.
pub(super) fn author(
    kind: EngineKind,
    model: Option<&str>,
    store: &Store,
    settings: &Settings,
) -> Result<Author, Failure> {
    match kind {
        EngineKind::Extractive => Ok(Author::Extractive),
        EngineKind::Llama => llama(model.unwrap_or(&settings.engine.model), store, settings),
        EngineKind::Remote => remote::author(model, settings),
    }
}

#[cfg(feature = "llama")]
fn llama(model: &str, store: &Store, settings: &Settings) -> Result<Author, Failure> {
    use std::sync::Arc;

    use crate::engine::ModelDescription;
    use crate::engine::llama::{LlamaEngine, LlamaSettings};
    use crate::pipeline::error::PipelineError;

    let file = store.resolve(model)?;
    let engine = &settings.engine;
    let context_tokens = file.context_tokens.map_or(engine.context_tokens, |most| {
        most.min(engine.context_tokens)
    });
    let description = ModelDescription {
        name: file.name,
        sha256: Some(file.sha256.to_string()),
        source_sha256: file.source_sha256.map(|it| it.to_string()),
        context_tokens,
    };
    let llama = LlamaSettings {
        context_tokens,
        max_sequences: engine.max_sequences,
        max_prefixes: engine.max_prefixes,
        kept_prefix_tokens: engine.kept_prefix_tokens.min(context_tokens / 2),
        step_tokens: engine.step_tokens,
        draft_tokens: engine.draft_tokens,
        flash_attention: engine.flash_attention,
        own_kernels: engine.own_kernels,
        threads: engine.threads,
        max_waiting_batches: settings.limits.max_waiting_batches,
    };
    let engine = LlamaEngine::load(&file.path, description, &llama).map_err(PipelineError::from)?;
    Ok(Author::Model(Arc::new(engine)))
}

#[cfg(not(feature = "llama"))]
fn llama(_model: &str, _store: &Store, _settings: &Settings) -> Result<Author, Failure> {
    Err(Failure::new(
        super::exit::Exit::Usage,
        "this build has no llama.cpp engine",
        "pass --engine extractive, or build with default features",
    ))
}
