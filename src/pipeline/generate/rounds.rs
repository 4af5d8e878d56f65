//! The batches of a digest on their way: what was asked in each, and what came back. The next
//! round hangs on what its questions brought, and not on a summary, which is long: while that
//! is written a branch or two use the machine where a dozen could. So the long branches of a
//! round go on beside the next. Decides nothing of what is asked.

use crate::engine::{Branch, Completion, EngineError, Running};
use crate::pipeline::error::PipelineError;

use super::branches::batch;
use super::task::Task;
use super::{Drafting, Generated, topic_of};

/// The rounds of a digest, in the order in which they were asked.
#[derive(Default)]
pub(super) struct Rounds<'a>(Vec<Round<'a>>);

impl<'a> Rounds<'a> {
    /// Has tasks done, as one batch, and waits for those that the next round hangs on. Two
    /// batches at most are under way, so that a digest waits in one place of the engine's
    /// queue and holds two prefixes.
    pub(super) async fn ask(
        &mut self,
        drafting: &'a Drafting<'a>,
        tasks: Vec<Task>,
    ) -> Result<(), PipelineError> {
        self.end_all_but(1).await?;
        self.begin(drafting, tasks).await
    }

    /// The same of further questions. A service that answers none of them in a way that can
    /// be used has answered the first: there is nothing more.
    pub(super) async fn ask_more(
        &mut self,
        drafting: &'a Drafting<'a>,
        tasks: Vec<Task>,
    ) -> Result<(), PipelineError> {
        self.end_all_but(1).await?;
        match self.begin(drafting, tasks).await {
            Err(PipelineError::Engine(EngineError::Unusable { .. })) => Ok(()),
            asked => asked,
        }
    }

    async fn begin(
        &mut self,
        drafting: &'a Drafting<'a>,
        tasks: Vec<Task>,
    ) -> Result<(), PipelineError> {
        let mut round = Round::start(drafting, tasks)?;
        round.until(|task| !task.is_long()).await?;
        self.0.push(round);
        Ok(())
    }

    /// Waits for all but the last so many.
    async fn end_all_but(&mut self, last: usize) -> Result<(), EngineError> {
        let most = self.0.len().saturating_sub(last);
        for round in &mut self.0[..most] {
            round.until(|_| true).await?;
        }
        Ok(())
    }

    /// Waits for what is still under way, and takes what all of them brought.
    pub(super) async fn end(mut self, into: &mut Generated) -> Result<(), PipelineError> {
        self.end_all_but(0).await?;
        for round in self.0 {
            round.collect(into)?;
        }
        Ok(())
    }
}

/// A batch, and what came of it so far. Dropping it stops the work.
struct Round<'a> {
    drafting: &'a Drafting<'a>,
    tasks: Vec<Task>,
    running: Running,
    completions: Vec<Option<Completion>>,
}

impl<'a> Round<'a> {
    fn start(drafting: &'a Drafting<'a>, tasks: Vec<Task>) -> Result<Self, PipelineError> {
        let branches: Result<Vec<Branch>, PipelineError> =
            tasks.iter().map(|task| drafting.branch(*task)).collect();
        let prefix = drafting.shared.prefix.clone();
        let batch = batch(drafting.options.lane, prefix, branches?);
        Ok(Self {
            drafting,
            running: drafting.engine.start(batch)?,
            completions: vec![None; tasks.len()],
            tasks,
        })
    }

    /// Reads until every task that is wanted has ended; until the batch has, if all are.
    async fn until(&mut self, wanted: impl Fn(&Task) -> bool) -> Result<(), EngineError> {
        while self.waits_for(&wanted) {
            match self.running.next().await? {
                Some((at, completion)) => self.take(at, completion),
                None => break,
            }
        }
        Ok(())
    }

    fn waits_for(&self, wanted: &impl Fn(&Task) -> bool) -> bool {
        let is_all = self.tasks.iter().all(wanted);
        let mut tasks = self.tasks.iter().zip(&self.completions);
        match is_all {
            true => self.running.usage().is_none(),
            false => tasks.any(|(task, completion)| completion.is_none() && wanted(task)),
        }
    }

    /// Tells the reader of what a branch said.
    fn take(&mut self, at: usize, completion: Completion) {
        let (Some(task), Some(place)) = (self.tasks.get(at), self.completions.get_mut(at)) else {
            return;
        };
        let Drafting { reader, .. } = self.drafting;
        if task.is_topic() {
            topic_of(&completion)
                .into_iter()
                .for_each(|it| reader.topic(it));
        }
        if let Some(pair) = self.drafting.drafted(*task, &completion) {
            reader.pair(pair);
        }
        *place = Some(completion);
    }

    /// Takes what it brought, once it has ended.
    fn collect(self, into: &mut Generated) -> Result<(), EngineError> {
        let usage = self.running.usage().ok_or(EngineError::Stopped)?;
        into.note(&usage);
        for (task, completion) in self.tasks.iter().zip(&self.completions) {
            let completion = completion.as_ref().ok_or(EngineError::Stopped)?;
            self.drafting.collect(*task, completion, into);
        }
        Ok(())
    }
}
