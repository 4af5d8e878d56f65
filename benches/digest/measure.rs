//! Runs the pipeline over the articles and prints a row for each.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use afterword::config::Settings;
use afterword::engine::ModelDescription;
use afterword::engine::llama::{LlamaEngine, LlamaSettings};
use afterword::models::{ModelFile, Store};
use afterword::pipeline::options::DigestOptions;
use afterword::pipeline::{Author, Input, Pipeline, SourceKind, SourceScope};
use anyhow::Context;

use super::metered::{Metered, Work};

/// Above the rows; rates are medians.
pub(crate) const HEAD: &str = "article              branches    \
    seconds min, median, max  prefill tok/s  decode tok/s  pairs";

/// What is measured.
pub(crate) struct Bench {
    settings: Settings,
    model: ModelFile,
    articles: Vec<PathBuf>,
    runs: usize,
}

struct Run {
    seconds: f64,
    work: Work,
    pairs: usize,
}

impl Bench {
    /// The bench that the environment asks for.
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        let settings = Settings::load(None)?;
        let directory = std::env::var_os("AFTERWORD_MODELS_DIR").map(PathBuf::from);
        let name = std::env::var("AFTERWORD_BENCH_MODEL");
        let name = name.unwrap_or_else(|_| settings.engine.model.clone());
        let runs = std::env::var("AFTERWORD_BENCH_RUNS").unwrap_or_else(|_| "3".to_owned());
        let runs: usize = runs.parse().context("AFTERWORD_BENCH_RUNS is no number")?;
        Ok(Self {
            settings,
            model: Store::new(directory)?.resolve(&name)?,
            articles: articles()?,
            runs: runs.max(1),
        })
    }

    pub(crate) fn title(&self) -> String {
        let engine = &self.settings.engine;
        let (name, threads, most) = (&self.model.name, engine.threads, engine.max_sequences);
        format!(
            "{name}, {threads} threads, together means {most} at once, {} runs",
            self.runs
        )
    }

    /// Digests every article, with `sequences` branches at once or as configured.
    /// Returns the medians' sum in seconds.
    pub(crate) fn measure(
        &self,
        label: &str,
        sequences: Option<usize>,
        out: &mut impl Write,
    ) -> anyhow::Result<f64> {
        let engine = Arc::new(Metered::new(self.load(sequences)?));
        let limits = self.settings.limits.clone();
        let author = Author::Model(engine.clone());
        let pipeline = Pipeline { limits, author };
        let mut total = 0.0;
        for path in &self.articles {
            let runs = (0..self.runs).map(|_| run(&pipeline, &engine, path));
            let runs = runs.collect::<anyhow::Result<Vec<Run>>>()?;
            writeln!(out, "{:<20} {label:<11} {}", name(path), row(&runs))?;
            total += spread(&runs, |run| run.seconds)[1];
        }
        Ok(total)
    }

    fn load(&self, sequences: Option<usize>) -> anyhow::Result<LlamaEngine> {
        let engine = &self.settings.engine;
        let most = self.model.context_tokens.unwrap_or(usize::MAX);
        let context_tokens = engine.context_tokens.min(most);
        let description = ModelDescription {
            name: self.model.name.clone(),
            sha256: Some(self.model.sha256.to_string()),
            context_tokens,
        };
        let settings = LlamaSettings {
            context_tokens,
            max_sequences: sequences.unwrap_or(engine.max_sequences),
            max_prefixes: engine.max_prefixes,
            kept_prefix_tokens: 0,
            step_tokens: engine.step_tokens,
            draft_tokens: engine.draft_tokens,
            threads: engine.threads,
            max_waiting_batches: self.settings.limits.max_waiting_batches,
        };
        Ok(LlamaEngine::load(&self.model.path, description, &settings)?)
    }
}

fn run(pipeline: &Pipeline, engine: &Metered, path: &Path) -> anyhow::Result<Run> {
    let input = Input {
        bytes: fs::read(path)?,
        kind: SourceKind::Markdown,
        scope: SourceScope::Auto,
        title: None,
        charset: None,
    };
    let options = DigestOptions::check(None, None, false, &pipeline.limits)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let started = Instant::now();
    let digest = runtime.block_on(pipeline.digest(&input, &options))?;
    Ok(Run {
        seconds: started.elapsed().as_secs_f64(),
        work: engine.take(),
        pairs: digest.faq.len(),
    })
}

fn row(runs: &[Run]) -> String {
    let [least, median, most] = spread(runs, |run| run.seconds);
    let prefill = spread(runs, |run| run.work.prefill_rate())[1];
    let decode = spread(runs, |run| run.work.decode_rate())[1];
    let pairs = runs.last().map_or(0, |run| run.pairs);
    format!("{least:>11.1} {median:>6.1} {most:>5.1}  {prefill:>13.1}  {decode:>12.1}  {pairs:>5}")
}

/// Minimum, median and maximum; zeros of nothing.
fn spread(runs: &[Run], of: impl Fn(&Run) -> f64) -> [f64; 3] {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    [0, last / 2, last].map(|index| values.get(index).copied().unwrap_or_default())
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
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Peak of this process's resident memory, where the system tells.
pub(crate) fn peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}
