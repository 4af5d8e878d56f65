//! The quality card: reports as a page of Markdown, each figure beside the
//! command, the model, the machine and the date that it comes from, and what it
//! does not show. Made from the JSON of `--json`; it computes nothing.

use super::figures::Figure;
use super::report::{Provenance, Report};
use super::table::{detail, interval, value};

const HEAD: &str = "\
# Quality

Made by `afterword eval --card`; do not edit. Every figure is that of one command on one
machine, named above it; times of a debug build say nothing. Intervals hold 95 % of 1,000
draws of documents with replacement. `not run` and `-` (the rows do not tell) are not zero.
The data and their origins are described beside the data, which is not part of this
repository.
";

/// The card of reports, in the order given.
#[must_use]
pub fn card(reports: &[Report]) -> String {
    let sections: String = reports.iter().map(section).collect();
    format!("{HEAD}{sections}")
}

fn section(report: &Report) -> String {
    let mut text = format!("\n## {}\n\n{}\n\n", report.suite, report.protocol);
    text.push_str(&origin(&report.provenance));
    text.push_str("\n| figure | value | 95 % interval |\n| --- | ---: | ---: |\n");
    for figure in &report.figures.all {
        text.push_str(&row(figure));
    }
    text.push('\n');
    for (name, found) in &report.details {
        text.push_str(&format!("{}: {}.\n\n", cell(name), cell(&detail(found))));
    }
    text.push_str("What this does not show:\n\n");
    for note in &report.notes {
        text.push_str(&format!("- {note}\n"));
    }
    text
}

fn row(figure: &Figure) -> String {
    let ends = figure.interval.map(interval).unwrap_or_default();
    let name = cell(&figure.path.join(" / "));
    format!("| {name} | {} | {ends} |\n", value(figure))
}

/// Text of the data or of the command line must not end a cell.
fn cell(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('|', "\\|")
}

fn origin(from: &Provenance) -> String {
    let origin = &from.origin;
    let model = match (&from.model, &from.model_sha256) {
        (None, _) => "none asked".to_owned(),
        (Some(model), None) => model.clone(),
        (Some(model), Some(hash)) => format!("{model} (SHA-256 {hash})"),
    };
    let limit = from.limit.map_or(String::new(), |rows| {
        format!(", at most {rows} rows of a file")
    });
    let data = from.data.iter().map(|file| {
        let hash: String = file.sha256.chars().take(12).collect();
        format!("{} ({} rows, SHA-256 {hash}…)", file.name, file.rows)
    });
    let lines = [
        ("Command", format!("`{}`", cell(&origin.command))),
        ("Model", cell(&model)),
        (
            "Program",
            format!(
                "{} ({} build), pipeline {}, prompts {}",
                origin.program_version, origin.build, from.pipeline_version, from.prompt_version
            ),
        ),
        (
            "Machine",
            format!("{}, {} cores", cell(&origin.cpu), origin.cores),
        ),
        (
            "Date",
            format!(
                "{}, {:.0} s of measuring",
                origin.date, from.measured_seconds
            ),
        ),
        (
            "Data",
            format!(
                "{}; half: {}; {} rows measured{limit}",
                data.collect::<Vec<_>>().join(", "),
                from.split,
                from.rows_measured
            ),
        ),
    ];
    lines
        .iter()
        .map(|(name, what)| format!("- {name}: {what}\n"))
        .collect()
}
