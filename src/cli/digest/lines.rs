//! `afterword digest --jsonl`: a filter for who runs a data platform already. Articles
//! in, one JSON object a line; lines out, in the same order, a digest or a problem in
//! each. One engine, many articles at once, and nothing is kept.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use tokio::sync::mpsc;

use crate::archive::line::{Line, Outcome};
use crate::archive::{Lines, Problem, ReadLine, Source, parse_line};
use crate::cli::exit::{Exit, Failure};
use crate::cli::stdout;
use crate::engine::EngineError;
use crate::pipeline::Pipeline;
use crate::pipeline::error::PipelineError;
use crate::pipeline::options::DigestOptions;

/// Lines that are read ahead.
const READ_AHEAD: usize = 16;

/// What a filter does.
pub(super) struct Filter {
    pub(super) pipeline: Pipeline,
    pub(super) options: DigestOptions,
    /// A file, or `-`.
    pub(super) path: PathBuf,
    pub(super) shard: Shard,
    /// Articles at once.
    pub(super) concurrency: usize,
    /// Bytes of one line.
    pub(super) max_line_bytes: usize,
}

/// A part of the lines: each whose number leaves this remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// All lines.
    pub(super) const ALL: Self = Self { index: 0, of: 1 };

    fn has(self, line: u64) -> bool {
        line % self.of == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(index, of)| {
            let (index, of) = (index.parse().ok()?, of.parse().ok()?);
            (index < of).then_some(Self { index, of })
        });
        parsed.ok_or_else(|| "has to be I/N with I from 0 to N - 1, such as 0/4".to_owned())
    }
}

/// What came of a line.
struct Told {
    line: Line,
    /// The engine is gone: what follows would fail too.
    stopped: bool,
}

/// Runs until the input ends.
pub(super) async fn run(filter: Filter) -> Result<(), Failure> {
    let shared = Arc::new((filter.pipeline, filter.options));
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let (path, shard, most) = (filter.path, filter.shard, filter.max_line_bytes);
    let reading = tokio::task::spawn_blocking(move || read(&path, shard, most, &sender));
    let lines = unfold(receiver, |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    });
    let told = lines.map(|(number, line)| {
        let shared = shared.clone();
        let name = format!("line-{}", number + 1);
        let task = tokio::spawn(async move { answer(&shared, &name, line).await });
        let lost = format!("line-{}", number + 1);
        async move {
            task.await.unwrap_or_else(|_| Told {
                line: Line::without_digest(
                    &lost,
                    Outcome::Failed,
                    "internal",
                    "the work on this article failed",
                ),
                stopped: false,
            })
        }
    });
    let mut counts = (0_u64, 0_u64);
    let mut told = std::pin::pin!(told.buffered(filter.concurrency));
    while let Some(Told { line, stopped }) = told.next().await {
        counts.0 += 1;
        counts.1 += u64::from(line.status == Outcome::Done);
        write(&line)?;
        if stopped {
            let error = EngineError::Stopped;
            return Err(Failure::new(Exit::Engine, error.to_string(), error.hint()));
        }
    }
    let read = reading.await;
    read.map_err(|_| Failure::new(Exit::Failure, "reading panicked", ""))??;
    if counts.0 > 0 && counts.1 == 0 {
        let hint =
            "each line has to be a JSON object with custom_id and one of text, html and markdown";
        return Err(Failure::new(
            Exit::Input,
            format!("none of {} lines got a digest", counts.0),
            hint,
        ));
    }
    Ok(())
}

/// Reads lines and passes those of the shard on, each with its number.
fn read(
    path: &Path,
    shard: Shard,
    most: usize,
    sender: &mpsc::Sender<(u64, ReadLine)>,
) -> Result<(), Failure> {
    let source = Source {
        path: path.to_owned(),
        format: None,
    };
    let mut lines = Lines::new(source.open()?, most);
    let mut number = 0;
    let failed = |error: std::io::Error| {
        let hint = "name a readable file, or - for standard input";
        Failure::new(Exit::Input, format!("{}: {error}", path.display()), hint)
    };
    while let Some(line) = lines.next_line().map_err(failed)? {
        if matches!(&line, ReadLine::Whole(bytes) if bytes.iter().all(u8::is_ascii_whitespace)) {
            continue;
        }
        if shard.has(number) && sender.blocking_send((number, line)).is_err() {
            return Ok(());
        }
        number += 1;
    }
    Ok(())
}

async fn answer(shared: &(Pipeline, DigestOptions), name: &str, line: ReadLine) -> Told {
    let (id, entry) = match line {
        ReadLine::TooLong => {
            let detail = "the line is longer than limits.max_item_bytes";
            (None, Err(Problem::broken("too_many_bytes", detail)))
        }
        ReadLine::Whole(line) => parse_line(&line),
    };
    let id = id
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| name.to_owned());
    let entry = match entry {
        Ok(entry) => entry,
        Err(problem) => {
            let line =
                Line::without_digest(&id, Outcome::Unreadable, problem.code, &problem.detail);
            return Told {
                line,
                stopped: false,
            };
        }
    };
    let (pipeline, options) = shared;
    let (line, stopped) = match pipeline.digest(&entry.input, options).await {
        Ok(digest) => (Line::with_digest(&id, digest), false),
        Err(error) => {
            let status = match &error {
                PipelineError::Engine(_)
                | PipelineError::TookTooLong { .. }
                | PipelineError::NotReadWhole { .. } => Outcome::Failed,
                _ => Outcome::Refused,
            };
            let stopped = matches!(error, PipelineError::Engine(EngineError::Stopped));
            let line = Line::without_digest(&id, status, error.code(), &error.to_string());
            (line, stopped)
        }
    };
    let line = Line {
        title: entry.input.title,
        url: entry.url,
        modified: entry.modified,
        ..line
    };
    Told { line, stopped }
}

fn write(line: &Line) -> Result<(), Failure> {
    let text = serde_json::to_string(line);
    let text = text.map_err(|error| {
        Failure::new(
            Exit::Failure,
            error.to_string(),
            "this is a bug: please report it",
        )
    })?;
    stdout::write(&format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_part_all_lines() {
        assert_eq!("1/3".parse(), Ok(Shard { index: 1, of: 3 }));
        for wrong in ["3/3", "0/0", "1", "-1/2", "1/2/3", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        for line in 0..20 {
            let shards = (0..3).filter(|index| {
                Shard {
                    index: *index,
                    of: 3,
                }
                .has(line)
            });
            assert_eq!(shards.count(), 1);
        }
    }
}
