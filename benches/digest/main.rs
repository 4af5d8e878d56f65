//! How long digests take on this machine: every article of `articles/` by one
//! model, its branches decoded together, and then one after another, so that the
//! gain of batching is a measured ratio. No harness: a run takes a minute, and
//! the numbers are few.
//!
//! `AFTERWORD_BENCH_MODEL` names another model than the default one,
//! `AFTERWORD_BENCH_RUNS` another number of runs than three. Leave the machine
//! alone meanwhile: a second model on the same cores slows both many times over.

use std::io::Write;

#[cfg(feature = "llama")]
mod measure;
#[cfg(feature = "llama")]
mod metered;

#[cfg(not(feature = "llama"))]
fn main() -> std::io::Result<()> {
    let mut err = std::io::stderr();
    writeln!(err, "nothing to measure: build with the llama feature")
}

#[cfg(feature = "llama")]
fn main() -> anyhow::Result<()> {
    let bench = measure::Bench::from_environment()?;
    let mut out = std::io::stdout();
    writeln!(out, "{}\n\n{}", bench.title(), measure::HEAD)?;
    let together = bench.measure("together", None, &mut out)?;
    // Read now: the next engine comes on top of this one's memory.
    let peak = measure::peak_mib().map_or("unknown".to_owned(), |mib| format!("{mib} MiB"));
    let apart = bench.measure("one by one", Some(1), &mut out)?;
    let gain = apart / together;
    writeln!(
        out,
        "\ntogether is {gain:.2} times as fast; peak memory together: {peak}"
    )?;
    Ok(())
}
