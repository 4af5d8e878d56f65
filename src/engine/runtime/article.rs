//! A batch while it is in the machine: its prefix, its branches, who waits for
//! it, and what it has taken so far.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tracing::Span;

use crate::engine::backend::{Backend, TokenId};
use crate::engine::scheduler::{Owner, Share, Slot, Submission};
use crate::engine::waiting::Turn;
use crate::engine::{EngineError, Reporter, Usage};
use crate::lane::Lane;

use super::Request;
use super::branch::Progress;
use super::drafts::Lookup;
use super::fork::Forks;

pub(super) struct Article<C> {
    pub(super) prefix: Rc<[TokenId]>,
    pub(super) branches: Vec<Progress<C>>,
    /// Before the reporter, as in a request.
    turn: Turn,
    pub(super) reporter: Reporter,
    pub(super) usage: Usage,
    lane: Lane,
    /// Where it comes from: the request or the job, for the log.
    pub(super) span: Span,
    lookup: Lookup,
    arrived: Instant,
    /// When its prefix got a slot.
    started: Option<Instant>,
    /// When its first branch started.
    forked: Option<Instant>,
    /// What the model took for its shares of steps.
    model: Duration,
    /// Of that, for the wide ones.
    wide: Duration,
}

/// What the model did in a step for one share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) took: Duration,
    /// Tokens that it decoded; `None`: the step was not wide.
    pub(super) wide_tokens: Option<usize>,
}

impl<C: crate::engine::backend::Constraint> Article<C> {
    pub(super) fn new<B>(backend: &B, request: Request, draft_tokens: usize) -> Self
    where
        B: Backend<Constraint = C>,
    {
        let Request {
            batch,
            turn,
            reporter,
            span,
        } = request;
        let prefix: Rc<[TokenId]> = backend.prefix_tokens(&batch.prefix).into();
        let forks = Forks::of((&batch.prefix, &prefix), |token| backend.piece(token));
        let branches = batch.branches.into_iter().map(|mut branch| {
            let fork = forks.at(branch.until);
            branch.instruction.insert_str(0, fork.rest);
            Progress::new(backend, branch, (fork.tokens, draft_tokens))
        });
        Self {
            lookup: Lookup::new(&prefix),
            branches: branches.collect(),
            prefix,
            turn,
            reporter,
            usage: Usage::default(),
            lane: batch.lane,
            span,
            arrived: Instant::now(),
            started: None,
            forked: None,
            model: Duration::ZERO,
            wide: Duration::ZERO,
        }
    }

    pub(super) fn submission(&self, heir_of: Option<Slot>) -> Submission {
        Submission {
            lane: self.lane,
            prefix_tokens: self.prefix.len(),
            heir_of,
            branches: self.branches.iter().map(Progress::demand).collect(),
        }
    }

    /// Its prefix has a slot, which holds so many of its tokens already.
    pub(super) fn start(&mut self, inherited: usize) {
        self.usage.cached_tokens += inherited;
        self.started.get_or_insert_with(Instant::now);
        self.turn.comes();
    }

    pub(super) fn fork<B>(&mut self, backend: &B, branch: usize) -> Result<(), EngineError>
    where
        B: Backend<Constraint = C>,
    {
        self.forked.get_or_insert_with(Instant::now);
        self.branches[branch].start(backend)
    }

    /// Token `at` of an owner, and its position in the context.
    pub(super) fn token(&self, owner: Owner, at: usize) -> (TokenId, usize) {
        match owner {
            Owner::Prefix => (self.prefix[at], at),
            Owner::Branch(branch) => {
                let branch = &self.branches[branch];
                (branch.token(at), branch.base() + at)
            }
        }
    }

    /// The guesses that run with a share.
    pub(super) fn drafts(&self, share: &Share) -> &[TokenId] {
        match share.owner {
            Owner::Branch(branch) => self.branches[branch].drafts(share.drafts),
            Owner::Prefix => &[],
        }
    }

    /// Lets a branch guess; says how many tokens it would like to run.
    pub(super) fn look_ahead(&mut self, branch: usize) -> usize {
        self.branches[branch].look_ahead(&self.lookup, &self.prefix)
    }

    /// Whether a share is one token that a branch has decoded: nothing is read in it.
    pub(super) fn decodes(&self, share: &Share) -> bool {
        let decodes = match share.owner {
            Owner::Branch(branch) => self.branches[branch].decoded() > 0,
            Owner::Prefix => false,
        };
        decodes && share.tokens.len() == 1
    }

    /// Notes what ran for it in a step.
    pub(super) fn note(&mut self, share: &Share, drafts: usize) {
        self.usage.draft_tokens += drafts;
        if !self.decodes(share) {
            self.usage.prefill_tokens += share.tokens.len();
        }
    }

    /// Notes a share that it had in a step.
    pub(super) fn note_step(&mut self, step: Step) {
        self.model += step.took;
        if let Some(tokens) = step.wide_tokens {
            self.wide += step.took;
            self.usage.wide_tokens += tokens;
        }
    }

    /// Tells the log and the figures how the batch ended and what it took.
    pub(super) fn tell(&self, outcome: &'static str) -> Usage {
        let usage = self.total();
        self.span.in_scope(|| usage.tell(outcome, self.lane));
        usage
    }

    /// Waits no more, and tells who waits for it.
    pub(super) fn end(self, outcome: Result<Usage, EngineError>) {
        self.turn.comes();
        self.reporter.ended(outcome);
    }

    /// What the batch took, told at its end.
    fn total(&self) -> Usage {
        let started = self.started.unwrap_or(self.arrived);
        let forked = self.forked.unwrap_or(started);
        Usage {
            queue_ms: millis(started.duration_since(self.arrived)),
            prefill_ms: millis(forked.duration_since(started)),
            decode_ms: millis(forked.elapsed()),
            model_ms: millis(self.model),
            wide_ms: millis(self.wide),
            ..self.usage
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
