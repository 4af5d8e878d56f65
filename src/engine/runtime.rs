//! The one thread that owns the model, and the loop that runs a batch on it.
//! Batches come through a bounded channel, one reply each; a reply that nobody
//! waits for any more stops its batch at the next step.
//!
//! Each batch starts from an empty KV cache, so that the same batch gives the
//! same answer whatever ran before it.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Instant;

use tokio::sync::oneshot;

use super::backend::{Backend, Constraint, PREFIX_SEQUENCE, Row, State, TokenId};
use super::sampling::greedy;
use super::scheduler::{Demand, Room, Scheduler, Share, Work};
use super::{Batch, BatchOutput, Completion, EngineError, Finish, Usage};

type Reply = Result<BatchOutput, EngineError>;

struct Request {
    batch: Batch,
    reply: oneshot::Sender<Reply>,
}

/// The sending end of the engine's thread.
pub(super) struct Handle {
    requests: SyncSender<Request>,
    max_waiting: usize,
}

/// How a runtime divides its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuntimeSettings {
    /// Tokens per step.
    pub(super) step_tokens: usize,
    /// Branches that run at once.
    pub(super) max_sequences: usize,
    /// KV cache cells.
    pub(super) context_tokens: usize,
    /// Batches that may wait.
    pub(super) max_waiting: usize,
}

impl Handle {
    /// Starts the thread. `load` runs on it, and its error comes back from here.
    pub(super) fn start<B, I, F>(
        settings: RuntimeSettings,
        load: F,
    ) -> Result<(Self, I), EngineError>
    where
        B: Backend,
        I: Send + 'static,
        F: FnOnce() -> Result<(B, I), EngineError> + Send + 'static,
    {
        let (requests, inbox) = sync_channel(settings.max_waiting.max(1));
        let (loaded, outcome) = sync_channel(1);
        std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || match load() {
                Ok((backend, info)) => {
                    // The receiver waits below; it cannot be gone.
                    let _ = loaded.send(Ok(info));
                    serve(backend, settings, &inbox);
                }
                Err(error) => {
                    let _ = loaded.send(Err(error));
                }
            })
            .map_err(|_| EngineError::Stopped)?;
        let info = outcome.recv().map_err(|_| EngineError::Stopped)??;
        Ok((
            Self {
                requests,
                max_waiting: settings.max_waiting,
            },
            info,
        ))
    }

    /// Queues a batch and waits for its answer.
    pub(super) async fn run(&self, batch: Batch) -> Reply {
        let (reply, answer) = oneshot::channel();
        self.requests
            .try_send(Request { batch, reply })
            .map_err(|error| match error {
                TrySendError::Full(_) => EngineError::Saturated {
                    waiting: self.max_waiting,
                },
                TrySendError::Disconnected(_) => EngineError::Stopped,
            })?;
        answer.await.map_err(|_| EngineError::Stopped)?
    }
}

fn serve<B: Backend>(mut backend: B, settings: RuntimeSettings, inbox: &Receiver<Request>) {
    while let Ok(Request { batch, reply }) = inbox.recv() {
        let outcome = run_batch(&mut backend, settings, &batch, || reply.is_closed());
        // A caller that left has no use for the answer.
        let _ = reply.send(outcome);
    }
}

/// Runs one batch to its end, or until `cancelled` says that nobody waits.
pub(super) fn run_batch<B: Backend>(
    backend: &mut B,
    settings: RuntimeSettings,
    batch: &Batch,
    cancelled: impl Fn() -> bool,
) -> Reply {
    let started = Instant::now();
    let mut run = Run::new(backend, settings, batch)?;
    run.prefill_prefix(&cancelled)?;
    run.usage.prefill_ms = millis_since(started);
    let decoding = Instant::now();
    while !run.scheduler.is_done() {
        stop_if(&cancelled)?;
        run.step()?;
    }
    run.usage.decode_ms = millis_since(decoding);
    Ok(run.output())
}

fn millis_since(instant: Instant) -> u64 {
    u64::try_from(instant.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn stop_if(cancelled: &impl Fn() -> bool) -> Result<(), EngineError> {
    if cancelled() {
        Err(EngineError::Stopped)
    } else {
        Ok(())
    }
}

/// One branch while it runs.
struct Progress<C> {
    prompt: Vec<TokenId>,
    constraint: C,
    max_tokens: usize,
    decoded: Vec<TokenId>,
    logprob_sum: f32,
    finish: Option<Finish>,
}

struct Run<'a, B: Backend> {
    backend: &'a mut B,
    settings: RuntimeSettings,
    batch: &'a Batch,
    prefix: Vec<TokenId>,
    branches: Vec<Progress<B::Constraint>>,
    scheduler: Scheduler,
    usage: Usage,
}

impl<'a, B: Backend> Run<'a, B> {
    fn new(
        backend: &'a mut B,
        settings: RuntimeSettings,
        batch: &'a Batch,
    ) -> Result<Self, EngineError> {
        let prefix = backend.prefix_tokens(&batch.prefix);
        let branches = batch
            .branches
            .iter()
            .map(|branch| {
                Ok(Progress {
                    prompt: backend.branch_tokens(branch),
                    constraint: backend.constraint(&branch.grammar)?,
                    max_tokens: branch.max_tokens.max(1),
                    decoded: Vec::new(),
                    logprob_sum: 0.0,
                    finish: None,
                })
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        let scheduler = schedule(&settings, prefix.len(), &branches)?;
        Ok(Self {
            backend,
            settings,
            batch,
            prefix,
            branches,
            scheduler,
            usage: Usage::default(),
        })
    }

    fn prefill_prefix(&mut self, cancelled: &impl Fn() -> bool) -> Result<(), EngineError> {
        self.backend.clear();
        for start in (0..self.prefix.len()).step_by(self.settings.step_tokens) {
            stop_if(cancelled)?;
            let end = (start + self.settings.step_tokens).min(self.prefix.len());
            let rows: Vec<Row> = (start..end)
                .map(|position| Row {
                    token: self.prefix[position],
                    position,
                    sequence: PREFIX_SEQUENCE,
                    wants_logits: false,
                })
                .collect();
            self.backend.decode(&rows)?;
            self.usage.prefill_tokens += rows.len();
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), EngineError> {
        for admission in self.scheduler.admit() {
            self.backend.fork(branch_sequence(admission.sequence))?;
        }
        let shares = self.scheduler.step();
        let rows: Vec<Row> = shares.iter().flat_map(|share| self.rows(share)).collect();
        self.backend.decode(&rows)?;
        let mut next_row = 0;
        for share in &shares {
            next_row += self.count(share);
            if matches!(share.work, Work::Decode | Work::Prefill { last: true, .. }) {
                self.advance(share.branch, next_row - 1)?;
            }
        }
        Ok(())
    }

    /// Adds a share to the usage and says how many rows it had.
    fn count(&mut self, share: &Share) -> usize {
        match &share.work {
            Work::Prefill { tokens, .. } => {
                self.usage.prefill_tokens += tokens.len();
                tokens.len()
            }
            Work::Decode => {
                self.usage.decode_tokens += 1;
                1
            }
        }
    }

    fn rows(&self, share: &Share) -> Vec<Row> {
        let branch = &self.branches[share.branch];
        let sequence = branch_sequence(share.sequence);
        let row = |token, offset, wants_logits| Row {
            token,
            position: self.prefix.len() + offset,
            sequence,
            wants_logits,
        };
        match &share.work {
            Work::Prefill { tokens, last } => tokens
                .clone()
                .map(|at| row(branch.prompt[at], at, *last && at + 1 == tokens.end))
                .collect(),
            Work::Decode => {
                let offset = branch.prompt.len() + branch.decoded.len() - 1;
                branch
                    .decoded
                    .last()
                    .map(|token| row(*token, offset, true))
                    .into_iter()
                    .collect()
            }
        }
    }

    /// Samples the branch's next token from a row's logits, or ends the branch.
    fn advance(&mut self, branch: usize, row: usize) -> Result<(), EngineError> {
        let progress = &mut self.branches[branch];
        let finish = progress.advance(self.backend.logits(row));
        if let Some(finish) = finish {
            progress.finish = Some(finish);
            if let Some(sequence) = self.scheduler.finish(branch) {
                self.backend.release(branch_sequence(sequence))?;
            }
        }
        Ok(())
    }

    fn output(self) -> BatchOutput {
        let backend = &*self.backend;
        let completions = self
            .branches
            .iter()
            .zip(&self.batch.branches)
            .map(|(progress, branch)| progress.completion(backend, &branch.answer_start))
            .collect();
        BatchOutput {
            completions,
            usage: self.usage,
        }
    }
}

fn branch_sequence(sequence: usize) -> usize {
    PREFIX_SEQUENCE + 1 + sequence
}

fn schedule<C>(
    settings: &RuntimeSettings,
    prefix_tokens: usize,
    branches: &[Progress<C>],
) -> Result<Scheduler, EngineError> {
    let room = Room {
        step_tokens: settings.step_tokens.max(settings.max_sequences),
        sequences: settings.max_sequences,
        cells: settings.context_tokens.saturating_sub(prefix_tokens),
    };
    let demands: Vec<Demand> = branches
        .iter()
        .map(|b| Demand {
            prompt_tokens: b.prompt.len(),
            max_tokens: b.max_tokens,
        })
        .collect();
    Scheduler::new(room, &demands).map_err(|demand| EngineError::ContextFull {
        needed: prefix_tokens + demand.cells(),
        limit: settings.context_tokens,
    })
}

impl<C: Constraint> Progress<C> {
    /// Takes the next token from the logits; says so when the branch ends. A
    /// grammar that fails here ends this branch alone.
    fn advance(&mut self, logits: &[f32]) -> Option<Finish> {
        match self.sample(logits) {
            Ok(State::Ended) => Some(Finish::Complete),
            Ok(State::Continues) if self.decoded.len() == self.max_tokens => Some(Finish::Length),
            Ok(State::Continues) => None,
            Err(error) => {
                tracing::warn!(%error, "a branch failed");
                Some(Finish::Failed)
            }
        }
    }

    fn sample(&mut self, logits: &[f32]) -> Result<State, EngineError> {
        let allowed = self.constraint.allowed()?;
        let choice = greedy(logits, &allowed)
            .ok_or_else(|| EngineError::Grammar("it allows no token here".into()))?;
        self.decoded.push(choice.token);
        self.logprob_sum += choice.logprob;
        self.constraint.accept(choice.token)
    }

    fn completion<B: Backend>(&self, backend: &B, answer_start: &str) -> Completion {
        let bytes: Vec<u8> = self
            .decoded
            .iter()
            .flat_map(|token| backend.piece(*token))
            .collect();
        let (decoded, finish) = match String::from_utf8(bytes) {
            Ok(text) => (text, self.finish.unwrap_or(Finish::Failed)),
            Err(_) => (String::new(), Finish::Failed),
        };
        let tokens = self.decoded.len();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a branch has a few hundred tokens"
        )]
        let mean_logprob = self.logprob_sum / tokens.max(1) as f32;
        Completion {
            text: format!("{answer_start}{decoded}"),
            finish,
            mean_logprob,
            tokens,
        }
    }
}

#[cfg(test)]
mod tests;
