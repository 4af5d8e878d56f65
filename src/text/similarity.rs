//! How much two texts say the same, on lists of stems or words.
//!
//! Pure arithmetic: what is compared, and which value is enough, is decided by
//! the caller. All values lie in `0..=1`; two empty lists have nothing in common.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Shared elements over all elements, as sets (Jaccard 1912).
#[must_use]
pub fn jaccard<T: Eq + Hash>(one: &[T], other: &[T]) -> f32 {
    let one: HashSet<_> = one.iter().collect();
    let other: HashSet<_> = other.iter().collect();
    let shared = one.intersection(&other).count();
    ratio(shared, one.len() + other.len() - shared)
}

/// Share of the distinct elements of `part` that are found in `whole` (Broder's
/// containment, "On the resemblance and containment of documents", 1997).
#[must_use]
pub fn containment<T: Eq + Hash>(part: &[T], whole: &[T]) -> f32 {
    let part: HashSet<_> = part.iter().collect();
    let whole: HashSet<_> = whole.iter().collect();
    ratio(part.intersection(&whole).count(), part.len())
}

/// ROUGE-N precision with N = 2 (Lin, "ROUGE: A Package for Automatic Evaluation
/// of Summaries", 2004): share of the bigrams of `claim` that `evidence` has,
/// each counted at most as often as it is there. A claim of one element is
/// looked up as it is.
#[must_use]
pub fn bigram_precision<T: Eq + Hash>(claim: &[T], evidence: &[T]) -> f32 {
    let size = if claim.len() == 1 { 1 } else { 2 };
    let mut left = HashMap::<&[T], usize>::new();
    for gram in evidence.windows(size) {
        *left.entry(gram).or_default() += 1;
    }
    let found = claim
        .windows(size)
        .filter(|gram| match left.get_mut(gram) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .count();
    ratio(found, claim.windows(size).count())
}

/// Whether `whole` has the elements of `part` one after another.
#[must_use]
pub fn has_run<T: Eq>(whole: &[T], part: &[T]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|run| run == part)
}

/// Length of the longest run of elements, in order and without gap, that both
/// lists have. By bisection over the length, so that a long article costs
/// `n log n` and not `n * m`.
#[must_use]
pub fn longest_common_run<T: Eq + Hash>(one: &[T], other: &[T]) -> usize {
    let mut known = 0;
    let mut limit = one.len().min(other.len());
    while known < limit {
        let size = known + (limit - known).div_ceil(2);
        if share_run(one, other, size) {
            known = size;
        } else {
            limit = size - 1;
        }
    }
    known
}

fn share_run<T: Eq + Hash>(one: &[T], other: &[T], size: usize) -> bool {
    let runs: HashSet<_> = one.windows(size).collect();
    other.windows(size).any(|run| runs.contains(run))
}

/// `part` of `whole` as a share; 0 of nothing is 0.
#[must_use]
#[allow(clippy::cast_precision_loss)] // counts of words stay far below 2^23
pub fn ratio(part: usize, whole: usize) -> f32 {
    if whole == 0 {
        return 0.0;
    }
    part as f32 / whole as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_on_a_small_example() {
        let claim = ["a", "b", "c", "b"];
        let text = ["a", "b", "d", "c", "b"];
        assert_eq!(jaccard(&claim, &text), 0.75);
        assert_eq!(containment(&claim, &text), 1.0);
        assert_eq!(containment(&text, &claim), 0.75);
        assert_eq!(bigram_precision(&claim, &text), 2.0 / 3.0);
        assert_eq!(longest_common_run(&claim, &text), 2);
    }

    #[test]
    fn repeated_bigrams_count_once_each() {
        let claim = ["x", "y", "x", "y"];
        assert_eq!(bigram_precision(&claim, &["x", "y"]), 1.0 / 3.0);
    }

    #[test]
    fn empty_lists_share_nothing() {
        let none: [&str; 0] = [];
        assert_eq!(jaccard(&none, &none), 0.0);
        assert_eq!(containment(&none, &["a"]), 0.0);
        assert_eq!(bigram_precision(&none, &["a"]), 0.0);
        assert_eq!(bigram_precision(&["a"], &["b", "a"]), 1.0);
        assert_eq!(longest_common_run(&none, &["a"]), 0);
    }

    proptest! {
        #[test]
        fn values_stay_in_bounds(one in prop::collection::vec(0u8..4, 0..30),
                                 other in prop::collection::vec(0u8..4, 0..30)) {
            for value in [jaccard(&one, &other), containment(&one, &other),
                          bigram_precision(&one, &other)] {
                prop_assert!((0.0..=1.0).contains(&value));
            }
            prop_assert_eq!(longest_common_run(&one, &other), longest_common_run(&other, &one));
            prop_assert_eq!(longest_common_run(&one, &one), one.len());
        }
    }
}
