//! The work itself: write the copy to a draft, measure both files in turns, keep the draft
//! or drop it. One of the two is in memory at a time. Whatever ends the work early drops
//! the draft, and with it the partial file.

use std::path::Path;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::bench::weights::{self, Comparison, Side, Turn};
use crate::cli::exit::{Exit, Failure};
use crate::cli::{bench, block_on, signals, stderr, stdout};
use crate::config::{EngineSettings, Sources};
use crate::engine::llama::{LlamaEngine, LlamaSettings, QUANTISER, QuantiseError, quantise};
use crate::engine::{EngineError, ModelDescription};
use crate::models::{CopyDraft, Made, ModelCopy, ModelError, ModelFile, Store};
use crate::pipeline::error::PipelineError;

use super::super::{find, progress};
use super::{Args, told};

/// Time between two looks at how large the copy has become.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Makes the copy, measures it, and keeps it if that is wanted.
pub(super) fn run(store: &Store, args: &Args) -> Result<(), Failure> {
    stderr::log("error");
    if cfg!(debug_assertions) {
        stderr::say("this is a debug build: its times say nothing");
    }
    let settings = Sources::of_process(args.config.clone()).load()?.settings;
    let source = find(store, args.name.as_deref())?;
    let copy = ModelCopy {
        source,
        layout: args.layout,
    };
    let job = Job {
        source: store.verified(source)?,
        copy,
        settings: measured_with(&settings.engine),
    };
    let draft = store.draft_copy(copy).map_err(of_draft)?;
    let comparison = until_interrupted(job.try_out(&draft))?;
    stdout::write(&comparison.table(&copy.name()))?;
    if !keeps(args, &comparison) {
        drop(draft);
        let earlier = store.copies().contains(&copy);
        return stdout::write(&told::dropped(&copy.name(), args.gain, earlier));
    }
    let made = made(&comparison)?;
    let kept = draft.keep(made).map_err(of_draft)?;
    stdout::write(&told::kept(&kept, &source.name))
}

/// Whether the copy stays.
fn keeps(args: &Args, comparison: &Comparison) -> bool {
    args.keep || comparison.wins_by(args.gain)
}

fn made(comparison: &Comparison) -> Result<Made, Failure> {
    let measured = serde_json::to_value(comparison)
        .map_err(|error| failure(format!("the figures cannot be kept: {error}")))?;
    Ok(Made {
        quantiser: QUANTISER.to_owned(),
        measured,
    })
}

/// What is measured with: threads and steps as configured, and no guesses, so that both
/// files have the same steps to run.
fn measured_with(engine: &EngineSettings) -> LlamaSettings {
    LlamaSettings {
        context_tokens: weights::CONTEXT_TOKENS,
        max_sequences: weights::BRANCHES,
        max_prefixes: 4,
        kept_prefix_tokens: weights::CONTEXT_TOKENS / 2,
        step_tokens: engine.step_tokens.min(weights::CONTEXT_TOKENS),
        draft_tokens: 0,
        flash_attention: engine.flash_attention,
        own_kernels: engine.own_kernels,
        threads: engine.threads,
        max_waiting_batches: 1,
    }
}

/// A copy to be made and tried.
struct Job<'a> {
    /// The file as it was published, verified.
    source: ModelFile,
    copy: ModelCopy<'a>,
    settings: LlamaSettings,
}

impl Job<'_> {
    async fn try_out(&self, draft: &CopyDraft<'_>) -> Result<Comparison, Failure> {
        self.write(draft).await?;
        draft.seal().map_err(of_draft)?;
        self.compare(draft.path()).await
    }

    /// Has llama.cpp write the copy.
    async fn write(&self, draft: &CopyDraft<'_>) -> Result<(), Failure> {
        let (from, to) = (self.source.path.clone(), draft.path().to_owned());
        let layout = self.copy.layout;
        let growing = progress::Growing::new("writing the copy");
        let mut looks = tokio::time::interval(LOOK_INTERVAL);
        let mut written = std::pin::pin!(aside(move || quantise(&from, &to, layout)));
        loop {
            tokio::select! {
                outcome = &mut written => return outcome?.map_err(of_quantiser),
                _ = looks.tick() => growing.tell(draft.written()),
            }
        }
    }

    /// Measures both files, a turn each, until each had all of its turns.
    async fn compare(&self, copy: &Path) -> Result<Comparison, Failure> {
        let observer = bench::progress::observer();
        observer.start(weights::TURNS.len());
        let (mut of_source, mut of_copy) = (Vec::new(), Vec::new());
        for side in weights::TURNS {
            let (name, path, turns) = match side {
                Side::Source => (&self.source.name, &*self.source.path, &mut of_source),
                Side::Copy => (&self.copy.name(), copy, &mut of_copy),
            };
            observer.step(name);
            turns.push(self.turn(name, path).await?);
            observer.done();
        }
        Comparison::of(&of_source, &of_copy)
            .ok_or_else(|| failure("no time passed while it was measured".to_owned()))
    }

    /// Loads one file, has it do the work, and frees its memory before anything else.
    async fn turn(&self, name: &str, path: &Path) -> Result<Turn, Failure> {
        let description = ModelDescription {
            name: name.to_owned(),
            sha256: None,
            source_sha256: None,
            context_tokens: self.settings.context_tokens,
        };
        let (path, settings) = (path.to_owned(), self.settings.clone());
        let loaded = aside(move || LlamaEngine::load(&path, description, &settings));
        let engine = loaded.await?.map_err(of_engine)?;
        let turn = weights::measure(&engine).await;
        aside(move || engine.close()).await?;
        turn.map_err(of_engine)
    }
}

/// Runs what takes long on a thread of its own, so that a signal is heard meanwhile. The
/// thread outlives whoever waits no more, as nothing can stop it.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let (done, outcome) = oneshot::channel();
    std::thread::Builder::new()
        .name("optimise".into())
        .spawn(move || {
            // Nobody waits for it after a signal.
            let _ = done.send(work());
        })
        .map_err(|error| failure(format!("no thread: {error}")))?;
    outcome
        .await
        .map_err(|_| failure("a thread ended early".to_owned()))
}

/// Ends with the first signal, and drops what it was at.
fn until_interrupted<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    block_on(async {
        let interrupted =
            signals::first().map_err(|error| failure(format!("no signals: {error}")))?;
        tokio::select! {
            outcome = work => outcome,
            () = interrupted => {
                let message = "interrupted: nothing is kept";
                Err(Failure::new(Exit::Interrupted, message, ""))
            }
        }
    })?
}

fn failure(message: String) -> Failure {
    Failure::new(Exit::Failure, message, "")
}

/// What hinders a draft is no fault of the model.
fn of_draft(error: ModelError) -> Failure {
    Failure::new(Exit::Failure, error.to_string(), error.hint())
}

fn of_quantiser(error: QuantiseError) -> Failure {
    let hint = "see what llama.cpp says above, and whether the disk has room";
    Failure::new(Exit::Engine, error.to_string(), hint)
}

fn of_engine(error: EngineError) -> Failure {
    PipelineError::from(error).into()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::bench::weights::Phase;
    use crate::layout::Layout;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(arguments: &[&str]) -> Args {
        let line = [&["optimise"], arguments].concat();
        Line::try_parse_from(line).map(|it| it.args).unwrap()
    }

    /// Both files in one round, by the seconds that they took.
    fn comparison(source: f64, copy: f64) -> Comparison {
        let turn = |seconds| {
            let phase = Phase { tokens: 9, seconds };
            Turn {
                prefill: phase,
                together: phase,
                alone: phase,
            }
        };
        Comparison::of(&[turn(source)], &[turn(copy)]).unwrap()
    }

    #[test]
    fn a_copy_stays_that_wins_by_enough_or_is_wanted() {
        let (faster, hardly, slower) = (
            comparison(10.0, 9.4),
            comparison(10.0, 9.6),
            comparison(10.0, 11.0),
        );
        let default = args(&[]);
        assert_eq!((default.gain, default.layout), (5, Layout::Q4_0));
        let kept = |args: &Args| [&faster, &hardly, &slower].map(|it| keeps(args, it));
        assert_eq!(kept(&default), [true, false, false]);
        assert_eq!(kept(&args(&["--gain", "0"])), [true, true, false]);
        assert_eq!(kept(&args(&["--gain=7"])), [false, false, false]);
        assert_eq!(kept(&args(&["--keep"])), [true, true, true]);
    }

    #[test]
    fn the_note_has_the_figures() {
        let made = made(&comparison(10.0, 9.0)).unwrap();
        assert!(made.quantiser.starts_with("llama-cpp-sys-2 "));
        let gain = made.measured["gain_percent"]["median"].as_f64().unwrap();
        assert!((gain - 10.0).abs() < 1e-9, "{made:?}");
        assert!(made.measured["copy"]["prefill_per_second"]["median"].is_f64());
    }

    #[test]
    fn layouts_are_named_and_gains_are_bounded() {
        assert_eq!(args(&["tiny", "--layout", "iq4_nl"]).layout, Layout::Iq4Nl);
        for wrong in [["--layout", "q5_0"], ["--gain", "101"], ["--gain", "-1"]] {
            let line = [&["optimise"], &wrong[..]].concat();
            assert!(Line::try_parse_from(line).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_panics_aside_is_a_failure() {
        let ended = block_on(aside(|| panic!("as the test wants it")));
        let outcome: Result<(), Failure> = ended.unwrap();
        assert_eq!(outcome.unwrap_err().exit, Exit::Failure);
        assert_eq!(block_on(aside(|| 7)).unwrap().unwrap(), 7);
    }
}
