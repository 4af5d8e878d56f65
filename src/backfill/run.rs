//! A run: articles from the archive into the stored jobs, so many at once, and a line
//! for each as it ends. Stops when it is told to, and loses nothing that was made.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::archive::ArchiveError;
use crate::archive::line::{Line, Outcome};
use crate::config::Limits;
use crate::jobs::Queue;
use crate::pipeline::options::DigestOptions;
use crate::store::StoreError;

use super::BackfillError;
use super::choose::{Before, Choose, Chosen, Wanted, What};
use super::output::{Known, Output};
use super::state::State;
use super::tally::{Summary, Tally};
use super::work::{Shared, Twin, Work, describe};

/// Articles that are read ahead.
const READ_AHEAD: usize = 16;
/// Lines that wait for one before them, at most.
const MOST_WAITING: usize = 1024;

/// Hears how far a run is.
pub trait Watch: Send + Sync {
    /// Something has happened, or nothing for as long as [`Watch::every`].
    fn told(&self, tally: &Tally);
    /// Time between two tellings at most.
    fn every(&self) -> Duration;
}

/// What a run needs.
pub struct Run {
    /// Which articles.
    pub choose: Choose,
    /// Where they are made.
    pub queue: Queue,
    /// What is wanted of each.
    pub options: DigestOptions,
    /// What articles are held to.
    pub limits: Limits,
    /// Which run it is.
    pub state: State,
    /// Articles that are handed in and not done, at most.
    pub in_flight: usize,
    /// Whether lines stand in the order of the archive.
    pub ordered: bool,
}

/// A run under way.
struct Under {
    shared: Arc<Shared>,
    known: Arc<Known>,
    output: Output,
    tasks: JoinSet<(u64, Result<Line, StoreError>)>,
    /// Lines by the place of their articles, that wait for those before them.
    waiting: BTreeMap<u64, Option<Line>>,
    next: u64,
    ordered: bool,
    /// Keys of articles, and who hears when they are no longer in work.
    twins: HashMap<String, (String, watch::Receiver<()>)>,
    finds_near: bool,
    tally: Tally,
}

impl Run {
    /// Runs until all is made or `stop` is true.
    ///
    /// # Errors
    /// [`BackfillError`] when archive, store or files fail; what was written stays,
    /// and the next run goes on.
    pub async fn run(
        self,
        output: (Output, Known),
        watch: &dyn Watch,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Summary, BackfillError> {
        let started = Instant::now();
        let (output, known) = (output.0, Arc::new(output.1));
        let shared = Arc::new(Shared {
            queue: self.queue,
            options: self.options,
            limits: self.limits,
            run: self.state.run,
            generation: self.state.generation,
        });
        let finds_near = self.choose.finds_near;
        let (sender, mut chosen) = mpsc::channel(READ_AHEAD);
        let reading = read(self.choose, shared.clone(), known.clone(), sender);
        let mut under = Under {
            shared,
            known,
            output,
            tasks: JoinSet::new(),
            waiting: BTreeMap::new(),
            next: 1,
            ordered: self.ordered,
            twins: HashMap::new(),
            finds_near,
            tally: Tally::default(),
        };
        let mut is_read = false;
        let mut quiet = interval(watch.every());
        let complete = loop {
            if is_read && under.tasks.is_empty() {
                break true;
            }
            let has_room = under.tasks.len() < self.in_flight && under.waiting.len() < MOST_WAITING;
            tokio::select! {
                biased;
                () = told_to_stop(&mut stop) => break false,
                Some(joined) = under.tasks.join_next(), if !under.tasks.is_empty() => {
                    let (position, line) = joined.map_err(|_| panicked("an article"))?;
                    under.put(position, Some(line?))?;
                }
                item = chosen.recv(), if !is_read && has_room => match item {
                    Some(item) => under.take(item)?,
                    None => is_read = true,
                },
                _ = quiet.tick() => {}
            }
            watch.told(&under.tally);
        };
        drop(chosen);
        under.tasks.abort_all();
        if complete {
            // It has ended, or there would be more.
            reading
                .await
                .map_err(|_| panicked("reading the archive"))??;
        }
        under.end(complete, self.ordered, started)
    }
}

impl Under {
    /// Takes what the archive gave.
    fn take(&mut self, chosen: Chosen) -> Result<(), BackfillError> {
        let Chosen { position, id, what } = chosen;
        match what {
            What::Skip(code) => self.tally.skip(code),
            What::LeaveOut(code) => self.tally.leave_out(code),
            What::Current { key } => {
                self.tally.current += 1;
                self.output.keep(&self.known, &id, &key, position);
                self.remember(&id, key);
            }
            What::Unreadable(problem) => {
                let (code, detail) = (problem.code, &problem.detail);
                let line = Line::without_digest(&id, Outcome::Unreadable, code, detail);
                return self.put_new(position, line);
            }
            What::Refuse { article, problem } => {
                let (code, detail) = problem;
                let line = Line::without_digest(&id, Outcome::Refused, code, &detail);
                return self.put_new(position, describe(line, &article));
            }
            What::Make(wanted) => {
                self.begin(position, id, *wanted);
                return Ok(());
            }
        }
        self.put(position, None)
    }

    /// A line that needed no work; one that stands already is not written again.
    fn put_new(&mut self, position: u64, line: Line) -> Result<(), BackfillError> {
        if self.known.is_current(&line.custom_id, &line.key) {
            self.tally.current += 1;
            self.output
                .keep(&self.known, &line.custom_id, &line.key, position);
            return self.put(position, None);
        }
        self.put(position, Some(line))
    }

    fn begin(&mut self, position: u64, id: String, wanted: Wanted) {
        let near = wanted.near.as_ref().and_then(|near| {
            let (key, in_work) = self.twins.get(near)?;
            Some(Twin {
                id: near.clone(),
                key: key.clone(),
                in_work: in_work.clone(),
            })
        });
        let end = self.remember(&id, wanted.key.clone());
        let work = Work {
            again: self.known.has_failed(&id),
            id,
            wanted,
            near,
        };
        let shared = self.shared.clone();
        self.tasks.spawn(async move {
            let line = shared.line(work).await;
            drop(end);
            (position, line)
        });
    }

    /// Keeps an article's key for those that are almost the same; they wait until
    /// what is returned is dropped.
    fn remember(&mut self, id: &str, key: String) -> Option<watch::Sender<()>> {
        if !self.finds_near {
            return None;
        }
        let (end, in_work) = watch::channel(());
        self.twins.insert(id.to_owned(), (key, in_work));
        Some(end)
    }

    /// Puts a line in its place: at once, or when all before it stand.
    fn put(&mut self, position: u64, line: Option<Line>) -> Result<(), BackfillError> {
        if !self.ordered {
            return self.write(position, line);
        }
        self.waiting.insert(position, line);
        while let Some(line) = self.waiting.remove(&self.next) {
            self.write(self.next, line)?;
            self.next += 1;
        }
        Ok(())
    }

    fn write(&mut self, position: u64, line: Option<Line>) -> Result<(), BackfillError> {
        let Some(line) = line else {
            return Ok(());
        };
        self.output.write(&line, position)?;
        self.tally.count(&line);
        Ok(())
    }

    fn end(
        mut self,
        complete: bool,
        ordered: bool,
        started: Instant,
    ) -> Result<Summary, BackfillError> {
        let digests = if complete {
            self.output.finish(ordered)?
        } else {
            self.output.sync()?;
            self.tally.done + self.tally.current
        };
        Ok(Summary::new(
            self.tally,
            digests,
            started.elapsed(),
            complete,
        ))
    }
}

/// Reads the archive on a thread of its own.
fn read(
    choose: Choose,
    shared: Arc<Shared>,
    known: Arc<Known>,
    sender: mpsc::Sender<Chosen>,
) -> tokio::task::JoinHandle<Result<(), ArchiveError>> {
    tokio::task::spawn_blocking(move || {
        let generation = shared.generation.as_deref();
        let key = |input: &_| shared.queue.content_key(input, &shared.options, generation);
        let is_current = |id: &str, key: &str| known.is_current(id, key);
        let before = Before {
            key: &key,
            is_current: &is_current,
        };
        choose.each(&before, |chosen| match sender.blocking_send(chosen) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        })
    })
}

/// The panic hook has written the message to stderr.
fn panicked(what: &str) -> BackfillError {
    BackfillError::Store(StoreError::Failed(format!("{what} panicked")))
}

async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could tell.
        std::future::pending::<()>().await;
    }
}
