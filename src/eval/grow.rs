//! Grows the forest that the sentence checker weighs its measures by: extremely
//! randomised trees over labelled claims, one forest for each part of the
//! documents that it leaves out. The same rows give the same forest.

use sha2::{Digest as _, Sha256};

use crate::pipeline::verify::forest::{Forest, Leaf, Node, PARTS, Tree};

use super::statistics::Draws;

/// Trees of each forest.
const TREES: usize = 24;
/// Claims that a leaf holds at least.
const LEAST_CLAIMS: usize = 8;
/// Of this many measures one is tried at each split.
const TRIED: usize = 3;

/// A labelled claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Whether people say that the document supports it.
    pub label: bool,
    /// The part that its document is in, below [`PARTS`].
    pub part: usize,
    /// What was measured; as many values as of every other.
    pub measures: Vec<f32>,
}

/// The part that a document is in, by its group's name.
#[must_use]
pub fn part(group: &str) -> usize {
    let hash = Sha256::digest(group.as_bytes());
    usize::from(hash[0]) % PARTS
}

/// Grows the forests.
#[must_use]
pub fn grow(examples: &[Example]) -> Forest {
    let measures = examples.first().map_or(0, |it| it.measures.len());
    let mut draws = Draws::new();
    let parts = (0..PARTS).map(|part| {
        let seen: Vec<&Example> = examples.iter().filter(|it| it.part != part).collect();
        let weights = weights(&seen);
        let mut trees = Vec::new();
        for _ in 0..TREES {
            let mut tree = Tree(Vec::new());
            let mut grower = Grower {
                weights,
                measures,
                draws: &mut draws,
                tree: &mut tree,
            };
            grower.grow(seen.clone());
            trees.push(tree);
        }
        trees
    });
    Forest {
        measures,
        parts: parts.collect(),
    }
}

/// What an unsupported and a supported claim weigh, so that both kinds weigh the
/// same together.
fn weights(seen: &[&Example]) -> [f32; 2] {
    let supported = seen.iter().filter(|it| it.label).count();
    let weight = |many: usize| number(seen.len()) / (2.0 * number(many.max(1)));
    [weight(seen.len() - supported), weight(supported)]
}

struct Grower<'g> {
    weights: [f32; 2],
    measures: usize,
    draws: &'g mut Draws,
    tree: &'g mut Tree,
}

impl Grower<'_> {
    /// Adds the tree over `claims`, root first.
    fn grow(&mut self, claims: Vec<&Example>) {
        let at = self.tree.0.len();
        let Some((value, bound)) = self.split(&claims) else {
            let [unsupported, supported] = self.weigh(claims.iter().copied());
            let share = supported / (supported + unsupported).max(f32::MIN_POSITIVE);
            let rounded = (share * 1000.0).round() / 1000.0;
            self.tree.0.push(Node::Leaf(Leaf(rounded)));
            return;
        };
        self.tree.0.push(Node::Split(value, bound, 0));
        let (below, above): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| claim.measures[value] <= bound);
        self.grow(below);
        self.tree.0[at] = Node::Split(value, bound, self.tree.0.len());
        self.grow(above);
    }

    /// The best of some random splits; `None` where the claims belong together.
    fn split(&mut self, claims: &[&Example]) -> Option<(usize, f32)> {
        let weighed = self.weigh(claims.iter().copied());
        if claims.len() < 2 * LEAST_CLAIMS || weighed.contains(&0.0) {
            return None;
        }
        let mut best: Option<(usize, f32, f32)> = None;
        for _ in 0..self.measures.div_ceil(TRIED) {
            let value = self.draws.below(self.measures);
            let Some(bound) = self.bound(claims, value) else {
                continue;
            };
            let disorder = self.disorder(claims, value, bound);
            let Some(disorder) = disorder else { continue };
            if best.is_none_or(|(_, _, least)| disorder < least) {
                best = Some((value, bound, disorder));
            }
        }
        best.map(|(value, bound, _)| (value, bound))
    }

    /// A random bound between the least and the most of a value.
    fn bound(&mut self, claims: &[&Example], value: usize) -> Option<f32> {
        let values = || claims.iter().map(|claim| claim.measures[value]);
        let least = values().fold(f32::INFINITY, f32::min);
        let most = values().fold(f32::NEG_INFINITY, f32::max);
        let bound = least + (most - least) * self.draws.share();
        // Four digits, so that the file stays small and reads back as it is.
        let bound = format!("{bound:.4e}").parse().unwrap_or(bound);
        (least <= bound && bound < most).then_some(bound)
    }

    /// How mixed the labels are on both sides (Gini impurity, weighted); `None`
    /// where a side has too few claims.
    fn disorder(&self, claims: &[&Example], value: usize, bound: f32) -> Option<f32> {
        let is_below = |claim: &&&Example| claim.measures[value] <= bound;
        let below = claims.iter().filter(is_below).count();
        if below < LEAST_CLAIMS || claims.len() - below < LEAST_CLAIMS {
            return None;
        }
        let one = self.weigh(claims.iter().filter(is_below).copied());
        let other = self.weigh(claims.iter().filter(|it| !is_below(it)).copied());
        let mixed = |[a, b]: [f32; 2]| 2.0 * a * b / (a + b);
        Some(mixed(one) + mixed(other))
    }

    fn weigh<'e>(&self, claims: impl Iterator<Item = &'e Example>) -> [f32; 2] {
        let mut weighed = [0.0; 2];
        for claim in claims {
            let kind = usize::from(claim.label);
            weighed[kind] += self.weights[kind];
        }
        weighed
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of claims stay far below 2^23"
)]
fn number(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Claims that their first value tells apart but for a few.
    fn examples() -> Vec<Example> {
        let mut draws = Draws::new();
        (0..400)
            .map(|at| {
                let label = at % 2 == 0;
                let told = if label { 1.0 } else { 0.0 };
                Example {
                    label,
                    part: at / 2 % PARTS,
                    measures: vec![told + draws.share(), draws.share()],
                }
            })
            .collect()
    }

    #[test]
    fn what_tells_labels_apart_is_found() {
        let (examples, forest) = (examples(), grow(&examples()));
        let right = examples.iter().filter(|it| {
            let score = forest.predict_without(it.part, &it.measures);
            (score >= 0.5) == it.label
        });
        assert!(right.count() > 350);
    }

    #[test]
    fn the_same_rows_give_the_same_forest() {
        assert_eq!(grow(&examples()), grow(&examples()));
    }

    #[test]
    fn a_part_is_left_out_of_its_own_forest() {
        let mut changed = examples();
        let before = grow(&changed);
        for example in changed.iter_mut().filter(|it| it.part == 2) {
            example.label = !example.label;
        }
        let after = grow(&changed);
        assert_ne!(before.parts[1], after.parts[1]);
    }
}
