//! Packing passages into windows of a token budget, at section ends where that
//! leaves no window half empty. Later windows repeat the title and the lead.

use crate::pipeline::article::{Article, BlockKind};
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

/// One passage and the headings right above it, with their tokens.
struct Item {
    headings: Vec<Span>,
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
    packer.close(headings_after_last(article, understanding));
    Ok(packer.windows)
}

/// The headings, title aside, that lie between two offsets.
fn headings(article: &Article, from: usize, to: usize) -> Vec<Span> {
    let blocks = article.blocks.iter().enumerate();
    blocks
        .filter(|(index, block)| {
            matches!(block.kind, BlockKind::Heading(_)) && article.title != Some(*index)
        })
        .map(|(_, block)| block.span)
        .filter(|span| from <= span.start && span.end <= to)
        .collect()
}

/// Headings that nothing follows: shown like all others, as every word is read.
fn headings_after_last(article: &Article, understanding: &Understanding) -> Vec<Span> {
    let end = understanding
        .sentences
        .last()
        .map_or(0, |last| last.span.end);
    headings(article, end, article.text.len())
}

fn items(
    article: &Article,
    understanding: &Understanding,
    passages: Vec<Passage>,
    cost: &impl Fn(Span) -> usize,
) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let (mut previous, mut end) = (None, 0);
    for passage in passages {
        let section = understanding.sentences[passage.sentences.start].section;
        let begins = previous != Some(section);
        previous = Some(section);
        let headings = headings(article, end, passage.span.start);
        end = passage.span.end;
        let tokens = cost(passage.span) + headings.iter().map(|span| cost(*span)).sum::<usize>();
        items.push(Item {
            headings,
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
        window
            .pieces
            .extend(item.headings.into_iter().map(Piece::Context));
        window.pieces.push(Piece::Passage(window.passages.len()));
        window.passages.push(item.passage);
        Ok(())
    }

    /// Shows what stands after the last passage.
    fn close(&mut self, rest: Vec<Span>) {
        if let Some(window) = self.windows.last_mut() {
            window.pieces.extend(rest.into_iter().map(Piece::Context));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::pipeline::ingest::ingest;
    use crate::pipeline::plan::passages::passages;
    use crate::pipeline::understand::understand;
    use crate::pipeline::{Input, SourceKind};

    fn windows(markdown: &str, budget: usize) -> (Article, Vec<Window>) {
        let limits = Settings::load(None).expect("the defaults hold").limits;
        let input = Input {
            bytes: markdown.as_bytes().to_vec(),
            kind: SourceKind::Markdown,
            title: None,
            charset: None,
        };
        let article = ingest(&input, &limits).expect("it is an article");
        let understanding = understand(&article);
        let passages = passages(&article, &understanding);
        let count = |text: &str| text.split_whitespace().count();
        let windows = pack(&article, &understanding, passages, budget, count).expect("it fits");
        (article, windows)
    }

    fn story(sections: usize) -> String {
        let section = |n: usize| {
            format!(
                "## Part {n}\n\n### Detail {n}\n\nThe council of Harlow met {n} times about the pool in Elm \
                 Road. Mayor Dana Ruiz said that its repair was due.\n\nThe ferry pier {n} was closed by \
                 the harbour board before winter came to the town of Harlow on the coast.\n\n"
            )
        };
        let body: String = (1..=sections).map(section).collect();
        format!("# Pool and pier\n\n{body}## The end\n")
    }

    #[test]
    fn every_block_is_shown_wherever_it_stands() {
        for budget in [150, 10_000] {
            let (article, windows) = windows(&story(8), budget);
            assert_eq!(windows.len() > 1, budget == 150);
            let shown: Vec<Span> = windows
                .iter()
                .flat_map(|window| window.pieces.iter().map(|piece| window.span_of(*piece)))
                .collect();
            for block in &article.blocks {
                let text = article.block_text(block);
                assert!(
                    shown.iter().any(|span| span.contains(block.span)),
                    "{text} is not shown"
                );
            }
        }
    }

    #[test]
    fn no_passage_is_in_two_windows() {
        let (_, windows) = windows(&story(8), 150);
        let starts: Vec<usize> = windows
            .iter()
            .flat_map(|w| w.passages.iter().map(|p| p.sentences.start))
            .collect();
        assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
