//! Whether a request that got no good answer is sent again, and when: what may pass
//! is, with waits that double and are drawn, so that requests which failed together do
//! not come back together; what will not pass is not. Pure but for the draw.

use std::time::Duration;

use crate::engine::EngineError;

/// How often, and after which waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Attempts, the first one included.
    pub attempts: usize,
    /// Wait before the second one.
    pub first: Duration,
    /// Wait at most, unless the service asks for more.
    pub longest: Duration,
}

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may pass.
    Passing {
        error: EngineError,
        /// What the service asks us to wait.
        after: Option<Duration>,
    },
    /// Another attempt would fail too.
    Lasting(EngineError),
    /// Not only this request: the address, the key or the model are wrong.
    Everywhere(EngineError),
}

impl Failure {
    pub(super) fn into_error(self) -> EngineError {
        match self {
            Self::Passing { error, .. } | Self::Lasting(error) | Self::Everywhere(error) => error,
        }
    }
}

impl Retries {
    /// The wait after so many attempts; `None` when that is enough. `draw` is a
    /// number of `0..=1`.
    pub(super) fn wait(
        &self,
        attempts: usize,
        asked: Option<Duration>,
        draw: f64,
    ) -> Option<Duration> {
        if attempts >= self.attempts {
            return None;
        }
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(doublings));
        let own = doubled.min(self.longest);
        Some(match asked {
            // Never earlier than asked.
            Some(asked) => asked + self.first.mul_f64(draw),
            None => own / 2 + (own / 2).mul_f64(draw),
        })
    }
}

/// A number of `0..1`; without random bytes a wait is just not drawn.
pub(super) fn draw() -> f64 {
    f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: Retries = Retries {
        attempts: 5,
        first: Duration::from_millis(400),
        longest: Duration::from_millis(1000),
    };

    #[test]
    fn waits_double_within_their_bounds() {
        let waits = |draw| [1, 2, 3, 4].map(|it| RETRIES.wait(it, None, draw).unwrap().as_millis());
        assert_eq!(waits(0.0), [200, 400, 500, 500]);
        assert_eq!(waits(1.0), [400, 800, 1000, 1000]);
        assert_eq!(RETRIES.wait(5, None, 0.0), None);
        assert_eq!(RETRIES.wait(usize::MAX, None, 0.0), None);
    }

    #[test]
    fn nobody_comes_earlier_than_asked() {
        let asked = Some(Duration::from_secs(7));
        assert_eq!(RETRIES.wait(1, asked, 0.0), asked);
        assert!(RETRIES.wait(1, asked, 1.0) > asked);
    }

    #[test]
    fn draws_differ_and_stay_inside() {
        let draws: Vec<f64> = (0..20).map(|_| draw()).collect();
        assert!(draws.iter().all(|it| (0.0..=1.0).contains(it)));
        assert!(draws.iter().any(|it| *it != draws[0]));
    }
}
