//! The one thread that owns the model. Batches come through a bounded channel and
//! join at the next step; the scheduler says what a step holds, and this carries
//! it out: tokens in, logits out, one more token for each branch that decodes.
//!
//! Nothing here decides who goes first, and nothing outlives its reporter: a
//! batch that nobody waits for any more is gone before the next step. A panic is a
//! bug and ends the thread: whoever waits hears that the engine has stopped, and so
//! does whoever comes later.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;

use tracing::Span;

use super::backend::Backend;
use super::scheduler::Limits;
use super::waiting::{Turn, Waiting};
use super::{Batch, EngineError, Reporter, Running};

mod article;
mod branch;
mod drafts;
mod fork;
mod machine;
mod prefixes;

use machine::Machine;

struct Request {
    batch: Batch,
    /// Before the reporter: dropped in this order, nobody hears of the end of a batch
    /// that still waits.
    turn: Turn,
    reporter: Reporter,
    /// Where it comes from: the request or the job, for the log.
    span: Span,
}

/// The sending end of the engine's thread.
pub(super) struct Handle {
    requests: SyncSender<Request>,
    waiting: Waiting,
    thread: JoinHandle<()>,
}

/// The engine's thread before it has a backend, which may borrow from what lives there.
pub(super) struct Runtime<I> {
    limits: Limits,
    inbox: Receiver<Request>,
    /// Hears how loading went, once.
    loaded: SyncSender<Result<I, EngineError>>,
}

/// How a runtime divides its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuntimeSettings {
    /// What the scheduler may hand out.
    pub(super) limits: Limits,
    /// Batches that may wait.
    pub(super) max_waiting: usize,
}

impl Handle {
    /// Starts the thread. `load` runs on it and ends with [`Runtime::serve`]; its error
    /// comes back from here, and so does what it serves with.
    pub(super) fn start<I, F>(settings: RuntimeSettings, load: F) -> Result<(Self, I), EngineError>
    where
        I: Send + 'static,
        F: FnOnce(Runtime<I>) -> Result<(), EngineError> + Send + 'static,
    {
        let waiting = Waiting::new(settings.max_waiting);
        let (requests, inbox) = sync_channel(waiting.most());
        let (loaded, outcome) = sync_channel(1);
        let runtime = Runtime {
            limits: settings.limits,
            inbox,
            loaded: loaded.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || {
                if let Err(error) = load(runtime) {
                    // The receiver waits below; it cannot be gone.
                    let _ = loaded.send(Err(error));
                }
            })
            .map_err(|_| EngineError::Stopped)?;
        let info = outcome.recv().map_err(|_| EngineError::Stopped)??;
        let handle = Self {
            requests,
            waiting,
            thread,
        };
        Ok((handle, info))
    }

    /// Ends the thread, and comes back when all that it held is gone.
    pub(super) fn close(self) {
        drop(self.requests);
        // What it held is gone after a panic too.
        let _ = self.thread.join();
    }

    /// Queues a batch.
    pub(super) fn submit(&self, batch: Batch) -> Result<Running, EngineError> {
        let turn = self.waiting.join()?;
        let (reporter, running) = Running::new(batch.branches.len());
        let sent = self.requests.try_send(Request {
            batch,
            turn,
            reporter,
            span: Span::current(),
        });
        match sent {
            Ok(()) => Ok(running),
            // As many fit as may wait.
            Err(TrySendError::Full(_)) => Err(EngineError::Saturated {
                waiting: self.waiting.most(),
            }),
            Err(TrySendError::Disconnected(_)) => Err(EngineError::Stopped),
        }
    }
}

impl<I> Runtime<I> {
    /// Tells that all is loaded, and answers with the backend until nobody asks any more.
    pub(super) fn serve<B: Backend>(self, backend: B, info: I) {
        // The receiver waits where the thread was started; it cannot be gone.
        let _ = self.loaded.send(Ok(info));
        serve(Machine::new(backend, self.limits), &self.inbox);
    }
}

/// Takes in what has come before each step, sleeps when there is nothing to do,
/// and ends when nobody can send any more.
fn serve<B: Backend>(mut machine: Machine<B>, inbox: &Receiver<Request>) {
    loop {
        let request = match machine.is_idle() {
            true => inbox.recv().map_err(|_| TryRecvError::Disconnected),
            false => inbox.try_recv(),
        };
        match request {
            Ok(request) => machine.submit(request),
            Err(TryRecvError::Disconnected) if machine.is_idle() => return,
            Err(_) => machine.step(),
        }
    }
}

#[cfg(test)]
mod tests;
