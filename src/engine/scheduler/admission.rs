//! Who gets cells, slots and sequences, and from whom they are taken when they
//! are short: first from prefixes kept for later (`kept`), then from less urgent
//! lanes.

use crate::lane::Lane;

use super::article::{Article, Branch};
use super::{Change, Place, Scheduler, Slot};

impl Scheduler {
    /// Admits what the most urgent lane has waiting, in order of arrival and as
    /// far as there is room. Nobody overtakes: where one has to wait, so do those
    /// behind it. To be called until nothing changes: a prefix that was inherited
    /// whole has branches to start at once.
    pub(in super::super) fn admit(&mut self) -> Vec<Change> {
        let mut changes = self.admit_in_order();
        if changes.is_empty() {
            changes.extend(self.drop_spared());
        }
        changes
    }

    fn admit_in_order(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut at = 0;
        // Making room can evict less urgent articles; it never moves these.
        while at < self.active() {
            let held = self.articles[at].prefix.slot.is_some() || self.hold(at, &mut changes);
            if !held || !self.fork_all(at, &mut changes) {
                break;
            }
            at += 1;
        }
        changes
    }

    /// Gives the article a slot and cells for its prefix. Room for its largest
    /// branch has to be there too, and for all that those before it wait for.
    fn hold(&mut self, at: usize, changes: &mut Vec<Change>) -> bool {
        let heir = self.take_heir(at);
        let article = &self.articles[at];
        let waiting = article.branches.iter().filter(|branch| branch.is_waiting());
        let largest = waiting.map(|branch| branch.cells).max().unwrap_or(0);
        let prefix = article.prefix.tokens;
        let needed = prefix + largest + self.promised(at);
        let slot = match heir {
            _ if !self.make_room(needed, at, changes) => None,
            Some(kept) => Some(kept.slot),
            None => self.slot_for(at, changes),
        };
        let Some(slot) = slot else {
            heir.into_iter().for_each(|kept| self.put_back(kept));
            return false;
        };
        self.free_cells -= prefix;
        let article = &mut self.articles[at];
        article.prefix.slot = Some(slot);
        article.prefix.heir_of = None;
        changes.push(Change::Hold {
            article: article.id,
            slot,
            inherits: heir.is_some(),
        });
        true
    }

    /// Cells that the articles before this one still wait for.
    fn promised(&self, at: usize) -> usize {
        let before = self.articles[..at]
            .iter()
            .flat_map(|article| &article.branches);
        let waiting = before.filter(|branch| branch.is_waiting());
        waiting.map(|branch| branch.cells).sum()
    }

    /// Starts the article's waiting branches; says whether none has to wait on.
    fn fork_all(&mut self, at: usize, changes: &mut Vec<Change>) -> bool {
        if !self.articles[at].prefix.is_whole() {
            return true;
        }
        for branch in 0..self.articles[at].branches.len() {
            if self.articles[at].branches[branch].is_waiting() && !self.fork(at, branch, changes) {
                return false;
            }
        }
        true
    }

    fn fork(&mut self, at: usize, branch: usize, changes: &mut Vec<Change>) -> bool {
        let cells = self.articles[at].branches[branch].cells;
        if self.running() >= self.limits.running || !self.make_room(cells, at, changes) {
            return false;
        }
        let Some(sequence) = self.sequence_for(at, changes) else {
            return false;
        };
        self.free_cells -= cells;
        let article = &mut self.articles[at];
        article.branches[branch].run(sequence);
        changes.extend(article.prefix.slot.map(|slot| Change::Fork {
            article: article.id,
            branch,
            slot,
            sequence,
        }));
        true
    }

    /// Branches that run in the lane that takes part in steps.
    fn running(&self) -> usize {
        let active = self.articles[..self.active()].iter();
        let branches = active.flat_map(|article| &article.branches);
        branches
            .filter(|branch| branch.sequence().is_some())
            .count()
    }

    fn make_room(&mut self, cells: usize, at: usize, changes: &mut Vec<Change>) -> bool {
        let lane = self.articles[at].lane;
        while self.free_cells < cells {
            match self.free_below(lane) {
                Some(change) => changes.push(change),
                None => return false,
            }
        }
        true
    }

    fn slot_for(&mut self, at: usize, changes: &mut Vec<Change>) -> Option<Slot> {
        let lane = self.articles[at].lane;
        loop {
            if let Some(slot) = self.free_slots.pop() {
                return Some(slot);
            }
            changes.push(self.free_below(lane)?);
        }
    }

    fn sequence_for(&mut self, at: usize, changes: &mut Vec<Change>) -> Option<usize> {
        let lane = self.articles[at].lane;
        loop {
            if let Some(sequence) = self.free_sequences.pop() {
                return Some(sequence);
            }
            changes.push(self.evict_below(lane)?);
        }
    }

    /// Frees a slot or cells for an article of this lane.
    fn free_below(&mut self, lane: Lane) -> Option<Change> {
        self.drop_kept_for(lane).or_else(|| self.evict_below(lane))
    }

    /// Takes one branch, or one prefix that has none running, from the article
    /// that came last to the least urgent lane below `lane`.
    fn evict_below(&mut self, lane: Lane) -> Option<Change> {
        let holds = |article: &&mut Article| article.lane > lane && article.prefix.slot.is_some();
        let victim = self.articles.iter_mut().rev().find(holds)?;
        let mut branches = victim.branches.iter_mut();
        if let Some((sequence, cells)) = branches.find_map(Branch::evict) {
            return Some(self.free_branch(sequence, cells));
        }
        let slot = victim.prefix.slot.take()?;
        victim.prefix.filled = 0;
        let cells = victim.prefix.tokens;
        Some(self.free_slot(slot, cells))
    }

    pub(super) fn free_branches(&mut self, article: &mut Article) -> Vec<Change> {
        let ended: Vec<_> = article
            .branches
            .iter_mut()
            .filter_map(|b| b.end())
            .collect();
        let free = |(sequence, cells)| self.free_branch(sequence, cells);
        ended.into_iter().map(free).collect()
    }

    pub(super) fn free_branch(&mut self, sequence: usize, cells: usize) -> Change {
        self.free_cells += cells;
        self.free_sequences.push(sequence);
        Change::Clear(Place::Sequence(sequence))
    }

    pub(super) fn free_slot(&mut self, slot: Slot, cells: usize) -> Change {
        self.free_cells += cells;
        self.free_slots.push(slot);
        Change::Clear(Place::Slot(slot))
    }
}
