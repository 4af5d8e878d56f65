//! Named numbers: what a suite says. A name is a path (`auc`, or `per_source`,
//! the source and `auc`) and never changes its meaning. A figure may lack a value,
//! which is not zero.

use serde_json::{Map, Value};

use super::statistics::Interval;

/// A named number.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its name, the last part being what is measured.
    pub path: Vec<String>,
    /// `None`: not to be told from these rows, or not run.
    pub value: Option<f64>,
    /// Where 95 % of the draws of documents lie.
    pub interval: Option<Interval>,
    /// What the value is.
    pub kind: Kind,
}

/// The kinds of figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Made of measures, so that it has an interval.
    Estimate,
    /// A count of rows, of which an interval would say nothing.
    Count,
    /// What this run could not measure, as no model drafts.
    NotRun,
}

/// What stands in the JSON for a figure that was not run.
const NOT_RUN: &str = "not run";

/// Figures in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// The figures.
    pub all: Vec<Figure>,
    /// What the paths of new ones start with.
    prefix: Vec<String>,
}

impl Figures {
    /// Adds what is estimated from the rows.
    pub fn estimate(&mut self, name: &str, value: Option<f64>) {
        self.push(name, value, Kind::Estimate);
    }

    /// Adds a count of rows.
    pub fn count(&mut self, name: &str, rows: usize) {
        self.push(name, Some(super::statistics::count(rows)), Kind::Count);
    }

    /// Adds what could not be measured.
    pub fn not_run(&mut self, name: &str) {
        self.push(name, None, Kind::NotRun);
    }

    /// Adds the figures of a part of the rows: `per_source`, the source.
    pub fn part(&mut self, by: &str, part: &str, add: impl FnOnce(&mut Self)) {
        let before = self.prefix.len();
        self.prefix.extend([by.to_owned(), part.to_owned()]);
        add(self);
        self.prefix.truncate(before);
    }

    fn push(&mut self, name: &str, value: Option<f64>, kind: Kind) {
        let path = self.prefix.iter().cloned().chain([name.to_owned()]);
        self.all.push(Figure {
            path: path.collect(),
            value: value.filter(|value| value.is_finite()),
            interval: None,
            kind,
        });
    }

    /// The figure of that name.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&Figure> {
        self.all.iter().find(|figure| figure.path == path)
    }

    /// The values as nested objects; one that the rows do not tell is `null`.
    #[must_use]
    pub fn values(&self) -> Map<String, Value> {
        nested(self.all.iter().map(|figure| {
            let value = match (figure.kind, figure.value) {
                #[expect(clippy::cast_possible_truncation, reason = "a count of rows")]
                (Kind::Count, Some(value)) => Value::from(value as i64),
                (Kind::NotRun, _) => Value::from(NOT_RUN),
                (_, value) => Value::from(value),
            };
            (figure.path.as_slice(), value)
        }))
    }

    /// The intervals, in the same shape.
    #[must_use]
    pub fn intervals(&self) -> Map<String, Value> {
        nested(self.all.iter().filter_map(|figure| {
            let interval = figure.interval?;
            let ends = Value::from(vec![interval.low, interval.high]);
            Some((figure.path.as_slice(), ends))
        }))
    }

    /// The names in the order in which they are shown, which objects lose.
    #[must_use]
    pub fn order(&self) -> Vec<Vec<String>> {
        self.all.iter().map(|figure| figure.path.clone()).collect()
    }

    /// What [`Self::values`], [`Self::intervals`] and [`Self::order`] gave.
    #[must_use]
    pub fn from_json(
        values: &Map<String, Value>,
        intervals: &Value,
        order: &[Vec<String>],
    ) -> Self {
        let mut figures = Self::default();
        figures.collect(values, intervals);
        let place = |figure: &Figure| order.iter().position(|path| *path == figure.path);
        figures
            .all
            .sort_by_cached_key(|figure| place(figure).unwrap_or(order.len()));
        figures
    }

    fn collect(&mut self, values: &Map<String, Value>, intervals: &Value) {
        let is_leaf = |value: &&Value| !value.is_object();
        for (name, value) in values.iter().filter(|(_, value)| is_leaf(value)) {
            let kind = match value {
                Value::Number(number) if !number.is_f64() => Kind::Count,
                Value::String(_) => Kind::NotRun,
                _ => Kind::Estimate,
            };
            self.push(name, value.as_f64(), kind);
            let interval = read_interval(&intervals[name]);
            if let Some(last) = self.all.last_mut() {
                last.interval = interval;
            }
        }
        for (name, value) in values {
            if let Value::Object(inner) = value {
                self.prefix.push(name.clone());
                self.collect(inner, &intervals[name]);
                self.prefix.pop();
            }
        }
    }
}

fn read_interval(value: &Value) -> Option<Interval> {
    Some(Interval {
        low: value.get(0)?.as_f64()?,
        high: value.get(1)?.as_f64()?,
    })
}

fn nested<'f>(leaves: impl Iterator<Item = (&'f [String], Value)>) -> Map<String, Value> {
    let mut root = Map::new();
    for (path, value) in leaves {
        insert(&mut root, path, value);
    }
    root
}

fn insert(into: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            into.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = into
                .entry(name.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn figures() -> Figures {
        let mut figures = Figures::default();
        figures.count("rows", 3);
        figures.estimate("auc", Some(0.5));
        figures.not_run("round_trip_f1");
        figures.part("per_source", "a.b", |part| {
            part.estimate("auc", Some(f64::NAN));
            part.count("rows", 1);
        });
        figures.all[1].interval = Some(Interval {
            low: 0.25,
            high: 0.75,
        });
        figures
    }

    #[test]
    fn names_are_paths_and_what_is_missing_is_null() {
        let found = figures();
        assert_eq!(
            Value::Object(found.values()),
            json!({"rows": 3, "auc": 0.5, "round_trip_f1": "not run",
                   "per_source": {"a.b": {"auc": null, "rows": 1}}})
        );
        assert_eq!(
            Value::Object(found.intervals()),
            json!({"auc": [0.25, 0.75]})
        );
        assert_eq!(found.get(&["auc"]).unwrap().value, Some(0.5));
    }

    #[test]
    fn what_was_written_is_read_back() {
        let written = figures();
        let intervals = Value::Object(written.intervals());
        let read = Figures::from_json(&written.values(), &intervals, &written.order());
        assert_eq!(read, written);
    }
}
