//! `afterword backfill run`: opens archive, store and files, loads who drafts, and
//! runs until all is made or somebody stops it.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::backfill::choose::Before;
use crate::backfill::output::{Known, Output, RESULTS};
use crate::backfill::state::{State, write_whole};
use crate::backfill::tally::Summary;
use crate::backfill::{BackfillError, Run, questions};
use crate::cli::exit::{Exit, Failure};
use crate::cli::models::ModelsDirectory;
use crate::cli::options::{OptionArgs, describe};
use crate::cli::signals;
use crate::cli::stderr::{self, say};
use crate::cli::work::{Drafting, WorkArgs, failure, open_store, start_workers};
use crate::config::Settings;
use crate::jobs::{Ended, Maker, Queue};
use crate::pipeline::options::DigestOptions;
use crate::store::{Filter, State as JobState, Store};

use super::dry::Plan;
use super::progress::Progress;
use super::select::SelectArgs;

/// Articles handed in and not done, for each that is made at once here.
const IN_FLIGHT_EACH: usize = 4;
/// The same where other machines work on them too.
const IN_FLIGHT_SHARED: usize = 256;
/// What threads that still decode get when everything else is done.
const THREAD_GRACE: Duration = Duration::from_secs(1);
/// Leases that are looked at in one go.
const LEASES: i64 = 100;

/// Arguments of `afterword backfill run`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    select: SelectArgs,
    /// Folder for results.jsonl, errors.jsonl and what is needed to go on.
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    #[command(flatten)]
    options: OptionArgs,
    /// Say what would be done, and how long it would take; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Make everything anew.
    #[arg(long)]
    force: bool,
    /// Write lines in the order of the archive.
    #[arg(long)]
    ordered: bool,
    /// Write results.parquet as well, at the end.
    #[arg(long)]
    parquet: bool,
    /// Go on though the options differ from those of the earlier run.
    #[arg(long)]
    yes: bool,
    /// Tell progress as JSON, one object a line.
    #[arg(long)]
    json_progress: bool,
    /// Articles made at once [default: engine.max_prefixes].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: Option<u16>,
    /// Make nothing here: `afterword worker` does, elsewhere. Needs a database.
    #[arg(long)]
    no_worker: bool,
    #[command(flatten)]
    work: WorkArgs,
    #[command(flatten)]
    models: ModelsDirectory,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    stderr::log("error");
    check(args)?;
    let mut settings = args.work.settings()?;
    settings.jobs.concurrency = args
        .concurrency
        .map_or(settings.engine.max_prefixes, usize::from);
    let options = args.options.check(&settings.limits)?;
    let drafting = args.work.drafting(args.models.store()?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| failure(format!("no threads for the run: {error}"), ""))?;
    let job = Job {
        args,
        settings,
        options,
        drafting,
    };
    let outcome = match &args.out {
        _ if args.dry_run => runtime.block_on(job.dry()),
        Some(out) => runtime.block_on(job.run(out.clone())),
        // The parser asks for one of the two.
        None => Ok(()),
    };
    runtime.shutdown_timeout(THREAD_GRACE);
    outcome
}

fn check(args: &Args) -> Result<(), Failure> {
    if args.parquet && !cfg!(feature = "parquet") {
        let hint = "build with --features parquet";
        return Err(Failure::new(
            Exit::Usage,
            "this build writes no Parquet",
            hint,
        ));
    }
    Ok(())
}

/// A run, as it was asked for.
struct Job<'a> {
    args: &'a Args,
    settings: Settings,
    options: DigestOptions,
    drafting: Drafting,
}

impl Job<'_> {
    async fn dry(self) -> Result<(), Failure> {
        let choose = self.args.select.choose(&self.settings.limits);
        let maker = self.drafting.maker(&self.settings)?;
        let earlier = match &self.args.out {
            Some(out) if out.is_dir() => Some((Known::look(out)?, State::load(out)?)),
            _ => None,
        };
        let generation = earlier
            .as_ref()
            .and_then(|it| it.1.as_ref()?.generation.clone());
        let options = self.options.clone();
        let key = |input: &_| maker.content_key(input, &options, generation.as_deref());
        let forced = self.args.force;
        let is_current = |id: &str, key: &str| {
            !forced
                && earlier
                    .as_ref()
                    .is_some_and(|(known, _)| known.is_current(id, key))
        };
        let before = Before {
            key: &key,
            is_current: &is_current,
        };
        let plan = Plan::make(&choose, &before)?;
        if plan.is_empty() || self.drafting.is_extractive() {
            return plan.print(None);
        }
        let pipeline = self.drafting.load(self.settings).await?;
        let expected = plan.measure(&pipeline, &self.options).await;
        plan.print(Some(expected))
    }

    async fn run(mut self, out: PathBuf) -> Result<(), Failure> {
        let is_shared =
            self.settings.store.database_url.is_some() || self.settings.server.data_dir.is_some();
        if self.args.no_worker && !is_shared {
            let hint = "name the database of the workers with AFTERWORD_DATABASE_URL, or leave --no-worker out";
            return Err(Failure::new(
                Exit::Usage,
                "nobody would make the digests",
                hint,
            ));
        }
        let stop = signals::first().map_err(|error| failure(format!("no signals: {error}"), ""))?;
        let (told, stopping) = watch::channel(false);
        tokio::spawn({
            let told = told.clone();
            async move {
                stop.await;
                say("stopping: what was made is kept; the same command goes on from here");
                told.send_replace(true);
            }
        });
        let output = Output::open(&out)?;
        let state = self.state(&out)?;
        if !is_shared {
            self.settings.server.data_dir = Some(out.clone());
        }
        // Who is told to stop does not finish an article of minutes.
        self.settings.jobs.drain = Duration::ZERO;
        let store = open_store(&self.settings).await?;
        if !is_shared {
            take_back(&store).await?;
        }
        let (maker, workers) = self.start(&store, stopping.clone()).await?;
        let queue = Queue::new(store.clone(), maker, self.settings.jobs.clone());
        let outcome = self
            .make(queue, output, state, (workers, told, stopping))
            .await;
        store.close().await;
        self.report(outcome?, &out)
    }

    /// Which run the folder is of, if the options are the same or nobody minds.
    fn state(&self, out: &std::path::Path) -> Result<State, Failure> {
        let options = self.describe();
        let mut state = match State::load(out)? {
            None => State::new(options),
            Some(mut state) => {
                let changes = state.changes(&options);
                if !changes.is_empty() && !self.args.yes {
                    ask(&changes)?;
                }
                state.options = options;
                state
            }
        };
        if self.args.force {
            state.force();
        }
        state.complete = false;
        state.save(out)?;
        Ok(state)
    }

    fn describe(&self) -> BTreeMap<String, String> {
        let mut options = describe(&self.options);
        options.extend([
            ("--ordered".to_owned(), self.args.ordered.to_string()),
            (
                "--engine and --model".to_owned(),
                self.drafting.name(&self.settings),
            ),
        ]);
        if let Some(style) = &self.settings.editorial.house_style {
            let short = style.sha256()[..12].to_owned();
            options.insert("--house-style".to_owned(), short);
        }
        self.args.select.describe(&mut options);
        options
    }

    /// Starts to work here, unless others do.
    async fn start(
        &self,
        store: &Arc<Store>,
        stop: watch::Receiver<bool>,
    ) -> Result<(Maker, Option<JoinHandle<Ended>>), Failure> {
        if self.args.no_worker {
            return Ok((self.drafting.maker(&self.settings)?, None));
        }
        let pipeline = self.drafting.clone().load(self.settings.clone()).await?;
        let maker = crate::jobs::Digester::maker(pipeline.as_ref());
        let workers = start_workers(store, pipeline, &self.settings, stop, Arc::default());
        Ok((maker, Some(workers)))
    }

    async fn make(
        &self,
        queue: Queue,
        output: (Output, Known),
        state: State,
        (workers, told, stopping): (
            Option<JoinHandle<Ended>>,
            watch::Sender<bool>,
            watch::Receiver<bool>,
        ),
    ) -> Result<Made, Failure> {
        let choose = self.args.select.choose(&self.settings.limits);
        let progress = Progress::new(self.args.json_progress);
        if self.args.select.is_file() {
            progress.count(choose.clone());
        }
        let is_remote = self.settings.store.database_url.is_some();
        let here = self.settings.jobs.concurrency * IN_FLIGHT_EACH;
        let run = Run {
            choose,
            queue,
            options: self.options.clone(),
            limits: self.settings.limits.clone(),
            state: state.clone(),
            in_flight: if is_remote {
                here.max(IN_FLIGHT_SHARED)
            } else {
                here
            },
            ordered: self.args.ordered,
        };
        let run = run.run(output, &progress, stopping);
        let summary = match workers {
            None => run.await,
            Some(mut workers) => {
                let mut run = std::pin::pin!(run);
                let summary = tokio::select! {
                    summary = &mut run => summary,
                    ended = &mut workers => match ended {
                        // They were told to stop, and so was the run.
                        Ok(Ended::Drained) => run.await,
                        Ok(Ended::EngineStopped) | Err(_) => Err(BackfillError::EngineStopped),
                    },
                };
                told.send_replace(true);
                if !workers.is_finished() {
                    // Hands back what it has.
                    let _ = workers.await;
                }
                summary
            }
        };
        progress.end();
        Ok(Made {
            summary: summary?,
            state,
        })
    }

    /// Says what came of it, on stderr and in `summary.json`.
    fn report(&self, made: Made, out: &std::path::Path) -> Result<(), Failure> {
        let Made {
            mut summary,
            mut state,
        } = made;
        if summary.complete {
            summary.repeated_questions = questions::repeated(&out.join(RESULTS))?;
            self.parquet(out)?;
            state.complete = true;
            state.save(out)?;
        }
        let json = serde_json::to_string_pretty(&summary);
        let json = json.map_err(|error| failure(error.to_string(), ""))?;
        write_whole(&out.join("summary.json"), format!("{json}\n").as_bytes())?;
        say_summary(&summary);
        if summary.complete {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Interrupted,
            "interrupted",
            "the same command goes on from here",
        ))
    }

    #[cfg(feature = "parquet")]
    fn parquet(&self, out: &std::path::Path) -> Result<(), Failure> {
        if self.args.parquet {
            super::table::write(out)?;
        }
        Ok(())
    }

    #[cfg(not(feature = "parquet"))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the other build needs both"
    )]
    fn parquet(&self, _out: &std::path::Path) -> Result<(), Failure> {
        Ok(())
    }
}

/// What came of a run, and which it was.
struct Made {
    summary: Summary,
    state: State,
}

/// Nobody else uses the folder's store: who had a lease was killed.
async fn take_back(store: &Store) -> Result<(), Failure> {
    let filter = Filter {
        state: Some(JobState::Leased),
        ..Filter::default()
    };
    loop {
        let leased = store.list(&filter, LEASES).await?;
        if leased.is_empty() {
            return Ok(());
        }
        for job in leased {
            store.release(&job.id, job.status.attempt).await?;
        }
    }
}

/// Asks whether to go on with other options.
fn ask(changes: &[(String, String, String)]) -> Result<(), Failure> {
    let told: Vec<String> = changes
        .iter()
        .map(|(name, old, new)| format!("{name}: {old} before, {new} now"))
        .collect();
    let told = told.join("; ");
    let refused = || {
        let hint = "give the same options, choose another folder with --out, or say --yes: articles whose digests would differ are then made anew";
        Failure::new(
            Exit::Usage,
            format!("the options differ from those of the run in this folder: {told}"),
            hint,
        )
    };
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(refused());
    }
    let mut stderr = io::stderr();
    // A terminal that cannot be written to gives no answer either.
    let _ = write!(
        stderr,
        "the options differ from those of the earlier run: {told}\ngo on? [y/N] "
    );
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes") => Ok(()),
        _ => Err(refused()),
    }
}

fn say_summary(summary: &Summary) {
    let tally = &summary.tally;
    say(&format!(
        "{} digests in all; this run: {} done ({} shared), {} were current, {} refused, {} failed, {} unreadable, {} skipped",
        summary.digests,
        tally.done,
        tally.shared,
        tally.current,
        tally.refused,
        tally.failed,
        tally.unreadable,
        tally.skipped.values().sum::<u64>(),
    ));
    for (code, count) in &tally.reasons {
        say(&format!("  {code}: {count}"));
    }
    say(&format!(
        "{:.0} s, {:.1} sentences per second, {:.0} articles per hour",
        summary.seconds, summary.sentences_per_second, summary.articles_per_hour
    ));
    for repeated in &summary.repeated_questions {
        say(&format!(
            "asked of {} articles: {}",
            repeated.articles, repeated.question
        ));
    }
}
