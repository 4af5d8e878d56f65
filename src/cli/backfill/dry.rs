//! `afterword backfill run --dry-run`: what a run would do, and how long it would
//! take, as measured on the first articles. Writes nothing.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::backfill::choose::{Before, Choose, What};
use crate::cli::exit::Failure;
use crate::cli::stdout;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::{Input, Pipeline};

/// Articles that are measured, together as a run would make them.
const MEASURED: usize = 4;

/// What a run would do.
#[derive(Default)]
pub(super) struct Plan {
    to_do: u64,
    words: usize,
    near: u64,
    current: u64,
    refused: BTreeMap<&'static str, u64>,
    unreadable: BTreeMap<&'static str, u64>,
    skipped: BTreeMap<&'static str, u64>,
    left_out: BTreeMap<&'static str, u64>,
    /// The first articles, with their words.
    first: Vec<(Input, usize)>,
}

impl Plan {
    /// Looks through the archive.
    pub(super) fn make(choose: &Choose, before: &Before<'_>) -> Result<Self, Failure> {
        let mut plan = Self::default();
        choose.each(before, |chosen| {
            plan.take(chosen.what);
            ControlFlow::Continue(())
        })?;
        Ok(plan)
    }

    fn take(&mut self, what: What) {
        let count = |of: &mut BTreeMap<&'static str, u64>, code| *of.entry(code).or_default() += 1;
        match what {
            What::Skip(code) => count(&mut self.skipped, code),
            What::LeaveOut(code) => count(&mut self.left_out, code),
            What::Unreadable(problem) => count(&mut self.unreadable, problem.code),
            What::Refuse { problem, .. } => count(&mut self.refused, problem.0),
            What::Current { .. } => self.current += 1,
            What::Make(wanted) => {
                self.to_do += 1;
                self.words += wanted.words;
                self.near += u64::from(wanted.near.is_some());
                if self.first.len() < MEASURED {
                    self.first.push((wanted.entry.input, wanted.words));
                }
            }
        }
    }

    /// Whether there is anything to measure.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// How long all would take, by how long the first take together.
    pub(super) async fn measure(&self, pipeline: &Pipeline, options: &DigestOptions) -> Duration {
        let started = Instant::now();
        let digests = self
            .first
            .iter()
            .map(|(input, _)| pipeline.digest(input, options));
        // One that is refused took its time too.
        let _ = futures_util::future::join_all(digests).await;
        let words: usize = self.first.iter().map(|(_, words)| words).sum();
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let share = self.words as f64 / words.max(1) as f64;
        started.elapsed().mul_f64(share)
    }

    /// Says it on stdout.
    pub(super) fn print(&self, expected: Option<Duration>) -> Result<(), Failure> {
        let mut text = format!(
            "to do: {} articles, {} words\ncurrent: {}\n",
            self.to_do, self.words, self.current
        );
        if self.near > 0 {
            text += &format!("almost the same as another: {}\n", self.near);
        }
        let groups = [
            ("refused", &self.refused),
            ("unreadable", &self.unreadable),
            ("skipped", &self.skipped),
            ("not asked for", &self.left_out),
        ];
        for (name, counts) in groups {
            let all: u64 = counts.values().sum();
            let each: Vec<String> = counts
                .iter()
                .map(|(code, count)| format!("{code} {count}"))
                .collect();
            let why = if each.is_empty() {
                String::new()
            } else {
                format!(" ({})", each.join(", "))
            };
            text += &format!("{name}: {all}{why}\n");
        }
        if let Some(expected) = expected {
            text += &format!(
                "expected: {:.1} hours, by the first {} articles on this machine\n",
                expected.as_secs_f64() / 3600.0,
                self.first.len()
            );
        }
        stdout::write(&text)
    }
}
