//! How many batches wait for their turn: bounded, and told to the figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::telemetry;

use super::EngineError;

/// How many batches wait for their first step.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    now: Arc<AtomicUsize>,
    most: usize,
}

/// A place among the batches that wait; left when the batch's turn has come, or when
/// it ends before that, however it ends.
pub(super) struct Turn {
    waiting: Waiting,
    has_come: AtomicBool,
}

impl Waiting {
    /// Nobody waits; at most so many may, and at least one.
    pub(super) fn new(most: usize) -> Self {
        Self {
            now: Arc::default(),
            most: most.max(1),
        }
    }

    /// How many may wait.
    #[cfg(any(feature = "llama", test))]
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn now(&self) -> usize {
        self.now.load(Ordering::Acquire)
    }

    /// One more, if there is room.
    pub(super) fn join(&self) -> Result<Turn, EngineError> {
        let more = |now: usize| (now < self.most).then_some(now + 1);
        let joined = self
            .now
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        match joined {
            Ok(before) => {
                telemetry::waiting_batches(before + 1);
                Ok(Turn {
                    waiting: self.clone(),
                    has_come: AtomicBool::new(false),
                })
            }
            Err(waiting) => Err(EngineError::Saturated { waiting }),
        }
    }

    /// One less.
    fn leave(&self) {
        let before = self.now.fetch_sub(1, Ordering::AcqRel);
        telemetry::waiting_batches(before.saturating_sub(1));
    }
}

impl Turn {
    /// Waits no more. Says whether that is the first time.
    pub(super) fn comes(&self) -> bool {
        let is_first = !self.has_come.swap(true, Ordering::AcqRel);
        if is_first {
            self.waiting.leave();
        }
        is_first
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.comes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_wait_than_may() {
        let waiting = Waiting::new(2);
        let first = waiting.join().expect("the first");
        let second = waiting.join().expect("the second");
        let refused = waiting.join();
        assert!(matches!(
            refused,
            Err(EngineError::Saturated { waiting: 2 })
        ));
        assert!(first.comes());
        assert!(!first.comes(), "it has come already");
        let third = waiting.join().expect("one has left");
        drop((first, second, third));
        assert_eq!(waiting.now(), 0);
    }
}
