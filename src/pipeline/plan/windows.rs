//! Packing passages into windows of a token budget, at the ends of sections and
//! of the headings above them where that leaves no window a third empty.

use crate::pipeline::article::Article;
use crate::pipeline::understand::Understanding;
use crate::text::span::Span;

use super::context::Context;
use super::items::{Item, items};
use super::{Passage, Piece, Window};

/// Tokens that a paragraph number and the blank line around it take.
const PIECE_TOKENS: usize = 6;

struct Packer<'a> {
    context: Context<'a>,
    budget: usize,
    windows: Vec<Window>,
    used: usize,
}

/// The windows of an article, or the tokens of a passage that fits none.
pub(super) fn pack(
    article: &Article,
    understanding: &Understanding,
    passages: Vec<Passage>,
    budget: usize,
    count_tokens: impl Fn(&str) -> usize,
) -> Result<Vec<Window>, usize> {
    let cost = |span: Span| count_tokens(span.of(&article.text)) + PIECE_TOKENS;
    let lead = passages.first().map(|passage| passage.span);
    let (items, shown) = items(article, understanding, passages, &cost);
    let context = Context::new(article, understanding, lead, budget, &cost);
    let mut packer = Packer {
        context,
        budget,
        windows: Vec::new(),
        used: 0,
    };
    packer.begin();
    for item in items {
        packer.add(item)?;
    }
    packer.close(understanding, article, shown);
    Ok(packer.windows)
}

impl Packer<'_> {
    /// The first window repeats nothing.
    fn begin(&mut self) {
        let (pieces, tokens) = self.context.title();
        self.open(pieces, tokens);
    }

    fn open(&mut self, pieces: Vec<Piece>, tokens: usize) {
        let outline = if pieces.contains(&Piece::Outline) {
            self.context.outline()
        } else {
            Vec::new()
        };
        self.windows.push(Window {
            pieces,
            outline,
            ..Window::default()
        });
        self.used = tokens;
    }

    fn add(&mut self, item: Item) -> Result<(), usize> {
        if self.must_break(&item) {
            let room = self.budget.saturating_sub(item.tokens);
            let (pieces, tokens) = self.context.for_window_at(&item, room);
            self.open(pieces, tokens);
        }
        if self.used + item.tokens > self.budget {
            return Err(self.used + item.tokens);
        }
        self.used += item.tokens;
        let headings = self.context.headings(&item);
        let Some(window) = self.windows.last_mut() else {
            return Ok(());
        };
        window.pieces.extend(headings.map(Piece::Context));
        window.pieces.push(Piece::Passage(window.passages.len()));
        window.passages.push(item.passage);
        Ok(())
    }

    /// Shows the headings that no passage follows: every word is read.
    fn close(&mut self, understanding: &Understanding, article: &Article, shown: usize) {
        let rest = understanding.outline[shown..].iter();
        let rest = rest.map(|heading| Piece::Context(article.blocks[heading.block].span));
        if let Some(window) = self.windows.last_mut() {
            window.pieces.extend(rest);
        }
    }

    /// Whether a window that holds something must end before this item.
    fn must_break(&self, item: &Item) -> bool {
        let empty = self
            .windows
            .last()
            .is_none_or(|window| window.passages.is_empty());
        let section_overflows = self.used + item.section_tokens > self.budget;
        // Each window repeats its context: fewer, fuller ones cost less.
        let full_enough = self.used * 3 > self.budget * 2;
        !empty && (self.used + item.tokens > self.budget || (section_overflows && full_enough))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Settings;
    use crate::pipeline::ingest::ingest;
    use crate::pipeline::plan::passages::passages;
    use crate::pipeline::understand::understand;
    use crate::pipeline::{Input, SourceKind, SourceScope};

    fn windows(markdown: &str, budget: usize) -> (Article, Vec<Window>) {
        let limits = Settings::load(None).expect("the defaults hold").limits;
        let input = Input {
            bytes: markdown.as_bytes().to_vec(),
            kind: SourceKind::Markdown,
            scope: SourceScope::Auto,
            title: None,
            charset: None,
            language: None,
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
                .flat_map(|window| {
                    window
                        .pieces
                        .iter()
                        .filter_map(|piece| window.span_of(*piece))
                })
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
    fn a_later_window_says_where_it_stands() {
        let (article, windows) = windows(&story(8), 250);
        let shown = |window: &Window| -> Vec<String> {
            let spans = window.pieces.iter().map(|piece| window.span_of(*piece));
            let text = |span: Span| span.of(&article.text).to_owned();
            spans
                .map(|span| span.map_or("OUTLINE".to_owned(), text))
                .collect()
        };
        for window in &windows[1..] {
            let shown = shown(window);
            assert_eq!(shown[0], "Pool and pier");
            assert!(shown[1].starts_with("The council of Harlow met 1 times"));
            assert_eq!(shown[2], "OUTLINE");
            assert!(shown[3].starts_with("Part "), "{shown:?}");
            // Eight parts fit an eighth of the window only in part.
            let lines = window
                .outline
                .iter()
                .map(|line| line.span.of(&article.text));
            let lines: Vec<&str> = lines.collect();
            assert!(
                lines.len() < 9 && lines.iter().all(|it| it.starts_with("Part")),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn what_is_repeated_gives_way_to_a_passage() {
        let long = format!(
            "The harbour board listed {}as closed.",
            "the old pier, ".repeat(36)
        );
        let (article, windows) = windows(&format!("{}{long}\n", story(2)), 150);
        let last = windows.last().expect("there is one");
        let passage = last.passages[0].span.of(&article.text);
        assert!(passage.contains("listed the old pier"), "{passage}");
        assert!(!last.pieces.contains(&Piece::Outline), "{:?}", last.pieces);
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

    proptest! {
        #[test]
        fn every_word_is_shown(
            source in "(# |[A-Z][a-z]{0,9} |[a-z]{1,9} |[.] |\n\n|[。は]|U\\.S\\. |\\PC){0,300}",
            budget in 40usize..400,
        ) {
            let article = crate::pipeline::understand::tests::article(&source);
            let understanding = understand(&article);
            let passages = passages(&article, &understanding);
            let count = |text: &str| text.split_whitespace().count();
            // A sentence may fit no window: then there is no plan.
            if let Ok(windows) = pack(&article, &understanding, passages, budget, count) {
                let shown = windows.iter().flat_map(|window| {
                    window.pieces.iter().filter_map(|piece| window.span_of(*piece))
                });
                prop_assert_eq!(article.words_in(shown), article.words());
            }
        }
    }
}
