//! `afterword doctor`: one line per check, what to do about each that is not
//! well, and a verdict. Looks only; it changes and fetches nothing, and sends nothing but
//! a question to the service of a remote engine that is configured.

use std::path::PathBuf;

use serde::Serialize;

use super::exit::{Exit, Failure};
use super::models::ModelsDirectory;
use super::stdout;
use crate::models::Store;

mod configuration;
mod engine;
mod machine;
mod models;
mod tools;

/// Arguments of `afterword doctor`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    directory: ModelsDirectory,
    /// Hash the default model, even if it is unchanged since its last verification.
    #[arg(long)]
    full: bool,
    /// Check this configuration file instead, with the environment laid over it, and
    /// print every value and who said it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    level: Level,
    /// What was found.
    finding: String,
    /// What to do; empty when all is well.
    advice: String,
}

impl Check {
    fn ok(name: &'static str, finding: impl Into<String>) -> Self {
        Self::new(Level::Ok, name, finding, "")
    }

    fn warn(name: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(Level::Warn, name, finding, advice)
    }

    fn fail(name: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(Level::Fail, name, finding, advice)
    }

    fn new(
        level: Level,
        name: &'static str,
        finding: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            name,
            level,
            finding: finding.into(),
            advice: advice.into(),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    version: &'static str,
    checks: Vec<Check>,
    verdict: Level,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if let Some(file) = &args.config {
        return configuration::run(file, args.json);
    }
    let store = args.directory.store()?;
    let checks = checks(&store, args.full);
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        verdict: worst(&checks),
        checks,
    };
    if args.json {
        stdout::write_json(&report)?;
    } else {
        stdout::write(&text(&report))?;
    }
    match report.verdict {
        Level::Fail => Err(Failure::new(Exit::Failure, "a check failed", "")),
        Level::Ok | Level::Warn => Ok(()),
    }
}

/// All checks, in the order shown: the machine, the configuration, this build, the
/// models, tools.
fn checks(store: &Store, full: bool) -> Vec<Check> {
    vec![
        machine::cpu(),
        machine::cores(),
        machine::memory(),
        configuration::found(),
        tools::engine(),
        models::directory(store),
        models::default_model(store, full),
        engine::inference(store),
        engine::remote(),
        models::test_model(store),
        tools::pip(),
    ]
}

fn worst(checks: &[Check]) -> Level {
    let levels = checks.iter().map(|check| check.level);
    levels.max().unwrap_or(Level::Ok)
}

fn text(report: &Report) -> String {
    let checks: String = report.checks.iter().map(line).collect();
    let verdict = match report.verdict {
        Level::Ok => "All is well.",
        Level::Warn => "It works; see the warnings.",
        Level::Fail => "It does not work yet; see what failed.",
    };
    format!("{checks}{verdict}\n")
}

fn line(check: &Check) -> String {
    let Check {
        name,
        level,
        finding,
        advice,
    } = check;
    let level = match level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Fail => "FAIL",
    };
    let advice = match advice.as_str() {
        "" => String::new(),
        advice => format!("{:25}-> {advice}\n", ""),
    };
    format!("{level:<5} {name:<18} {finding}\n{advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(checks: Vec<Check>) -> Report {
        Report {
            version: "0",
            verdict: worst(&checks),
            checks,
        }
    }

    #[test]
    fn the_worst_check_is_the_verdict_on_the_last_line() {
        let warned = report(vec![
            Check::ok("a", "fine"),
            Check::warn("b", "so so", "mend it"),
        ]);
        assert_eq!(warned.verdict, Level::Warn);
        assert!(text(&warned).contains("-> mend it\n"));
        let failed = report(vec![Check::fail("c", "broken", "x"), Check::ok("a", "")]);
        assert_eq!(failed.verdict, Level::Fail);
        let text = text(&failed);
        assert!(text.lines().last().unwrap().contains("does not work"));
        assert_eq!(text.lines().count(), 4);
    }
}
