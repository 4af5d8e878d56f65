//! Numbers, amounts, shares and dates of a text as comparable values, so that
//! "1,200" is "1200", "twelve percent" is "12 %" and "$1.5m" is "1.5 million
//! dollars".
//!
//! Used to refuse a claim whose numbers the article lacks. English notation and
//! ASCII digits only; signs are not read, and nothing is computed or rounded.

use super::span::Span;

mod calendar;
mod lexicon;
mod reader;

pub use calendar::is_calendar_word;

/// A quantity or a part of a date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// Where it is written, with its unit.
    pub span: Span,
    /// Its value with hundreds, millions, … multiplied in; for a month 1 to 12,
    /// for a day of the week 1 (Monday) to 7.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
}

/// What a [`Number`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nothing in particular: things, years, days of a month.
    Plain,
    /// Hundredths, percentage points included.
    Percent,
    /// Money, with the ISO 4217 code of its most usual currency (any dollar is `USD`).
    Money(&'static str),
    /// A rank: "third", "21st".
    Ordinal,
    /// At least one of this magnitude: "thousands", "dozens".
    Magnitude,
    /// A month of the year.
    Month,
    /// A day of the week.
    Weekday,
}

/// The numbers of `text`, in order, not overlapping.
#[must_use]
pub fn numbers(text: &str) -> Vec<Number> {
    let reader = reader::Reader::new(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < reader.len() {
        match reader.number_at(at) {
            Some((number, next)) => {
                found.push(number);
                at = next;
            }
            None => at += 1,
        }
    }
    share_percent(text, &mut found);
    found
}

/// The numbers of `claim`, as written there, that `evidence` does not state.
///
/// "one" and "first" are never missing: they are pronouns and adverbs more often
/// than quantities.
#[must_use]
pub fn unsupported_numbers(claim: &str, evidence: &str) -> Vec<String> {
    unstated_numbers(claim, &numbers(evidence))
}

/// The same for evidence whose numbers were read already.
#[must_use]
pub fn unstated_numbers(claim: &str, stated: &[Number]) -> Vec<String> {
    numbers(claim)
        .into_iter()
        .filter(|number| !is_vague_one(number, claim))
        .filter(|number| !stated.iter().any(|other| states(other, number)))
        .map(|number| number.span.of(claim).to_owned())
        .collect()
}

/// In "10 to 12 percent" the 10 are percent too.
fn share_percent(text: &str, found: &mut [Number]) {
    for at in (1..found.len()).rev() {
        let gap = &text[found[at - 1].span.end..found[at].span.start];
        let range = matches!(gap.trim(), "to" | "and" | "or" | "-" | "–" | "from");
        if range && found[at].unit == Unit::Percent && found[at - 1].unit == Unit::Plain {
            found[at - 1].unit = Unit::Percent;
        }
    }
}

fn is_vague_one(number: &Number, text: &str) -> bool {
    matches!(
        number.span.of(text).to_ascii_lowercase().as_str(),
        "one" | "first"
    )
}

/// Whether `stated` says what `claimed` says.
fn states(stated: &Number, claimed: &Number) -> bool {
    use Unit::{Magnitude, Money, Ordinal, Percent, Plain};
    // Scales are multiplied in: 1.1 million is not 1,100,000.0 to the last bit.
    let difference = (stated.value - claimed.value).abs();
    let same = difference <= f64::EPSILON * 4.0 * claimed.value.abs();
    match (stated.unit, claimed.unit) {
        (Plain | Money(_), Magnitude) => stated.value >= claimed.value,
        (Plain, Ordinal | Money(_)) | (Ordinal | Money(_), Plain) => same,
        (Percent, Percent) => same,
        (one, other) => one == other && same,
    }
}

#[cfg(test)]
mod tests;
