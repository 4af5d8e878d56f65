//! One article in the scheduler: its prefix and its branches, what of them is
//! known, what is in the KV cache, and what each would do in the next step.

use crate::lane::Lane;

use super::{ArticleId, Demand, Owner, Place, Share, Slot};

#[derive(Debug)]
pub(super) struct Article {
    pub(super) id: ArticleId,
    pub(super) lane: Lane,
    pub(super) prefix: Prefix,
    pub(super) branches: Vec<Branch>,
}

/// The prefix that an article's branches share.
#[derive(Debug)]
pub(super) struct Prefix {
    pub(super) tokens: usize,
    /// Tokens in the cache.
    pub(super) filled: usize,
    pub(super) slot: Option<Slot>,
    /// Until it has a slot, the one whose kept prefix it begins like.
    pub(super) heir_of: Option<Slot>,
}

impl Prefix {
    pub(super) fn new(tokens: usize, heir_of: Option<Slot>) -> Self {
        Self {
            tokens,
            filled: 0,
            slot: None,
            heir_of,
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.slot.is_some() && self.filled == self.tokens
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running { sequence: usize },
    Ended,
}

/// A branch: the tokens of its prompt and those that it has decoded.
#[derive(Debug)]
pub(super) struct Branch {
    known: usize,
    filled: usize,
    /// Cells that it holds while it runs.
    pub(super) cells: usize,
    /// Drafts that it would like in its next step.
    drafts: usize,
    state: State,
}

impl Branch {
    pub(super) fn new(demand: Demand, draft_tokens: usize) -> Self {
        Self {
            known: demand.prompt_tokens,
            filled: 0,
            cells: demand.prompt_tokens + demand.max_tokens + draft_tokens,
            drafts: 0,
            state: State::Waiting,
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.state == State::Waiting
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    pub(super) fn sequence(&self) -> Option<usize> {
        match self.state {
            State::Running { sequence } => Some(sequence),
            State::Waiting | State::Ended => None,
        }
    }

    pub(super) fn run(&mut self, sequence: usize) {
        self.state = State::Running { sequence };
    }

    pub(super) fn advance(&mut self, accepted: usize, drafts: usize) {
        self.known += accepted + 1;
        self.filled += accepted;
        self.drafts = drafts;
    }

    /// Ends the branch; returns the sequence and the cells that it held.
    pub(super) fn end(&mut self) -> Option<(usize, usize)> {
        let sequence = self.sequence();
        self.state = State::Ended;
        sequence.map(|sequence| (sequence, self.cells))
    }

    /// Takes the branch's cells away; its tokens stay known and run again later.
    pub(super) fn evict(&mut self) -> Option<(usize, usize)> {
        let sequence = self.sequence()?;
        self.state = State::Waiting;
        self.filled = 0;
        Some((sequence, self.cells))
    }

    /// A branch that has one token to run is decoding, or as good as.
    fn decodes(&self) -> bool {
        self.known - self.filled == 1
    }

    fn take(&mut self, budget: &mut usize) -> Option<(std::ops::Range<usize>, bool)> {
        let take = (*budget).min(self.known - self.filled);
        if take == 0 {
            return None;
        }
        *budget -= take;
        let tokens = self.filled..self.filled + take;
        self.filled = tokens.end;
        Some((tokens, self.filled == self.known))
    }
}

impl Article {
    /// Whether a step would hold something of it.
    pub(super) fn has_work(&self) -> bool {
        let prefix = &self.prefix;
        let fills = prefix.slot.is_some() && !prefix.is_whole();
        let mut branches = self.branches.iter();
        fills || branches.any(|branch| branch.sequence().is_some())
    }

    /// A row for each branch that decodes.
    pub(super) fn decode(&mut self, budget: &mut usize, shares: &mut Vec<Share>) {
        self.run_branches(budget, shares, Branch::decodes);
    }

    /// As much as fits of the prompts of branches that do not decode yet.
    pub(super) fn fill_branches(&mut self, budget: &mut usize, shares: &mut Vec<Share>) {
        self.run_branches(budget, shares, |branch| branch.filled < branch.known);
    }

    fn run_branches(
        &mut self,
        budget: &mut usize,
        shares: &mut Vec<Share>,
        wanted: impl Fn(&Branch) -> bool,
    ) {
        for (index, branch) in self.branches.iter_mut().enumerate() {
            let Some(sequence) = branch.sequence().filter(|_| wanted(branch)) else {
                continue;
            };
            let drafts = if branch.decodes() { branch.drafts } else { 0 };
            let Some((tokens, last)) = branch.take(budget) else {
                return;
            };
            shares.push(Share {
                article: self.id,
                owner: Owner::Branch(index),
                place: Place::Sequence(sequence),
                tokens,
                last,
                drafts,
            });
        }
    }

    /// As much as fits of the prefix.
    pub(super) fn fill_prefix(&mut self, budget: &mut usize, shares: &mut Vec<Share>) {
        let prefix = &mut self.prefix;
        let take = (*budget).min(prefix.tokens - prefix.filled);
        let Some(slot) = prefix.slot.filter(|_| take > 0) else {
            return;
        };
        *budget -= take;
        let tokens = prefix.filled..prefix.filled + take;
        prefix.filled = tokens.end;
        shares.push(Share {
            article: self.id,
            owner: Owner::Prefix,
            place: Place::Slot(slot),
            tokens,
            last: prefix.filled == prefix.tokens,
            drafts: 0,
        });
    }
}
