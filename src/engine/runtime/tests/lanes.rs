//! Batches of several lanes: who goes first, and what it costs the others.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;

const AMPLE: Limits = Limits {
    cells: 400,
    ..LIMITS
};

fn archive(user: &str) -> Batch {
    Batch {
        lane: Lane::Backfill,
        ..batch(user, vec![branch("A", "6"), early("H", "6")])
    }
}

fn breaking() -> Batch {
    Batch {
        lane: Lane::Publish,
        ..batch("breaking ", vec![branch("M", "6"), branch("P", "6")])
    }
}

/// Takes what has been told of a batch; says how many branches have ended.
fn news(running: &mut Running) -> usize {
    let mut context = Context::from_waker(Waker::noop());
    let mut ended = 0;
    while let Poll::Ready(Ok(Some(_))) = pin!(running.next()).poll(&mut context) {
        ended += 1;
    }
    ended
}

#[test]
fn an_urgent_batch_overtakes_and_what_it_displaced_goes_on() {
    let mut machine = machine(LIMITS);
    let archived = submit(&mut machine, archive("an archive "));
    (0..9).for_each(|_| machine.step());
    let mut urgent = submit(&mut machine, breaking());
    let mut ended = 0;
    while urgent.usage().is_none() {
        machine.step();
        ended += news(&mut urgent);
    }
    assert_eq!(ended, 2);
    assert!(!machine.is_idle(), "the archive was not paused");
    finish(&mut machine);
    assert_eq!(
        texts(&output(archived).expect("it runs")),
        ["ABCDEFG", "HIJKLMN"]
    );
}

/// Tokens that an archive, displaced while it decodes, has read in the end.
fn read_when_displaced(limits: Limits) -> usize {
    let mut machine = machine(limits);
    let archived = submit(&mut machine, archive("an archive "));
    (0..9).for_each(|_| machine.step());
    let urgent = submit(&mut machine, breaking());
    finish(&mut machine);
    assert!(output(urgent).is_ok());
    output(archived).expect("it runs").usage.prefill_tokens
}

#[test]
fn a_paused_batch_keeps_its_cells_where_there_are_enough() {
    let (alone, _) = run(AMPLE, archive("an archive "));
    let alone = alone.expect("it runs").usage.prefill_tokens;
    assert_eq!(read_when_displaced(AMPLE), alone);
    assert!(read_when_displaced(LIMITS) > alone, "cells are short");
}

#[test]
fn the_next_round_finds_its_prefix_beside_an_archive_that_wants_a_slot() {
    let two = Limits { slots: 2, ..AMPLE };
    let mut machine = machine(two);
    let first = submit(&mut machine, archive("an archive "));
    (0..9).for_each(|_| machine.step());
    let mut round = submit(&mut machine, breaking());
    while round.usage().is_none() {
        machine.step();
        news(&mut round);
    }
    let second = submit(&mut machine, archive("another archive "));
    (0..2).for_each(|_| machine.step());
    let round = submit(&mut machine, breaking());
    finish(&mut machine);
    let usage = output(round).expect("it runs").usage;
    let prefix = "letters of the alphabet breaking ";
    assert_eq!(usage.cached_tokens, prefix.len());
    assert!(output(first).is_ok() && output(second).is_ok());
}
