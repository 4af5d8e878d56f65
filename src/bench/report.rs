//! What a run of `afterword bench` measured, as the JSON that `--json` writes and the
//! tables that are printed.

use serde::Serialize;

use crate::eval::report::Origin;

use super::load::Load;
use super::soak::Soak;
use super::summary::Comparison;
use super::together::Together;

/// Everything that was measured; `null` is what was not asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What produced it.
    pub provenance: Provenance,
    /// One article at a time, and what a general server takes for it.
    pub comparison: Option<Comparison>,
    /// Articles of an archive together.
    pub together: Option<Together>,
    /// Clients in lanes.
    pub load: Option<Load>,
    /// Many digests in a row.
    pub soak: Option<Soak>,
}

impl Report {
    /// One in which nothing was measured yet.
    #[must_use]
    pub fn of(provenance: Provenance) -> Self {
        Self {
            provenance,
            comparison: None,
            together: None,
            load: None,
            soak: None,
        }
    }
}

/// What produced a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Provenance {
    /// The model's name.
    pub model: String,
    /// SHA-256 of its file.
    pub model_sha256: Option<String>,
    /// Hash of the prompts.
    pub prompt_version: String,
    /// Version of the pipeline.
    pub pipeline_version: String,
    /// How the engine was set.
    pub engine: EngineFacts,
    /// The program that was compared with, as it names itself.
    pub peer: Option<String>,
    /// Where and by which command.
    #[serde(flatten)]
    pub origin: Origin,
}

/// How the engine was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineFacts {
    /// Threads that it computes with.
    pub threads: usize,
    /// Tokens that its context holds.
    pub context_tokens: usize,
    /// Branches decoded at once.
    pub max_sequences: usize,
    /// Tokens of a step.
    pub step_tokens: usize,
    /// Tokens guessed ahead for a branch.
    pub draft_tokens: usize,
    /// Whether attention is computed in one pass.
    pub flash_attention: bool,
    /// Whether our own kernels compute what they can.
    pub own_kernels: bool,
}

impl Report {
    /// As it is printed.
    #[must_use]
    pub fn table(&self) -> String {
        let Provenance {
            model,
            engine,
            origin,
            ..
        } = &self.provenance;
        let title = format!(
            "{model}, {} threads, {}, {} cores, {}\n",
            engine.threads, origin.cpu, origin.cores, origin.date
        );
        let parts = [
            self.comparison.as_ref().map(Comparison::table),
            self.together.as_ref().map(Together::table),
            self.load.as_ref().map(Load::table),
            self.soak.as_ref().map(Soak::table),
        ];
        let parts = parts.into_iter().flatten();
        std::iter::once(title)
            .chain(parts)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Three digits or more, as many behind the point as the size asks for.
pub(super) fn number(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.abs() < 1.0 => format!("{value:.3}"),
        Some(value) if value.abs() < 100.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_nothing_is_a_dash() {
        let shown = [Some(0.0234), Some(1.5), Some(123.4), None].map(number);
        assert_eq!(shown, ["0.023", "1.50", "123", "-"]);
    }
}
