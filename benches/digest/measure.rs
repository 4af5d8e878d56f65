//! Runs the pipeline with an engine that adds up its work.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use afterword::config::Settings;
use afterword::engine::llama::{LlamaEngine, LlamaSettings};
use afterword::engine::{Batch, BatchFuture, Engine, ModelDescription};
use afterword::models::{ModelFile, Store};
use afterword::pipeline::options::DigestOptions;
use afterword::pipeline::{Author, Input, Pipeline, SourceKind};
use anyhow::Context;
use tokio::runtime::Runtime;

pub(crate) const HEAD: &str = "article              branches    s min / median / max   \
    prefill tok/s  decode tok/s  pairs";

/// What is measured.
pub(crate) struct Bench {
    settings: Settings,
    model: ModelFile,
    articles: Vec<PathBuf>,
    runs: usize,
}

/// The runs of each article, by its name.
pub(crate) struct Measured(BTreeMap<String, Vec<Run>>);

struct Run {
    seconds: f64,
    work: Work,
    pairs: usize,
}

/// What an engine did.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    prefix_tokens: usize,
    prefix_ms: u64,
    decoded_tokens: usize,
    /// Holds the prefill of the branches' own instructions.
    decode_ms: u64,
}

/// An engine that adds up its work.
struct Metered {
    engine: LlamaEngine,
    work: Mutex<Work>,
}

impl Engine for Metered {
    fn model(&self) -> &ModelDescription {
        self.engine.model()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.engine.count_tokens(text)
    }

    fn run(&self, batch: Batch) -> BatchFuture<'_> {
        let texts = [&batch.prefix.system, &batch.prefix.user];
        let prefix_tokens: usize = texts.iter().map(|text| self.count_tokens(text)).sum();
        Box::pin(async move {
            let output = self.engine.run(batch).await?;
            let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
            work.prefix_tokens += prefix_tokens;
            work.prefix_ms += output.usage.prefill_ms;
            work.decoded_tokens += output.completions.iter().map(|it| it.tokens).sum::<usize>();
            work.decode_ms += output.usage.decode_ms;
            Ok(output)
        })
    }
}

impl Metered {
    /// The work since the last call.
    fn take(&self) -> Work {
        std::mem::take(&mut *self.work.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bench {
    /// The bench that the environment asks for.
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        let settings = Settings::load(None)?;
        let directory = std::env::var_os("AFTERWORD_MODELS_DIR").map(PathBuf::from);
        let name = std::env::var("AFTERWORD_BENCH_MODEL");
        let model =
            Store::new(directory)?.resolve(&name.unwrap_or(settings.engine.model.clone()))?;
        let runs = std::env::var("AFTERWORD_BENCH_RUNS").unwrap_or("3".to_owned());
        let runs: usize = runs.parse().context("AFTERWORD_BENCH_RUNS is no number")?;
        let articles = articles()?;
        Ok(Self {
            settings,
            model,
            articles,
            runs: runs.max(1),
        })
    }

    /// Digests every article, with `sequences` branches at once or as configured.
    pub(crate) fn measure(&self, sequences: Option<usize>) -> anyhow::Result<Measured> {
        let engine = Arc::new(Metered {
            engine: self.load(sequences)?,
            work: Mutex::default(),
        });
        let author = Author::Model(engine.clone());
        let pipeline = Pipeline {
            limits: self.settings.limits.clone(),
            author,
        };
        let options = DigestOptions::check(None, None, false, &pipeline.limits)?;
        let runtime = Runtime::new()?;
        let mut measured = BTreeMap::new();
        for path in &self.articles {
            let (bytes, kind) = (fs::read(path)?, SourceKind::Markdown);
            let input = Input {
                bytes,
                kind,
                title: None,
            };
            let runs: &mut Vec<Run> = measured.entry(name(path)).or_default();
            for _ in 0..self.runs {
                let started = Instant::now();
                let digest = runtime.block_on(pipeline.digest(&input, &options))?;
                let seconds = started.elapsed().as_secs_f64();
                runs.push(Run {
                    seconds,
                    work: engine.take(),
                    pairs: digest.faq.len(),
                });
            }
        }
        Ok(Measured(measured))
    }

    fn load(&self, sequences: Option<usize>) -> anyhow::Result<LlamaEngine> {
        let engine = &self.settings.engine;
        let context_tokens = self.model.context_tokens.unwrap_or(engine.context_tokens);
        let context_tokens = context_tokens.min(engine.context_tokens);
        let description = ModelDescription {
            name: self.model.name.clone(),
            sha256: Some(self.model.sha256.to_string()),
            context_tokens,
        };
        let settings = LlamaSettings {
            context_tokens,
            max_sequences: sequences.unwrap_or(engine.max_sequences),
            step_tokens: engine.step_tokens,
            threads: engine.threads,
            max_waiting_batches: self.settings.limits.max_waiting_batches,
        };
        Ok(LlamaEngine::load(&self.model.path, description, &settings)?)
    }
}

impl fmt::Display for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            settings,
            model,
            runs,
            ..
        } = self;
        let (threads, most) = (settings.engine.threads, settings.engine.max_sequences);
        write!(
            f,
            "{}, {threads} threads, {most} branches at once, {runs} runs\n",
            model.name
        )
    }
}

impl Measured {
    /// A row per article.
    pub(crate) fn rows(&self, label: &str) -> String {
        self.0.iter().fold(String::new(), |mut rows, (name, runs)| {
            let [least, median, most] = spread(runs.iter().map(|run| run.seconds));
            let [_, prefill, _] = spread(runs.iter().map(|run| run.work.prefill_rate()));
            let [_, decode, _] = spread(runs.iter().map(|run| run.work.decode_rate()));
            let pairs = runs.last().map_or(0, |run| run.pairs);
            // Writing to a string does not fail.
            let _ = writeln!(
                rows,
                "{name:<20} {label:<11} {least:>5.1} / {median:>6.1} / {most:>5.1}   \
                 {prefill:>13.1}  {decode:>12.1}  {pairs:>5}"
            );
            rows
        })
    }

    /// The median of each article, added up.
    pub(crate) fn median_seconds(&self) -> f64 {
        let runs = self.0.values();
        runs.map(|runs| spread(runs.iter().map(|run| run.seconds))[1])
            .sum()
    }
}

impl Work {
    fn prefill_rate(&self) -> f64 {
        rate(self.prefix_tokens, self.prefix_ms)
    }

    fn decode_rate(&self) -> f64 {
        rate(self.decoded_tokens, self.decode_ms)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "thousands of tokens, hours at most"
)]
fn rate(tokens: usize, milliseconds: u64) -> f64 {
    tokens as f64 * 1000.0 / milliseconds.max(1) as f64
}

/// Minimum, median and maximum; zeros of nothing.
fn spread(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    [
        at(0),
        at(values.len() / 2),
        at(values.len().saturating_sub(1)),
    ]
}

fn articles() -> anyhow::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("articles");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_article = path.extension().is_some_and(|it| it == "md") && name(&path) != "README";
        found.extend(is_article.then_some(path));
    }
    found.sort();
    Ok(found)
}

fn name(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Peak of this process's resident memory, where the system tells.
pub(crate) fn peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}
