//! One branch while it runs: its tokens, what is still wanted, and what the
//! logits of a step make of it.

use std::ops::Range;

use crate::engine::backend::{Backend, Constraint, State, TokenId};
use crate::engine::sampling::{greedy, logprob};
use crate::engine::scheduler::Demand;
use crate::engine::{Branch, Completion, EngineError, Finish, Goal, Logprobs, Shape};

use super::drafts::{Length, Lookup};

/// A branch's tokens, those of its prompt and those after it.
pub(super) struct Progress<C> {
    /// Tokens of the prefix that it goes on from.
    base: usize,
    tokens: Vec<TokenId>,
    /// Tokens up to the end of `answer_start`.
    prompt_tokens: usize,
    answer_start: String,
    task: Task<C>,
    likelihood: Likelihood,
    draft_length: Length,
    drafts: Vec<TokenId>,
}

enum Task<C> {
    Decode {
        shape: Shape,
        /// There once the branch has started.
        constraint: Option<C>,
        max_tokens: usize,
    },
    Score {
        text: String,
    },
}

/// What is known of the tokens after the prompt.
#[derive(Debug, Clone, Copy)]
struct Likelihood {
    count: usize,
    sum: f32,
    lowest: f32,
}

/// How a branch stands after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It goes on; so many of its drafts were right.
    Goes { accepted: usize },
    /// It is at an end.
    Ended { finish: Finish, accepted: usize },
    /// Its prompt is not in the cache yet.
    Fills,
}

impl<C: Constraint> Progress<C> {
    /// A branch that goes on from the first `base` tokens of the prefix.
    pub(super) fn new<B>(backend: &B, branch: Branch, (base, draft_tokens): (usize, usize)) -> Self
    where
        B: Backend<Constraint = C>,
    {
        let mut tokens = backend.branch_tokens(&branch.instruction, &branch.answer_start);
        let prompt_tokens = tokens.len();
        let task = match branch.goal {
            Goal::Decode { shape, max_tokens } => Task::Decode {
                shape,
                constraint: None,
                max_tokens: max_tokens.max(1),
            },
            Goal::Score { text } => {
                tokens.extend(backend.text_tokens(&text));
                Task::Score { text }
            }
        };
        Self {
            base,
            tokens,
            prompt_tokens,
            answer_start: branch.answer_start,
            task,
            likelihood: Likelihood::NONE,
            draft_length: Length::new(draft_tokens),
            drafts: Vec::new(),
        }
    }

    /// What it asks of the scheduler. The last token of a text that is scored has
    /// nothing after it, and does not run.
    pub(super) fn demand(&self) -> Demand {
        let (prompt_tokens, max_tokens) = match &self.task {
            Task::Decode { max_tokens, .. } => (self.tokens.len(), *max_tokens),
            Task::Score { .. } => (self.tokens.len() - 1, 0),
        };
        Demand {
            prompt_tokens: prompt_tokens.max(1),
            max_tokens,
        }
    }

    /// Compiles the shape, the first time that the branch starts.
    pub(super) fn start<B>(&mut self, backend: &B) -> Result<(), EngineError>
    where
        B: Backend<Constraint = C>,
    {
        if let Task::Decode {
            shape,
            constraint: constraint @ None,
            ..
        } = &mut self.task
        {
            *constraint = Some(backend.constraint(shape)?);
        }
        Ok(())
    }

    /// Tokens of the prefix that it goes on from.
    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Token `at`, counted from the branch's first.
    pub(super) fn token(&self, at: usize) -> TokenId {
        self.tokens[at]
    }

    /// The guesses that run with the last token, at most so many.
    pub(super) fn drafts(&self, most: usize) -> &[TokenId] {
        &self.drafts[..self.drafts.len().min(most)]
    }

    /// Whether the logits after token `at` will be read.
    pub(super) fn reads(&self, at: usize, last: bool) -> bool {
        match self.task {
            Task::Decode { .. } => last,
            Task::Score { .. } => at + 1 >= self.prompt_tokens,
        }
    }

    /// Goes on with what a step brought. `ran` are the branch's tokens that ran,
    /// `drafts` the guesses that ran after them; `logits` are counted from the
    /// first of `ran`.
    pub(super) fn take<'l>(
        &mut self,
        ran: Range<usize>,
        last: bool,
        drafts: usize,
        logits: impl Fn(usize) -> &'l [f32],
    ) -> Outcome {
        if matches!(self.task, Task::Score { .. }) {
            return self.score(ran, last, logits);
        }
        if !last {
            return Outcome::Fills;
        }
        let first = ran.len() - 1;
        let mut accepted = 0;
        loop {
            if let Some(finish) = self.decode(logits(first + accepted)) {
                return Outcome::Ended { finish, accepted };
            }
            let right = accepted < drafts && self.drafts.get(accepted) == self.tokens.last();
            if !right {
                self.draft_length.learn(drafts, accepted);
                return Outcome::Goes { accepted };
            }
            accepted += 1;
        }
    }

    fn score<'l>(
        &mut self,
        ran: Range<usize>,
        last: bool,
        logits: impl Fn(usize) -> &'l [f32],
    ) -> Outcome {
        let start = ran.start;
        for at in ran {
            // What ran before an eviction has been counted.
            if at + 1 == self.prompt_tokens + self.likelihood.count {
                let next = self.tokens.get(at + 1);
                let found = next.and_then(|next| logprob(logits(at - start), *next));
                self.likelihood.add(found.unwrap_or(f32::NEG_INFINITY));
            }
        }
        match last {
            true => Outcome::Ended {
                finish: Finish::Complete,
                accepted: 0,
            },
            false => Outcome::Fills,
        }
    }

    /// Guesses what may come next; says how many tokens that are.
    pub(super) fn look_ahead(&mut self, lookup: &Lookup, prefix: &[TokenId]) -> usize {
        let left = match self.task {
            // One more is decoded without any guess.
            Task::Decode { max_tokens, .. } => max_tokens.saturating_sub(self.decoded() + 1),
            Task::Score { .. } => 0,
        };
        let most = self.draft_length.get().min(left);
        self.drafts.clear();
        let guess = lookup.guess(prefix, &self.tokens, most);
        self.drafts.extend_from_slice(guess);
        self.drafts.len()
    }

    /// Tokens decoded so far.
    pub(super) fn decoded(&self) -> usize {
        match self.task {
            Task::Decode { .. } => self.tokens.len() - self.prompt_tokens,
            Task::Score { .. } => 0,
        }
    }

    /// Takes the next token from the logits; says so when the branch ends. A
    /// grammar that fails here ends this branch alone.
    fn decode(&mut self, logits: &[f32]) -> Option<Finish> {
        match self.sample(logits) {
            Ok((State::Ended, _)) => Some(Finish::Complete),
            Ok((State::Continues, true)) => Some(Finish::Length),
            Ok((State::Continues, false)) => None,
            Err(error) => {
                // The code alone: the rest may say what was decoded.
                tracing::warn!(code = error.code(), "a branch failed");
                Some(Finish::Failed)
            }
        }
    }

    /// The state of the grammar, and whether that was the last token allowed.
    fn sample(&mut self, logits: &[f32]) -> Result<(State, bool), EngineError> {
        let Task::Decode {
            constraint: Some(constraint),
            max_tokens,
            ..
        } = &mut self.task
        else {
            return Err(EngineError::Decode("a branch that has not started".into()));
        };
        let choice = greedy(logits, constraint)?
            .ok_or_else(|| EngineError::Grammar("it allows no token here".into()))?;
        let state = constraint.accept(choice.token)?;
        self.tokens.push(choice.token);
        self.likelihood.add(choice.logprob);
        Ok((state, self.tokens.len() - self.prompt_tokens >= *max_tokens))
    }

    /// What the branch said.
    pub(super) fn completion<B>(&self, backend: &B, finish: Finish) -> Completion
    where
        B: Backend<Constraint = C>,
    {
        let (said, finish) = match &self.task {
            Task::Score { text } => (text.clone(), finish),
            Task::Decode { .. } => self.said(backend, finish),
        };
        Completion {
            text: format!("{}{said}", self.answer_start),
            finish,
            logprobs: Some(self.likelihood.told()),
            tokens: self.likelihood.count,
        }
    }

    fn said<B>(&self, backend: &B, finish: Finish) -> (String, Finish)
    where
        B: Backend<Constraint = C>,
    {
        let decoded = &self.tokens[self.prompt_tokens..];
        let bytes: Vec<u8> = decoded.iter().flat_map(|it| backend.piece(*it)).collect();
        match String::from_utf8(bytes) {
            Ok(text) => (text, finish),
            Err(_) => (String::new(), Finish::Failed),
        }
    }
}

impl Likelihood {
    const NONE: Self = Self {
        count: 0,
        sum: 0.0,
        lowest: 0.0,
    };

    fn add(&mut self, logprob: f32) {
        self.count += 1;
        self.sum += logprob;
        self.lowest = self.lowest.min(logprob);
    }

    fn told(self) -> Logprobs {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a branch has a few hundred tokens"
        )]
        let count = self.count.max(1) as f32;
        Logprobs {
            mean: self.sum / count,
            lowest: self.lowest,
        }
    }
}
