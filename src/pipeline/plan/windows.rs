//! Packing passages into windows of a token budget, at section ends where that
//! leaves no window half empty. Later windows repeat the title and the lead.

use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;
use crate::text::span::Span;

use super::{Passage, Piece, Window};

/// Tokens that a paragraph number and the blank line around it take.
const PIECE_TOKENS: usize = 6;

struct Packer {
    budget: usize,
    /// Title, and for later windows the lead.
    opening: Vec<Span>,
    windows: Vec<Window>,
    used: usize,
}

/// A heading (when the section begins) and one passage, with their tokens.
struct Item {
    heading: Option<Span>,
    passage: Passage,
    tokens: usize,
    section_tokens: usize,
}

pub(super) fn pack(
    article: &Article,
    understanding: &Understanding,
    passages: Vec<Passage>,
    budget: usize,
    count_tokens: impl Fn(&str) -> usize,
) -> Result<Vec<Window>, usize> {
    let cost = |span: Span| count_tokens(span.of(&article.text)) + PIECE_TOKENS;
    let title = article.title.map(|index| article.blocks[index].span);
    let lead = passages.first().map(|passage| passage.span);
    let opening: Vec<Span> = title.into_iter().chain(lead).collect();
    let opening_tokens: usize = opening.iter().map(|span| cost(*span)).sum();
    let items = items(article, understanding, passages, &cost);
    let mut packer = Packer {
        budget,
        opening,
        windows: Vec::new(),
        used: 0,
    };
    packer.open(
        &title.into_iter().collect::<Vec<_>>(),
        title.map_or(0, cost),
    );
    for item in items {
        packer.add(item, opening_tokens)?;
    }
    Ok(packer.windows)
}

fn items(
    article: &Article,
    understanding: &Understanding,
    passages: Vec<Passage>,
    cost: &impl Fn(Span) -> usize,
) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut previous = None;
    for passage in passages {
        let section = understanding.sentences[passage.sentences.start].section;
        let begins = previous != Some(section);
        previous = Some(section);
        let heading = understanding.sections[section].heading.filter(|_| begins);
        let heading = heading.map(|index| article.blocks[index].span);
        let tokens = cost(passage.span) + heading.map_or(0, cost);
        items.push(Item {
            heading,
            passage,
            tokens,
            section_tokens: if begins { tokens } else { 0 },
        });
        if !begins && let Some(first) = items.iter_mut().rev().find(|item| item.section_tokens > 0)
        {
            first.section_tokens += tokens;
        }
    }
    items
}

impl Packer {
    fn open(&mut self, context: &[Span], tokens: usize) {
        let pieces = context.iter().map(|span| Piece::Context(*span)).collect();
        self.windows.push(Window {
            pieces,
            ..Window::default()
        });
        self.used = tokens;
    }

    fn add(&mut self, item: Item, opening_tokens: usize) -> Result<(), usize> {
        if self.must_break(&item) {
            let opening = self.opening.clone();
            self.open(&opening, opening_tokens);
        }
        if self.used + item.tokens > self.budget {
            return Err(self.used + item.tokens);
        }
        self.used += item.tokens;
        let Some(window) = self.windows.last_mut() else {
            return Ok(());
        };
        window.pieces.extend(item.heading.map(Piece::Context));
        window.pieces.push(Piece::Passage(window.passages.len()));
        window.passages.push(item.passage);
        Ok(())
    }

    /// Whether a window that holds something must end before this item.
    fn must_break(&self, item: &Item) -> bool {
        let empty = self
            .windows
            .last()
            .is_none_or(|window| window.passages.is_empty());
        let section_overflows = self.used + item.section_tokens > self.budget;
        let half_full = self.used * 2 > self.budget;
        !empty && (self.used + item.tokens > self.budget || (section_overflows && half_full))
    }
}
