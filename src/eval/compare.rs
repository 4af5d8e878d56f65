//! Two reports of the same suite: what differs, and by more than the choice of
//! documents explains. Paired: both are drawn on the same documents at a time.

use std::collections::{BTreeMap, HashMap};

use super::figures::{Figures, Kind};
use super::report::Report;
use super::run::{Measured, Suite};
use super::statistics::{Interval, Resamples};

/// A figure here and in the baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The figure's name.
    pub path: Vec<String>,
    /// Its value here.
    pub now: Option<f64>,
    /// Its value in the baseline.
    pub before: Option<f64>,
    /// Where 95 % of the draws of the difference lie, on the rows that both
    /// reports have; `None` where they share none.
    pub interval: Option<Interval>,
}

impl Difference {
    /// How much higher it is now.
    #[must_use]
    pub fn by(&self) -> Option<f64> {
        Some(self.now? - self.before?)
    }

    /// Whether it is more than the choice of documents explains.
    #[must_use]
    pub fn is_beyond_chance(&self) -> bool {
        self.interval
            .is_some_and(|interval| interval.excludes_zero())
    }
}

/// Every estimate of either side.
pub(super) fn compare<S: Suite>(
    now: &Figures,
    rows: &[Measured<S::Measure>],
    baseline: &Report,
) -> Vec<Difference> {
    let drawn = draws::<S>(rows, baseline);
    let value = |figures: &Figures, path: &[String]| {
        let found = figures.all.iter().find(|figure| figure.path == path);
        found.and_then(|figure| figure.value)
    };
    let known = |path: &[String]| now.all.iter().any(|figure| figure.path == path);
    let gone = baseline.figures.all.iter().filter(|it| !known(&it.path));
    let all = now.all.iter().chain(gone);
    let all = all.filter(|it| it.kind == Kind::Estimate);
    all.map(|figure| Difference {
        now: value(now, &figure.path),
        before: value(&baseline.figures, &figure.path),
        interval: Interval::of(drawn.get(&figure.path).map_or(&[], Vec::as_slice)),
        path: figure.path.clone(),
    })
    .collect()
}

/// The differences of all figures over draws of the documents that both have.
fn draws<S: Suite>(
    rows: &[Measured<S::Measure>],
    baseline: &Report,
) -> BTreeMap<Vec<String>, Vec<f64>> {
    let read = |row| serde_json::from_value::<Measured<S::Measure>>(row).ok();
    let before = baseline.rows.iter().cloned().filter_map(read);
    let before: HashMap<String, _> = before.map(|row| (row.row.clone(), row)).collect();
    let pairs = rows
        .iter()
        .filter_map(|row| Some((row, before.get(&row.row)?)));
    let pairs: Vec<_> = pairs.collect();
    let mut drawn = BTreeMap::<Vec<String>, Vec<f64>>::new();
    if pairs.is_empty() {
        return drawn;
    }
    for draw in Resamples::new(pairs.iter().map(|pair| pair.0.group.as_str())) {
        let now: Vec<_> = draw.iter().map(|at| pairs[*at].0).collect();
        let before: Vec<_> = draw.iter().map(|at| pairs[*at].1).collect();
        let before = S::figures(&before);
        for figure in S::figures(&now).all {
            let other = before.all.iter().find(|other| other.path == figure.path);
            let other = other.and_then(|other| other.value);
            if let Some((now, before)) = figure.value.zip(other) {
                drawn.entry(figure.path).or_default().push(now - before);
            }
        }
    }
    drawn
}
