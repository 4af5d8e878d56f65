//! Third stage: what the model is shown and asked. The article is cut into
//! passages, the passages are packed into windows that fit the context, and
//! each question gets a passage and an opening word, so that questions spread
//! over the article and do not all begin alike. A window after the first repeats
//! the title, the lead and an outline.
//!
//! Every word of the article is in exactly one window. Asks nothing itself.

use std::ops::Range;

use crate::text::span::Span;

use super::article::{Article, BlockKind};
use super::understand::Understanding;

mod context;
mod facts;
mod items;
pub mod opening;
mod passages;
mod windows;

pub(in crate::pipeline) use facts::opens;
use opening::{Opening, Variety};

/// What to show and ask, window by window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In the order of the article; never empty.
    pub windows: Vec<Window>,
}

/// A part of the article that is prefilled as one prefix.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// What is shown, in order.
    pub pieces: Vec<Piece>,
    /// The passages among the pieces, numbered from 1 in the prompt.
    pub passages: Vec<Passage>,
    /// The lines of [`Piece::Outline`]; empty without one.
    pub outline: Vec<OutlineLine>,
    /// The questions to draft.
    pub asks: Vec<Ask>,
}

impl Window {
    /// Where a piece of this window is in [`Article::text`]; `None` for an
    /// outline, which repeats what is shown elsewhere.
    #[must_use]
    pub fn span_of(&self, piece: Piece) -> Option<Span> {
        match piece {
            Piece::Context(span) => Some(span),
            Piece::Outline => None,
            Piece::Passage(index) => Some(self.passages[index].span),
        }
    }
}

/// A heading in a window's outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutlineLine {
    /// How many headings it stands under.
    pub depth: usize,
    /// Where it is in [`Article::text`].
    pub span: Span,
}

/// One paragraph of a window's prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// Title, heading or repeated lead: context that nothing is asked about.
    Context(Span),
    /// The headings of the whole article.
    Outline,
    /// Index into [`Window::passages`].
    Passage(usize),
}

/// A few sentences that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Indices into [`Understanding::sentences`].
    pub sentences: Range<usize>,
    /// From the first sentence's start to the last one's end.
    pub span: Span,
}

/// A question to draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Index into [`Window::passages`].
    pub passage: usize,
    /// What of it is asked about.
    pub subject: Subject,
    /// How the question starts.
    pub opening: Opening,
    /// Whether a question to a sentence has to be of its words: one that was free to take
    /// others was mostly about something else.
    pub in_its_words: bool,
}

/// What a question is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A whole passage: question and answer are drafted.
    Passage,
    /// One sentence, an index into [`Understanding::sentences`]: only the question
    /// is drafted, and the sentence opens its answer, if need be behind the one that it follows.
    Sentence(usize),
}

/// Lists, tables and quotations at most that are asked about as such: no sentence of
/// theirs is asked about by itself.
const MOST_BESIDE: usize = 2;
/// What each question of a window costs the next one there, in units of salience.
const SAME_WINDOW_COST: f32 = 0.15;

/// The bounds that a plan keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanBounds {
    /// Tokens of one window.
    pub window_tokens: usize,
    /// Questions to draft over all windows, with their answers.
    pub asks: usize,
    /// Questions to draft over all windows at most, each to a sentence of the article.
    pub facts: usize,
    /// Questions to draft over all windows at least, where two to sentences count as one:
    /// where too few can be asked about, more are drafted with their answers.
    pub least: usize,
}

/// Plans an article. `count_tokens` is the model's own count.
///
/// # Errors
/// The tokens of a passage that fits no window.
pub fn plan(
    article: &Article,
    understanding: &Understanding,
    bounds: PlanBounds,
    count_tokens: impl Fn(&str) -> usize,
) -> Result<Plan, usize> {
    let passages = passages::passages(article, understanding);
    let mut windows = windows::pack(
        article,
        understanding,
        passages,
        bounds.window_tokens,
        count_tokens,
    )?;
    let candidates = facts::candidates(article, understanding, &windows);
    let facts = match bounds.facts {
        0 => 0,
        most => candidates.len().min(most.max(windows.len())),
    };
    let asks = bounds.asks.max(bounds.least.saturating_sub(facts / 2));
    let mut variety = Variety::new(asks + facts);
    assign(article, understanding, &mut windows, (asks, &mut variety));
    let chosen = (candidates, facts, &mut variety);
    facts::assign(article, understanding, &mut windows, chosen);
    let beside = bounds.least.min(MOST_BESIDE);
    assign_beside(article, understanding, &mut windows, (beside, &mut variety));
    Ok(Plan { windows })
}

impl Plan {
    /// The questions to ask where those of the plan gave too few pairs, in rounds of at
    /// most so many, each question with its window.
    #[must_use]
    pub fn more(
        &self,
        article: &Article,
        understanding: &Understanding,
        most: usize,
    ) -> Vec<Vec<(usize, Ask)>> {
        facts::more(article, understanding, &self.windows, most)
    }
}

/// Whether a list, a table or a quotation is in a passage.
fn is_beside(article: &Article, understanding: &Understanding, passage: &Passage) -> bool {
    let mut sentences = understanding.sentences[passage.sentences.clone()].iter();
    sentences.any(|sentence| {
        let kind = article.blocks[sentence.block].kind;
        matches!(
            kind,
            BlockKind::ListItem | BlockKind::TableRow | BlockKind::Quote
        )
    })
}

/// Gives the weightiest passages with a list, a table or a quotation, of which nothing is
/// asked, one question each.
fn assign_beside(
    article: &Article,
    understanding: &Understanding,
    windows: &mut [Window],
    (most, variety): (usize, &mut Variety),
) {
    let mut beside: Vec<(f32, usize, usize)> = Vec::new();
    for (at, window) in windows.iter().enumerate() {
        for (index, passage) in window.passages.iter().enumerate() {
            let is_asked = window.asks.iter().any(|ask| ask.passage == index);
            let weight = weight(understanding, passage);
            if is_beside(article, understanding, passage) && !is_asked && weight > 0.0 {
                beside.push((weight, at, index));
            }
        }
    }
    beside.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, window, passage) in beside.into_iter().take(most) {
        ask_about(article, &mut windows[window], passage, variety);
    }
}

/// Asks about a passage with an opening that it has not had, if one fits.
fn ask_about(article: &Article, window: &mut Window, passage: usize, variety: &mut Variety) {
    let text = window.passages[passage].span.of(&article.text);
    let used = window.asks.iter().filter(|ask| ask.passage == passage);
    let used: Vec<Opening> = used.map(|ask| ask.opening).collect();
    let asked = variety.choose(text, &used).map(|opening| Ask {
        passage,
        subject: Subject::Passage,
        in_its_words: false,
        opening,
    });
    window.asks.extend(asked);
}

/// Gives the weightiest passages their questions: one per window first, then
/// by salience, then a second one where passages are fewer than questions.
fn assign(
    article: &Article,
    understanding: &Understanding,
    windows: &mut [Window],
    (asks, variety): (usize, &mut Variety),
) {
    let mut chosen = choose(understanding, windows, asks);
    chosen.sort_unstable();
    for (window, passage) in chosen {
        ask_about(article, &mut windows[window], passage, variety);
    }
}

/// The passages to ask about, as (window, passage), a second time where there
/// are fewer of them than questions.
fn choose(understanding: &Understanding, windows: &[Window], asks: usize) -> Vec<(usize, usize)> {
    let mut ranked: Vec<(f32, usize, usize)> = windows
        .iter()
        .enumerate()
        .flat_map(|(at, window)| {
            let ranked = ranked(understanding, window).into_iter();
            ranked.map(move |(weight, index)| (weight, at, index))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut seen = vec![false; windows.len()];
    // A stable partition: the best passage of each window before all others.
    ranked.sort_by_key(|(_, window, _)| std::mem::replace(&mut seen[*window], true));
    let order: Vec<(usize, usize)> = ranked
        .into_iter()
        .map(|(_, window, passage)| (window, passage))
        .collect();
    let wanted = if asks == 0 {
        0
    } else {
        asks.max(windows.len())
    };
    order.iter().chain(&order).copied().take(wanted).collect()
}

/// The passages of a window, weightiest first, each worth less than the one
/// before it: so that a window takes not all questions because it comes first.
fn ranked(understanding: &Understanding, window: &Window) -> Vec<(f32, usize)> {
    let passages = window.passages.iter().enumerate();
    let mut ranked: Vec<(f32, usize)> = passages
        .map(|(index, passage)| (weight(understanding, passage), index))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut cost = 0.0;
    for (weight, _) in &mut ranked {
        *weight -= cost;
        cost += SAME_WINDOW_COST;
    }
    ranked
}

fn weight(understanding: &Understanding, passage: &Passage) -> f32 {
    let sentences = &understanding.sentences[passage.sentences.clone()];
    sentences
        .iter()
        .map(|sentence| sentence.salience)
        .fold(0.0, f32::max)
}
