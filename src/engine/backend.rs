//! What the runtime needs of a model library: tokens, sequences in a KV cache,
//! one decode step, logits. `llama` implements it; tests use a toy.

use super::sampling::Mask;
use super::{EngineError, Prefix, Shape};

/// A token of the model's vocabulary.
pub(super) type TokenId = u32;

/// One token in a decode step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) token: TokenId,
    /// Position within its sequence, from 0.
    pub(super) position: usize,
    pub(super) sequence: usize,
    /// Whether the logits after this token will be read.
    pub(super) wants_logits: bool,
}

/// A model with its KV cache.
pub(super) trait Backend {
    /// The grammar matcher of this backend.
    type Constraint: Constraint;

    /// The tokens of a prefix, chat template applied.
    fn prefix_tokens(&self, prefix: &Prefix) -> Vec<TokenId>;

    /// The tokens that continue a prefix with a branch's instruction, the end
    /// of the user's turn and the start of the answer.
    fn branch_tokens(&self, instruction: &str, answer_start: &str) -> Vec<TokenId>;

    /// The tokens of plain text.
    fn text_tokens(&self, text: &str) -> Vec<TokenId>;

    /// What holds a branch to a shape.
    fn constraint(&self, shape: &Shape) -> Result<Self::Constraint, EngineError>;

    /// Makes the empty sequence `to` share the first `tokens` cells of `from`.
    fn share(&mut self, from: usize, to: usize, tokens: usize) -> Result<(), EngineError>;

    /// Drops what a sequence holds from position `from` on.
    fn truncate(&mut self, sequence: usize, from: usize) -> Result<(), EngineError>;

    /// Runs one step.
    fn decode(&mut self, rows: &[Row]) -> Result<(), EngineError>;

    /// The logits after row `row` of the last step, which must have wanted them.
    fn logits(&self, row: usize) -> &[f32];

    /// The bytes of a token.
    fn piece(&self, token: TokenId) -> Vec<u8>;
}

/// A grammar being matched along one branch.
pub(super) trait Constraint {
    /// The tokens that may come next, the end-of-text token among them when
    /// the text may end.
    fn allowed(&mut self) -> Result<Mask<'_>, EngineError>;

    /// Whether a token is one of these.
    fn allows(&mut self, token: TokenId) -> Result<bool, EngineError> {
        Ok(self.allowed()?.allows(token))
    }

    /// Takes a token; an error means that the grammar forbids it.
    fn accept(&mut self, token: TokenId) -> Result<State, EngineError>;
}

/// Where a grammar stands after a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// More may come.
    Continues,
    /// The text is complete.
    Ended,
}
