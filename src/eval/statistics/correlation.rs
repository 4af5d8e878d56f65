//! How far two measures of the same rows agree. `None` where one of them has
//! no spread, or fewer than two rows are there.

use super::{count, mean};

/// Pearson's product-moment correlation.
#[must_use]
pub fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let (ones, others): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (one_mean, other_mean) = (mean(&ones)?, mean(&others)?);
    let (mut shared, mut one_spread, mut other_spread) = (0.0, 0.0, 0.0);
    for (one, other) in pairs {
        let (one, other) = (one - one_mean, other - other_mean);
        shared += one * other;
        one_spread += one * one;
        other_spread += other * other;
    }
    let spread = (one_spread * other_spread).sqrt();
    (spread > 0.0).then(|| shared / spread)
}

/// Spearman's rank correlation: Pearson's on ranks, tied values sharing the
/// mean of theirs.
#[must_use]
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (ones, others): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let ranked = ranks(&ones).into_iter().zip(ranks(&others));
    pearson(&ranked.collect::<Vec<_>>())
}

/// Ranks from one, ties sharing their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|one, other| values[*one] == values[*other]) {
        for at in tied {
            ranks[*at] = count(before) + (count(tied.len()) + 1.0) / 2.0;
        }
        before += tied.len();
    }
    ranks
}

/// Kendall's tau-b: pairs of rows in the same order less those in opposite
/// order, over the geometric mean of the pairs that either measure does not tie.
/// By merge sort (Knight, "A computer method for calculating Kendall's tau",
/// 1966), as the bootstrap asks for it a thousand times.
#[must_use]
pub fn kendall(pairs: &[(f64, f64)]) -> Option<f64> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all = pairs_of(sorted.len());
    let tied_one = tied(&sorted, |a, b| a.0 == b.0);
    let tied_both = tied(&sorted, |a, b| a == b);
    let mut others: Vec<f64> = sorted.iter().map(|pair| pair.1).collect();
    let swaps = sort_counting_swaps(&mut others);
    let tied_other = tied(&others, |a, b| a == b);
    let spread = ((all - tied_one) * (all - tied_other)).sqrt();
    let balance = all - tied_one - tied_other + tied_both - 2.0 * swaps;
    (spread > 0.0).then(|| balance / spread)
}

fn pairs_of(rows: usize) -> f64 {
    count(rows) * (count(rows) - 1.0) / 2.0
}

/// Pairs within runs of equal neighbours.
fn tied<T>(sorted: &[T], same: impl FnMut(&T, &T) -> bool) -> f64 {
    sorted.chunk_by(same).map(|run| pairs_of(run.len())).sum()
}

/// Sorts, and counts the pairs that stood in the wrong order.
fn sort_counting_swaps(values: &mut Vec<f64>) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mut right = values.split_off(values.len() / 2);
    let mut swaps = sort_counting_swaps(values) + sort_counting_swaps(&mut right);
    let left = std::mem::take(values);
    let mut rest = right.into_iter().peekable();
    for (at, value) in left.iter().enumerate() {
        while let Some(smaller) = rest.next_if(|other| other < value) {
            swaps += count(left.len() - at);
            values.push(smaller);
        }
        values.push(*value);
    }
    values.extend(rest);
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!(
            (found - expected).abs() < 1e-12,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn correlations_by_hand() {
        let pairs = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0)];
        near(pearson(&pairs), 0.6);
        near(spearman(&pairs), 0.6);
        // Four of six pairs in order, two not.
        near(kendall(&pairs), 1.0 / 3.0);
    }

    #[test]
    fn ties_by_hand() {
        // Ranks 1.5, 1.5, 3 and 1, 2.5, 2.5.
        let pairs = [(0.0, 5.0), (0.0, 7.0), (9.0, 7.0)];
        near(spearman(&pairs), 0.5);
        // One pair in order, one tied on either side: 1 / sqrt(2 * 2).
        near(kendall(&pairs), 0.5);
    }

    #[test]
    fn a_straight_line_agrees_whatever_its_scale() {
        let pairs: Vec<_> = (0..9)
            .map(|at| (f64::from(at), f64::from(-3 * at)))
            .collect();
        for found in [pearson(&pairs), spearman(&pairs), kendall(&pairs)] {
            near(found, -1.0);
        }
    }

    #[test]
    fn without_spread_there_is_no_correlation() {
        for pairs in [&[(1.0, 2.0), (1.0, 3.0)][..], &[(1.0, 2.0)], &[]] {
            assert_eq!(pearson(pairs), None);
            assert_eq!(spearman(pairs), None);
            assert_eq!(kendall(pairs), None);
        }
    }

    proptest! {
        #[test]
        fn tau_is_what_counting_pairs_gives(
            pairs in prop::collection::vec((0u8..5, 0u8..5), 2..30),
        ) {
            let pairs: Vec<(f64, f64)> =
                pairs.iter().map(|(a, b)| (f64::from(*a), f64::from(*b))).collect();
            let (mut balance, mut one, mut other) = (0.0, 0.0, 0.0);
            for (at, a) in pairs.iter().enumerate() {
                for b in &pairs[at + 1..] {
                    let (x, y) = (a.0 - b.0, a.1 - b.1);
                    balance += if x * y == 0.0 { 0.0 } else { (x * y).signum() };
                    one += f64::from(u8::from(x != 0.0));
                    other += f64::from(u8::from(y != 0.0));
                }
            }
            let expected = (one * other > 0.0).then(|| balance / f64::sqrt(one * other));
            prop_assert_eq!(kendall(&pairs).is_some(), expected.is_some());
            if let (Some(tau), Some(expected)) = (kendall(&pairs), expected) {
                prop_assert!((tau - expected).abs() < 1e-9);
            }
        }
    }
}
