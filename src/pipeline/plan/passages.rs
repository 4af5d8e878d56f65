//! Cutting an article into passages: a paragraph each, short ones joined, long
//! ones divided at sentence ends. Never across sections.

use std::ops::Range;

use crate::pipeline::article::{Article, BlockKind};
use crate::pipeline::understand::{Section, Understanding};

use super::Passage;

/// A passage with fewer words takes the next paragraph in: news often has one
/// sentence per paragraph, too little to ask two sentences of answer from.
const SHORT_WORDS: usize = 30;
/// A passage that would have more words is divided.
const LONG_WORDS: usize = 110;

pub(super) fn passages(article: &Article, understanding: &Understanding) -> Vec<Passage> {
    understanding
        .sections
        .iter()
        .flat_map(|section| of_section(article, understanding, section))
        .map(|sentences| passage(understanding, sentences))
        .collect()
}

fn passage(understanding: &Understanding, sentences: Range<usize>) -> Passage {
    let first = understanding.sentences[sentences.start].span;
    let last = understanding.sentences[sentences.end - 1].span;
    Passage {
        sentences,
        span: first.cover(last),
    }
}

/// The passages of a section as ranges of sentences, none empty.
fn of_section(
    article: &Article,
    understanding: &Understanding,
    section: &Section,
) -> Vec<Range<usize>> {
    let words = |index: usize| {
        understanding.sentences[index]
            .span
            .of(&article.text)
            .split_whitespace()
            .count()
    };
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut held = 0;
    for index in section.sentences.clone() {
        let more = words(index);
        let new_block =
            index > section.sentences.start && ends_block(article, understanding, index);
        let full = (new_block && held >= SHORT_WORDS) || held + more > LONG_WORDS;
        match ranges.last_mut() {
            Some(range) if !full => range.end = index + 1,
            _ => {
                ranges.push(index..index + 1);
                held = 0;
            }
        }
        held += more;
    }
    join_short_end(&mut ranges, held, words);
    ranges
}

/// Whether a block ends before a sentence. The rows of a table are one: without
/// its head a row says little.
fn ends_block(article: &Article, understanding: &Understanding, index: usize) -> bool {
    let [before, at] = [index - 1, index].map(|index| understanding.sentences[index].block);
    let is_row = |block: usize| article.blocks[block].kind == BlockKind::TableRow;
    before != at && !(is_row(before) && is_row(at))
}

/// A short passage at a section's end goes to the one before it.
fn join_short_end(ranges: &mut Vec<Range<usize>>, held: usize, words: impl Fn(usize) -> usize) {
    let [.., before, last] = ranges.as_mut_slice() else {
        return;
    };
    let together: usize = before.clone().map(words).sum::<usize>() + held;
    if held < SHORT_WORDS && together <= LONG_WORDS {
        before.end = last.end;
        ranges.pop();
    }
}
