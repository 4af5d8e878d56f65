//! Decides what the next decode step holds. Pure: no model, no clock, no
//! thread; the runtime carries its decisions out.
//!
//! Articles come in lanes. Only the most urgent lane that has work takes part in
//! a step; the others pause with their cells kept. Within a lane the first come
//! goes first: every branch that decodes gets its row, and what is left of the
//! step's tokens goes to drafts, then to the prompts of branches, then to the
//! prefixes of articles that have just arrived.
//!
//! A branch is admitted when a sequence is free and the KV cache has cells for
//! its prompt and all tokens that it may decode, so that no step can run out of
//! cells half-way. Where cells are short, prefixes kept for later are dropped,
//! but for some steps none that a more urgent lane may come back to, and then
//! branches of less urgent lanes are evicted: their tokens are known and will be
//! computed again.

use std::ops::Range;

use crate::lane::Lane;

mod admission;
mod article;
mod kept;

use article::{Article, Branch, Prefix};
use kept::Kept;

/// Names an article in the scheduler; later ones have higher numbers.
pub(super) type ArticleId = u64;
/// Index of a branch within its article.
pub(super) type BranchIndex = usize;
/// A sequence that holds the prefix of an article, counted from 0.
pub(super) type Slot = usize;

/// What one branch needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    /// Tokens of the branch's own prompt, at least 1.
    pub(super) prompt_tokens: usize,
    /// Tokens it may decode after that.
    pub(super) max_tokens: usize,
}

/// Room that all articles share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Tokens per step; at least `running`, so that no branch starves.
    pub(super) step_tokens: usize,
    /// Branches that run at once.
    pub(super) running: usize,
    /// Sequences for branches, those of paused lanes included.
    pub(super) sequences: usize,
    /// Sequences for prefixes.
    pub(super) slots: usize,
    /// KV cache cells.
    pub(super) cells: usize,
    /// KV cache cells of prefixes that are kept after their article.
    pub(super) kept_cells: usize,
    /// Tokens that may be drafted for one branch in a step.
    pub(super) draft_tokens: usize,
}

/// An article as the scheduler knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Submission {
    pub(super) lane: Lane,
    /// Tokens of the prefix, at least 1.
    pub(super) prefix_tokens: usize,
    /// The slot whose kept prefix begins like this one, to be taken over.
    pub(super) heir_of: Option<Slot>,
    pub(super) branches: Vec<Demand>,
}

/// What has to happen to the cache before the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The cells of a slot or a sequence are free.
    Clear(Place),
    /// The article's prefix lives in this slot from now on. `inherits`: the slot
    /// still holds the cells of the prefix that it kept.
    Hold {
        article: ArticleId,
        slot: Slot,
        inherits: bool,
    },
    /// The branch starts from the prefix in `slot`.
    Fork {
        article: ArticleId,
        branch: BranchIndex,
        slot: Slot,
        sequence: usize,
    },
}

/// Where tokens are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// A prefix.
    Slot(Slot),
    /// A branch.
    Sequence(usize),
}

/// Who a share of a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The article's prefix.
    Prefix,
    /// One of its branches.
    Branch(BranchIndex),
}

/// One owner's share of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) article: ArticleId,
    pub(super) owner: Owner,
    pub(super) place: Place,
    /// Which of the owner's tokens run.
    pub(super) tokens: Range<usize>,
    /// Whether the owner's last known token is among them.
    pub(super) last: bool,
    /// Tokens that may be drafted after the last one.
    pub(super) drafts: usize,
}

/// A demand that no empty cache could meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge {
    /// Cells that would be needed.
    pub(super) cells: usize,
}

/// The state of all articles.
#[derive(Debug)]
pub(super) struct Scheduler {
    limits: Limits,
    /// By lane, then by arrival.
    articles: Vec<Article>,
    /// The least recently used first.
    kept: Vec<Kept>,
    /// Steps that have run.
    steps: u64,
    free_cells: usize,
    free_slots: Vec<Slot>,
    free_sequences: Vec<usize>,
    next_id: ArticleId,
}

impl Scheduler {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            articles: Vec::new(),
            kept: Vec::new(),
            steps: 0,
            free_cells: limits.cells,
            free_slots: (0..limits.slots).rev().collect(),
            free_sequences: (0..limits.sequences).rev().collect(),
            next_id: 0,
        }
    }

    /// Takes an article in, or says that it can never fit.
    pub(super) fn submit(&mut self, submission: &Submission) -> Result<ArticleId, TooLarge> {
        let branches = submission.branches.iter();
        let branches: Vec<Branch> = branches.map(|demand| self.branch(*demand)).collect();
        let largest = branches.iter().map(|branch| branch.cells).max();
        let cells = submission.prefix_tokens + largest.unwrap_or(0);
        if cells > self.limits.cells || self.limits.slots == 0 {
            return Err(TooLarge { cells });
        }
        let id = self.next_id;
        self.next_id += 1;
        let lane = submission.lane;
        let at = self
            .articles
            .partition_point(|article| article.lane <= lane);
        let prefix = Prefix::new(submission.prefix_tokens, submission.heir_of);
        let article = Article {
            id,
            lane,
            prefix,
            branches,
        };
        self.articles.insert(at, article);
        Ok(id)
    }

    fn branch(&self, demand: Demand) -> Branch {
        let drafts = match demand.max_tokens {
            0 => 0,
            _ => self.limits.draft_tokens,
        };
        Branch::new(demand, drafts)
    }

    /// The shares of the next step; empty when nothing can run.
    pub(super) fn step(&mut self) -> Vec<Share> {
        let mut budget = self.limits.step_tokens;
        let active = self.active();
        let mut shares = Vec::new();
        for article in &mut self.articles[..active] {
            article.decode(&mut budget, &mut shares);
        }
        for share in &mut shares {
            share.drafts = share.drafts.min(budget);
            budget -= share.drafts;
        }
        for article in &mut self.articles[..active] {
            article.fill_branches(&mut budget, &mut shares);
        }
        for article in &mut self.articles[..active] {
            article.fill_prefix(&mut budget, &mut shares);
        }
        // Attention goes over tiles of rows, and leaves out the cells that no row of a
        // tile sees: those of other articles, if rows of one article stand together.
        shares.sort_by_key(|share| share.article);
        self.steps += u64::from(!shares.is_empty());
        shares
    }

    /// How many articles, from the first, take part in a step.
    fn active(&self) -> usize {
        let Some(first) = self.articles.first() else {
            return 0;
        };
        self.articles
            .partition_point(|article| article.lane == first.lane)
    }

    /// The first `tokens` of the article's prefix are in its slot already.
    pub(super) fn inherit(&mut self, article: ArticleId, tokens: usize) {
        if let Some(article) = self.find(article) {
            article.prefix.filled = tokens.min(article.prefix.tokens);
        }
    }

    /// The branch kept `accepted` of its drafts and has one more token, which is
    /// yet to run. It would like `drafts` the next time.
    pub(super) fn advance(
        &mut self,
        article: ArticleId,
        branch: BranchIndex,
        accepted: usize,
        drafts: usize,
    ) {
        let most = self.limits.draft_tokens;
        if let Some(branch) = self.find_branch(article, branch) {
            branch.advance(accepted, drafts.min(most));
        }
    }

    /// Frees the sequence and the cells of a branch that ended.
    pub(super) fn finish(&mut self, article: ArticleId, branch: BranchIndex) -> Option<Change> {
        let branch = self.find_branch(article, branch)?;
        let (sequence, cells) = branch.end()?;
        Some(self.free_branch(sequence, cells))
    }

    /// Whether all branches of an article have ended.
    pub(super) fn is_done(&self, article: ArticleId) -> bool {
        let mut articles = self.articles.iter();
        let article = articles.find(|known| known.id == article);
        article.is_none_or(|article| article.branches.iter().all(Branch::has_ended))
    }

    /// Forgets an article that has ended. Its prefix, if it is whole, is kept for
    /// later as long as there is room.
    pub(super) fn complete(&mut self, article: ArticleId) -> Vec<Change> {
        let Some(mut article) = self.take(article) else {
            return Vec::new();
        };
        let mut changes = self.free_branches(&mut article);
        let cells = article.prefix.tokens;
        match article.prefix.slot {
            Some(slot) if article.prefix.is_whole() => self.keep(Kept {
                slot,
                cells,
                lane: article.lane,
                since: self.steps,
            }),
            Some(slot) => changes.push(self.free_slot(slot, cells)),
            None => {}
        }
        while self.kept_cells() > self.limits.kept_cells {
            changes.extend(self.drop_kept(|_| true));
        }
        changes
    }

    /// Forgets an article that was cancelled or failed, and all that it held.
    pub(super) fn remove(&mut self, article: ArticleId) -> Vec<Change> {
        let Some(mut article) = self.take(article) else {
            return Vec::new();
        };
        let mut changes = self.free_branches(&mut article);
        if let Some(slot) = article.prefix.slot {
            changes.push(self.free_slot(slot, article.prefix.tokens));
        }
        changes
    }

    /// KV cache cells that are promised to someone.
    pub(super) fn cells_in_use(&self) -> usize {
        self.limits.cells - self.free_cells
    }

    fn kept_cells(&self) -> usize {
        self.kept.iter().map(|kept| kept.cells).sum()
    }

    fn take(&mut self, article: ArticleId) -> Option<Article> {
        let at = self.articles.iter().position(|known| known.id == article)?;
        Some(self.articles.remove(at))
    }

    fn find(&mut self, article: ArticleId) -> Option<&mut Article> {
        self.articles.iter_mut().find(|known| known.id == article)
    }

    fn find_branch(&mut self, article: ArticleId, branch: BranchIndex) -> Option<&mut Branch> {
        self.find(article)?.branches.get_mut(branch)
    }
}

#[cfg(test)]
mod tests;
