//! What a suite found and from what, as the JSON that `--json` writes: figures
//! under their names beside `provenance`, `intervals`, `details`, `notes`,
//! `order` and `per_row`. Rows carry measures and ids, never a text of the data.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::data::DataFile;
use super::error::EvalError;
use super::figures::Figures;

/// Names beside the figures, which no figure has.
const RESERVED: [&str; 7] = [
    "details",
    "intervals",
    "notes",
    "order",
    "per_row",
    "protocol",
    "provenance",
];

/// What produced a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The data files that were read.
    pub data: Vec<DataFile>,
    /// Which half of the data.
    pub split: String,
    /// Rows measured.
    pub rows_measured: usize,
    /// Rows of each file at most; `null` without a limit.
    pub limit: Option<usize>,
    /// Who drafted or judged; `null` for a suite that asks no author.
    pub model: Option<String>,
    /// SHA-256 of the model file.
    pub model_sha256: Option<String>,
    /// Hash of the prompts.
    pub prompt_version: String,
    /// Version of the pipeline.
    pub pipeline_version: String,
    /// Where and by which command.
    #[serde(flatten)]
    pub origin: Origin,
    /// Seconds that this run took.
    pub wall_seconds: f64,
    /// Seconds that measuring the rows took, in this run or an earlier one that
    /// it goes on from.
    pub measured_seconds: f64,
}

/// Where a report comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The command line.
    pub command: String,
    /// Version of this program.
    pub program_version: String,
    /// `release` or `debug`: the latter's times say nothing.
    pub build: String,
    /// The processor's name.
    pub cpu: String,
    /// Cores that the program may use.
    pub cores: usize,
    /// When the run began, in UTC.
    pub date: String,
}

/// What a suite found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The suite's name.
    pub suite: String,
    /// How the figures are computed.
    pub protocol: String,
    /// What produced them.
    pub provenance: Provenance,
    /// The figures.
    pub figures: Figures,
    /// Lists beside them: the worst rows, the best rule.
    pub details: BTreeMap<String, Value>,
    /// What the figures do not show.
    pub notes: Vec<String>,
    /// What was measured of each row.
    pub rows: Vec<Value>,
}

#[derive(Deserialize)]
struct Beside {
    protocol: String,
    provenance: Provenance,
    #[serde(default)]
    details: BTreeMap<String, Value>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    intervals: Value,
    #[serde(default)]
    order: Vec<Vec<String>>,
    #[serde(default)]
    per_row: Vec<Value>,
}

impl Report {
    /// The report as JSON.
    ///
    /// # Errors
    /// Those of serialising, which these types do not have.
    pub fn to_json(&self) -> serde_json::Result<Value> {
        let mut json = self.figures.values();
        let beside = [
            ("details", serde_json::to_value(&self.details)?),
            ("intervals", Value::Object(self.figures.intervals())),
            ("notes", serde_json::to_value(&self.notes)?),
            ("order", serde_json::to_value(self.figures.order())?),
            ("per_row", Value::from(self.rows.clone())),
            ("protocol", Value::from(self.protocol.as_str())),
            ("provenance", serde_json::to_value(&self.provenance)?),
        ];
        json.extend(beside.map(|(name, value)| (name.to_owned(), value)));
        Ok(Value::Object(json))
    }

    fn from_json(suite: &str, mut json: Map<String, Value>) -> serde_json::Result<Self> {
        let beside: Map<String, Value> = RESERVED
            .iter()
            .filter_map(|name| json.remove_entry(*name))
            .collect();
        let beside = Beside::deserialize(Value::Object(beside))?;
        let figures = Figures::from_json(&json, &beside.intervals, &beside.order);
        Ok(Self {
            suite: suite.to_owned(),
            protocol: beside.protocol,
            provenance: beside.provenance,
            figures,
            details: beside.details,
            notes: beside.notes,
            rows: beside.per_row,
        })
    }
}

/// Reports by suite, as `--json` writes them.
///
/// # Errors
/// Those of serialising.
pub fn to_json(reports: &[Report]) -> serde_json::Result<Value> {
    let mut json = Map::new();
    for report in reports {
        json.insert(report.suite.clone(), report.to_json()?);
    }
    Ok(Value::Object(json))
}

/// Reads what `--json` wrote.
///
/// # Errors
/// [`EvalError::Data`] and [`EvalError::Results`].
pub fn read(path: &Path) -> Result<Vec<Report>, EvalError> {
    let text = std::fs::read_to_string(path).map_err(|source| EvalError::Data {
        path: path.to_owned(),
        source,
    })?;
    parse(&text).map_err(|error| EvalError::Results {
        path: path.to_owned(),
        message: error.to_string(),
    })
}

fn parse(text: &str) -> serde_json::Result<Vec<Report>> {
    let suites: Map<String, Value> = serde_json::from_str(text)?;
    let reports = suites
        .into_iter()
        .map(|(suite, json)| Report::from_json(&suite, Map::deserialize(json)?));
    reports.collect()
}
