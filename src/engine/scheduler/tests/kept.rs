//! Kept prefixes: whose they stay, for how long, and which of them goes first.

use super::super::kept::GRACE_STEPS;
use super::*;

/// Two slots and cells for whatever these tests ask for.
const ROOMY: Limits = Limits {
    cells: 400,
    kept_cells: 100,
    ..LIMITS
};

/// An archive at work in one slot and the kept prefix of a publish digest, of eight
/// tokens, in the other.
fn kept_beside_an_archive() -> World {
    let mut world = World::new(ROOMY);
    world.submit(&submission(Lane::Backfill, 4, &[(1, 150)]));
    (0..3).for_each(|_| assert!(world.step()));
    world.submit(&submission(Lane::Publish, 8, &[(1, 1)]));
    while world.articles.len() > 1 {
        assert!(world.step());
    }
    assert_eq!(slots_kept(&world), [1]);
    world
}

fn slots_kept(world: &World) -> Vec<Slot> {
    world.scheduler.kept.iter().map(|kept| kept.slot).collect()
}

#[test]
fn an_archive_that_wants_a_slot_waits_for_the_next_round_of_a_publish_digest() {
    let mut world = kept_beside_an_archive();
    world.submit(&submission(Lane::Backfill, 4, &[(1, 1)]));
    (0..5).for_each(|_| assert!(world.step()));
    let round = Submission {
        heir_of: Some(1),
        ..submission(Lane::Publish, 9, &[(1, 1)])
    };
    world.submit(&round);
    world.admit();
    assert_eq!(world.scheduler.step()[0].tokens, 8..9);
}

#[test]
fn an_archive_takes_over_no_prefix_that_is_spared() {
    let mut world = kept_beside_an_archive();
    let alike = Submission {
        heir_of: Some(1),
        ..submission(Lane::Backfill, 6, &[(1, 1)])
    };
    world.submit(&alike);
    assert!(world.step());
    assert_eq!(slots_kept(&world), [1]);
}

#[test]
fn what_nobody_comes_back_to_is_given_up_in_the_end() {
    let mut world = kept_beside_an_archive();
    world.submit(&submission(Lane::Backfill, 4, &[(1, 1)]));
    for step in 0..GRACE_STEPS {
        assert!(world.step());
        assert_eq!(slots_kept(&world), [1], "step {step}");
    }
    assert!(world.step());
    assert!(slots_kept(&world).is_empty());
    assert_eq!(world.cache[&Place::Slot(1)], 4, "the archive has it");
}

#[test]
fn an_engine_without_work_gives_it_up_at_once() {
    let one = Limits { slots: 1, ..ROOMY };
    let mut world = World::new(one);
    world.submit(&submission(Lane::Publish, 8, &[(1, 1)]));
    while world.step() {}
    assert_eq!(slots_kept(&world), [0]);
    world.submit(&submission(Lane::Backfill, 4, &[(1, 1)]));
    assert!(world.step());
    assert_eq!(world.cache[&Place::Slot(0)], 4);
}

#[test]
fn the_least_urgent_goes_first_and_of_those_the_oldest() {
    let four = Limits { slots: 4, ..LIMITS };
    let mut world = World::new(four);
    let lanes = [Lane::Publish, Lane::Backfill, Lane::Backfill, Lane::Draft];
    for lane in lanes {
        world.submit(&submission(lane, 2, &[(1, 1)]));
        while world.step() {}
    }
    assert_eq!(slots_kept(&world), [0, 1, 2, 3]);
    // All cells there are.
    world.submit(&submission(Lane::Publish, 16, &[(1, 3)]));
    let changes = world.scheduler.admit();
    let gone = [1, 2, 3, 0].map(|slot| Change::Clear(Place::Slot(slot)));
    assert_eq!(changes[..4], gone, "{changes:?}");
}

#[test]
fn an_article_that_waits_keeps_what_it_will_take_over() {
    let limits = Limits { cells: 30, ..ROOMY };
    let mut world = World::new(limits);
    world.submit(&submission(Lane::Draft, 6, &[(1, 1)]));
    while world.step() {}
    world.submit(&submission(Lane::Draft, 2, &[(1, 17)]));
    assert!(world.step());
    let heir = Submission {
        heir_of: Some(0),
        ..submission(Lane::Draft, 7, &[(1, 4)])
    };
    world.submit(&heir);
    while world.articles.len() > 1 {
        assert!(world.step());
        assert!(world.scheduler.kept.iter().any(|kept| kept.slot == 0));
    }
    world.admit();
    assert_eq!(world.scheduler.step()[0].tokens, 6..7);
}
