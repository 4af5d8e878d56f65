//! `afterword digest`: one article in, its digest on stdout. Reads, asks the
//! pipeline, prints once at the end: an interrupted run prints nothing.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::Settings;
use crate::digest::Digest;
use crate::pipeline::ingest::ingest;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::render::{self, RenderError};
use crate::pipeline::{Input, Pipeline, SourceKind};

use super::author::{EngineKind, author};
use super::exit::{Exit, Failure};
use super::models::ModelsDirectory;
use super::{stderr, stdout};

/// Arguments of `afterword digest`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The article: a file, or - for standard input.
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// What to print.
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
    /// What the input is [default: by the file's extension, else text].
    #[arg(long, value_enum)]
    input: Option<InputKind>,
    /// The title, when the input does not carry it.
    #[arg(long)]
    title: Option<String>,
    /// FAQ pairs at most [default: 8].
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Words per answer at most [default: 60].
    #[arg(long, value_name = "N")]
    max_answer_words: Option<usize>,
    /// Put the text that was read into the JSON.
    #[arg(long)]
    include_source: bool,
    /// Who drafts.
    #[arg(long, value_enum, default_value = "llama")]
    engine: EngineKind,
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

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The wire format of the API.
    Json,
    /// Markdown.
    Markdown,
    /// An HTML section.
    Html,
}

/// What the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InputKind {
    /// Plain text.
    Text,
    /// HTML: a body fragment or a page.
    Html,
    /// Markdown.
    Markdown,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    stderr::log("error");
    let settings = Settings::load(args.config.as_deref())?;
    let options = DigestOptions::check(
        args.count,
        args.max_answer_words,
        args.include_source,
        &settings.limits,
    )?;
    let input = read(args, settings.limits.max_input_bytes)?;
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
    };
    let digest = super::block_on(pipeline.digest(&input, &options))??;
    progress.finish_and_clear();
    report(&digest);
    stdout::write(&render(&digest, args.format)?)
}

/// Reads the input, but not more than one byte beyond the limit.
fn read(args: &Args, limit: usize) -> Result<Input, Failure> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let outcome = if args.file == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(&args.file).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    outcome.map_err(|error| {
        let message = format!("{}: {error}", args.file.display());
        Failure::new(
            Exit::Input,
            message,
            "name a readable file, or - for standard input",
        )
    })?;
    Ok(Input {
        bytes,
        kind: kind(args),
        title: args.title.clone(),
    })
}

fn kind(args: &Args) -> SourceKind {
    let extension = args
        .file
        .extension()
        .and_then(|extension| extension.to_str());
    match (
        args.input,
        extension.unwrap_or_default().to_ascii_lowercase().as_str(),
    ) {
        (Some(InputKind::Html), _) | (None, "html" | "htm" | "xhtml") => SourceKind::Html,
        (Some(InputKind::Markdown), _) | (None, "md" | "markdown") => SourceKind::Markdown,
        (Some(InputKind::Text), _) | (None, _) => SourceKind::Text,
    }
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

fn render(digest: &Digest, format: Format) -> Result<String, Failure> {
    let rendered: Result<String, RenderError> = match format {
        Format::Json => render::json(digest),
        Format::Markdown => render::markdown(digest),
        Format::Html => render::html(digest),
    };
    rendered.map_err(|error| Failure::new(Exit::Failure, error.to_string(), ""))
}
