//! Decides what the next decode step holds. Pure: no model, no clock, no
//! thread; the runtime carries its decisions out.
//!
//! Every running branch that decodes gets one row per step; what is left of the
//! step's token budget goes to the prompts of branches that were just admitted,
//! first come first served. A branch is admitted when a sequence is free and
//! the KV cache has cells for its prompt and all tokens it may decode, so that
//! no step can run out of cells half-way.

use std::collections::VecDeque;
use std::ops::Range;

/// Index of a branch within its batch.
pub(super) type BranchIndex = usize;

/// What one branch needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    /// Tokens of the branch's own prompt, at least 1.
    pub(super) prompt_tokens: usize,
    /// Tokens it may decode.
    pub(super) max_tokens: usize,
}

impl Demand {
    /// KV cache cells that the branch may come to hold, beyond the prefix.
    pub(super) fn cells(self) -> usize {
        self.prompt_tokens + self.max_tokens
    }
}

/// Room that the branches of a batch share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Tokens per step; at least `sequences`, so that no branch starves.
    pub(super) step_tokens: usize,
    /// Sequences that may run at once.
    pub(super) sequences: usize,
    /// KV cache cells left beside the prefix.
    pub(super) cells: usize,
}

/// A branch that starts to run in `sequence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admission {
    pub(super) branch: BranchIndex,
    /// Counted from 0; the runtime keeps sequence ids for prefixes itself.
    pub(super) sequence: usize,
}

/// One branch's share of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) branch: BranchIndex,
    pub(super) sequence: usize,
    pub(super) work: Work,
}

/// What a branch does in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// Run these tokens of its prompt; `last` when the prompt ends here.
    Prefill { tokens: Range<usize>, last: bool },
    /// Run the token sampled last.
    Decode,
}

#[derive(Debug)]
struct Running {
    branch: BranchIndex,
    sequence: usize,
    demand: Demand,
    prefilled: usize,
}

/// The state of one batch.
#[derive(Debug)]
pub(super) struct Scheduler {
    room: Room,
    free_sequences: Vec<usize>,
    free_cells: usize,
    waiting: VecDeque<(BranchIndex, Demand)>,
    running: Vec<Running>,
}

impl Scheduler {
    /// A scheduler over the branches of one batch. Returns the first demand that
    /// could never be admitted as an error.
    pub(super) fn new(room: Room, demands: &[Demand]) -> Result<Self, Demand> {
        if let Some(demand) = demands.iter().find(|demand| demand.cells() > room.cells) {
            return Err(*demand);
        }
        Ok(Self {
            room,
            free_sequences: (0..room.sequences).rev().collect(),
            free_cells: room.cells,
            waiting: demands.iter().copied().enumerate().collect(),
            running: Vec::new(),
        })
    }

    /// Admits waiting branches while sequences and cells last, in order.
    pub(super) fn admit(&mut self) -> Vec<Admission> {
        let mut admitted = Vec::new();
        while let Some(&(branch, demand)) = self.waiting.front() {
            if demand.cells() > self.free_cells {
                break;
            }
            let Some(sequence) = self.free_sequences.pop() else {
                break;
            };
            self.waiting.pop_front();
            self.free_cells -= demand.cells();
            self.running.push(Running {
                branch,
                sequence,
                demand,
                prefilled: 0,
            });
            admitted.push(Admission { branch, sequence });
        }
        admitted
    }

    /// The shares of the next step; empty when nothing runs.
    pub(super) fn step(&mut self) -> Vec<Share> {
        let decoding = self.running.iter().filter(|r| r.decodes()).count();
        let mut budget = self.room.step_tokens.saturating_sub(decoding);
        self.running
            .iter_mut()
            .filter_map(|running| running.share(&mut budget))
            .collect()
    }

    /// Frees the sequence and the cells of a branch that ended; returns its sequence.
    pub(super) fn finish(&mut self, branch: BranchIndex) -> Option<usize> {
        let at = self
            .running
            .iter()
            .position(|running| running.branch == branch)?;
        let ended = self.running.remove(at);
        self.free_cells += ended.demand.cells();
        self.free_sequences.push(ended.sequence);
        Some(ended.sequence)
    }

    /// Whether every branch has ended.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }
}

impl Running {
    fn decodes(&self) -> bool {
        self.prefilled == self.demand.prompt_tokens
    }

    fn share(&mut self, budget: &mut usize) -> Option<Share> {
        let work = if self.decodes() {
            Work::Decode
        } else {
            self.prefill(budget)?
        };
        Some(Share {
            branch: self.branch,
            sequence: self.sequence,
            work,
        })
    }

    fn prefill(&mut self, budget: &mut usize) -> Option<Work> {
        let take = (*budget).min(self.demand.prompt_tokens - self.prefilled);
        if take == 0 {
            return None;
        }
        *budget -= take;
        let tokens = self.prefilled..self.prefilled + take;
        self.prefilled = tokens.end;
        Some(Work::Prefill {
            tokens,
            last: self.decodes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn demands() -> impl Strategy<Value = Vec<Demand>> {
        let demand = (1usize..60, 1usize..40).prop_map(|(prompt_tokens, max_tokens)| Demand {
            prompt_tokens,
            max_tokens,
        });
        prop::collection::vec(demand, 0..30)
    }

    fn rooms() -> impl Strategy<Value = Room> {
        (1usize..9, 0usize..60, 100usize..400).prop_map(|(sequences, more, cells)| Room {
            step_tokens: sequences + more,
            sequences,
            cells,
        })
    }

    fn rows(share: &Share) -> usize {
        match &share.work {
            Work::Prefill { tokens, .. } => tokens.len(),
            Work::Decode => 1,
        }
    }

    proptest! {
        /// Every branch is prefilled whole and in order, decodes to its end, and
        /// no step exceeds the budget, the sequences or the cells.
        #[test]
        fn every_branch_ends_within_its_room(room in rooms(), demands in demands()) {
            let mut scheduler = Scheduler::new(room, &demands).expect("all demands fit");
            let mut prefilled = vec![0; demands.len()];
            let mut decoded = vec![0; demands.len()];
            let mut held = 0;
            while !scheduler.is_done() {
                held += scheduler.admit().iter().map(|a| demands[a.branch].cells()).sum::<usize>();
                prop_assert!(held <= room.cells);
                let shares = scheduler.step();
                prop_assert!(!shares.is_empty(), "a step without work never ends");
                prop_assert!(shares.len() <= room.sequences);
                prop_assert!(shares.iter().map(rows).sum::<usize>() <= room.step_tokens);
                for share in shares {
                    let demand = demands[share.branch];
                    match share.work {
                        Work::Prefill { tokens, last } => {
                            prop_assert_eq!(tokens.start, prefilled[share.branch]);
                            prefilled[share.branch] = tokens.end;
                            prop_assert_eq!(last, tokens.end == demand.prompt_tokens);
                        }
                        Work::Decode => decoded[share.branch] += 1,
                    }
                    if decoded[share.branch] == demand.max_tokens {
                        scheduler.finish(share.branch).expect("it runs");
                        held -= demand.cells();
                    }
                }
            }
            prop_assert_eq!(held, 0);
            prop_assert!(decoded.iter().zip(&demands).all(|(d, demand)| *d == demand.max_tokens));
        }

        /// Every running branch gets a row in every step once its prompt is in.
        #[test]
        fn no_decoding_branch_is_skipped(room in rooms(), demands in demands()) {
            let mut scheduler = Scheduler::new(room, &demands).expect("all demands fit");
            scheduler.admit();
            for _ in 0..200 {
                let decoding: Vec<_> =
                    scheduler.running.iter().filter(|r| r.decodes()).map(|r| r.branch).collect();
                let shares = scheduler.step();
                for branch in decoding {
                    prop_assert!(shares.iter().any(|s| s.branch == branch && s.work == Work::Decode));
                }
            }
        }
    }

    #[test]
    fn a_branch_that_can_never_fit_is_refused_at_once() {
        let room = Room {
            step_tokens: 8,
            sequences: 2,
            cells: 20,
        };
        let large = Demand {
            prompt_tokens: 15,
            max_tokens: 6,
        };
        assert_eq!(Scheduler::new(room, &[large]).err(), Some(large));
    }
}
