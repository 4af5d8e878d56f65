//! `afterword models optimise`: a copy of a model in another layout of its weights, made
//! here, measured beside the file as it was published, and kept if it is faster. What is
//! measured is `bench::weights`' to say, what a copy is the store's.

use std::path::PathBuf;

use crate::cli::exit::Failure;
use crate::layout::Layout;
use crate::models::Store;

#[cfg(feature = "llama")]
mod job;
#[cfg(feature = "llama")]
mod told;

/// Shown under `afterword models optimise --help`.
const HELP: &str = "\
Leave the machine alone meanwhile: what else runs is in the figures. The copy is made from
weights that are quantised already and loses precision once more. It is used where its name
is given, as engine.model or --model, and never by itself.";

/// Arguments of `afterword models optimise`.
#[derive(clap::Args)]
#[command(after_help = HELP)]
#[cfg_attr(
    not(feature = "llama"),
    allow(dead_code, reason = "nothing makes copies in this build")
)]
pub(super) struct Args {
    /// The model [default: the catalogue's default model].
    name: Option<String>,
    /// Layout of the copy's weights.
    #[arg(long, value_name = "q4_0|iq4_nl|q4_k|q8_0", default_value_t = Layout::Q4_0)]
    layout: Layout,
    /// Keep the copy, however fast it is.
    #[arg(long)]
    keep: bool,
    /// Keep the copy if it saves so many hundredths of the time.
    #[arg(long, value_name = "PERCENT", default_value = "5",
          value_parser = clap::value_parser!(u8).range(0..=100))]
    gain: u8,
    /// Configuration file, laid over the defaults: it is measured with engine.threads and
    /// engine.step_tokens.
    #[arg(long, value_name = "FILE", env = "AFTERWORD_CONFIG")]
    config: Option<PathBuf>,
}

/// Runs the command.
#[cfg(feature = "llama")]
pub(super) fn run(store: &Store, args: &Args) -> Result<(), Failure> {
    job::run(store, args)
}

/// Says that this build cannot.
#[cfg(not(feature = "llama"))]
pub(super) fn run(_store: &Store, _args: &Args) -> Result<(), Failure> {
    Err(Failure::new(
        crate::cli::exit::Exit::Usage,
        "this build has no llama.cpp engine, which makes copies",
        "build with default features",
    ))
}
