//! Which part of a page is its article. Paragraphs vote for the elements around
//! them, after the idea of Arc90's Readability; then the part grows for as long
//! as what it gains is running text and not links and labels.

use std::ops::Range;

use crate::pipeline::ingest::piece::ends_sentence;

use super::dom::{Dom, Element, Id};
use super::measure::{Measures, Sum};
use super::names::is_block;
use super::refuse::Verdicts;

/// Shorter texts do not vote.
const MIN_VOTE_CHARS: u32 = 25;
/// From here on a text is prose even when it does not end as a sentence does.
const MIN_PROSE_CHARS: u32 = 80;
/// Characters that count as one vote more, up to [`MAX_LENGTH_VOTES`].
const CHARS_PER_VOTE: f32 = 100.0;
const MAX_LENGTH_VOTES: f32 = 3.0;
/// Elements that hold a part of an article and never the whole.
const PARTS: [&str; 9] = ["h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "tr"];
/// Elements between headline and article that say nothing of it.
const ASIDE: [&str; 5] = ["address", "figcaption", "figure", "time", "ul"];
/// How many elements up a vote reaches.
const VOTE_LEVELS: u8 = 5;
/// Share of links from which a text is no prose.
const MAX_PROSE_LINK_SHARE: f32 = 1.0 / 3.0;
/// What a character in a link takes from the gain that a character of prose
/// gives; one of a label takes as much as prose gives.
const LINK_COST: f32 = 3.0;
/// How much of its own text a part has to gain to grow.
const MIN_GAIN_SHARE: f32 = 0.15;

/// The parts of a document that are read.
pub(super) struct Content {
    /// In order, not overlapping.
    ranges: Vec<Range<Id>>,
    /// Characters of text in them.
    pub(super) chars: u32,
}

impl Content {
    /// The whole document.
    pub(super) fn all(dom: &Dom<'_>, measures: &Measures) -> Self {
        Self {
            ranges: Vec::from([dom.subtree(0)]),
            chars: measures.inside(dom, 0).chars,
        }
    }

    /// The article of a page.
    pub(super) fn of_page(dom: &Dom<'_>, verdicts: &Verdicts, measures: &Measures) -> Self {
        let paragraphs = paragraphs(dom, verdicts, measures);
        let Some(top) = elected(dom, measures, &paragraphs) else {
            return Self::all(dom, measures);
        };
        let chosen = grown(dom, measures, &paragraphs, top);
        let headline = headline_above(dom, verdicts, chosen);
        let heading = headline.map(|id| dom.subtree(id));
        let lead = heading.clone().map(|heading| heading.end..chosen);
        let lead = lead.map(|between| lead_in(dom, verdicts, &paragraphs, &between));
        let above = heading.into_iter().chain(lead.into_iter().flatten());
        Self {
            ranges: above.chain([dom.subtree(chosen)]).collect(),
            chars: measures.inside(dom, chosen).chars,
        }
    }

    /// Whether a node is read.
    pub(super) fn contains(&self, id: Id) -> bool {
        self.range_at(id).is_some_and(|range| range.contains(&id))
    }

    /// Whether the node starts a part.
    pub(super) fn is_border(&self, id: Id) -> bool {
        self.range_at(id).is_some_and(|range| range.start == id)
    }

    /// Whether the nodes `subtree` hold a whole part.
    pub(super) fn is_inside(&self, subtree: &Range<Id>) -> bool {
        let first = self
            .ranges
            .partition_point(|range| range.start < subtree.start);
        self.ranges
            .get(first)
            .is_some_and(|range| range.end <= subtree.end)
    }

    /// The last part that starts at or before `id`.
    fn range_at(&self, id: Id) -> Option<&Range<Id>> {
        let after = self.ranges.partition_point(|range| range.start <= id);
        self.ranges.get(after.checked_sub(1)?)
    }
}

/// The page's headline where it stands before the article: the last `h1`.
fn headline_above(dom: &Dom<'_>, verdicts: &Verdicts, chosen: Id) -> Option<Id> {
    let is_headline = |element: &Element<'_>| element.name == "h1";
    if dom
        .elements_in(dom.subtree(chosen))
        .any(|element| is_headline(&element))
    {
        return None;
    }
    let is_read = |element: &Element<'_>| {
        !dom.subtree(element.id).contains(&chosen)
            && element
                .ancestors()
                .all(|around| verdicts.of(around.id).is_read())
    };
    dom.elements_in(0..chosen)
        .filter(is_headline)
        .filter(is_read)
        .last()
        .map(|element| element.id)
}

/// The running text between headline and article: a standfirst, or what a live
/// blog says before its posts. Captions there are the picture's.
fn lead_in(
    dom: &Dom<'_>,
    verdicts: &Verdicts,
    paragraphs: &[Paragraph],
    between: &Range<Id>,
) -> Vec<Range<Id>> {
    let is_read = |paragraph: &Paragraph| {
        let around = dom.element(paragraph.block);
        let mut around = around.iter().flat_map(Element::ancestors);
        around.all(|it| verdicts.of(it.id).is_read() && !ASIDE.contains(&it.name))
    };
    paragraphs
        .iter()
        .filter(|it| between.contains(&it.start) && it.end <= between.end)
        .filter(|it| it.gain() > 0.0 && is_read(it))
        .map(|it| it.start..it.end)
        .collect()
}

/// A run of text that no block interrupts.
struct Paragraph {
    start: Id,
    /// After its last node.
    end: Id,
    /// The block that it stands in.
    block: Id,
    /// The element that it votes for first.
    container: Id,
    sum: Sum,
    ends_sentence: bool,
}

impl Paragraph {
    fn votes(&self) -> f32 {
        if self.sum.chars < MIN_VOTE_CHARS {
            return 0.0;
        }
        let length = self.sum.chars as f32 / CHARS_PER_VOTE;
        let votes = 1.0 + self.sum.commas as f32 + length.min(MAX_LENGTH_VOTES);
        votes * (1.0 - self.sum.link_share())
    }

    /// What an element gains by holding it.
    fn gain(&self) -> f32 {
        let (linked, plain) = (self.sum.linked as f32, self.sum.plain() as f32);
        let is_long = self.sum.chars >= MIN_PROSE_CHARS || self.ends_sentence;
        let is_prose = is_long && self.sum.link_share() <= MAX_PROSE_LINK_SHARE;
        if is_prose {
            plain - linked
        } else {
            -plain - linked * LINK_COST
        }
    }
}

/// All paragraphs, but those in elements that are not read anyway.
fn paragraphs(dom: &Dom<'_>, verdicts: &Verdicts, measures: &Measures) -> Vec<Paragraph> {
    let holders = holders(dom);
    let all = measures.inside(dom, 0).chars;
    let is_refused = |id: Id| verdicts.of(id).refuses(measures.inside(dom, id), all);
    let mut found = Vec::new();
    let mut ends: Vec<Id> = Vec::new();
    let (mut at, mut start) = (0, 0);
    while at <= dom.nodes.len() {
        let element = dom.element(at);
        let is_refused = element.is_some_and(|element| is_refused(element.id));
        let starts_block = element.is_some_and(|element| is_block(element.name));
        let before = ends.len();
        while ends.pop_if(|end| *end <= at).is_some() {}
        if is_refused || starts_block || ends.len() < before || at == dom.nodes.len() {
            found.extend(paragraph(dom, measures, &holders, start..at));
            start = at;
        }
        if starts_block {
            ends.push(dom.end(at));
        }
        at = if is_refused { dom.end(at) } else { at + 1 };
        if is_refused {
            start = at;
        }
    }
    found
}

/// Whether each node is a block that holds other blocks.
fn holders(dom: &Dom<'_>) -> Vec<bool> {
    let mut holders = vec![false; dom.nodes.len()];
    for element in dom
        .elements()
        .filter(|element| element.id > 0 && is_block(element.name))
    {
        if let Some(holder) = holders.get_mut(block_around(dom, element.id)) {
            *holder = true;
        }
    }
    holders
}

fn paragraph(
    dom: &Dom<'_>,
    measures: &Measures,
    holders: &[bool],
    nodes: Range<Id>,
) -> Option<Paragraph> {
    let sum = measures.between(nodes.start, nodes.end);
    if sum.chars == 0 {
        return None;
    }
    let first = nodes
        .clone()
        .find(|id| !dom.text_of(*id).trim().is_empty())?;
    let block = block_around(dom, first);
    let is_holder = holders.get(block).copied().unwrap_or_default();
    let last = nodes
        .clone()
        .rev()
        .map(|id| dom.text_of(id).trim_end())
        .find(|text| !text.is_empty());
    Some(Paragraph {
        start: nodes.start,
        end: nodes.end,
        block,
        container: if is_holder { block } else { dom.parent(block) },
        sum,
        ends_sentence: last.is_some_and(ends_sentence),
    })
}

/// The innermost block around a node.
fn block_around(dom: &Dom<'_>, id: Id) -> Id {
    let mut at = dom.parent(id);
    while at > 0
        && !dom
            .element(at)
            .is_some_and(|element| is_block(element.name))
    {
        at = dom.parent(at);
    }
    at
}

/// The element with the most votes, links held against it.
fn elected(dom: &Dom<'_>, measures: &Measures, paragraphs: &[Paragraph]) -> Option<Id> {
    let mut scores = vec![0.0_f32; dom.nodes.len()];
    for paragraph in paragraphs {
        let mut at = paragraph.container;
        for level in 0..VOTE_LEVELS {
            let share = match level {
                0 => 1.0,
                1 => 2.0,
                level => 3.0 * f32::from(level),
            };
            if let Some(score) = scores.get_mut(at) {
                *score += paragraph.votes() / share;
            }
            if at == 0 {
                break;
            }
            at = dom.parent(at);
        }
    }
    let is_part = |element: &Element<'_>| !PARTS.contains(&element.name);
    let scored = dom.elements().filter(is_part).filter_map(|element| {
        let score = *scores.get(element.id)?;
        let links = measures.inside(dom, element.id).link_share();
        (score > 0.0).then(|| (element.id, (score + weight(element.name)) * (1.0 - links)))
    });
    let best = scored.max_by(|left, right| left.1.total_cmp(&right.1));
    best.map(|(id, _)| id)
}

/// What kinds of element are for articles and what for lists.
fn weight(name: &str) -> f32 {
    match name {
        "div" | "article" | "section" | "main" => 5.0,
        "pre" | "td" | "blockquote" => 3.0,
        "ol" | "ul" | "dl" | "dd" | "dt" | "li" | "form" | "address" => -3.0,
        _ => 0.0,
    }
}

/// `top` or the element around it that gains the most running text.
fn grown(dom: &Dom<'_>, measures: &Measures, paragraphs: &[Paragraph], top: Id) -> Id {
    // The gain of all paragraphs that start before a node.
    let mut before = vec![0.0_f64; dom.nodes.len() + 1];
    for paragraph in paragraphs {
        if let Some(gain) = before.get_mut(paragraph.start + 1) {
            *gain += f64::from(paragraph.gain());
        }
    }
    for at in 1..before.len() {
        before[at] += before[at - 1];
    }
    let gain = |id: Id| {
        before
            .get(dom.end(id))
            .zip(before.get(id))
            .map_or(0.0, |(end, start)| end - start)
    };
    let (mut best, mut at) = (top, top);
    while at > 0 {
        at = dom.parent(at);
        let least = f64::from(measures.inside(dom, best).chars) * f64::from(MIN_GAIN_SHARE);
        if gain(at) > gain(best) + least {
            best = at;
        }
    }
    best
}
