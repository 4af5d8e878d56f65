//! Passages with the headings right above them, and what the section that begins
//! there takes with all that is under it. Time is linear in the article's length.

use std::ops::Range;

use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;
use crate::text::span::Span;

use super::Passage;

/// One passage and the headings right above it, with their tokens.
#[derive(Debug)]
pub(super) struct Item {
    /// Indices into [`Understanding::outline`].
    pub(super) headings: Range<usize>,
    /// The heading that these and the passage stand under, if any.
    pub(super) under: Option<usize>,
    pub(super) passage: Passage,
    /// Tokens of headings and passage.
    pub(super) tokens: usize,
    /// Tokens of the largest section that begins here, with those inside it; 0
    /// where none begins.
    pub(super) section_tokens: usize,
    /// Index into [`Article::blocks`] of the passage's first sentence.
    block: usize,
}

/// The items in order, and how many headings stand above one of them.
pub(super) fn items(
    article: &Article,
    understanding: &Understanding,
    passages: Vec<Passage>,
    cost: &impl Fn(Span) -> usize,
) -> (Vec<Item>, usize) {
    let outline = &understanding.outline;
    let heading_cost = |index: usize| cost(article.blocks[outline[index].block].span);
    let mut shown = 0;
    let mut items = Vec::with_capacity(passages.len());
    for passage in passages {
        let block = understanding.sentences[passage.sentences.start].block;
        let above = outline[shown..].iter();
        let headings = shown..shown + above.take_while(|heading| heading.block < block).count();
        shown = headings.end;
        items.push(Item {
            under: match headings.is_empty() {
                true => shown.checked_sub(1),
                false => outline[headings.start].parent,
            },
            tokens: cost(passage.span) + headings.clone().map(heading_cost).sum::<usize>(),
            section_tokens: 0,
            headings,
            passage,
            block,
        });
    }
    weigh_sections(understanding, &mut items);
    (items, shown)
}

/// Sums up the tokens of the sections that begin at items.
fn weigh_sections(understanding: &Understanding, items: &mut [Item]) {
    let mut sums = vec![0];
    for item in items.iter() {
        sums.push(sums[sums.len() - 1] + item.tokens);
    }
    for at in 0..items.len() {
        let begun = &understanding.outline[items[at].headings.clone()];
        let Some(end) = begun.iter().map(|heading| heading.end).max() else {
            continue;
        };
        let after = items.partition_point(|item| item.block < end);
        items[at].section_tokens = sums[after] - sums[at];
    }
}
