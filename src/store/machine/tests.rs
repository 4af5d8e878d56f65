//! The state machine against its promises, on any sequence of events.

use proptest::prelude::*;

use super::*;

fn events() -> impl Strategy<Value = Event> {
    let seconds = || (0u64..30).prop_map(Duration::from_secs);
    prop_oneof![
        seconds().prop_map(|lease| Event::Claim {
            worker: "w".to_owned(),
            lease
        }),
        (0i64..6, seconds()).prop_map(|(attempt, lease)| Event::Heartbeat { attempt, lease }),
        (0i64..6).prop_map(|attempt| Event::Complete { attempt }),
        Just(Event::Share),
        (0i64..6, prop::option::of(seconds())).prop_map(|(attempt, retry_in)| Event::Fail {
            attempt,
            reason: "r".to_owned(),
            retry_in
        }),
        (0i64..6).prop_map(|attempt| Event::Release { attempt }),
        seconds().prop_map(|retry_in| Event::Expire { retry_in }),
        Just(Event::Cancel),
    ]
}

/// What the tables check as well.
fn assert_consistent(status: &Status) {
    let waits = matches!(status.state, State::Queued | State::Failed);
    assert_eq!(status.ready_at.is_some(), waits, "{status:?}");
    let leased = status.state == State::Leased;
    assert_eq!(status.lease_until.is_some(), leased, "{status:?}");
    let ended = status.state.is_final();
    assert_eq!(status.finished_at.is_some(), ended, "{status:?}");
    assert!(status.failures <= status.attempt, "{status:?}");
    assert!(ended || status.failures < status.max_failures, "{status:?}");
}

proptest! {
    #[test]
    fn promises_hold_on_any_sequence(steps in prop::collection::vec((events(), 0i64..20_000), 0..40)) {
        let mut now = 1_000_000;
        let mut status = Status::accepted(3, now);
        for (event, passed) in steps {
            now += passed;
            let Ok(next) = status.after(&event, now) else {
                continue;
            };
            assert_consistent(&next);
            prop_assert!(!status.state.is_final(), "{status:?} left by {event:?}");
            let claimed = i64::from(matches!(event, Event::Claim { .. }));
            prop_assert_eq!(next.attempt, status.attempt + claimed);
            status = next;
        }
    }

    #[test]
    fn an_old_lease_changes_nothing(event in events(), old in 0i64..3) {
        let leased = Status {
            state: State::Leased,
            attempt: 3,
            ready_at: None,
            lease_until: Some(2_000),
            ..Status::accepted(9, 0)
        };
        let stale = match event {
            Event::Heartbeat { lease, .. } => Event::Heartbeat { attempt: old, lease },
            Event::Complete { .. } => Event::Complete { attempt: old },
            Event::Release { .. } => Event::Release { attempt: old },
            Event::Fail { reason, retry_in, .. } => Event::Fail { attempt: old, reason, retry_in },
            _ => return Ok(()),
        };
        prop_assert_eq!(leased.after(&stale, 1_000), Err(Refusal::LeaseLost));
    }
}

#[test]
fn failures_are_counted_and_end_in_death() {
    let mut status = Status::accepted(2, 0);
    let claim = Event::Claim {
        worker: "w".to_owned(),
        lease: Duration::from_secs(1),
    };
    status = status.after(&claim, 0).unwrap();
    let fail = |attempt, retry_in| Event::Fail {
        attempt,
        reason: "decode_failed: x".to_owned(),
        retry_in,
    };
    let retry = Some(Duration::from_secs(5));
    status = status.after(&fail(1, retry), 10).unwrap();
    assert_eq!(
        (status.state, status.ready_at),
        (State::Failed, Some(5_010))
    );
    assert_eq!(status.after(&claim, 5_009), Err(Refusal::NotReady));
    status = status.after(&claim, 5_010).unwrap();
    // A lease handed back is no failure.
    status = status.after(&Event::Release { attempt: 2 }, 5_011).unwrap();
    assert_eq!((status.state, status.failures), (State::Queued, 1));
    status = status.after(&claim, 5_012).unwrap();
    status = status.after(&fail(3, retry), 5_013).unwrap();
    assert_eq!(status.state, State::Dead);
    assert_eq!(status.reason.as_deref(), Some("decode_failed: x"));
}

#[test]
fn a_failure_for_good_is_not_tried_again() {
    let claim = Event::Claim {
        worker: "w".to_owned(),
        lease: Duration::from_secs(1),
    };
    let leased = Status::accepted(9, 0).after(&claim, 0).unwrap();
    let fail = Event::Fail {
        attempt: 1,
        reason: "no_text: none".to_owned(),
        retry_in: None,
    };
    assert_eq!(leased.after(&fail, 1).unwrap().state, State::Dead);
}

#[test]
fn late_work_counts_while_nobody_else_has_it() {
    let claim = Event::Claim {
        worker: "w".to_owned(),
        lease: Duration::from_secs(1),
    };
    let leased = Status::accepted(9, 0).after(&claim, 0).unwrap();
    let complete = Event::Complete { attempt: 1 };
    assert_eq!(leased.after(&complete, 99_000).unwrap().state, State::Done);
    let expire = Event::Expire {
        retry_in: Duration::ZERO,
    };
    assert_eq!(leased.after(&expire, 999), Err(Refusal::LeaseHolds));
    let expired = leased.after(&expire, 1_000).unwrap();
    assert_eq!((expired.state, expired.failures), (State::Failed, 1));
    assert_eq!(expired.after(&complete, 1_001), Err(Refusal::LeaseLost));
}
