//! Prefixes that outlived their article: a batch that begins like one of them
//! starts from its cells. Which of them goes when room is short, and for whom.
//!
//! The next batch of a digest comes after its first answers were looked at. Until
//! then nothing of the digest is at work, and less urgent articles run: for some
//! steps they may not take what it will come back to.

use std::cmp::Reverse;

use crate::lane::Lane;

use super::article::Article;
use super::{Change, Scheduler, Slot};

/// Steps that a kept prefix stays as urgent as its lane. They take some seconds on
/// two cores; between two batches of a digest pass a few hundred milliseconds.
pub(super) const GRACE_STEPS: u64 = 64;

/// A prefix that outlived its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) slot: Slot,
    pub(super) cells: usize,
    /// That of its article.
    pub(super) lane: Lane,
    /// Steps that had run when its article ended.
    pub(super) since: u64,
}

impl Kept {
    /// How urgent it is after so many steps: in the end, as little as anything.
    fn urgency(&self, steps: u64) -> Lane {
        match steps.saturating_sub(self.since) < GRACE_STEPS {
            true => self.lane,
            false => Lane::Backfill,
        }
    }
}

impl Scheduler {
    /// Keeps a prefix, among the others by its age.
    pub(super) fn keep(&mut self, kept: Kept) {
        let at = self.kept.partition_point(|it| it.since <= kept.since);
        self.kept.insert(at, kept);
    }

    /// Takes the kept prefix that the article's begins like, its cells free, if it
    /// is there and the article might drop it as well.
    pub(super) fn take_heir(&mut self, at: usize) -> Option<Kept> {
        let article = &self.articles[at];
        let (wanted, lane) = (article.prefix.heir_of?, article.lane);
        let is_it = |kept: &Kept| kept.slot == wanted && kept.urgency(self.steps) >= lane;
        let found = self.kept.iter().position(is_it)?;
        let kept = self.kept.remove(found);
        self.free_cells += kept.cells;
        Some(kept)
    }

    /// Undoes that: the article has to wait, and will find it there.
    pub(super) fn put_back(&mut self, kept: Kept) {
        self.free_cells -= kept.cells;
        self.keep(kept);
    }

    /// Drops a kept prefix for an article of this lane, none that is more urgent.
    pub(super) fn drop_kept_for(&mut self, lane: Lane) -> Option<Change> {
        self.drop_kept(|urgency| urgency >= lane)
    }

    /// Drops one that is spared for a more urgent lane, where something waits and
    /// nothing would run: nobody's room may stop the engine.
    pub(super) fn drop_spared(&mut self) -> Option<Change> {
        let lane = self.articles.first()?.lane;
        let is_idle = !self.articles[..self.active()].iter().any(Article::has_work);
        let spared = |urgency| urgency < lane;
        is_idle.then(|| self.drop_kept(spared)).flatten()
    }

    /// Drops the oldest of the least urgent kept prefixes that may go.
    pub(super) fn drop_kept(&mut self, may_go: impl Fn(Lane) -> bool) -> Option<Change> {
        let kept = self.kept.iter().enumerate();
        let kept = kept.map(|(at, kept)| (kept.urgency(self.steps), Reverse(at)));
        let (_, Reverse(at)) = kept.filter(|(urgency, _)| may_go(*urgency)).max()?;
        let kept = self.kept.remove(at);
        Some(self.free_slot(kept.slot, kept.cells))
    }
}
