//! How well a score tells supported from unsupported, or any two classes.

use super::count;

/// Area under the ROC curve: the probability that a positive row scores above a
/// negative one, ties counted half (Mann and Whitney, 1947). By ranks, so that
/// its cost is that of sorting. `None` unless both classes are there.
#[must_use]
pub fn auc(rows: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let positives = rows.iter().filter(|row| row.1).count();
    let negatives = rows.len() - positives;
    let mut rank_sum = 0.0;
    let mut before = 0;
    for tied in sorted.chunk_by(|one, other| one.0 == other.0) {
        // Ranks count from one; tied rows share the mean of theirs.
        let rank = count(before) + (count(tied.len()) + 1.0) / 2.0;
        rank_sum += rank * count(tied.iter().filter(|row| row.1).count());
        before += tied.len();
    }
    let least = count(positives) * (count(positives) + 1.0) / 2.0;
    (positives > 0 && negatives > 0)
        .then(|| (rank_sum - least) / (count(positives) * count(negatives)))
}

/// Mean of the shares of both classes that were told rightly; `None` unless
/// both are there. Rows are `(said, is)`.
#[must_use]
pub fn balanced_accuracy(rows: &[(bool, bool)]) -> Option<f64> {
    let right = |class: bool| {
        let of_class = rows.iter().filter(|row| row.1 == class);
        let right = of_class.clone().filter(|row| row.0 == class).count();
        let all = of_class.count();
        (all > 0).then(|| count(right) / count(all))
    };
    Some((right(true)? + right(false)?) / 2.0)
}

/// A bound on a score, and what it does on the rows it was chosen on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Scores from here on count as positive.
    pub at: f64,
    /// Balanced accuracy on the rows that it was chosen on: flattering.
    pub balanced_accuracy: f64,
}

/// The threshold with the highest balanced accuracy, the lowest among equals,
/// half-way between neighbouring scores. `None` unless both classes are there.
#[must_use]
pub fn best_threshold(rows: &[(f64, bool)]) -> Option<Threshold> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let positives = rows.iter().filter(|row| row.1).count();
    let negatives = rows.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    // From "all positive" upwards: each step turns the tied rows negative.
    let mut best = Threshold {
        at: sorted[0].0,
        balanced_accuracy: 0.5,
    };
    let (mut missed, mut refused) = (0, 0);
    let ties: Vec<_> = sorted.chunk_by(|one, other| one.0 == other.0).collect();
    for pair in ties.windows(2) {
        let positive = pair[0].iter().filter(|row| row.1).count();
        missed += positive;
        refused += pair[0].len() - positive;
        let kept = 1.0 - count(missed) / count(positives);
        let accuracy = (kept + count(refused) / count(negatives)) / 2.0;
        if accuracy > best.balanced_accuracy {
            best = Threshold {
                at: f64::midpoint(pair[0][0].0, pair[1][0].0),
                balanced_accuracy: accuracy,
            };
        }
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_area_by_hand() {
        // Of the four pairs, three are in order.
        let rows = [(0.1, false), (0.4, true), (0.35, false), (0.2, true)];
        assert_eq!(auc(&rows), Some(0.75));
        // One pair in order, one tied.
        assert_eq!(auc(&[(0.5, true), (0.5, false), (0.1, false)]), Some(0.75));
        assert_eq!(auc(&[(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(auc(&[(0.5, true)]), None);
    }

    #[test]
    fn balanced_accuracy_by_hand() {
        // Two of three positives, one of one negatives.
        let rows = [(true, true), (true, true), (false, true), (false, false)];
        assert_eq!(balanced_accuracy(&rows), Some((2.0 / 3.0 + 1.0) / 2.0));
        assert_eq!(balanced_accuracy(&[(true, true)]), None);
    }

    #[test]
    fn the_best_threshold_by_hand() {
        let rows = [
            (0.1, false),
            (0.2, true),
            (0.4, false),
            (0.8, true),
            (0.9, true),
        ];
        let best = best_threshold(&rows).unwrap();
        // From 0.6 on: two of three positives, both negatives.
        assert!((best.at - 0.6).abs() < 1e-12, "{best:?}");
        assert!(
            (best.balanced_accuracy - 5.0 / 6.0).abs() < 1e-12,
            "{best:?}"
        );
        let useless = best_threshold(&[(0.3, true), (0.3, false)]).unwrap();
        assert_eq!(useless.balanced_accuracy, 0.5);
        assert_eq!(best_threshold(&[(0.3, true)]), None);
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_pairs_in_order(
            rows in prop::collection::vec((0u8..5, any::<bool>()), 2..40),
        ) {
            let rows: Vec<(f64, bool)> = rows.iter().map(|(s, l)| (f64::from(*s), *l)).collect();
            let mut worth = Vec::new();
            for good in rows.iter().filter(|row| row.1) {
                for bad in rows.iter().filter(|row| !row.1) {
                    let tied = if good.0 == bad.0 { 0.5 } else { 0.0 };
                    worth.push(if good.0 > bad.0 { 1.0 } else { tied });
                }
            }
            let expected = super::super::mean(&worth);
            prop_assert_eq!(auc(&rows).is_some(), expected.is_some());
            if let (Some(area), Some(expected)) = (auc(&rows), expected) {
                prop_assert!((area - expected).abs() < 1e-9);
            }
        }

        #[test]
        fn a_chosen_threshold_does_what_it_says(
            rows in prop::collection::vec((0u8..6, any::<bool>()), 2..40),
        ) {
            let rows: Vec<(f64, bool)> = rows.iter().map(|(s, l)| (f64::from(*s), *l)).collect();
            if let Some(best) = best_threshold(&rows) {
                let told: Vec<_> = rows.iter().map(|(s, l)| (*s >= best.at, *l)).collect();
                let accuracy = balanced_accuracy(&told).unwrap();
                prop_assert!((accuracy - best.balanced_accuracy).abs() < 1e-9);
            }
        }
    }
}
