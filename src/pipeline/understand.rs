//! Second stage: what the article is made of. Sentences with their weight,
//! sections and their tree, names, facts. Reads the whole article, drops nothing and asks no model.

use std::ops::Range;

use crate::text::names::{Name, names};
use crate::text::quotes::{is_inside, opens_one};
use crate::text::sentences::sentences_in;
use crate::text::span::Span;

use super::article::{Article, BlockKind};

pub mod coverage;
mod facts;
mod outline;
mod salience;

pub use outline::Heading;

/// Words of one part of a long article; what is chosen from it is spread over
/// its parts. Most articles have one.
const PART_WORDS: usize = 1_500;

/// What later stages know of an article besides its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Understanding {
    /// Sentences of running text, lists, quotations, tables and captions, in
    /// order. Title and headings are no sentences.
    pub sentences: Vec<Sentence>,
    /// Sections that have sentences, in order; together they have them all.
    pub sections: Vec<Section>,
    /// The tree of headings, in order.
    pub outline: Vec<Heading>,
    /// Most mentioned first.
    pub names: Vec<Name>,
    /// How many sentences state something new, as far as it matters.
    pub facts: usize,
}

impl Understanding {
    /// Words of title, headings and sentences: all that `article` has.
    #[must_use]
    pub fn words_read(&self, article: &Article) -> usize {
        let block = |index: usize| article.blocks[index].span;
        let title = article.title.map(block);
        let headings = self.outline.iter().map(|heading| block(heading.block));
        let sentences = self.sentences.iter().map(|sentence| sentence.span);
        article.words_in(title.into_iter().chain(headings).chain(sentences))
    }
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
    /// Which part of the article it stands in, from 0; parts have some 1,500 words.
    pub part: usize,
    /// How much of the article's matter it carries: `0..=1`, the weightiest 1.
    pub salience: f32,
    /// Whether it stands within somebody's words that began before it, or begins some that go
    /// on after it.
    pub is_quoted: bool,
}

/// The sentences under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Index into [`Article::blocks`]; `None` before the first heading.
    pub heading: Option<usize>,
    /// Words of the article before its first sentence.
    pub words_before: usize,
    /// Indices into [`Understanding::sentences`].
    pub sentences: Range<usize>,
    /// Words in its sentences, counted by white space.
    pub words: usize,
}

/// Finds sentences, sections and names. Time is linear in the article's length.
#[must_use]
pub fn understand(article: &Article) -> Understanding {
    // What cannot be told is short, and split well enough as English.
    let language = article.language.unwrap_or("en");
    read(article, |text| sentences_in(text, language))
}

/// [`understand`] with any way to split a block into sentences.
pub(super) fn read(article: &Article, split: impl Fn(&str) -> Vec<Span>) -> Understanding {
    let mut understanding = Understanding {
        sentences: Vec::new(),
        sections: Vec::new(),
        outline: outline::outline(article),
        names: names(&article.text),
        facts: 0,
    };
    let mut heading = None;
    for (index, block) in article.blocks.iter().enumerate() {
        if matches!(block.kind, BlockKind::Heading(_)) {
            heading = Some(index).filter(|index| article.title != Some(*index));
        } else if article.title != Some(index) {
            let text = article.block_text(block);
            // A row is one sentence: its cells say nothing without each other.
            let spans = match block.kind {
                BlockKind::TableRow => vec![Span::new(0, text.len())],
                _ => split(text),
            };
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
    let text = article.block_text(&article.blocks[index]);
    let start = article.blocks[index].span.start;
    for own in spans {
        let is_quoted = is_inside(text, own.start) || opens_one(own.of(text));
        let span = Span::new(start + own.start, start + own.end);
        let at = section(into, heading);
        let section = &mut into.sections[at];
        let words_before = section.words_before + section.words;
        section.sentences.end += 1;
        section.words += span.of(&article.text).split_whitespace().count();
        into.sentences.push(Sentence {
            span,
            block: index,
            section: at,
            part: words_before / PART_WORDS,
            salience: 0.0,
            is_quoted,
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
        let last = into.sections.last();
        into.sections.push(Section {
            heading,
            words_before: last.map_or(0, |last| last.words_before + last.words),
            sentences: start..start,
            words: 0,
        });
    }
    into.sections.len() - 1
}

#[cfg(test)]
pub(super) mod tests;
