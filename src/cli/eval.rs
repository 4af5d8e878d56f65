//! `afterword eval`: runs suites over a folder of labelled rows, prints one
//! table, writes results and card. What is measured is `eval`'s to say.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};

use crate::config::Sources;
use crate::eval::bench::{Bench, state_name};
use crate::eval::data::Source;
use crate::eval::error::EvalError;
use crate::eval::grow::grow;
use crate::eval::report::{self, Report};
use crate::eval::run::{Outcome, Run};
use crate::eval::state::State;
use crate::eval::suites::{Name, support};
use crate::eval::{card, table};
use crate::pipeline::Author;

use super::author::{EngineKind, author};
use super::exit::{Exit, Failure};
use super::models::ModelsDirectory;
use super::{origin, stderr, stdout};

mod progress;

/// Shown under `afterword eval --help`.
const HELP: &str = "\
Suites and the files that they read, NAME.SPLIT.jsonl, one JSON object a line:
  support    faithfulness: the sentence checker on human labels
  summaries  news_summaries: ROUGE beside LEAD-3 and the extractive author
  questions  qa_passages, qg_human_scores, news_summaries, news_quiz_questions
  digests    news_summaries, faq_articles: what comes back for whole articles
  injection  adversarial, news_summaries: whether instructions in an article show
  ingest     html_pages/gold and its pages: the body that is read from HTML

The table goes to stdout. A figure's interval holds 95 % of 1,000 draws of
documents, the part of a row's id before #; with --against, a star marks a
difference beyond the interval of the paired draws. Suites that ask no author
(support, ingest) need no model. A run that is interrupted goes on where it
stopped when it is started again with the same program, model and data.";

/// Arguments of `afterword eval`.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n\n{}", super::exit::HELP))]
pub(super) struct Args {
    /// What to measure.
    #[arg(value_name = "SUITE", value_parser = suites(), required_unless_present = "with")]
    suites: Vec<Name>,
    /// Folder of the labelled rows.
    #[arg(long, value_name = "DIR", required_unless_present = "with")]
    data: Option<PathBuf>,
    /// Which half of the data.
    #[arg(long, value_enum, default_value = "dev")]
    split: Split,
    /// Rows of each file at most, from its start [default: all].
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Write figures, intervals, provenance and the measures of each row.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Compare with results that --json wrote.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Write the quality card, a page of Markdown.
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// Put results that --json wrote on the card too; without a suite, nothing
    /// is measured.
    #[arg(long, value_name = "FILE", requires = "card")]
    with: Vec<PathBuf>,
    /// Grow the trees that the sentence checker weighs its measures by on the
    /// claims of `support`, and write them here.
    #[arg(long, value_name = "FILE")]
    grow: Option<PathBuf>,
    /// Measure again what was measured before.
    #[arg(long)]
    fresh: bool,
    /// Folder of what was measured so far [default: afterword/eval in the
    /// user's cache directory].
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Who drafts.
    #[arg(long, value_enum, default_value = "llama")]
    engine: EngineKind,
    /// Model: a catalogue name or the path of a GGUF file, or what the remote service
    /// calls it; overrides the configuration.
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
    /// Configuration file, laid over the defaults.
    #[arg(long, value_name = "FILE", env = "AFTERWORD_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    models: ModelsDirectory,
}

/// The halves of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Split {
    /// To develop on.
    Dev,
    /// To measure what was developed, once.
    Heldout,
}

impl Split {
    fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Heldout => "heldout",
        }
    }
}

fn suites() -> impl clap::builder::TypedValueParser<Value = Name> {
    let names = Name::ALL.map(|name| PossibleValue::new(name.as_str()));
    PossibleValuesParser::new(names).map(|given| {
        let named = Name::ALL.into_iter().find(|name| name.as_str() == given);
        // The parser lets through only what it was given.
        named.unwrap_or(Name::Support)
    })
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    stderr::log("error");
    // What would fail after hours of measuring is told before.
    for path in args.json.iter().chain(&args.card).chain(&args.grow) {
        check_folder(path)?;
    }
    let baseline = args.against.as_deref().map(report::read).transpose()?;
    let with: Vec<_> = args.with.iter().map(|path| report::read(path)).collect();
    let with: Vec<Vec<Report>> = with.into_iter().collect::<Result<_, _>>()?;
    let outcomes = match &args.data {
        Some(data) if !args.suites.is_empty() => {
            measure(args, data, &baseline.unwrap_or_default())?
        }
        _ => Vec::new(),
    };
    stdout::write(&table::table(&outcomes))?;
    if let Some(legend) = table::legend(&outcomes) {
        stdout::write(&format!("{legend}\n"))?;
    }
    if let Some(path) = &args.grow {
        write(path, &grown(&outcomes)?)?;
    }
    let reports: Vec<Report> = outcomes.into_iter().map(|it| it.report).collect();
    if let Some(path) = args.json.as_deref().filter(|_| !reports.is_empty()) {
        write(path, &json(&reports)?)?;
    }
    match &args.card {
        Some(path) => write(path, &card::card(&in_order(reports, with))),
        None => Ok(()),
    }
}

fn measure(args: &Args, data: &Path, baseline: &[Report]) -> Result<Vec<Outcome>, Failure> {
    let settings = Sources::of_process(args.config.clone()).load()?.settings;
    let mut suites = args.suites.clone();
    suites.sort_unstable();
    suites.dedup();
    warn(args, &suites, baseline);
    let source = Source {
        folder: data.to_owned(),
        split: args.split.as_str().to_owned(),
        limit: args.limit,
    };
    let author = if suites.iter().any(|suite| suite.asks_author()) {
        let store = args.models.store()?;
        if args.engine == EngineKind::Llama {
            stderr::say("loading the model");
        }
        author(args.engine, args.model.as_deref(), &store, &settings)?
    } else {
        Author::Extractive
    };
    let cache = args.cache.clone().or_else(origin::cache).ok_or_else(|| {
        let hint = "name a folder with --cache";
        Failure::new(Exit::Usage, "there is no cache directory", hint)
    })?;
    let build = origin::build();
    let digests = State::open(
        &cache,
        &state_name("drafted", &author, &build, &[]),
        args.fresh,
    )?;
    let run = Run {
        bench: &Bench::new(author, settings.limits, source.clone(), digests)?,
        source: &source,
        cache,
        fresh: args.fresh,
        build: &build,
        origin: &origin::origin(),
        baseline,
        observer: &*progress::observer(),
    };
    super::block_on(async {
        let mut outcomes = Vec::new();
        for suite in suites {
            outcomes.push(suite.run(&run).await?);
        }
        Ok::<_, EvalError>(outcomes)
    })?
    .map_err(Failure::from)
}

/// What the user should know before the figures come.
fn warn(args: &Args, suites: &[Name], baseline: &[Report]) {
    if cfg!(debug_assertions) {
        stderr::say("this is a debug build: its times say nothing");
    }
    let known = |suite: &Name| baseline.iter().any(|it| it.suite == suite.as_str());
    if let Some(path) = &args.against {
        for suite in suites.iter().filter(|suite| !known(suite)) {
            let (path, suite) = (path.display(), suite.as_str());
            stderr::say(&format!(
                "{path} holds no results of {suite} to compare with"
            ));
        }
    }
}

/// The forest that grows on the claims of an outcome, as it is kept.
fn grown(outcomes: &[Outcome]) -> Result<String, Failure> {
    let examples = outcomes.iter().flat_map(|it| support::examples(&it.report));
    let examples: Vec<_> = examples.collect();
    if examples.is_empty() {
        let hint = "name the suite support beside --grow";
        return Err(Failure::new(
            Exit::Usage,
            "there are no claims to grow on",
            hint,
        ));
    }
    let forest = serde_json::to_string(&grow(&examples));
    forest.map(|text| format!("{text}\n")).map_err(unwritten)
}

fn unwritten(error: serde_json::Error) -> Failure {
    let hint = "this is a bug: please report it";
    Failure::new(Exit::Failure, format!("cannot write JSON: {error}"), hint)
}

fn json(reports: &[Report]) -> Result<String, Failure> {
    let text = report::to_json(reports).and_then(|json| serde_json::to_string_pretty(&json));
    text.map(|text| format!("{text}\n")).map_err(unwritten)
}

/// In the order of the suites; those of one suite as they were named.
fn in_order(reports: Vec<Report>, with: Vec<Vec<Report>>) -> Vec<Report> {
    let mut all: Vec<Report> = reports
        .into_iter()
        .chain(with.into_iter().flatten())
        .collect();
    let place = |report: &Report| {
        let known = Name::ALL
            .iter()
            .position(|name| name.as_str() == report.suite);
        known.unwrap_or(Name::ALL.len())
    };
    all.sort_by_key(place);
    all
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| unwritable(path, &error.to_string()))
}

/// Whether there is a folder for a file to be.
fn check_folder(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    match folder {
        Some(folder) if !folder.is_dir() => Err(unwritable(path, "there is no such folder")),
        _ if path.is_dir() => Err(unwritable(path, "it is a folder")),
        _ => Ok(()),
    }
}

fn unwritable(path: &Path, why: &str) -> Failure {
    let message = format!("cannot write {}: {why}", path.display());
    Failure::new(Exit::Failure, message, "name a file that you may write to")
}
