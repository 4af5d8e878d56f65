//! `afterword digest`: one article in, its digest on stdout; or many, as lines
//! (`lines`). Reads, asks the
//! pipeline, prints once at the end: an interrupted run prints nothing.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{Settings, Sources};
use crate::digest::Digest;
use crate::pipeline::ingest::ingest;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::render::render;
use crate::pipeline::{Fences, Pipeline};

use super::author::{EngineKind, author};
use super::exit::{Exit, Failure};
use super::input::InputArgs;
use super::models::ModelsDirectory;
use super::options::OptionArgs;
use super::rendering::Rendering;
use super::{stderr, stdout};

mod lines;

use lines::{Filter, Shard};

/// Arguments of `afterword digest`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    options: OptionArgs,
    /// Who drafts.
    #[arg(long, value_enum, default_value = "llama")]
    engine: EngineKind,
    /// Model: a catalogue name or the path of a GGUF file, or what the remote service
    /// calls it; overrides the configuration.
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
    /// The house style: words to avoid, forms to use; overrides the configuration.
    #[arg(long, value_name = "FILE")]
    house_style: Option<PathBuf>,
    /// Configuration file, laid over the defaults.
    #[arg(long, value_name = "FILE", env = "AFTERWORD_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    models: ModelsDirectory,
    #[command(flatten)]
    rendering: Rendering,
    /// Read one JSON object a line, and answer one a line, in the same order.
    #[arg(long, help_heading = "Many articles")]
    jsonl: bool,
    /// Only each N-th line, from the I-th on, which counts from 0.
    #[arg(
        long,
        value_name = "I/N",
        requires = "jsonl",
        help_heading = "Many articles"
    )]
    shard: Option<Shard>,
    /// Articles at once [default: engine.max_prefixes].
    #[arg(
        long,
        value_name = "N",
        requires = "jsonl",
        help_heading = "Many articles",
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    concurrency: Option<u16>,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    stderr::log("error");
    let style = args.house_style.as_ref().map(|file| file.display());
    let sources = Sources::of_process(args.config.clone());
    let sources = sources.flag("--house-style", "editorial.house_style", style);
    let mut settings = sources.load()?.settings;
    settings.read_house_style()?;
    let options = args.options.check(&settings.limits)?;
    if args.jsonl {
        return run_lines(args, &settings, options);
    }
    let rendering = args.rendering.check(&settings.render)?;
    let input = args.input.read(settings.limits.max_input_bytes)?;
    // Refuses what cannot be read before a model is loaded for it.
    ingest(&input, &settings.limits)?;
    let progress = progress();
    progress.set_message("loading the model");
    let author = author(
        args.engine,
        args.model.as_deref(),
        &args.models.store()?,
        &settings,
    )?;
    progress.set_message("reading and drafting");
    let pipeline = Pipeline {
        limits: settings.limits,
        author,
        house_style: settings.editorial.house_style,
        fences: Fences::of_text(),
    };
    let digest = super::block_on(pipeline.digest(&input, &options))??;
    progress.finish_and_clear();
    report(&digest);
    let printed = render(&digest, &rendering);
    stdout::write(&printed.map_err(|error| Failure::new(Exit::Failure, error.to_string(), ""))?)
}

/// Answers line by line.
fn run_lines(args: &Args, settings: &Settings, options: DigestOptions) -> Result<(), Failure> {
    let author = author(
        args.engine,
        args.model.as_deref(),
        &args.models.store()?,
        settings,
    )?;
    let filter = Filter {
        pipeline: Pipeline {
            limits: settings.limits.clone(),
            author,
            house_style: settings.editorial.house_style.clone(),
            fences: Fences::of_text(),
        },
        options,
        path: args.input.path().to_owned(),
        shard: args.shard.unwrap_or(Shard::ALL),
        concurrency: args
            .concurrency
            .map_or(settings.engine.max_prefixes, usize::from),
        max_line_bytes: settings.limits.max_item_bytes,
    };
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, error.to_string(), ""))?;
    runtime.block_on(lines::run(filter))
}

/// A spinner with the time spent, on terminals only.
fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Says on stderr what came of it.
fn report(digest: &Digest) {
    let provenance = &digest.provenance;
    let seconds = provenance
        .timings_ms
        .get("total")
        .copied()
        .unwrap_or_default()
        / 1000;
    stderr::say(&format!(
        "{}: read {} of {} words, {} pairs, {} drafts refused, {seconds} s",
        provenance.model,
        provenance.source_words_read,
        provenance.source_words,
        digest.faq.len(),
        digest.refused.len(),
    ));
    for notice in &digest.notices {
        stderr::say(&format!("note: {}", notice.detail));
    }
}
