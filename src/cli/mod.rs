//! The composition root: one file per command. stdout is data, stderr is talk.
//! The only place that reads configuration, builds engines and prints.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod author;
mod backfill;
mod bench;
mod callbacks;
mod digest;
mod doctor;
mod eval;
mod exit;
mod files;
mod ingest;
mod input;
mod keys;
mod metrics;
mod models;
mod options;
mod origin;
#[cfg(feature = "otlp")]
mod otlp;
mod reload;
mod rendering;
mod serve;
mod signals;
mod stderr;
mod stdout;
mod work;
mod worker;

use exit::{Exit, Failure};

/// Appends to an article what a careful editor would: a summary, FAQ and
/// related topics, every sentence backed by the article.
#[derive(Parser)]
#[command(name = "afterword", version, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read one article and print its digest.
    Digest(digest::Args),
    /// Print what would be read of one article, and what not.
    Ingest(ingest::Args),
    /// Serve the HTTP API.
    Serve(serve::Args),
    /// Work on stored jobs, beside or instead of a service that does.
    Worker(worker::Args),
    /// Make digests for an archive, resumed at will.
    Backfill(backfill::Args),
    /// Make, list and revoke the keys of callers.
    Keys(keys::Args),
    /// List, fetch and verify model files.
    Models(models::Args),
    /// Say what works on this machine, what does not, and what to do about it.
    Doctor(doctor::Args),
    /// Measure the product on labelled data, and compare with earlier results.
    Eval(eval::Args),
    /// Measure what digests cost on this machine, beside other ways to get them.
    Bench(bench::Args),
}

/// Runs the program and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Digest(args) => digest::run(&args),
        Command::Ingest(args) => ingest::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Worker(args) => worker::run(&args),
        Command::Backfill(args) => backfill::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(()) => Exit::Success.into(),
        Err(failure) => failure.report(),
    }
}

/// Whether the program takes these arguments; nothing is run.
///
/// # Errors
/// What the program would say of them.
pub fn check_command_line(arguments: &[String]) -> Result<(), clap::Error> {
    let name = std::iter::once("afterword");
    let arguments = arguments.iter().map(String::as_str);
    Cli::try_parse_from(name.chain(arguments)).map(drop)
}

/// Runs a future on this thread. Signals keep their default effect, so that
/// Ctrl-C ends the program at once, whatever the engine is doing.
fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, error.to_string(), ""))?;
    Ok(runtime.block_on(future))
}
