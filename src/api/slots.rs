//! Slots for articles that are read and answered: so many at once. How long they are
//! held tells a caller who finds none when to come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a slot is taken to be held until one was given back.
const FIRST_GUESS: Duration = Duration::from_secs(10);
/// A slot that was held for the mean time or longer moves the mean by this share of
/// what it differs from it; a shorter one by less, as it is in the way for less.
const WEIGHT: f64 = 0.2;
/// Bounds of what a caller is told: a few slow digests keep nobody away for long.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(300);

/// So many slots.
pub(super) struct Slots {
    free: Arc<Semaphore>,
    all: u32,
    /// Microseconds for which a slot is held: a moving mean.
    held: Arc<AtomicU64>,
}

impl Slots {
    pub(super) fn new(all: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(all)),
            all: u32::try_from(all).unwrap_or(u32::MAX).max(1),
            held: Arc::new(AtomicU64::new(micros(FIRST_GUESS))),
        }
    }

    /// One of them, if one is free.
    pub(super) fn take(&self) -> Option<Slot> {
        let permit = self.free.clone().try_acquire_owned().ok()?;
        Some(Slot {
            since: Instant::now(),
            held: self.held.clone(),
            _permit: permit,
        })
    }

    /// How many are free.
    pub(super) fn free(&self) -> usize {
        self.free.available_permits()
    }

    /// In how long one should be free: while all are taken, they come back one after
    /// another, evenly over the time for which one is held.
    pub(super) fn next_free(&self) -> Duration {
        let held = Duration::from_micros(self.held.load(Ordering::Relaxed));
        (held / self.all).clamp(SOONEST, LATEST)
    }
}

/// A slot that is held until it is dropped.
pub(super) struct Slot {
    since: Instant,
    held: Arc<AtomicU64>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let time = micros(self.since.elapsed());
        let moved = |mean| Some(moved(mean, time));
        // It always gives a value, so there is no error.
        let _ = self
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, moved);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are far below 2^52 microseconds, and no mean of them is negative"
)]
fn moved(mean: u64, time: u64) -> u64 {
    let (mean, time) = (mean as f64, time as f64);
    let weight = WEIGHT * (time / mean.max(1.0)).min(1.0);
    (mean + weight * (time - mean)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_given_back() {
        let slots = Slots::new(1);
        let slot = slots.take();
        assert!(slot.is_some() && slots.take().is_none());
        drop(slot);
        assert_eq!(slots.free(), 1);
    }

    #[test]
    fn the_mean_follows_what_holds_slots_and_not_what_passes_through() {
        let minute = micros(Duration::from_secs(60));
        let slow = (0..30).fold(micros(FIRST_GUESS), |mean, _| moved(mean, minute));
        assert!(slow > minute * 9 / 10, "{slow}");
        let refused = (0..1000).fold(slow, |mean, _| moved(mean, 1_000));
        assert!(refused > minute * 8 / 10, "{refused}");
        let fast = (0..100).fold(slow, |mean, _| moved(mean, minute / 4));
        assert!(fast < minute / 3, "{fast}");
    }

    #[test]
    fn callers_share_the_slots_that_come_back() {
        let held = |all, seconds| {
            let slots = Slots::new(all);
            let time = micros(Duration::from_secs(seconds));
            slots.held.store(time, Ordering::Relaxed);
            slots.next_free()
        };
        assert_eq!(held(4, 60), Duration::from_secs(15));
        assert_eq!([held(8, 1), held(1, 9000)], [SOONEST, LATEST]);
    }
}
