//! Extremely randomised trees (Geurts, Ernst and Wehenkel, "Extremely randomized
//! trees", 2006) in the form in which they are kept: several forests, each grown
//! without one part of the documents, so that every document of the data has a
//! forest that never saw it. A text that is in no data asks all of them.

use serde::{Deserialize, Serialize};

/// Parts of the data that were each left out once.
pub const PARTS: usize = 5;

/// Grown trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// How many values a claim is measured by.
    pub measures: usize,
    /// For each part, the trees that were grown without it.
    pub parts: Vec<Vec<Tree>>,
}

/// A tree: its nodes, the root first. A split's first branch follows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree(pub Vec<Node>);

/// A node of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Node {
    /// Which value is compared with what, and where the branch for greater values
    /// begins.
    Split(usize, f32, usize),
    /// The share of supported claims.
    Leaf(Leaf),
}

/// The end of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Leaf(pub f32);

impl Forest {
    /// Reads what was kept; `None` when it is no whole forest.
    pub(super) fn read(text: &str) -> Option<Self> {
        let forest: Self = serde_json::from_str(text).ok()?;
        forest.is_whole().then_some(forest)
    }

    /// Whether every walk ends at a leaf: each branch leads onwards.
    fn is_whole(&self) -> bool {
        let whole = |tree: &Tree| {
            let nodes = tree.0.iter().enumerate();
            let mut ends = nodes.map(|(at, node)| match *node {
                Node::Split(value, _, above) => {
                    value < self.measures && above > at + 1 && above < tree.0.len()
                }
                Node::Leaf(_) => true,
            });
            ends.all(|it| it) && matches!(tree.0.last(), Some(Node::Leaf(_)))
        };
        self.parts.len() == PARTS && self.parts.iter().flatten().all(whole)
    }

    /// The mean over all trees; 0 of a claim that is measured otherwise.
    #[must_use]
    pub fn predict(&self, measures: &[f32]) -> f32 {
        self.mean(self.parts.iter().flatten(), measures)
    }

    /// The mean over the trees that never saw a part.
    #[must_use]
    pub fn predict_without(&self, part: usize, measures: &[f32]) -> f32 {
        self.mean(self.parts.iter().skip(part).take(1).flatten(), measures)
    }

    fn mean<'t>(&self, trees: impl Iterator<Item = &'t Tree>, measures: &[f32]) -> f32 {
        if measures.len() != self.measures {
            return 0.0;
        }
        let (mut sum, mut count) = (0.0, 0.0_f32);
        for tree in trees {
            sum += tree.predict(measures);
            count += 1.0;
        }
        sum / count.max(1.0)
    }
}

impl Tree {
    fn predict(&self, measures: &[f32]) -> f32 {
        let mut at = 0;
        loop {
            match self.0.get(at) {
                Some(Node::Split(value, bound, above)) => {
                    at = if measures[*value] <= *bound {
                        at + 1
                    } else {
                        *above
                    };
                }
                Some(Node::Leaf(Leaf(share))) => return *share,
                None => return 0.0,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forest(tree: Vec<Node>) -> Forest {
        Forest {
            measures: 2,
            parts: vec![vec![Tree(tree)]; PARTS],
        }
    }

    #[test]
    fn a_walk_compares_and_ends_at_a_leaf() {
        let nodes = vec![
            Node::Split(1, 0.5, 2),
            Node::Leaf(Leaf(0.25)),
            Node::Leaf(Leaf(0.75)),
        ];
        let kept = serde_json::to_string(&forest(nodes)).unwrap();
        let forest = Forest::read(&kept).expect("it is whole");
        assert_eq!(forest.predict(&[9.0, 0.5]), 0.25);
        assert_eq!(forest.predict(&[9.0, 0.6]), 0.75);
        assert_eq!(forest.predict_without(3, &[9.0, 0.6]), 0.75);
        assert_eq!(forest.predict(&[0.6]), 0.0, "measured otherwise");
    }

    #[test]
    fn trees_that_lead_nowhere_are_not_read() {
        let leaf = Node::Leaf(Leaf(0.5));
        let circle = vec![Node::Split(0, 0.5, 1), leaf];
        let beyond = vec![Node::Split(0, 0.5, 9), leaf];
        let unmeasured = vec![Node::Split(7, 0.5, 2), leaf, leaf];
        for nodes in [vec![], circle, beyond, unmeasured] {
            let kept = serde_json::to_string(&forest(nodes)).unwrap();
            assert_eq!(Forest::read(&kept), None, "{kept}");
        }
    }
}
