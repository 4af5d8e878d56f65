//! Second stage: what the article is made of. Sentences with their weight,
//! sections, names. Reads the whole article, drops nothing and asks no model.

use std::ops::Range;

use crate::text::names::{Name, names};
use crate::text::sentences::sentences;
use crate::text::span::Span;

use super::article::{Article, BlockKind};

mod facts;
mod salience;

/// What later stages know of an article besides its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Understanding {
    /// Sentences of running text, lists, quotations, tables and captions, in
    /// order. Title and headings are no sentences.
    pub sentences: Vec<Sentence>,
    /// Sections that have sentences, in order; together they have them all.
    pub sections: Vec<Section>,
    /// Most mentioned first.
    pub names: Vec<Name>,
    /// How many sentences state something new, as far as it matters.
    pub facts: usize,
}

/// A sentence and its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sentence {
    /// Where it is in [`Article::text`].
    pub span: Span,
    /// Index into [`Article::blocks`].
    pub block: usize,
    /// Index into [`Understanding::sections`].
    pub section: usize,
    /// How much of the article's matter it carries: `0..=1`, the weightiest 1.
    pub salience: f32,
}

/// The sentences under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Index into [`Article::blocks`]; `None` before the first heading.
    pub heading: Option<usize>,
    /// Indices into [`Understanding::sentences`].
    pub sentences: Range<usize>,
    /// Words in its sentences, counted by white space.
    pub words: usize,
}

/// Finds sentences, sections and names. Time is linear in the article's length.
#[must_use]
pub fn understand(article: &Article) -> Understanding {
    read(article, sentences)
}

/// [`understand`] with any way to split a block into sentences.
pub(super) fn read(article: &Article, split: fn(&str) -> Vec<Span>) -> Understanding {
    let mut understanding = Understanding {
        sentences: Vec::new(),
        sections: Vec::new(),
        names: names(&article.text),
        facts: 0,
    };
    let mut heading = None;
    for (index, block) in article.blocks.iter().enumerate() {
        if matches!(block.kind, BlockKind::Heading(_)) {
            heading = Some(index).filter(|index| article.title != Some(*index));
        } else if article.title != Some(index) {
            let spans = split(article.block_text(block));
            add_block(article, index, heading, spans, &mut understanding);
        }
    }
    understanding.facts = facts::facts(article, &understanding.sentences);
    let weights = salience::salience(article, &understanding.sentences);
    for (sentence, weight) in understanding.sentences.iter_mut().zip(weights) {
        // What speaks to a model says nothing of the article's matter.
        let is_order = article.is_instruction(sentence.span);
        sentence.salience = if is_order { 0.0 } else { weight };
    }
    understanding
}

/// Adds the sentences of block `index`; `spans` are relative to the block.
fn add_block(
    article: &Article,
    index: usize,
    heading: Option<usize>,
    spans: Vec<Span>,
    into: &mut Understanding,
) {
    let start = article.blocks[index].span.start;
    for span in spans {
        let span = Span::new(start + span.start, start + span.end);
        let section = section(into, heading);
        into.sections[section].sentences.end += 1;
        into.sections[section].words += span.of(&article.text).split_whitespace().count();
        into.sentences.push(Sentence {
            span,
            block: index,
            section,
            salience: 0.0,
        });
    }
}

/// The section under `heading`, begun if it has no sentence yet.
fn section(into: &mut Understanding, heading: Option<usize>) -> usize {
    let open = into
        .sections
        .last()
        .is_some_and(|last| last.heading == heading);
    if !open {
        let start = into.sentences.len();
        into.sections.push(Section {
            heading,
            sentences: start..start,
            words: 0,
        });
    }
    into.sections.len() - 1
}

#[cfg(test)]
pub(super) mod tests;
