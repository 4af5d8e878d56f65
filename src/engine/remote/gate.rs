//! How many requests are under way at once. Who waits is let in by lane, the most
//! urgent first, and within a lane in the order of arrival.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::lane::Lane;

pub(super) struct Gate {
    state: Mutex<State>,
}

struct State {
    free: usize,
    /// Those who wait, by the rank of their lane.
    waiting: [VecDeque<oneshot::Sender<Permit>>; Lane::ALL.len()],
}

/// The right to one request; given back when it is dropped.
pub(super) struct Permit {
    /// `None` of one that went on to somebody else.
    gate: Option<Arc<Gate>>,
}

impl Gate {
    /// Lets in so many at once.
    pub(super) fn new(most: usize) -> Arc<Self> {
        let state = State {
            free: most.max(1),
            waiting: Default::default(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
        })
    }

    /// Waits for its turn. To drop the future is to leave the queue.
    pub(super) async fn enter(self: &Arc<Self>, lane: Lane) -> Permit {
        let turn = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return self.permit();
            }
            let (sender, turn) = oneshot::channel();
            state.waiting[lane as usize].push_back(sender);
            turn
        };
        // The gate drops no sender that it has not sent with.
        turn.await.unwrap_or(Permit { gate: None })
    }

    fn permit(self: &Arc<Self>) -> Permit {
        Permit {
            gate: Some(self.clone()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next one in who still waits.
    fn release(self: &Arc<Self>) {
        let mut state = self.state();
        let mut permit = self.permit();
        while let Some(next) = state.waiting.iter_mut().find_map(VecDeque::pop_front) {
            match next.send(permit) {
                Ok(()) => return,
                Err(returned) => permit = returned,
            }
        }
        permit.gate = None;
        state.free += 1;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(gate) = self.gate.take() {
            gate.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    type Entering<'a> = Pin<Box<dyn Future<Output = Permit> + 'a>>;

    fn entering(gate: &Arc<Gate>, lane: Lane) -> Entering<'_> {
        let mut entering: Entering<'_> = Box::pin(gate.enter(lane));
        // Joins the queue.
        let _ = is_in(&mut entering);
        entering
    }

    fn is_in(entering: &mut Entering<'_>) -> Option<Permit> {
        match entering
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(permit) => Some(permit),
            Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn the_urgent_go_first_and_nobody_is_lost() {
        let gate = Gate::new(1);
        let first = gate.enter(Lane::Backfill).await;
        let mut archive = entering(&gate, Lane::Backfill);
        let gone = entering(&gate, Lane::Publish);
        let mut breaking = entering(&gate, Lane::Publish);
        drop(gone);
        drop(first);
        assert!(is_in(&mut archive).is_none(), "it is not its turn");
        let breaking = is_in(&mut breaking).expect("it goes first");
        drop(breaking);
        assert!(is_in(&mut archive).is_some());
        assert_eq!(gate.state().free, 1);
    }

    #[tokio::test]
    async fn a_turn_that_nobody_takes_goes_on() {
        let gate = Gate::new(1);
        let first = gate.enter(Lane::Draft).await;
        let waiting = entering(&gate, Lane::Draft);
        drop(first);
        // It was let in, and left before it knew.
        drop(waiting);
        assert_eq!(gate.state().free, 1);
    }
}
