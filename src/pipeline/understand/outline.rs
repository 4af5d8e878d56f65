//! The tree of headings: each owns the blocks up to the next heading of the same
//! or a higher level. Levels may be skipped; the title is no part of the tree.

use crate::pipeline::article::{Article, BlockKind};

/// A heading and what stands under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// Index into [`Article::blocks`].
    pub block: usize,
    /// Index after the last block that it owns.
    pub end: usize,
    /// Index into the outline of the heading that owns this one.
    pub parent: Option<usize>,
    /// How many headings own it; never more than five.
    pub depth: usize,
}

/// The headings of an article, in order.
pub(super) fn outline(article: &Article) -> Vec<Heading> {
    let mut outline: Vec<Heading> = Vec::new();
    // The headings that are open, outermost first, with their levels.
    let mut open: Vec<(usize, u8)> = Vec::new();
    for (block, level) in headings(article) {
        while let Some((last, _)) = open.pop_if(|(_, above)| *above >= level) {
            outline[last].end = block;
        }
        open.push((outline.len(), level));
        outline.push(Heading {
            block,
            end: article.blocks.len(),
            parent: open.iter().rev().nth(1).map(|(parent, _)| *parent),
            depth: open.len() - 1,
        });
    }
    outline
}

fn headings(article: &Article) -> impl Iterator<Item = (usize, u8)> + '_ {
    let blocks = article.blocks.iter().enumerate();
    blocks.filter_map(|(index, block)| match block.kind {
        BlockKind::Heading(level) if article.title != Some(index) => Some((index, level)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pipeline::article::Block;
    use crate::text::span::Span;

    /// Level 0 is a paragraph.
    fn article(levels: &[u8]) -> Article {
        let block = |level: &u8| Block {
            kind: match level {
                0 => BlockKind::Paragraph,
                level => BlockKind::Heading(*level),
            },
            span: Span::new(0, 0),
        };
        Article {
            blocks: levels.iter().map(block).collect(),
            ..Article::default()
        }
    }

    #[test]
    fn a_heading_owns_up_to_the_next_of_its_level_or_higher() {
        let found = outline(&article(&[0, 2, 0, 3, 0, 4, 3, 0, 2, 0]));
        let seen: Vec<_> = found
            .iter()
            .map(|heading| (heading.block, heading.end, heading.parent, heading.depth))
            .collect();
        assert_eq!(
            seen,
            [
                (1, 8, None, 0),
                (3, 6, Some(0), 1),
                (5, 6, Some(1), 2),
                (6, 8, Some(0), 1),
                (8, 10, None, 0),
            ]
        );
    }

    #[test]
    fn the_title_is_no_part_of_the_tree() {
        let mut titled = article(&[1, 0, 1, 0]);
        titled.title = Some(0);
        let found = outline(&titled);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].block, found[0].depth), (2, 0));
    }

    proptest! {
        #[test]
        fn children_lie_inside_their_parents(levels in prop::collection::vec(0u8..7, 0..40)) {
            let found = outline(&article(&levels));
            for heading in &found {
                prop_assert!(heading.block < heading.end && heading.end <= levels.len());
                prop_assert!(heading.depth < 6);
                if let Some(parent) = heading.parent {
                    let parent = found[parent];
                    prop_assert!(parent.block < heading.block && heading.end <= parent.end);
                    prop_assert!(levels[parent.block] < levels[heading.block]);
                }
            }
        }
    }
}
