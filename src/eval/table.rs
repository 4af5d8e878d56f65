//! Reports as one plain table for a terminal. It decides nothing.

use serde_json::Value;

use super::compare::Difference;
use super::figures::{Figure, Kind};
use super::report::Report;
use super::run::Outcome;
use super::statistics::Interval;

/// Spaces between columns.
const GAP: &str = "  ";

/// All outcomes under one another, columns aligned over all of them.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut rows: Vec<Line> = Vec::new();
    for outcome in outcomes {
        rows.extend(lines(&outcome.report, outcome.differences.as_deref()));
    }
    let column = |at: usize| rows.iter().map(|row| width(row, at)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..COLUMNS).map(column).collect();
    rows.iter().map(|row| aligned(row, &widths)).collect()
}

const COLUMNS: usize = 5;

/// A line of the table: cells, or a text across all columns.
enum Line {
    Cells([String; COLUMNS]),
    Text(String),
}

fn width(line: &Line, at: usize) -> usize {
    match line {
        Line::Cells(cells) => cells[at].chars().count(),
        Line::Text(_) => 0,
    }
}

fn aligned(line: &Line, widths: &[usize]) -> String {
    let cells = match line {
        Line::Text(text) => return format!("{text}\n"),
        Line::Cells(cells) => cells,
    };
    let mut padded = format!("{:<width$}", cells[0], width = widths[0]);
    for (cell, width) in cells.iter().zip(widths).skip(1) {
        padded.push_str(&format!("{GAP}{cell:>width$}"));
    }
    format!("{}\n", padded.trim_end())
}

fn lines(report: &Report, differences: Option<&[Difference]>) -> Vec<Line> {
    let compared = |head: &str| differences.map_or(String::new(), |_| head.to_owned());
    let mut lines = vec![Line::Cells([
        report.suite.clone(),
        "value".into(),
        "95 % interval".into(),
        compared("baseline"),
        compared("difference"),
    ])];
    let mut part: &[String] = &[];
    for figure in &report.figures.all {
        let own = &figure.path[..figure.path.len().saturating_sub(1)];
        if own != part && !own.is_empty() {
            lines.push(Line::Text(format!("{GAP}{}", own.join(": "))));
        }
        part = own;
        lines.push(line(figure, own.len(), differences));
    }
    for (name, value) in &report.details {
        lines.push(Line::Text(format!("{GAP}{name}: {}", detail(value))));
    }
    lines.push(Line::Text(String::new()));
    lines
}

fn line(figure: &Figure, depth: usize, differences: Option<&[Difference]>) -> Line {
    let indent = GAP.repeat(if depth == 0 { 1 } else { 2 });
    let name = figure.path.last().map(String::as_str).unwrap_or_default();
    let difference = differences.unwrap_or_default();
    let difference = difference.iter().find(|it| it.path == figure.path);
    Line::Cells([
        format!("{indent}{name}"),
        value(figure),
        figure.interval.map(interval).unwrap_or_default(),
        difference.map_or(String::new(), |it| it.before.map_or("-".into(), number)),
        difference.map(verdict).unwrap_or_default(),
    ])
}

/// `+0.012`, with a star where it is more than the choice of documents explains.
fn verdict(difference: &Difference) -> String {
    let Some(by) = difference.by() else {
        return "-".into();
    };
    let mark = if difference.is_beyond_chance() {
        "*"
    } else {
        " "
    };
    format!(
        "{}{}{mark}",
        if by >= 0.0 { "+" } else { "-" },
        number(by.abs())
    )
}

/// A figure's value as it is shown.
#[must_use]
pub fn value(figure: &Figure) -> String {
    match figure.value {
        _ if figure.kind == Kind::NotRun => "not run".into(),
        None => "-".into(),
        Some(value) if figure.kind == Kind::Count => format!("{value:.0}"),
        Some(value) => number(value),
    }
}

/// Both ends of an interval.
#[must_use]
pub fn interval(interval: Interval) -> String {
    format!("{} to {}", number(interval.low), number(interval.high))
}

/// Three decimals for what is near one, one for what is large.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.1}")
    }
}

/// A list beside the figures in one line.
#[must_use]
pub fn detail(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(detail).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Says how to read the stars, when there are any to expect.
#[must_use]
pub fn legend(outcomes: &[Outcome]) -> Option<String> {
    let compared = outcomes.iter().any(|it| it.differences.is_some());
    compared.then(|| {
        let beyond = |it: &Outcome| {
            let all = it.differences.iter().flatten();
            all.filter(|difference| difference.is_beyond_chance())
                .count()
        };
        let beyond: usize = outcomes.iter().map(beyond).sum();
        format!(
            "* {beyond} differences are beyond the 95 % interval of a paired bootstrap by document"
        )
    })
}
