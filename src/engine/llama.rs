//! llama.cpp in this process: the only file that names the binding; `quantise` names what
//! lies under it.
//!
//! The binding does not guard token counts and sequence ids, so every call is
//! checked here first. Grammars run in llguidance's matcher, driven directly:
//! the binding's own sampler lets everything through when the matcher fails.

use std::mem::ManuallyDrop;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use llguidance::ParserFactory;

use super::backend::{Backend, Row, TokenId};
use super::chat::Template;
use super::runtime::{Handle, RuntimeSettings};
use super::scheduler::Limits;
use super::{Batch, Engine, EngineError, ModelDescription, Peak, Prefix, Running, Shape};
use crate::lane::Lane;

mod grammars;
#[cfg(target_arch = "x86_64")]
mod kernels;
mod quantise;

use grammars::{GrammarMatcher, Grammars};

pub use quantise::{QUANTISER, QuantiseError, quantise};

/// llama.cpp's `LLAMA_FLASH_ATTN_TYPE_DISABLED` and `LLAMA_FLASH_ATTN_TYPE_ENABLED`.
const FLASH_ATTENTION: [i32; 2] = [0, 1];

/// llama.cpp's `LLAMA_MAX_SEQ`.
const MAX_SEQUENCES: usize = 256;

/// How to load and run a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LlamaSettings {
    /// KV cache cells, shared by the prefix and all branches.
    pub context_tokens: usize,
    /// Branches decoded at once.
    pub max_sequences: usize,
    /// Prefixes in the KV cache at once, those kept for later included.
    pub max_prefixes: usize,
    /// KV cache cells of prefixes that are kept after their batch.
    pub kept_prefix_tokens: usize,
    /// Tokens per decode step.
    pub step_tokens: usize,
    /// Tokens guessed ahead for one branch in a step; 0 guesses nothing.
    pub draft_tokens: usize,
    /// Whether attention is computed in one pass over the cache.
    pub flash_attention: bool,
    /// Whether products of weights and attention are computed by our own kernels, where there
    /// are any.
    pub own_kernels: bool,
    /// Threads; 0 takes one per core.
    pub threads: usize,
    /// Batches that may wait.
    pub max_waiting_batches: usize,
}

/// The in-process engine.
pub struct LlamaEngine {
    handle: Handle,
    description: ModelDescription,
    own_kernels: bool,
    threads: usize,
    /// Freed by [`LlamaEngine::close`] only: an engine that is dropped is one of a process
    /// that ends, which must not wait for it nor end while it is being freed.
    model: ManuallyDrop<Arc<LlamaModel>>,
}

impl LlamaEngine {
    /// Loads a GGUF file on the engine's own thread. Takes seconds.
    ///
    /// # Errors
    /// [`EngineError::Load`] when the file is no usable model.
    pub fn load(
        path: &Path,
        model: ModelDescription,
        settings: &LlamaSettings,
    ) -> Result<Self, EngineError> {
        let runtime = RuntimeSettings {
            limits: limits(settings),
            max_waiting: settings.max_waiting_batches,
        };
        let own_kernels = own_kernels(settings);
        let threads = threads(settings);
        let (path, settings) = (path.to_owned(), settings.clone());
        let (handle, loaded) = Handle::start(runtime, move |runtime| {
            let failed = |reason: String| EngineError::Load {
                path: path.display().to_string(),
                reason,
            };
            let loaded = Arc::new(load_model(&path).map_err(failed)?);
            let backend = LlamaCpp::new(&loaded, &settings).map_err(failed)?;
            runtime.serve(backend, Arc::clone(&loaded));
            Ok(())
        })?;
        Ok(Self {
            handle,
            description: model,
            own_kernels,
            threads,
            model: ManuallyDrop::new(loaded),
        })
    }

    /// Ends the engine, and comes back when the memory of its model and its context is
    /// free. Batches that somebody waits for are run to their ends before.
    pub fn close(self) {
        let model = ManuallyDrop::into_inner(self.model);
        self.handle.close();
        drop(model);
    }

    /// Whether our own kernels compute what they can: as was wanted of the first model of
    /// this process, if the processor is one of those that they are for.
    #[must_use]
    pub fn own_kernels(&self) -> bool {
        self.own_kernels
    }

    fn tokenizer(&self) -> Tokenizer<'_> {
        Tokenizer { model: &self.model }
    }
}

impl Engine for LlamaEngine {
    fn model(&self) -> &ModelDescription {
        &self.description
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.tokenizer().tokens(text, Trust::Text).len()
    }

    #[cfg(target_arch = "x86_64")]
    fn peak(&self) -> Option<Peak> {
        let vocabulary = f64::from(self.model.n_vocab()) * f64::from(self.model.n_embd());
        let weights = f64::from(u32::try_from(self.model.n_params() >> 10).ok()?) * 1024.0;
        Some(Peak {
            products_per_second: kernels::peak(self.threads)?,
            products_per_token: weights - vocabulary,
        })
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        self.handle.submit(batch)
    }
}

/// Has our own kernels take what they can, if that is wanted; whether they do.
fn own_kernels(settings: &LlamaSettings) -> bool {
    #[cfg(target_arch = "x86_64")]
    let taken = kernels::take(settings.own_kernels);
    #[cfg(not(target_arch = "x86_64"))]
    let taken = false;
    tracing::debug!(wanted = settings.own_kernels, taken, "own kernels");
    taken
}

/// What the scheduler may hand out. Branches of paused lanes keep their sequences,
/// as far as llama.cpp has so many.
fn limits(settings: &LlamaSettings) -> Limits {
    let most = MAX_SEQUENCES.saturating_sub(settings.max_prefixes).max(1);
    let running = settings.max_sequences.min(most);
    Limits {
        step_tokens: settings.step_tokens.max(running),
        running,
        sequences: (running * Lane::ALL.len()).min(most),
        slots: settings.max_prefixes,
        cells: settings.context_tokens,
        kept_cells: settings.kept_prefix_tokens,
        draft_tokens: settings.draft_tokens,
    }
}

/// Whether control tokens spelled out in a text become control tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Our own chat template.
    Template,
    /// Anything else: they stay text.
    Text,
}

/// The vocabulary, readable from any thread.
#[derive(Clone, Copy)]
struct Tokenizer<'m> {
    model: &'m LlamaModel,
}

impl Tokenizer<'_> {
    fn tokens(self, text: &str, trust: Trust) -> Vec<TokenId> {
        if text.is_empty() {
            return Vec::new();
        }
        let special = trust == Trust::Template;
        let tokens = self.model.vocab().tokenize(text.as_bytes(), false, special);
        tokens
            .into_iter()
            .map(|token| token.0.cast_unsigned())
            .collect()
    }

    /// The beginning-of-text token, for models that want one.
    fn start(self) -> Option<TokenId> {
        let vocab = self.model.vocab();
        vocab
            .should_add_bos()
            .then(|| vocab.bos().0.cast_unsigned())
    }
}

/// A model in memory.
fn load_model(path: &Path) -> Result<LlamaModel, String> {
    let library = library()?;
    let model = LlamaModel::load_from_file(library, path, &LlamaModelParams::default())
        .map_err(|error| error.to_string())?;
    if model.is_recurrent() || model.is_hybrid() {
        return Err("it is a recurrent model, whose branches cannot share a prefix".to_owned());
    }
    Ok(model)
}

/// A loaded model with its context, which borrows from it.
struct LlamaCpp<'m> {
    model: &'m LlamaModel,
    context: LlamaContext<'m>,
    batch: LlamaBatch<'static>,
    grammars: Grammars,
    template: Template,
    limits: Limits,
}

impl<'m> LlamaCpp<'m> {
    fn new(model: &'m LlamaModel, settings: &LlamaSettings) -> Result<Self, String> {
        let context = model
            .new_context(library()?, context_params(settings)?)
            .map_err(|error| error.to_string())?;
        let grammars = ParserFactory::new_simple(&LlamaSampler::llguidance_tok_env(model))
            .map_err(|error| error.to_string())?;
        let limits = limits(settings);
        Ok(Self {
            model,
            context,
            batch: LlamaBatch::new(limits.step_tokens, 1),
            grammars: Grammars::new(grammars),
            template: chat_template(model)?,
            limits,
        })
    }

    fn tokens(&self, text: &str, trust: Trust) -> Vec<TokenId> {
        Tokenizer { model: self.model }.tokens(text, trust)
    }

    fn sequence(&self, sequence: usize) -> Result<i32, EngineError> {
        i32::try_from(sequence)
            .ok()
            .filter(|_| sequence < self.limits.slots + self.limits.sequences)
            .ok_or_else(|| EngineError::Decode(format!("no sequence {sequence}")))
    }

    fn check(&self, row: &Row) -> Result<(LlamaToken, i32, i32), EngineError> {
        let known = row.token < self.model.n_vocab().cast_unsigned();
        let position = i32::try_from(row.position)
            .ok()
            .filter(|_| row.position < self.limits.cells);
        match (known, position) {
            (true, Some(position)) => Ok((
                LlamaToken(row.token.cast_signed()),
                position,
                self.sequence(row.sequence)?,
            )),
            _ => Err(EngineError::Decode(format!(
                "token {} at {}",
                row.token, row.position
            ))),
        }
    }
}

/// The process-wide library handle, started once: llama.cpp allows one. What the library
/// has to say goes into the log.
fn library() -> Result<&'static LlamaBackend, String> {
    static LIBRARY: std::sync::OnceLock<Result<LlamaBackend, String>> = std::sync::OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        send_logs_to_tracing(LogOptions::default());
        LlamaBackend::init().map_err(|error| error.to_string())
    });
    library.as_ref().map_err(Clone::clone)
}

fn threads(settings: &LlamaSettings) -> usize {
    match settings.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    }
}

fn context_params(settings: &LlamaSettings) -> Result<LlamaContextParams, String> {
    let narrow = |value: usize| u32::try_from(value).map_err(|error| error.to_string());
    let threads = i32::try_from(threads(settings)).map_err(|error| error.to_string())?;
    let limits = limits(settings);
    let step_tokens = narrow(limits.step_tokens)?;
    Ok(LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(narrow(settings.context_tokens)?))
        .with_n_batch(step_tokens)
        .with_n_ubatch(step_tokens)
        .with_n_seq_max(narrow(limits.slots + limits.sequences)?)
        .with_kv_unified(true)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_flash_attention_policy(FLASH_ATTENTION[usize::from(settings.flash_attention)]))
}

/// The chat template of the file, taken apart; ChatML when the file has none.
fn chat_template(model: &LlamaModel) -> Result<Template, String> {
    let template = match model.chat_template(None) {
        Ok(template) => template,
        Err(_) => LlamaChatTemplate::new("chatml").map_err(|error| error.to_string())?,
    };
    Template::take_apart(|messages| {
        let messages = messages
            .iter()
            .map(|(role, text)| LlamaChatMessage::new((*role).into(), (*text).into()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| error.to_string())?;
        model
            .apply_chat_template(&template, &messages, true)
            .map_err(|error| error.to_string())
    })
}

impl Backend for LlamaCpp<'_> {
    type Constraint = GrammarMatcher;

    fn prefix_tokens(&self, prefix: &Prefix) -> Vec<TokenId> {
        let mut tokens = self.tokens(&self.template.before_system, Trust::Template);
        let start = Tokenizer { model: self.model }.start();
        if start.is_some() && tokens.first() != start.as_ref() {
            tokens.splice(0..0, start);
        }
        tokens.extend(self.tokens(&prefix.system, Trust::Text));
        tokens.extend(self.tokens(&self.template.before_user, Trust::Template));
        tokens.extend(self.tokens(&prefix.user, Trust::Text));
        tokens
    }

    fn branch_tokens(&self, instruction: &str, answer_start: &str) -> Vec<TokenId> {
        let mut tokens = self.tokens(instruction, Trust::Text);
        tokens.extend(self.tokens(&self.template.before_answer, Trust::Template));
        tokens.extend(self.tokens(answer_start, Trust::Text));
        tokens
    }

    fn text_tokens(&self, text: &str) -> Vec<TokenId> {
        self.tokens(text, Trust::Text)
    }

    fn constraint(&self, shape: &Shape) -> Result<GrammarMatcher, EngineError> {
        self.grammars.matcher(shape)
    }

    fn share(&mut self, from: usize, to: usize, tokens: usize) -> Result<(), EngineError> {
        let (from, to) = (self.sequence(from)?, self.sequence(to)?);
        let end = u32::try_from(tokens).map_err(decode_error)?;
        self.context
            .kv_cache_seq_cp(from, to, Some(0), Some(end))
            .map_err(decode_error)
    }

    fn truncate(&mut self, sequence: usize, from: usize) -> Result<(), EngineError> {
        let sequence = self.sequence(sequence)?;
        let from = u32::try_from(from).map_err(decode_error)?;
        self.context
            .kv_cache_seq_rm(sequence, Some(from), None)
            .map_err(decode_error)
    }

    fn decode(&mut self, rows: &[Row]) -> Result<(), EngineError> {
        if rows.is_empty() || rows.len() > self.limits.step_tokens {
            return Err(EngineError::Decode(format!(
                "a step of {} tokens",
                rows.len()
            )));
        }
        self.batch.clear();
        for row in rows {
            let (token, position, sequence) = self.check(row)?;
            self.batch
                .add(token, position, &[sequence], row.wants_logits)
                .map_err(decode_error)?;
        }
        self.context.decode(&mut self.batch).map_err(decode_error)
    }

    fn logits(&self, row: usize) -> &[f32] {
        // The runtime asks only for rows whose logits it wanted in this step.
        i32::try_from(row).map_or(&[], |row| self.context.get_logits_ith(row))
    }

    fn piece(&self, token: TokenId) -> Vec<u8> {
        self.model
            .vocab()
            .token_to_piece(LlamaToken(token.cast_signed()), false, None)
    }
}

fn decode_error(error: impl std::fmt::Display) -> EngineError {
    EngineError::Decode(error.to_string())
}
