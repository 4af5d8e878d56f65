//! How fast requests may follow each other: a bucket that fills at an even pace
//! and holds what may come at once. Pure: the time comes in.

use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// The bucket of one caller.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Requests that may come now, in whole and in part.
    left: f64,
    at: Instant,
}

impl Pace {
    /// A full bucket.
    #[must_use]
    pub fn new(per_minute: u32, now: Instant) -> Self {
        Self {
            left: f64::from(per_minute),
            at: now,
        }
    }

    /// Takes one request out, or says after what time there is one. A minute's
    /// worth may come at once.
    ///
    /// # Errors
    /// The time until a request is let through.
    pub fn take(&mut self, per_minute: u32, now: Instant) -> Result<(), Duration> {
        self.left = self.filled(per_minute, now);
        self.at = self.at.max(now);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        let missing = (1.0 - self.left) / per_second(per_minute).max(f64::MIN_POSITIVE);
        Err(Duration::from_secs_f64(missing.min(MINUTE.as_secs_f64())))
    }

    /// Whether a minute's worth may come at once: it says no more than a new one.
    #[must_use]
    pub fn is_full(&self, per_minute: u32, now: Instant) -> bool {
        self.filled(per_minute, now) >= f64::from(per_minute)
    }

    fn filled(&self, per_minute: u32, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        let filled = self.left + passed * per_second(per_minute);
        filled.min(f64::from(per_minute))
    }
}

fn per_second(per_minute: u32) -> f64 {
    f64::from(per_minute) / MINUTE.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_minutes_worth_at_once_and_then_an_even_pace() {
        let start = Instant::now();
        let mut pace = Pace::new(60, start);
        for _ in 0..60 {
            assert_eq!(pace.take(60, start), Ok(()));
        }
        assert_eq!(pace.take(60, start), Err(Duration::from_secs(1)));
        let later = start + Duration::from_millis(1500);
        assert_eq!(pace.take(60, later), Ok(()));
        assert_eq!(pace.take(60, later), Err(Duration::from_millis(500)));
        assert!(!pace.is_full(60, later));
        assert!(pace.is_full(60, later + MINUTE));
        // A limit that was lowered holds at once.
        let much_later = start + Duration::from_secs(3600);
        assert_eq!(pace.take(1, much_later), Ok(()));
        assert_eq!(pace.take(1, much_later), Err(MINUTE));
    }

    proptest! {
        #[test]
        fn never_more_than_allowed(
            per_minute in 1u32..1000, steps in prop::collection::vec(0u64..5000, 1..300),
        ) {
            let start = Instant::now();
            let (mut pace, mut now, mut let_through) = (Pace::new(per_minute, start), start, 0u32);
            for step in steps {
                now += Duration::from_millis(step);
                let_through += u32::from(pace.take(per_minute, now).is_ok());
                let minutes = now.duration_since(start).as_secs_f64() / 60.0;
                let allowed = f64::from(per_minute) * (1.0 + minutes);
                prop_assert!(f64::from(let_through) <= allowed + 1e-6);
            }
        }
    }
}
