//! How long to wait before another try: twice as long each time, up to a bound.
//! Pure, and without chance: workers take one job each, so that jobs which fail
//! together do not come back together.

use std::time::Duration;

/// A rule for waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// At most.
    pub most: Duration,
}

impl Backoff {
    /// The wait after so many failures.
    #[must_use]
    pub fn after(self, failures: i64) -> Duration {
        let doublings = failures.saturating_sub(1).clamp(0, 31);
        self.first.saturating_mul(1 << doublings).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_its_bound() {
        let backoff = Backoff {
            first: Duration::from_secs(5),
            most: Duration::from_secs(60),
        };
        let waits: Vec<u64> = (0..7).map(|it| backoff.after(it).as_secs()).collect();
        assert_eq!(waits, [5, 5, 10, 20, 40, 60, 60]);
        assert_eq!(backoff.after(i64::MAX).as_secs(), 60);
        assert_eq!(backoff.after(i64::MIN).as_secs(), 5);
    }
}
