//! Intervals by resampling documents (Efron, 1979). Rows on one document stand
//! or fall together, so whole documents are drawn and not rows: an interval by
//! rows would be too narrow.

use std::collections::BTreeMap;

use super::{Draws, quantile};

/// Draws per interval.
pub const RESAMPLES: usize = 1000;

/// The middle 95 % of a statistic over the draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// 2.5 % lie below.
    pub low: f64,
    /// 2.5 % lie above.
    pub high: f64,
}

impl Interval {
    /// The interval of the draws' values; `None` without any.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        Some(Self {
            low: quantile(values, 0.025)?,
            high: quantile(values, 0.975)?,
        })
    }

    /// Whether zero lies outside.
    #[must_use]
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Draws of rows by document, with replacement, the same on every run.
#[derive(Debug)]
pub struct Resamples {
    documents: Vec<Vec<usize>>,
    left: usize,
    draws: Draws,
}

impl Resamples {
    /// [`RESAMPLES`] draws of rows whose documents are `groups`, in order.
    #[must_use]
    pub fn new<'g>(groups: impl IntoIterator<Item = &'g str>) -> Self {
        let mut documents = BTreeMap::<&str, Vec<usize>>::new();
        for (row, group) in groups.into_iter().enumerate() {
            documents.entry(group).or_default().push(row);
        }
        Self {
            documents: documents.into_values().collect(),
            left: RESAMPLES,
            draws: Draws::new(),
        }
    }
}

impl Iterator for Resamples {
    type Item = Vec<usize>;

    /// Indices of rows: as many documents as there are, each with all its rows.
    fn next(&mut self) -> Option<Vec<usize>> {
        self.left = self.left.checked_sub(1)?;
        let mut rows = Vec::new();
        for _ in 0..self.documents.len() {
            let drawn = self.draws.below(self.documents.len());
            rows.extend(&self.documents[drawn]);
        }
        Some(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::statistics::{count, mean};

    fn interval(groups: &[&str], values: &[f64]) -> Interval {
        let draws = Resamples::new(groups.iter().copied());
        let means: Vec<f64> = draws
            .filter_map(|rows| mean(&rows.iter().map(|row| values[*row]).collect::<Vec<_>>()))
            .collect();
        assert_eq!(means.len(), RESAMPLES);
        Interval::of(&means).unwrap()
    }

    #[test]
    fn documents_are_drawn_whole() {
        for rows in Resamples::new(["a", "b", "a"]).take(50) {
            let of_a = rows.iter().filter(|row| **row != 1).count();
            assert_eq!(of_a % 2, 0, "{rows:?}");
            assert_eq!(of_a / 2 + rows.iter().filter(|row| **row == 1).count(), 2);
        }
    }

    #[test]
    fn two_documents_give_their_three_means() {
        // 0 and 1 drawn twice: 0, 1/2 and 1, the ends a quarter of the time each.
        let found = interval(&["a", "b"], &[0.0, 1.0]);
        assert_eq!((found.low, found.high), (0.0, 1.0));
    }

    #[test]
    fn an_interval_is_about_two_standard_errors_each_way() {
        let groups: Vec<String> = (0..400).map(|at| at.to_string()).collect();
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let values: Vec<f64> = (0..400).map(|at| count(at % 2)).collect();
        let found = interval(&groups, &values);
        // The standard error of a half over 400 rows is 0.025.
        assert!((found.high - found.low - 0.098).abs() < 0.01, "{found:?}");
        assert!(
            (f64::midpoint(found.low, found.high) - 0.5).abs() < 0.01,
            "{found:?}"
        );
    }

    #[test]
    fn one_document_has_no_spread_and_the_same_rows_the_same_interval() {
        let found = interval(&["a", "a"], &[0.0, 1.0]);
        assert_eq!((found.low, found.high), (0.5, 0.5));
        let draws = || Resamples::new(["a", "b", "c"]).collect::<Vec<_>>();
        assert_eq!(draws(), draws());
    }

    #[test]
    fn nothing_gives_empty_draws() {
        assert!(Resamples::new([]).all(|rows| rows.is_empty()));
        assert_eq!(Interval::of(&[]), None);
    }
}
