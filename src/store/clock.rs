//! The store's time on SQLite, which has no server whose clock all could share.
//! The rule: never back, and forward at the pace of real time while anyone runs.
//!
//! Now is the latest of three: what the last transaction told, whoever made it;
//! our last reading plus the time that passed since by a clock that nobody can
//! set; and the system's clock. So a clock that is set back changes nothing for
//! who runs, and holds leases and retries no longer than they should be held.
//! One that is set forward ends leases early, and a job may run twice; the fence
//! keeps its result single. PostgreSQL's own clock is used as it is: set back, it
//! delays and loses nothing, as all deadlines are compared and never counted.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::job::Millis;

/// What one process knows of the time.
#[derive(Debug)]
pub(super) struct Clock {
    anchor: Mutex<Anchor>,
}

/// Store time and steady time at one moment.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    at: Millis,
    steady: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        let anchor = Anchor {
            at: system(),
            steady: Instant::now(),
        };
        Self {
            anchor: Mutex::new(anchor),
        }
    }

    /// The time to propose to the database.
    pub(super) fn read(&self) -> Millis {
        self.anchor().read(Instant::now(), system())
    }

    /// The time that the database settled on; never before what was proposed.
    pub(super) fn settle(&self, at: Millis) {
        let steady = Instant::now();
        let mut anchor = self.lock();
        if at >= anchor.read(steady, at) {
            *anchor = Anchor { at, steady };
        }
    }

    fn anchor(&self) -> Anchor {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Anchor> {
        // The values are plain: a panic elsewhere leaves them whole.
        self.anchor
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Anchor {
    fn read(self, steady: Instant, system: Millis) -> Millis {
        let passed = steady.saturating_duration_since(self.steady);
        self.at.saturating_add(millis(passed)).max(system)
    }
}

fn system() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.unwrap_or_default())
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIVE_MINUTES: Millis = 300_000;

    #[test]
    fn a_clock_set_back_does_not_slow_a_running_process() {
        let steady = Instant::now();
        let anchor = Anchor {
            at: 1_000_000,
            steady,
        };
        let later = steady + Duration::from_secs(7);
        let back = 1_000_000 - FIVE_MINUTES;
        assert_eq!(anchor.read(later, back), 1_007_000);
    }

    #[test]
    fn a_process_that_starts_behind_catches_up_with_the_database() {
        let clock = Clock::start();
        let ahead = clock.read() + FIVE_MINUTES;
        clock.settle(ahead);
        assert!(clock.read() >= ahead);
        assert!(clock.read() < ahead + FIVE_MINUTES);
    }

    proptest! {
        #[test]
        fn time_never_goes_back(
            steps in prop::collection::vec((0u64..10_000, -400_000i64..400_000), 1..50),
        ) {
            let (mut steady, mut told) = (Instant::now(), 0);
            let mut anchor = Anchor { at: 1_000_000, steady };
            for (passed, jump) in steps {
                steady += Duration::from_millis(passed);
                let now = anchor.read(steady, 1_000_000 + jump);
                prop_assert!(now >= told);
                anchor = Anchor { at: now, steady };
                told = now;
            }
        }
    }
}
