//! How long digests take on this machine: every article of `articles/` by one
//! model, its branches decoded together, and then one after another, so that the
//! gain of batching is a measured ratio. No harness: a run takes a minute, and
//! the numbers are few.
//!
//! `AFTERWORD_BENCH_MODEL` names another model than the default one,
//! `AFTERWORD_BENCH_RUNS` another number of runs than three.

#[cfg(feature = "llama")]
mod measure;

use std::io::Write;

#[cfg(not(feature = "llama"))]
fn main() -> std::io::Result<()> {
    writeln!(
        std::io::stderr(),
        "nothing to measure: build with the llama feature"
    )
}

#[cfg(feature = "llama")]
fn main() -> anyhow::Result<()> {
    let bench = measure::Bench::from_environment()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{bench}\n{}", measure::HEAD)?;
    let together = bench.measure(None)?;
    // Read now: the engine after this one has its own memory.
    let peak = measure::peak_mib().map_or("unknown".to_owned(), |mib| format!("{mib} MiB"));
    write!(out, "{}", together.rows("together"))?;
    let apart = bench.measure(Some(1))?;
    write!(out, "{}", apart.rows("one by one"))?;
    let gain = apart.median_seconds() / together.median_seconds();
    writeln!(
        out,
        "together is {gain:.2} times as fast; peak memory together: {peak}"
    )?;
    Ok(())
}
