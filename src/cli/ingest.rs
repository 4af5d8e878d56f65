//! `afterword ingest`: what would be read of an article, on stdout. Shows why a
//! digest says what it says; asks no model and judges nothing.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::config::Sources;
use crate::digest::reading::{BlockKind, Dropped, Reading};
use crate::pipeline::ingest::report::reading;
use crate::text::span::Span;

use super::exit::Failure;
use super::input::InputArgs;
use super::{stderr, stdout};

/// Arguments of `afterword ingest`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// What to print.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Configuration file, laid over the defaults.
    #[arg(long, value_name = "FILE", env = "AFTERWORD_CONFIG")]
    config: Option<PathBuf>,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Blocks with their places, and all that was left out.
    Json,
    /// The text that would be read, headings marked; the rest on stderr.
    Text,
}

/// Runs the command. A refusal is what it was asked to find, and no failure.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    stderr::log("error");
    let settings = Sources::of_process(args.config.clone()).load()?.settings;
    let input = args.input.read(settings.limits.max_input_bytes)?;
    let reading = reading(&input, &settings.limits)?;
    match args.format {
        Format::Json => stdout::write_json(&reading)?,
        Format::Text => {
            stdout::write(&text(&reading))?;
            stderr::say(&left_out(&reading));
        }
    }
    for notice in &reading.notices {
        stderr::say(&format!("notice: {}", notice.detail));
    }
    if let Some(refusal) = &reading.refusal {
        stderr::say(&format!("digest would refuse it: {}", refusal.message));
    }
    Ok(())
}

/// The blocks, one a paragraph; headings and lists as Markdown marks them.
fn text(reading: &Reading) -> String {
    let block = |block: &crate::digest::reading::ReadBlock| {
        let text = Span::new(block.start, block.end).of(&reading.text);
        let mark = match block.kind {
            BlockKind::Heading => "#".repeat(usize::from(block.level.unwrap_or(1))) + " ",
            BlockKind::ListItem => "- ".to_owned(),
            BlockKind::Quote => "> ".to_owned(),
            BlockKind::Paragraph | BlockKind::TableRow | BlockKind::Caption => String::new(),
        };
        format!("{mark}{text}\n")
    };
    let blocks: Vec<String> = reading.blocks.iter().map(block).collect();
    blocks.join("\n")
}

/// What was left out, as a table.
fn left_out(reading: &Reading) -> String {
    let row = |dropped: &Dropped| {
        let place = dropped
            .input
            .map_or(String::new(), |it| format!("{}-{}", it.start, it.end));
        format!(
            "\n{:<18} {:>6}  {place:<15} {}",
            dropped.reason, dropped.words, dropped.excerpt
        )
    };
    let rows: String = reading.dropped.iter().map(row).collect();
    let language = reading.language.as_deref().unwrap_or("unknown");
    let head = format!(
        "read {} of {} words; language: {language}; charset: {}",
        reading.words_read,
        reading.words_read + reading.words_dropped,
        reading.charset
    );
    if rows.is_empty() {
        return head;
    }
    format!(
        "{head}\n{:<18} {:>6}  {:<15} text{rows}",
        "left out", "words", "bytes"
    )
}
