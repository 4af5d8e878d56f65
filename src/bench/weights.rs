//! What two files of one model cost: the same work with each, in turns, for
//! `afterword models optimise`. The work is near a digest's in kind: an article is read,
//! eight branches decode together, one decodes alone. What they write is not looked at.
//!
//! Asks an engine that somebody else has loaded, and decides nothing but who was faster.

use serde::Serialize;

use crate::engine::{Batch, Branch, Count, Engine, EngineError, Goal, Prefix, Shape};
use crate::lane::Lane;

use super::articles::BUILT_IN;
use super::figures::{Spread, rate, ratio};
use super::report::number;

/// Words of the article that are read: about 500 tokens.
const WORDS: usize = 380;
/// Branches that decode together.
pub const BRANCHES: usize = 8;
/// Tokens that each of them decodes.
const TOGETHER_TOKENS: usize = 48;
/// Tokens that one decodes alone.
const ALONE_TOKENS: usize = 24;
/// Tokens of the context that all this fits into, and the article twice.
pub const CONTEXT_TOKENS: usize = 2048;

const SYSTEM: &str = "You write about articles.";

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// As it was published.
    Source,
    /// The copy.
    Copy,
}

/// Whose turn it is, three times each. The order turns round, so that a machine that grows
/// slower in the course of it favours neither.
pub const TURNS: [Side; 6] = [
    Side::Source,
    Side::Copy,
    Side::Copy,
    Side::Source,
    Side::Source,
    Side::Copy,
];

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// Tokens that were read or decoded.
    pub tokens: usize,
    /// What they took.
    pub seconds: f64,
}

/// What one file took for the work, once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    /// The article is read.
    pub prefill: Phase,
    /// Branches are told what to do, and decode together.
    pub together: Phase,
    /// One branch decodes alone.
    pub alone: Phase,
}

impl Turn {
    fn seconds(&self) -> f64 {
        self.prefill.seconds + self.together.seconds + self.alone.seconds
    }
}

/// Has the engine do the work, once.
///
/// # Errors
/// The engine's; [`EngineError::Decode`] when it decoded less than it was asked for, for
/// then there is nothing to compare.
pub async fn measure(engine: &dyn Engine) -> Result<Turn, EngineError> {
    // What was mapped from the file is in memory after it.
    ask(engine, "Hello.", (1, 1)).await?;
    let article = article();
    let tokens = engine.count_tokens(SYSTEM) + engine.count_tokens(&article);
    let (prefill, together) = ask(engine, &article, (BRANCHES, TOGETHER_TOKENS)).await?;
    // The article is still there.
    let (_, alone) = ask(engine, &article, (1, ALONE_TOKENS)).await?;
    Ok(Turn {
        prefill: Phase {
            tokens,
            seconds: prefill,
        },
        together: Phase {
            tokens: BRANCHES * TOGETHER_TOKENS,
            seconds: together,
        },
        alone: Phase {
            tokens: ALONE_TOKENS,
            seconds: alone,
        },
    })
}

/// The start of the article that comes with the program, without its title.
fn article() -> String {
    let text = BUILT_IN.1;
    let body = text.split_once("\n\n").map_or(text, |(_, body)| body);
    body.split_inclusive(' ').take(WORDS).collect()
}

/// So many branches that decode so many tokens each: seconds until the text was read, and
/// seconds after that.
async fn ask(
    engine: &dyn Engine,
    text: &str,
    (branches, tokens): (usize, usize),
) -> Result<(f64, f64), EngineError> {
    let prefix = Prefix {
        system: SYSTEM.to_owned(),
        user: text.to_owned(),
    };
    let batch = Batch {
        lane: Lane::Draft,
        prefix,
        branches: (1..=branches).map(|part| branch(part, tokens)).collect(),
    };
    let usage = engine.run(batch).await?.usage;
    let expected = branches * tokens;
    if usage.decode_tokens != expected {
        let decoded = usage.decode_tokens;
        let told = format!("{decoded} of {expected} tokens were decoded");
        return Err(EngineError::Decode(told));
    }
    Ok((seconds(usage.prefill_ms), seconds(usage.decode_ms)))
}

/// Only its limit of tokens ends it.
fn branch(part: usize, max_tokens: usize) -> Branch {
    Branch {
        until: None,
        instruction: format!("\n\nWrite part {part}."),
        answer_start: String::new(),
        goal: Goal::Decode {
            shape: Shape::Sentences(Count::new(200, 200)),
            max_tokens,
        },
    }
}

fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

/// Both files beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// The file as it was published.
    pub source: Figures,
    /// The copy.
    pub copy: Figures,
    /// What the copy saves of the time, round by round.
    pub gain_percent: Spread,
}

/// What one file took over all rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Tokens of the article per second.
    pub prefill_per_second: Option<Spread>,
    /// Tokens that eight branches decode together, per second.
    pub together_per_second: Option<Spread>,
    /// Tokens that one branch decodes alone, per second.
    pub alone_per_second: Option<Spread>,
    /// Seconds of all three.
    pub seconds: Spread,
}

impl Figures {
    fn of(turns: &[Turn]) -> Option<Self> {
        let spread = |of: fn(&Turn) -> Phase| {
            let phases = turns.iter().map(of);
            Spread::of(phases.filter_map(|it| rate(it.tokens, it.seconds)))
        };
        Some(Self {
            prefill_per_second: spread(|it| it.prefill),
            together_per_second: spread(|it| it.together),
            alone_per_second: spread(|it| it.alone),
            seconds: Spread::of(turns.iter().map(Turn::seconds))?,
        })
    }
}

impl Comparison {
    /// Compares round by round; `None` where there is no whole round, or no time passed.
    #[must_use]
    pub fn of(source: &[Turn], copy: &[Turn]) -> Option<Self> {
        let rounds = source.iter().zip(copy);
        let gains = rounds.filter_map(|(source, copy)| {
            let left = ratio(copy.seconds(), source.seconds())?;
            Some((1.0 - left) * 100.0)
        });
        Some(Self {
            source: Figures::of(source)?,
            copy: Figures::of(copy)?,
            gain_percent: Spread::of(gains)?,
        })
    }

    /// Whether the copy saves so much of the time, in the middle of the rounds.
    #[must_use]
    pub fn wins_by(&self, percent: u8) -> bool {
        self.gain_percent.median >= f64::from(percent)
    }

    /// As it is printed, the copy under its own name.
    #[must_use]
    pub fn table(&self, copy: &str) -> String {
        let Self {
            source, copy: made, ..
        } = self;
        let together = format!("{BRANCHES} branches, tok/s");
        let rows = [
            (
                "prefill, tok/s",
                source.prefill_per_second,
                made.prefill_per_second,
            ),
            (
                together.as_str(),
                source.together_per_second,
                made.together_per_second,
            ),
            (
                "1 branch, tok/s",
                source.alone_per_second,
                made.alone_per_second,
            ),
            ("all, s", Some(source.seconds), Some(made.seconds)),
        ];
        let mut text = format!("{:<20} {:>24} {copy:>36}\n", "", "as published");
        for (name, source, made) in rows {
            text += &format!("{name:<20} {:>24} {:>36}\n", told(source), told(made));
        }
        let Spread {
            median,
            min,
            max,
            count,
        } = self.gain_percent;
        text + &format!(
            "gain: {median:.1} % of the time ({min:.1} to {max:.1} in {count} rounds)\n"
        )
    }
}

fn told(spread: Option<Spread>) -> String {
    let part = |of: fn(&Spread) -> f64| number(spread.as_ref().map(of));
    let (median, min, max) = (part(|it| it.median), part(|it| it.min), part(|it| it.max));
    format!("{median} ({min} to {max})")
}

#[cfg(test)]
mod tests;
