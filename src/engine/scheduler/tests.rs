//! The scheduler against a model of the cache: whatever comes and goes, in which
//! lane and when, no promise is broken.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

mod kept;

/// What happens before a step.
#[derive(Debug, Clone)]
enum Event {
    Submit(Submission),
    /// Cancels the n-th of those that are there.
    Cancel(usize),
    Nothing,
}

fn lanes() -> impl Strategy<Value = Lane> {
    prop::sample::select(Lane::ALL.to_vec())
}

fn submissions() -> impl Strategy<Value = Submission> {
    let demand = (1usize..30, 0usize..20).prop_map(|(prompt_tokens, max_tokens)| Demand {
        prompt_tokens,
        max_tokens,
    });
    let branches = prop::collection::vec(demand, 1..8);
    (lanes(), 1usize..60, branches, prop::option::of(0usize..4)).prop_map(
        |(lane, prefix_tokens, branches, heir_of)| Submission {
            lane,
            prefix_tokens,
            heir_of,
            branches,
        },
    )
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        2 => submissions().prop_map(Event::Submit),
        1 => (0usize..5).prop_map(Event::Cancel),
        6 => Just(Event::Nothing),
    ];
    prop::collection::vec(event, 1..60)
}

fn limits() -> impl Strategy<Value = Limits> {
    (
        1usize..6,
        0usize..20,
        1usize..5,
        130usize..400,
        0usize..120,
        0usize..4,
    )
        .prop_map(
            |(running, more, slots, cells, kept_cells, draft_tokens)| Limits {
                step_tokens: running + more,
                running,
                sequences: running * 2,
                slots,
                cells,
                kept_cells,
                draft_tokens,
            },
        )
}

/// What the runtime knows of an article.
#[derive(Debug)]
struct Known {
    submission: Submission,
    prefix_filled: usize,
    slot: Option<Slot>,
    branches: Vec<KnownBranch>,
}

#[derive(Debug, Clone, Default)]
struct KnownBranch {
    place: Option<usize>,
    known: usize,
    decoded: usize,
    filled: usize,
    ended: bool,
}

struct World {
    limits: Limits,
    scheduler: Scheduler,
    articles: HashMap<ArticleId, Known>,
    /// Tokens that each place holds beyond a shared prefix.
    cache: HashMap<Place, usize>,
    /// Decides how many drafts are accepted.
    turn: usize,
}

impl World {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            scheduler: Scheduler::new(limits),
            articles: HashMap::new(),
            cache: HashMap::new(),
            turn: 0,
        }
    }

    fn submit(&mut self, submission: &Submission) {
        let branches = submission.branches.iter();
        let largest = branches.map(|demand| self.cells_of(demand)).max();
        let cells = submission.prefix_tokens + largest.unwrap_or(0);
        match self.scheduler.submit(submission) {
            Ok(id) => {
                assert!(cells <= self.limits.cells);
                let branches = submission.branches.iter().map(|demand| KnownBranch {
                    known: demand.prompt_tokens,
                    ..KnownBranch::default()
                });
                let known = Known {
                    submission: submission.clone(),
                    prefix_filled: 0,
                    slot: None,
                    branches: branches.collect(),
                };
                self.articles.insert(id, known);
            }
            Err(TooLarge { cells: said }) => {
                assert_eq!(said, cells);
                assert!(cells > self.limits.cells);
            }
        }
    }

    /// Cells that a branch holds while it runs.
    fn cells_of(&self, demand: &Demand) -> usize {
        let drafts = match demand.max_tokens {
            0 => 0,
            _ => self.limits.draft_tokens,
        };
        demand.prompt_tokens + demand.max_tokens + drafts
    }

    /// Cells that an article holds: those of its prefix and of its branches that run.
    fn held_by(&self, known: &Known) -> usize {
        let prefix = known.slot.map_or(0, |_| known.submission.prefix_tokens);
        let branches = known.submission.branches.iter().zip(&known.branches);
        let running = branches.filter(|(_, branch)| branch.place.is_some());
        let cells = running.map(|(demand, _)| self.cells_of(demand));
        prefix + cells.sum::<usize>()
    }

    /// What a cancelled article held is free at once.
    fn cancel(&mut self, nth: usize) {
        let mut ids: Vec<ArticleId> = self.articles.keys().copied().collect();
        ids.sort_unstable();
        let Some(id) = ids.get(nth) else {
            return;
        };
        let known = self.articles.remove(id).expect("it is known");
        let rest = self.scheduler.cells_in_use() - self.held_by(&known);
        for change in self.scheduler.remove(*id) {
            self.apply(change);
        }
        assert_eq!(self.scheduler.cells_in_use(), rest, "cells of {known:?}");
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Clear(place) => self.clear(place),
            Change::Hold {
                article,
                slot,
                inherits,
            } => {
                let held = self.cache.get(&Place::Slot(slot)).copied();
                assert_eq!(
                    held.is_some(),
                    inherits,
                    "slot {slot} is not what it was said to be"
                );
                let known = self.articles.get_mut(&article).unwrap();
                known.slot = Some(slot);
                let inherited = held.unwrap_or(0).min(known.submission.prefix_tokens);
                known.prefix_filled = inherited;
                self.cache.insert(Place::Slot(slot), inherited);
                self.scheduler.inherit(article, inherited);
            }
            Change::Fork {
                article,
                branch,
                slot,
                sequence,
            } => {
                let known = self.articles.get_mut(&article).unwrap();
                assert_eq!(known.slot, Some(slot));
                assert_eq!(known.prefix_filled, known.submission.prefix_tokens);
                let old = self.cache.insert(Place::Sequence(sequence), 0);
                assert_eq!(old, None, "sequence {sequence} is still in use");
                known.branches[branch].place = Some(sequence);
            }
        }
    }

    fn clear(&mut self, place: Place) {
        assert!(
            self.cache.remove(&place).is_some(),
            "{place:?} was free already"
        );
        for known in self.articles.values_mut() {
            match place {
                Place::Slot(slot) if known.slot == Some(slot) => {
                    known.slot = None;
                    known.prefix_filled = 0;
                }
                Place::Slot(_) => {}
                Place::Sequence(sequence) => {
                    for branch in &mut known.branches {
                        if branch.place == Some(sequence) {
                            branch.place = None;
                            branch.filled = 0;
                        }
                    }
                }
            }
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

    /// One step; says whether anything ran.
    fn step(&mut self) -> bool {
        self.admit();
        let shares = self.scheduler.step();
        let rows: usize = shares
            .iter()
            .map(|share| share.tokens.len() + share.drafts)
            .sum();
        assert!(rows <= self.limits.step_tokens, "{rows} rows in a step");
        let branches = shares.iter().filter(|share| share.owner != Owner::Prefix);
        assert!(branches.count() <= self.limits.running);
        assert!(shares.is_sorted_by_key(|share| share.article));
        self.check_lanes(&shares);
        let ran = !shares.is_empty();
        for share in shares {
            self.run(&share);
        }
        self.check_cells();
        ran
    }

    /// Only the most urgent lane runs, and each of its branches that decodes does.
    fn check_lanes(&self, shares: &[Share]) {
        let lanes = self.articles.values().map(|known| known.submission.lane);
        let Some(urgent) = lanes.min() else {
            return;
        };
        for share in shares {
            assert_eq!(self.articles[&share.article].submission.lane, urgent);
        }
        for (id, known) in &self.articles {
            let branches = known.branches.iter().enumerate();
            for (index, branch) in branches.filter(|_| known.submission.lane == urgent) {
                let decodes = branch.place.is_some() && branch.known - branch.filled == 1;
                let served = shares
                    .iter()
                    .any(|share| share.article == *id && share.owner == Owner::Branch(index));
                assert!(!decodes || served, "a branch that decodes was left out");
            }
        }
    }

    fn run(&mut self, share: &Share) {
        let held = self.cache.get_mut(&share.place).unwrap();
        assert_eq!(*held, share.tokens.start, "a gap in {:?}", share.place);
        *held = share.tokens.end;
        let known = self.articles.get_mut(&share.article).unwrap();
        let Owner::Branch(index) = share.owner else {
            known.prefix_filled = share.tokens.end;
            assert_eq!(
                share.last,
                share.tokens.end == known.submission.prefix_tokens
            );
            return;
        };
        let demand = known.submission.branches[index];
        let branch = &mut known.branches[index];
        branch.filled = share.tokens.end;
        assert_eq!(share.last, branch.filled == branch.known);
        if share.last {
            self.turn += 1;
            let accepted = if share.drafts == 0 {
                0
            } else {
                self.turn % (share.drafts + 1)
            };
            self.advance(share.article, index, demand, accepted);
        }
    }

    fn advance(&mut self, id: ArticleId, index: usize, demand: Demand, accepted: usize) {
        let known = self.articles.get_mut(&id).unwrap();
        let branch = &mut known.branches[index];
        branch.decoded += accepted + 1;
        branch.filled += accepted;
        branch.known += accepted + 1;
        if branch.decoded >= demand.max_tokens {
            branch.ended = true;
            let change = self.scheduler.finish(id, index).expect("it runs");
            self.apply(change);
            if self.scheduler.is_done(id) {
                let known = self.articles.remove(&id).unwrap();
                assert!(known.branches.iter().all(|branch| branch.ended));
                for change in self.scheduler.complete(id) {
                    self.apply(change);
                }
            }
        } else {
            let sequence = branch.place.unwrap();
            self.cache.insert(Place::Sequence(sequence), branch.filled);
            self.scheduler.advance(id, index, accepted, self.turn % 5);
        }
    }

    fn check_cells(&self) {
        let held: usize = self.cache.values().sum();
        assert!(
            held <= self.scheduler.cells_in_use(),
            "more cells are held than promised"
        );
        assert!(self.scheduler.cells_in_use() <= self.limits.cells);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Nothing starves, nothing leaks, no step is too large, whatever happens.
    #[test]
    fn every_promise_is_kept(limits in limits(), events in events()) {
        let mut world = World::new(limits);
        for event in events {
            match event {
                Event::Submit(submission) => world.submit(&submission),
                Event::Cancel(nth) => world.cancel(nth),
                Event::Nothing => {}
            }
            let waits = !world.articles.is_empty();
            prop_assert!(world.step() || !waits, "work waits and nothing runs");
        }
        let mut steps = 0;
        while !world.articles.is_empty() {
            prop_assert!(world.step(), "work waits and nothing runs");
            steps += 1;
            prop_assert!(steps < 100_000, "it never ends");
        }
        let kept: usize = world.cache.values().sum();
        prop_assert!(kept <= limits.kept_cells);
        prop_assert_eq!(world.scheduler.cells_in_use(), kept, "cells leaked");
        prop_assert_eq!(world.scheduler.free_sequences.len(), limits.sequences);
        let slots = world.scheduler.free_slots.len() + world.scheduler.kept.len();
        prop_assert_eq!(slots, limits.slots, "slots leaked");
    }
}

const LIMITS: Limits = Limits {
    step_tokens: 8,
    running: 2,
    sequences: 4,
    slots: 2,
    cells: 20,
    kept_cells: 10,
    draft_tokens: 0,
};

fn submission(lane: Lane, prefix_tokens: usize, branches: &[(usize, usize)]) -> Submission {
    let branches = branches.iter().map(|(prompt_tokens, max_tokens)| Demand {
        prompt_tokens: *prompt_tokens,
        max_tokens: *max_tokens,
    });
    Submission {
        lane,
        prefix_tokens,
        heir_of: None,
        branches: branches.collect(),
    }
}

#[test]
fn what_can_never_fit_is_refused_at_once() {
    let mut scheduler = Scheduler::new(LIMITS);
    let large = submission(Lane::Draft, 5, &[(1, 1), (10, 6)]);
    assert_eq!(scheduler.submit(&large), Err(TooLarge { cells: 21 }));
}

#[test]
fn an_urgent_article_takes_the_next_step_and_the_cells_of_a_backfill() {
    let mut world = World::new(LIMITS);
    world.submit(&submission(Lane::Backfill, 4, &[(4, 6), (2, 3)]));
    world.step();
    world.step();
    world.submit(&submission(Lane::Publish, 6, &[(2, 8)]));
    world.admit();
    let shares = world.scheduler.step();
    assert!(shares.iter().all(|share| share.article == 1), "{shares:?}");
    assert_eq!(shares[0].tokens, 0..6);
}

#[test]
fn a_kept_prefix_is_taken_over_by_the_article_that_begins_like_it() {
    let mut world = World::new(LIMITS);
    world.submit(&submission(Lane::Draft, 6, &[(1, 1)]));
    while world.step() {}
    let again = Submission {
        heir_of: Some(0),
        ..submission(Lane::Draft, 7, &[(1, 1)])
    };
    world.submit(&again);
    world.admit();
    assert_eq!(world.scheduler.step()[0].tokens, 6..7);
}
