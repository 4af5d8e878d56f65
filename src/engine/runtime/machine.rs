//! The scheduler's decisions, carried out on a backend: changes to the cache,
//! then one decode step (`step`), then one more token for each branch that decodes.
//!
//! A step that fails is run again for each article alone, so that one of them
//! fails and not all.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::engine::backend::Backend;
use crate::engine::scheduler::{ArticleId, Change, Limits, Place, Scheduler, Slot, TooLarge};
use crate::engine::{EngineError, Usage};
use crate::telemetry;

use super::Request;
use super::article::Article;
use super::prefixes::Prefixes;

mod step;

pub(super) struct Machine<B: Backend> {
    pub(super) backend: B,
    limits: Limits,
    scheduler: Scheduler,
    articles: BTreeMap<ArticleId, Article<B::Constraint>>,
    prefixes: Prefixes,
}

impl<B: Backend> Machine<B> {
    pub(super) fn new(backend: B, limits: Limits) -> Self {
        Self {
            backend,
            limits,
            scheduler: Scheduler::new(limits),
            articles: BTreeMap::new(),
            prefixes: Prefixes::new(limits.slots),
        }
    }

    /// Whether there is nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        self.articles.is_empty()
    }

    /// Takes a batch in, or tells its caller that it can never fit.
    pub(super) fn submit(&mut self, request: Request) {
        let drafts = self.limits.draft_tokens;
        let article = Article::new(&self.backend, request, drafts);
        if article.branches.is_empty() {
            article.end(Ok(Usage::default()));
            return;
        }
        let heir_of = self.prefixes.heir_of(&article.prefix);
        match self.scheduler.submit(&article.submission(heir_of)) {
            Ok(id) => {
                self.articles.insert(id, article);
            }
            Err(TooLarge { cells }) => {
                article.end(Err(EngineError::ContextFull {
                    needed: cells,
                    limit: self.limits.cells,
                }));
            }
        }
    }

    /// Runs one step of whatever is most urgent.
    pub(super) fn step(&mut self) {
        self.drop_abandoned();
        self.admit();
        telemetry::cells(self.scheduler.cells_in_use(), self.limits.cells);
        let shares = self.scheduler.step();
        if shares.is_empty() {
            return;
        }
        if let Err(error) = self.run(&shares) {
            tracing::warn!(%error, "a step failed, and is run again article by article");
            self.run_alone(&shares);
        }
    }

    fn drop_abandoned(&mut self) {
        let abandoned = self
            .articles
            .iter()
            .filter(|(_, it)| it.reporter.is_abandoned());
        let abandoned: Vec<ArticleId> = abandoned.map(|(id, _)| *id).collect();
        for id in abandoned {
            self.remove(id, EngineError::Stopped);
        }
    }

    fn admit(&mut self) {
        loop {
            let changes = self.scheduler.admit();
            if changes.is_empty() {
                return;
            }
            for change in changes {
                self.apply(change);
            }
        }
    }

    fn apply_all(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            self.apply(change);
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Clear(place) => self.clear(place),
            Change::Hold {
                article,
                slot,
                inherits,
            } => {
                let held = self.hold(article, slot, inherits);
                self.or_remove(article, held);
            }
            Change::Fork {
                article,
                branch,
                slot,
                sequence,
            } => {
                let forked = self.fork(article, branch, (slot, sequence));
                self.or_remove(article, forked);
            }
        }
    }

    fn or_remove(&mut self, article: ArticleId, outcome: Result<(), EngineError>) {
        if let Err(error) = outcome {
            self.remove(article, error);
        }
    }

    fn clear(&mut self, place: Place) {
        if let Place::Slot(slot) = place {
            self.prefixes.clear(slot);
        }
        if let Err(error) = self.backend.truncate(self.sequence(place), 0) {
            // The next owner would read another's cells: its positions would not
            // follow on, and its decode is refused.
            tracing::error!(%error, "cells could not be freed");
        }
    }

    fn hold(&mut self, id: ArticleId, slot: Slot, inherits: bool) -> Result<(), EngineError> {
        let Some(article) = self.articles.get_mut(&id) else {
            return Ok(());
        };
        let prefix = Rc::clone(&article.prefix);
        let shared = match inherits {
            true => {
                let shared = self.prefixes.shared(slot, &prefix);
                self.backend.truncate(slot, shared)?;
                shared
            }
            false => match self.prefixes.donor(&prefix) {
                Some((donor, shared)) => {
                    self.backend.share(donor, slot, shared)?;
                    shared
                }
                None => 0,
            },
        };
        self.prefixes.hold(slot, id, prefix);
        self.prefixes.fill(slot, shared);
        self.scheduler.inherit(id, shared);
        article.start(shared);
        Ok(())
    }

    fn fork(
        &mut self,
        id: ArticleId,
        branch: usize,
        (slot, sequence): (Slot, usize),
    ) -> Result<(), EngineError> {
        let to = self.sequence(Place::Sequence(sequence));
        let Some(article) = self.articles.get_mut(&id) else {
            return Ok(());
        };
        article.fork(&self.backend, branch)?;
        let base = article.branches[branch].base();
        self.backend.share(slot, to, base)
    }

    /// Sequences of the cache: prefixes first, then branches.
    fn sequence(&self, place: Place) -> usize {
        match place {
            Place::Slot(slot) => slot,
            Place::Sequence(sequence) => self.limits.slots + sequence,
        }
    }

    fn finish(&mut self, id: ArticleId, branch: usize) {
        let freed = self.scheduler.finish(id, branch);
        self.apply_all(freed);
        if !self.scheduler.is_done(id) {
            return;
        }
        self.prefixes.leave(id);
        let changes = self.scheduler.complete(id);
        self.apply_all(changes);
        if let Some(article) = self.articles.remove(&id) {
            let usage = article.tell("done");
            article.end(Ok(usage));
        }
        telemetry::cells(self.scheduler.cells_in_use(), self.limits.cells);
    }

    /// Ends an article that nobody waits for any more or that failed.
    fn remove(&mut self, id: ArticleId, error: EngineError) {
        let changes = self.scheduler.remove(id);
        self.apply_all(changes);
        if let Some(article) = self.articles.remove(&id) {
            let is_abandoned = article.reporter.is_abandoned();
            article.tell(if is_abandoned { "abandoned" } else { "failed" });
            if !is_abandoned {
                article
                    .span
                    .in_scope(|| tracing::warn!(%error, "batch failed"));
            }
            article.end(Err(error));
        }
    }
}
