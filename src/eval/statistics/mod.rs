//! Statistics over measured rows: ranking, correlation, intervals. Pure
//! arithmetic on slices; it knows no suite, reads nothing and draws its random
//! numbers from a seed, so that the same rows give the same figures.
//!
//! A statistic that its rows cannot give (one class only, no spread) is `None`,
//! never a number that looks like one.

mod bootstrap;
mod correlation;
mod draws;
mod ranking;

pub use bootstrap::{Interval, RESAMPLES, Resamples};
pub use correlation::{kendall, pearson, spearman};
pub use draws::Draws;
pub use ranking::{Threshold, auc, balanced_accuracy, best_threshold};

/// Arithmetic mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count(values.len()))
}

/// Share of `true`; `None` of nothing.
#[must_use]
pub fn share(values: &[bool]) -> Option<f64> {
    let held = values.iter().filter(|value| **value).count();
    (!values.is_empty()).then(|| count(held) / count(values.len()))
}

/// The value below which the share `at` of all values lies, interpolated
/// linearly between neighbours; `None` of nothing.
#[must_use]
pub fn quantile(values: &[f64], at: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let place = at.clamp(0.0, 1.0) * count(last);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list is small and not negative"
    )]
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor()))
}

/// A count as a number to compute with.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows stay far below 2^52"
)]
pub fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_shares_of_nothing_are_nothing() {
        assert_eq!(mean(&[]), None);
        assert_eq!(share(&[]), None);
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn means_shares_and_quantiles_by_hand() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), Some(3.0));
        assert_eq!(share(&[true, false, false, true]), Some(0.5));
        let values = [40.0, 10.0, 30.0, 20.0];
        assert_eq!(quantile(&values, 0.0), Some(10.0));
        assert_eq!(quantile(&values, 0.5), Some(25.0));
        assert_eq!(quantile(&values, 0.95), Some(38.5));
        assert_eq!(quantile(&values, 1.0), Some(40.0));
    }
}
