//! What is told of many measurements: the middle and the ends, and ratios within
//! pairs. Pure.

use serde::Serialize;

use crate::eval::statistics::quantile;

/// The middle and the ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// Of so many.
    pub count: usize,
}

impl Spread {
    /// `None` of nothing; what is no number is left out.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|it| it.is_finite()).collect();
        Some(Self {
            median: quantile(&values, 0.5)?,
            min: quantile(&values, 0.0)?,
            max: quantile(&values, 1.0)?,
            count: values.len(),
        })
    }
}

/// How long most had to wait.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Half took no longer, in seconds.
    pub p50: f64,
    /// 95 of 100 took no longer.
    pub p95: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
    /// Of so many.
    pub count: usize,
}

impl Latency {
    /// `None` of nothing.
    #[must_use]
    pub fn of(seconds: &[f64]) -> Option<Self> {
        Some(Self {
            p50: quantile(seconds, 0.5)?,
            p95: quantile(seconds, 0.95)?,
            p99: quantile(seconds, 0.99)?,
            count: seconds.len(),
        })
    }
}

/// How often one goes into the other; `None` where there is nothing to go into.
#[must_use]
pub fn ratio(of: f64, to: f64) -> Option<f64> {
    (to > 0.0 && of.is_finite()).then(|| of / to)
}

/// Tokens per second; `None` where nothing ran or no time was told.
#[must_use]
pub fn rate(tokens: usize, seconds: f64) -> Option<f64> {
    let tokens = crate::eval::statistics::count(tokens);
    ratio(tokens, seconds).filter(|rate| *rate > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_a_middle_and_ends() {
        let spread = Spread::of([4.0, 1.0, f64::NAN, 2.0]).expect("there are some");
        assert_eq!((spread.median, spread.min, spread.max), (2.0, 1.0, 4.0));
        assert_eq!(spread.count, 3);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn latencies_are_quantiles() {
        let seconds: Vec<f64> = (0..=100).map(f64::from).collect();
        let latency = Latency::of(&seconds).expect("there are some");
        assert_eq!((latency.p50, latency.p95, latency.p99), (50.0, 95.0, 99.0));
        assert_eq!(Latency::of(&[]), None);
    }

    #[test]
    fn what_cannot_be_divided_is_no_figure() {
        assert_eq!(ratio(6.0, 2.0), Some(3.0));
        assert_eq!(ratio(6.0, 0.0), None);
        assert_eq!(rate(30, 1.5), Some(20.0));
        assert_eq!(rate(0, 1.5), None);
        assert_eq!(rate(30, 0.0), None);
    }
}
