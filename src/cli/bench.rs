//! `afterword bench`: measures digests on this machine and prints one table. What is
//! measured, and how, is `bench`'s to say.

use std::path::{Path, PathBuf};

use crate::bench::articles::{self, Piece};
use crate::bench::compare::{self, Questions, Rival, Row, Rows};
use crate::bench::load::{self, Clients};
use crate::bench::machine::Process;
use crate::bench::peer::{self, Launch, Peer, Reading};
use crate::bench::report::{EngineFacts, Provenance, Report};
use crate::bench::summary::Comparison;
use crate::bench::{BenchError, Observer, Product, soak, together};
use crate::config::{Settings, Sources};
use crate::models::ModelFile;
use crate::pipeline::render::{Format, RenderOptions, RenderRequest};
use crate::pipeline::{Author, PIPELINE_VERSION, generate};

use super::author::{EngineKind, author};
use super::exit::{Exit, Failure};
use super::models::ModelsDirectory;
use super::{origin, signals, stderr, stdout};

pub(super) mod progress;

/// Shown under `afterword bench --help`.
const HELP: &str = "\
Leave the machine alone meanwhile: a second model on the same cores slows both many
times over. docs/benchmarks.md says how each figure is measured.";

/// Arguments of `afterword bench`.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n\n{}", super::exit::HELP))]
pub(super) struct Args {
    /// Articles to measure with: a folder, JSONL or a feed [default: one that comes with
    /// the program].
    #[arg(long, value_name = "DIR|FILE")]
    articles: Option<PathBuf>,
    /// Articles at most, from the first on.
    #[arg(long, value_name = "N", default_value = "10",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    articles_limit: u32,
    /// Measure each article so many times.
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    /// Compare with this `llama-server`, on the same articles with the same weights.
    #[arg(long, value_name = "PROGRAM")]
    peer_server: Option<PathBuf>,
    /// Slots of the server that is asked branch by branch.
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "4,8",
          requires = "peer_server",
          value_parser = clap::value_parser!(u16).range(1..=64))]
    peer_slots: Vec<u16>,
    /// Ask also servers whose slots each read the article for themselves.
    #[arg(long, requires = "peer_server")]
    peer_each_reading: bool,
    /// A further argument for the server; may be given again.
    #[arg(
        long,
        value_name = "ARGUMENT",
        requires = "peer_server",
        allow_hyphen_values = true
    )]
    peer_argument: Vec<String>,
    /// Measure also so many articles at once, as a backfill does.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=256))]
    together: Option<u16>,
    /// Clients in lanes instead, such as publish=1,backfill=4.
    #[arg(long, value_name = "LANE=N,...", conflicts_with_all = ["peer_server", "together"])]
    load: Option<Clients>,
    /// Seconds of --load, twice: the lane publish alone, then all.
    #[arg(long, value_name = "N", default_value = "600", requires = "load",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// So many digests in a row instead, and the memory as they pass.
    #[arg(long, value_name = "N", conflicts_with_all = ["peer_server", "together", "load"],
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    soak: Option<u32>,
    /// Write figures, rows and provenance.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Model: a catalogue name or the path of a GGUF file; overrides the
    /// configuration.
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
    /// Configuration file, laid over the defaults.
    #[arg(long, value_name = "FILE", env = "AFTERWORD_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    models: ModelsDirectory,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    stderr::log("error");
    if cfg!(debug_assertions) {
        stderr::say("this is a debug build: its times say nothing");
    }
    let settings = Sources::of_process(args.config.clone()).load()?.settings;
    let observer = progress::observer();
    let pieces = read(args, &settings, &*observer)?;
    let product = product(args, &settings)?;
    let model = model(args, &settings)?;
    let rows = Rows::default();
    let provenance = || provenance(args, &settings, &product);
    let measured = until_interrupted(async {
        let servers = start(args, &settings, &model, &*observer).await?;
        let rivals: Vec<Rival> = servers.iter().map(rival).collect();
        let bench = Bench {
            args,
            product: &product,
            rivals: &rivals,
            pieces: &pieces,
            rows: &rows,
            observer: &*observer,
        };
        bench.measure(Report::of(provenance())).await
    })?;
    match measured {
        Some(report) => tell(args, &report),
        None => interrupted(args, Report::of(provenance()), rows.take()),
    }
}

/// Tells what was measured before the user had enough, if anything was, and that it is
/// not all.
fn interrupted(args: &Args, mut report: Report, rows: Vec<Row>) -> Result<(), Failure> {
    let mut told = "interrupted".to_owned();
    if !rows.is_empty() {
        told += &format!(": what is told is of {} articles", rows.len());
        report.comparison = Some(Comparison::of(rows, Process::own().memory()));
        tell(args, &report)?;
    }
    Err(Failure::new(Exit::Interrupted, told, ""))
}

fn tell(args: &Args, report: &Report) -> Result<(), Failure> {
    stdout::write(&report.table())?;
    let json = args.json.as_deref();
    json.map_or(Ok(()), |path| write(path, report))
}

/// The articles; what is left out is told.
fn read(args: &Args, settings: &Settings, observer: &dyn Observer) -> Result<Vec<Piece>, Failure> {
    let most = usize::try_from(args.articles_limit).unwrap_or(usize::MAX);
    let found = articles::read(args.articles.as_deref(), most, &settings.limits)?;
    for (name, why) in &found.left_out {
        observer.note(&format!("{name} is left out: {why}"));
    }
    Ok(found.pieces)
}

/// The model's file.
fn model(args: &Args, settings: &Settings) -> Result<ModelFile, Failure> {
    let name = args.model.as_ref().unwrap_or(&settings.engine.model);
    Ok(args.models.store()?.resolve(name)?)
}

/// The servers to compare with, started, and what each is asked.
async fn start(
    args: &Args,
    settings: &Settings,
    model: &ModelFile,
    observer: &dyn Observer,
) -> Result<Vec<(Peer, Questions)>, BenchError> {
    let Some(program) = &args.peer_server else {
        return Ok(Vec::new());
    };
    let mut started = Vec::new();
    for questions in asked(args) {
        observer.note(&format!("starting a server: {}", questions.name()));
        let launch = Launch {
            program,
            model: &model.path,
            threads: settings.engine.threads,
            flash_attention: settings.engine.flash_attention,
            slots: questions.slots(),
            // An article and the longest answer; a window takes less than half.
            context_tokens: settings.engine.context_tokens / 2,
            arguments: &args.peer_argument,
        };
        started.push((Peer::start(&launch).await?, questions));
    }
    Ok(started)
}

/// What servers are asked.
fn asked(args: &Args) -> Vec<Questions> {
    let readings = match args.peer_each_reading {
        true => &[Reading::Copied, Reading::Each][..],
        false => &[Reading::Copied],
    };
    let branches = args.peer_slots.iter().flat_map(|slots| {
        let slots = usize::from(*slots);
        let readings = readings.iter();
        readings.map(move |reading| Questions::Branches {
            slots,
            reading: *reading,
        })
    });
    std::iter::once(Questions::Whole).chain(branches).collect()
}

fn rival((peer, questions): &(Peer, Questions)) -> Rival {
    Rival {
        questions: *questions,
        client: peer.client.clone(),
        process: peer.process.clone(),
    }
}

/// The product with its engine, the model loaded.
fn product(args: &Args, settings: &Settings) -> Result<Product, Failure> {
    let store = args.models.store()?;
    stderr::say("loading the model");
    let author = author(EngineKind::Llama, args.model.as_deref(), &store, settings)?;
    let Author::Model(engine) = author else {
        return Err(Failure::new(Exit::Usage, "there is no model", ""));
    };
    let request = RenderRequest::default();
    let rendering = RenderOptions::check(Format::Markdown, &request, &settings.render)?;
    Ok(Product::new(engine, settings.limits.clone(), rendering)?)
}

/// What is measured with.
struct Bench<'a> {
    args: &'a Args,
    product: &'a Product,
    rivals: &'a [Rival],
    pieces: &'a [Piece],
    rows: &'a Rows,
    observer: &'a dyn Observer,
}

impl Bench<'_> {
    async fn measure(&self, mut report: Report) -> Result<Report, BenchError> {
        let (product, pieces, observer) = (self.product, self.pieces, self.observer);
        if let Some(clients) = self.args.load {
            let clients = (clients, self.args.seconds);
            report.load = Some(load::load(product, pieces, clients, observer).await?);
        } else if let Some(digests) = self.args.soak {
            let digests = usize::try_from(digests).unwrap_or(usize::MAX);
            report.soak = Some(soak::soak(product, pieces, digests, observer).await?);
        } else {
            let comparison = self.compare().await?;
            if let Some(at_once) = self.args.together {
                let pieces = (pieces, usize::from(at_once));
                let rows = &comparison.rows;
                report.together = Some(together::together(product, pieces, rows, observer).await?);
            }
            report.comparison = Some(comparison);
        }
        Ok(report)
    }

    async fn compare(&self) -> Result<Comparison, BenchError> {
        use crate::engine::Engine as _;
        let repeats = usize::try_from(self.args.repeat).unwrap_or(usize::MAX);
        let pieces = (self.pieces, repeats);
        let (rivals, observer) = (self.rivals, self.observer);
        let idle = compare::compare(self.product, rivals, pieces, self.rows, observer).await?;
        let memory = |rival: &Rival| (rival.questions.name(), rival.process.memory());
        Ok(Comparison {
            peak: self.product.meter.peak(),
            rival_memory: rivals.iter().map(memory).collect(),
            idle_load: idle,
            ..Comparison::of(self.rows.borrow().clone(), Process::own().memory())
        })
    }
}

fn provenance(args: &Args, settings: &Settings, product: &Product) -> Provenance {
    use crate::engine::Engine as _;
    let (engine, model) = (&settings.engine, product.meter.model());
    Provenance {
        model: model.name.clone(),
        model_sha256: model.sha256.clone(),
        prompt_version: generate::version(),
        pipeline_version: PIPELINE_VERSION.to_owned(),
        engine: EngineFacts {
            threads: engine.threads,
            context_tokens: model.context_tokens,
            max_sequences: engine.max_sequences,
            step_tokens: engine.step_tokens,
            draft_tokens: engine.draft_tokens,
            flash_attention: engine.flash_attention,
            own_kernels: engine.own_kernels,
        },
        peer: args.peer_server.as_deref().map(peer::version),
        origin: origin::origin(),
    }
}

/// Drops what is measured when the user has enough, so that nothing that it started
/// outlives it: `None`.
fn until_interrupted<T>(
    measured: impl Future<Output = Result<T, BenchError>>,
) -> Result<Option<T>, Failure> {
    super::block_on(async {
        let interrupted = signals::first()
            .map_err(|error| Failure::new(Exit::Failure, format!("no signals: {error}"), ""))?;
        tokio::select! {
            measured = measured => measured.map(Some).map_err(Failure::from),
            () = interrupted => Ok(None),
        }
    })?
}

fn write(path: &Path, report: &Report) -> Result<(), Failure> {
    let failed = |error: String| {
        let message = format!("{}: {error}", path.display());
        Failure::new(Exit::Failure, message, "name a file that can be written")
    };
    let text = serde_json::to_string_pretty(report).map_err(|error| failed(error.to_string()))?;
    std::fs::write(path, format!("{text}\n")).map_err(|error| failed(error.to_string()))
}
