//! The configuration: whether it holds, what it says in the end and who said it,
//! and what of it contradicts what.

use std::path::Path;

use serde::Serialize;

use super::{Check, Level};
use crate::cli::exit::{Exit, Failure};
use crate::cli::stdout;
use crate::cli::work;
use crate::config::{Configuration, Origin, Sources};

const NAME: &str = "configuration";

/// The configuration that the program finds by itself.
pub(super) fn found() -> Check {
    let file = std::env::var_os("AFTERWORD_CONFIG").map(Into::into);
    match read(&Sources::of_process(file)) {
        Err(failure) => Check::fail(NAME, failure.message, failure.hint),
        Ok(found) => judge(&found),
    }
}

/// A configuration with every file that it names: what the service would not start
/// with is not sound.
fn read(sources: &Sources) -> Result<Configuration, Failure> {
    let found = work::load(sources)?;
    work::load_tls(&found.settings)?;
    Ok(found)
}

fn judge(found: &Configuration) -> Check {
    let said = |it: &&crate::config::Entry| it.origin != Origin::Default;
    let said = found.entries.iter().filter(said).count();
    let finding = format!("sound, {said} keys differ from the defaults");
    match found.contradictions.first() {
        None => Check::ok(NAME, finding),
        Some(first) => Check::warn(
            NAME,
            format!("{finding}, contradictions: {}", found.contradictions.len()),
            format!("{}: {}", first.keys.join(", "), first.consequence),
        ),
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    version: &'static str,
    values: Vec<Shown>,
    contradictions: Vec<Told>,
    verdict: Level,
}

/// One key.
#[derive(Serialize)]
struct Shown {
    key: String,
    /// In TOML.
    value: String,
    /// Who said it: `default`, a file, a variable or a flag.
    origin: String,
    /// Whether a reload changes it while the service runs.
    reloads: bool,
}

/// What goes together badly.
#[derive(Serialize)]
struct Told {
    keys: &'static [&'static str],
    consequence: &'static str,
}

/// Checks a file and prints what comes of it.
pub(super) fn run(file: &Path, json: bool) -> Result<(), Failure> {
    if file.as_os_str().is_empty() {
        return Err(Failure::new(Exit::Usage, "--config names no file", ""));
    }
    let found = read(&Sources::of_process(Some(file.to_owned())))?;
    let report = report(&found);
    match json {
        true => stdout::write_json(&report),
        false => stdout::write(&text(&report)),
    }
}

fn report(found: &Configuration) -> Report {
    let shown = |entry: &crate::config::Entry| Shown {
        key: entry.key.clone(),
        value: entry.value.clone(),
        origin: match &entry.origin {
            Origin::Default => "default".to_owned(),
            said => said.to_string(),
        },
        reloads: Configuration::reloads(&entry.key),
    };
    let told = found.contradictions.iter().map(|it| Told {
        keys: it.keys,
        consequence: it.consequence,
    });
    Report {
        version: env!("CARGO_PKG_VERSION"),
        values: found.entries.iter().map(shown).collect(),
        verdict: match found.contradictions.is_empty() {
            true => Level::Ok,
            false => Level::Warn,
        },
        contradictions: told.collect(),
    }
}

fn text(report: &Report) -> String {
    let values = report.values.iter().map(|it| {
        let value = format!("{} = {}", it.key, it.value);
        format!("{value:<58}  # {}\n", it.origin)
    });
    let told = report.contradictions.iter().map(|it| {
        let keys = it.keys.join(", ");
        format!("warn  {keys}: {}\n", it.consequence)
    });
    let verdict = match report.contradictions.len() {
        0 => "The configuration is sound.",
        _ => "The configuration is sound; see the warnings.",
    };
    let values: String = values.collect();
    let told: String = told.collect();
    format!("{values}\n{told}{verdict}\n")
}
