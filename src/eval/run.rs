//! Runs a suite: rows in, measures kept as they come, figures with intervals
//! out. What is measured of a row and what is made of it is the suite's.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pipeline::{PIPELINE_VERSION, generate};

use super::bench::{Bench, state_name};
use super::compare::{Difference, compare};
use super::data::{Row, Source};
use super::error::EvalError;
use super::figures::{Figures, Kind};
use super::report::{Origin, Provenance, Report};
use super::state::State;
use super::statistics::{Interval, Resamples};

/// A list of rows, a measure of each, and figures made of the measures.
pub trait Suite {
    /// What is kept of a row. It holds no text of the data.
    type Measure: Serialize + DeserializeOwned;
    /// The suite's name on the command line.
    const NAME: &'static str;
    /// The files that it reads.
    const FILES: &'static [&'static str];
    /// How its figures are computed, in a sentence or two.
    const PROTOCOL: &'static str;
    /// What its figures do not show.
    const NOTES: &'static [&'static str];
    /// Whether the figures depend on who drafts.
    const ASKS_AUTHOR: bool;

    /// Whether a row is one of the suite's.
    fn takes(_row: &Row) -> bool {
        true
    }

    /// Measures one row.
    fn measure(bench: &Bench, row: &Row) -> impl Future<Output = Result<Self::Measure, EvalError>>;

    /// Figures of any rows: the bootstrap asks for those of its draws.
    fn figures(rows: &[&Measured<Self::Measure>]) -> Figures;

    /// Lists to show beside the figures.
    fn details(_rows: &[&Measured<Self::Measure>]) -> BTreeMap<String, Value> {
        BTreeMap::new()
    }
}

/// A row's measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured<M> {
    /// The row's file and id.
    pub row: String,
    /// The document that the row is about.
    pub group: String,
    /// Milliseconds that measuring it took.
    pub milliseconds: f64,
    /// What was measured.
    pub measure: M,
}

/// Hears how far a suite is.
pub trait Observer {
    /// A suite starts with `rows` rows, of which `known` were measured before.
    fn start(&self, suite: &str, rows: usize, known: usize);
    /// One more row is measured.
    fn measured(&self);
    /// The rows are measured; the intervals are being computed.
    fn end(&self);
}

/// How to run suites.
pub struct Run<'a> {
    /// What they measure with.
    pub bench: &'a Bench,
    /// What they read.
    pub source: &'a Source,
    /// Where measures are kept.
    pub cache: PathBuf,
    /// Whether to measure again what is kept.
    pub fresh: bool,
    /// Which build of the program this is: another one measures anew.
    pub build: &'a str,
    /// Where and by which command.
    pub origin: &'a Origin,
    /// Earlier reports to compare with.
    pub baseline: &'a [Report],
    /// Hears how far it is.
    pub observer: &'a dyn Observer,
}

/// What a run of a suite gives.
pub struct Outcome {
    /// What it found.
    pub report: Report,
    /// Against the baseline's report of the same suite, when there is one.
    pub differences: Option<Vec<Difference>>,
}

/// Runs a suite.
///
/// # Errors
/// [`EvalError`] when data, state or engine fail.
pub async fn run<S: Suite>(run: &Run<'_>) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let (files, rows) = run.source.load(S::FILES, S::takes)?;
    let hashes: Vec<&str> = files.iter().map(|file| file.sha256.as_str()).collect();
    let name = state_name(S::NAME, &run.bench.pipeline.author, run.build, &hashes);
    let mut state = State::open(&run.cache, &name, run.fresh)?;
    let measured = measure_all::<S>(run, &rows, &mut state).await?;
    run.observer.end();
    let all: Vec<&Measured<S::Measure>> = measured.iter().collect();
    let (model, model_sha256) = run.bench.model();
    let provenance = Provenance {
        data: files,
        split: run.source.split.clone(),
        rows_measured: all.len(),
        limit: run.source.limit,
        model: S::ASKS_AUTHOR.then_some(model),
        model_sha256: model_sha256.filter(|_| S::ASKS_AUTHOR),
        prompt_version: generate::version(),
        pipeline_version: PIPELINE_VERSION.to_owned(),
        origin: run.origin.clone(),
        wall_seconds: started.elapsed().as_secs_f64(),
        measured_seconds: all.iter().map(|row| row.milliseconds).sum::<f64>() / 1000.0,
    };
    let report = Report {
        suite: S::NAME.to_owned(),
        protocol: S::PROTOCOL.to_owned(),
        provenance,
        figures: with_intervals::<S>(&all),
        details: S::details(&all),
        notes: S::NOTES.iter().map(|note| (*note).to_owned()).collect(),
        rows: measured
            .iter()
            .filter_map(|row| serde_json::to_value(row).ok())
            .collect(),
    };
    let baseline = run.baseline.iter().find(|other| other.suite == S::NAME);
    let differences = baseline.map(|baseline| compare::<S>(&report.figures, &measured, baseline));
    Ok(Outcome {
        report,
        differences,
    })
}

async fn measure_all<S: Suite>(
    run: &Run<'_>,
    rows: &[Row],
    state: &mut State,
) -> Result<Vec<Measured<S::Measure>>, EvalError> {
    let kept = |row: &Row| {
        let value = state.get(&row.key())?.clone();
        serde_json::from_value::<Measured<S::Measure>>(value).ok()
    };
    let mut measured: Vec<Option<Measured<S::Measure>>> = rows.iter().map(kept).collect();
    let known = measured.iter().flatten().count();
    run.observer.start(S::NAME, rows.len(), known);
    for (row, slot) in rows.iter().zip(&mut measured) {
        if slot.is_none() {
            let new = measure::<S>(run.bench, row).await?;
            let value = serde_json::to_value(&new).unwrap_or(Value::Null);
            state.put(&row.key(), value)?;
            *slot = Some(new);
            run.observer.measured();
        }
    }
    Ok(measured.into_iter().flatten().collect())
}

async fn measure<S: Suite>(bench: &Bench, row: &Row) -> Result<Measured<S::Measure>, EvalError> {
    let started = Instant::now();
    let measure = S::measure(bench, row).await?;
    Ok(Measured {
        row: row.key(),
        group: row.group().to_owned(),
        milliseconds: started.elapsed().as_secs_f64() * 1000.0,
        measure,
    })
}

/// The figures of all rows, each estimate with its interval over documents.
fn with_intervals<S: Suite>(rows: &[&Measured<S::Measure>]) -> Figures {
    let mut figures = S::figures(rows);
    let mut drawn = BTreeMap::<Vec<String>, Vec<f64>>::new();
    for draw in Resamples::new(rows.iter().map(|row| row.group.as_str())) {
        let rows: Vec<_> = draw.iter().map(|row| rows[*row]).collect();
        for figure in S::figures(&rows).all {
            if let Some(value) = figure.value {
                drawn.entry(figure.path).or_default().push(value);
            }
        }
    }
    let estimates = figures.all.iter_mut();
    let estimates = estimates.filter(|it| it.kind == Kind::Estimate && it.value.is_some());
    for figure in estimates {
        let values = drawn.get(&figure.path).map(Vec::as_slice);
        figure.interval = Interval::of(values.unwrap_or_default());
    }
    figures
}
