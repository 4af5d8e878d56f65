//! What a window after the first repeats, so that a model knows what the part
//! before it belongs to: the title, the lead, an outline of the headings, and the
//! headings that its first passage stands under. Only as much as leaves room.

use crate::pipeline::article::Article;
use crate::pipeline::understand::{Heading, Understanding};
use crate::text::span::Span;

use super::items::Item;
use super::{OutlineLine, Piece};

/// A lead that takes more than this part of a window is not repeated.
const LEAD_PART: usize = 4;
/// The outline takes at most this part of a window.
const OUTLINE_PART: usize = 8;

pub(super) struct Context<'a> {
    article: &'a Article,
    headings: &'a [Heading],
    /// Tokens of each heading.
    heading_tokens: Vec<usize>,
    title: Option<Costed<Span>>,
    lead: Option<Costed<Span>>,
    outline: Option<Costed<Vec<OutlineLine>>>,
}

/// Something and its tokens.
struct Costed<T> {
    it: T,
    tokens: usize,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        article: &'a Article,
        understanding: &'a Understanding,
        lead: Option<Span>,
        budget: usize,
        cost: &impl Fn(Span) -> usize,
    ) -> Self {
        let headings = &understanding.outline;
        let costed = |it: Span| Costed {
            it,
            tokens: cost(it),
        };
        let span = |heading: &Heading| article.blocks[heading.block].span;
        let heading_tokens: Vec<usize> = headings.iter().map(|it| cost(span(it))).collect();
        let title = article.title.map(|index| article.blocks[index].span);
        Self {
            article,
            headings,
            title: title.map(costed),
            lead: lead
                .map(costed)
                .filter(|lead| lead.tokens <= budget / LEAD_PART),
            outline: outline(article, headings, &heading_tokens, budget / OUTLINE_PART),
            heading_tokens,
        }
    }

    /// The title alone.
    pub(super) fn title(&self) -> (Vec<Piece>, usize) {
        let title = self.title.iter();
        let tokens = title.clone().map(|title| title.tokens).sum();
        let pieces = title.map(|title| Piece::Context(title.it)).collect();
        (pieces, tokens)
    }

    /// What a window that begins with `item` repeats: all of it, or the title
    /// and the headings, or nothing, as `room` allows.
    pub(super) fn for_window_at(&self, item: &Item, room: usize) -> (Vec<Piece>, usize) {
        let (mut pieces, mut tokens) = self.title();
        let (path, path_tokens) = self.path(item.under);
        tokens += path_tokens;
        let lead = self.lead.iter();
        let lead_tokens = lead.clone().map(|lead| lead.tokens).sum::<usize>();
        let outline_tokens = self.outline.iter().map(|outline| outline.tokens);
        let more = lead_tokens + outline_tokens.sum::<usize>();
        if tokens > room {
            return (Vec::new(), 0);
        }
        if tokens + more <= room {
            pieces.extend(lead.map(|lead| Piece::Context(lead.it)));
            pieces.extend(self.outline.iter().map(|_| Piece::Outline));
            tokens += more;
        }
        pieces.extend(path.into_iter().map(Piece::Context));
        (pieces, tokens)
    }

    /// The lines of the outline.
    pub(super) fn outline(&self) -> Vec<OutlineLine> {
        let outline = self.outline.as_ref();
        outline.map_or_else(Vec::new, |outline| outline.it.clone())
    }

    /// The headings right above an item's passage.
    pub(super) fn headings(&self, item: &Item) -> impl Iterator<Item = Span> + use<'a> {
        let blocks = &self.article.blocks;
        self.headings[item.headings.clone()]
            .iter()
            .map(|heading| blocks[heading.block].span)
    }

    /// A heading and those above it, outermost first, and their tokens.
    fn path(&self, mut at: Option<usize>) -> (Vec<Span>, usize) {
        let (mut path, mut tokens) = (Vec::new(), 0);
        while let Some(index) = at {
            let heading = self.headings[index];
            path.push(self.article.blocks[heading.block].span);
            tokens += self.heading_tokens[index];
            at = heading.parent;
        }
        path.reverse();
        (path, tokens)
    }
}

/// The headings down to the deepest level that fits; where not even the highest
/// fits, an even choice of it.
fn outline(
    article: &Article,
    headings: &[Heading],
    tokens: &[usize],
    budget: usize,
) -> Option<Costed<Vec<OutlineLine>>> {
    let to_depth = |depth: usize| {
        let listed = headings.iter().zip(tokens);
        listed.filter(move |(heading, _)| heading.depth <= depth)
    };
    let total = |depth| to_depth(depth).map(|(_, tokens)| tokens).sum::<usize>();
    let deepest = headings.iter().map(|heading| heading.depth).max()?;
    let depth = (0..=deepest).rev().find(|depth| total(*depth) <= budget);
    let every = if depth.is_some() {
        1
    } else {
        total(0).div_ceil(budget.max(1))
    };
    let mut outline = Costed {
        it: Vec::new(),
        tokens: 0,
    };
    for (heading, tokens) in to_depth(depth.unwrap_or(0)).step_by(every) {
        if outline.tokens + tokens <= budget {
            outline.tokens += tokens;
            outline.it.push(OutlineLine {
                depth: heading.depth,
                span: article.blocks[heading.block].span,
            });
        }
    }
    Some(outline).filter(|outline| !outline.it.is_empty())
}
