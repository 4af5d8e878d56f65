//! The store, from outside, on both databases: every test here runs on SQLite,
//! and on PostgreSQL when `AFTERWORD_TEST_POSTGRES` names a server. No test
//! waits for time to pass: a lease of no length is over at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use afterword::store::{
    Backoff, Claim, DeliveryFilter, Filter, Finished, Idempotency, Job, Lane, Outcome, Refusal,
    Retention, STATEMENTS, Sent, State, Statement, Store, Submission, Submitted, Told, Verdict,
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};

mod articles;
mod batches;
pub(crate) mod fixture;
mod measure;
mod model;
mod removal;

use fixture::{HOUR, Kind, Place, RETENTION, submission};

const NOW: Duration = Duration::ZERO;
/// In milliseconds, as the store counts.
const FIVE_MINUTES: i64 = 300_000;
const AT_ONCE: Backoff = Backoff {
    first: NOW,
    most: NOW,
};

/// Each function as two tests.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Place::new(super::Kind::Sqlite).await.unwrap()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(place) = super::Place::new(super::Kind::Postgres).await {
                    super::$name(place).await;
                }
            })*
        }
    };
}

on_both![
    every_statement_is_understood,
    an_accepted_job_is_worked_on_and_stored,
    what_was_accepted_outlives_the_process,
    a_stale_attempt_cannot_complete,
    an_expired_lease_is_tried_again_and_ends_in_death,
    failures_wait_and_are_bounded,
    a_lease_handed_back_is_no_failure,
    progress_goes_with_its_attempt,
    cancelling,
    lanes_go_in_order,
    a_claim_may_be_for_urgent_jobs_only,
    a_full_lane_refuses,
    the_same_key_gives_the_same_job,
    the_same_key_at_once_gives_one_job,
    known_content_is_free,
    the_same_content_is_worked_on_once,
    another_version_stores_under_its_own_key,
    lists_are_filtered_and_paged,
    every_transition_is_recorded,
    signals_tell_of_work_and_ends,
    what_ended_is_kept_as_long_as_configured,
    articles_are_dropped_or_kept,
    callbacks_are_kept_for_a_time_of_their_own,
    a_job_names_its_request,
    workers_at_once_never_share_an_attempt,
    many_open_at_once,
    finished_jobs_do_not_slow_claims,
    any_bytes_survive,
    a_clock_set_forward_makes_no_second_result,
];

async fn accept(store: &Store, submission: &Submission) -> Job {
    match store.submit(submission).await.unwrap() {
        Submitted::Accepted(job) => job,
        other => panic!("{other:?}"),
    }
}

async fn claim(store: &Store) -> Claim {
    store.claim("worker", HOUR).await.unwrap().unwrap()
}

fn finished(content: &str, digest: &str) -> Finished {
    Finished {
        digest: digest.to_owned(),
        content_key: content.to_owned(),
        pipeline_version: "1".to_owned(),
    }
}

#[track_caller]
fn applied(outcome: Outcome) -> Job {
    match outcome {
        Outcome::Applied(job) => *job,
        other => panic!("{other:?}"),
    }
}

async fn complete(store: &Store, claim: &Claim, digest: &str) -> Outcome {
    let job = &claim.job;
    let finished = finished(&job.content_key, digest);
    store
        .complete(&job.id, job.status.attempt, &finished)
        .await
        .unwrap()
}

async fn state(store: &Store, job: &Job) -> State {
    store.job(&job.id).await.unwrap().unwrap().status.state
}

async fn every_statement_is_understood(place: Place) {
    let store = place.open().await;
    store.check_statements().await.unwrap();
}

async fn an_accepted_job_is_worked_on_and_stored(place: Place) {
    let store = place.open().await;
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    let job = accept(&store, &submission("a")).await;
    assert_eq!(job.status.state, State::Queued);
    let claim = claim(&store).await;
    assert_eq!(
        (claim.job.id.as_str(), claim.job.status.attempt),
        (job.id.as_str(), 1)
    );
    assert_eq!(claim.order, submission("a").order);
    assert_eq!(store.claim("other", HOUR).await.unwrap(), None);
    assert_eq!(store.result("a").await.unwrap(), None);
    let done = applied(complete(&store, &claim, "the digest").await);
    assert_eq!(done.status.state, State::Done);
    assert_eq!(store.job(&job.id).await.unwrap(), Some(done));
    let digest = store.result("a").await.unwrap();
    assert_eq!(digest.as_deref(), Some("the digest"));
    assert_eq!(store.job("nobody").await.unwrap(), None);
    assert_eq!(store.cancel("nobody").await.unwrap(), Outcome::Missing);
}

async fn what_was_accepted_outlives_the_process(place: Place) {
    let first = place.open().await;
    let job = accept(&first, &submission("a")).await;
    let leased = claim(&first).await;
    // Never closed: as if it were killed.
    drop(first);
    let store = place.open().await;
    assert_eq!(state(&store, &job).await, State::Leased);
    // The worker of old, if it lives, is as good as any.
    applied(complete(&store, &leased, "d").await);
    store.close().await;
    assert_eq!(state(&place.open().await, &job).await, State::Done);
}

async fn a_stale_attempt_cannot_complete(place: Place) {
    let store = place.open().await;
    accept(&store, &submission("a")).await;
    let slow = store.claim("slow", NOW).await.unwrap().unwrap();
    assert_eq!(store.expire(AT_ONCE).await.unwrap(), 1);
    let quick = claim(&store).await;
    assert_eq!(quick.job.status.attempt, 2);
    let lost = Outcome::Refused(Refusal::LeaseLost);
    assert_eq!(complete(&store, &slow, "slow").await, lost);
    let id = &slow.job.id;
    assert_eq!(store.heartbeat(id, 1, HOUR).await.unwrap(), lost);
    assert_eq!(store.fail(id, 1, "x", None).await.unwrap(), lost);
    assert_eq!(store.release(id, 1).await.unwrap(), lost);
    applied(complete(&store, &quick, "quick").await);
    // A second completion, as after an answer that was lost on its way.
    assert_eq!(complete(&store, &quick, "again").await, lost);
    let digest = store.result("a").await.unwrap();
    assert_eq!(digest.as_deref(), Some("quick"));
}

async fn an_expired_lease_is_tried_again_and_ends_in_death(place: Place) {
    let store = place.open().await;
    let job = accept(&store, &submission("a")).await;
    for attempt in 1..=3 {
        let claim = store.claim("w", NOW).await.unwrap().unwrap();
        assert_eq!(claim.job.status.attempt, attempt);
        assert_eq!(store.expire(AT_ONCE).await.unwrap(), 1);
    }
    let job = store.job(&job.id).await.unwrap().unwrap();
    assert_eq!((job.status.state, job.status.failures), (State::Dead, 3));
    assert!(job.status.reason.unwrap().starts_with("lease_expired"));
    // A heartbeat keeps a lease.
    accept(&store, &submission("b")).await;
    let claim = store.claim("w", NOW).await.unwrap().unwrap();
    applied(store.heartbeat(&claim.job.id, 1, HOUR).await.unwrap());
    assert_eq!(store.expire(AT_ONCE).await.unwrap(), 0);
}

async fn failures_wait_and_are_bounded(place: Place) {
    let store = place.open().await;
    let job = accept(&store, &submission("a")).await;
    claim(&store).await;
    let failed = store.fail(&job.id, 1, "decode_failed: x", Some(HOUR)).await;
    let failed = applied(failed.unwrap());
    assert_eq!(failed.status.state, State::Failed);
    assert_eq!(failed.status.reason.as_deref(), Some("decode_failed: x"));
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    let other = accept(&store, &submission("b")).await;
    claim(&store).await;
    let dead = store.fail(&other.id, 1, "no_text: none", None).await;
    assert_eq!(applied(dead.unwrap()).status.state, State::Dead);
}

async fn a_lease_handed_back_is_no_failure(place: Place) {
    let store = place.open().await;
    let job = accept(&store, &submission("a")).await;
    for attempt in 1..6 {
        claim(&store).await;
        let back = applied(store.release(&job.id, attempt).await.unwrap());
        assert_eq!(
            (back.status.state, back.status.failures),
            (State::Queued, 0)
        );
    }
}

async fn progress_goes_with_its_attempt(place: Place) {
    let store = place.open().await;
    let job = accept(&store, &submission("a")).await;
    let told = |first, events: &str| Told {
        first,
        events: events.to_owned(),
    };
    let first = told(0, "[1,2]");
    // Nobody works on it yet.
    store.tell(&job.id, 0, &first).await.unwrap();
    assert_eq!(store.told(&job.id, 0, 0).await.unwrap(), []);
    claim(&store).await;
    store.tell(&job.id, 1, &first).await.unwrap();
    store.tell(&job.id, 1, &told(0, "[9]")).await.unwrap();
    store.tell(&job.id, 1, &told(2, "[3]")).await.unwrap();
    store.tell(&job.id, 2, &told(0, "[9]")).await.unwrap();
    let all = store.told(&job.id, 1, 0).await.unwrap();
    assert_eq!(all, [first.clone(), told(2, "[3]")]);
    let rest = store.told(&job.id, 1, 1).await.unwrap();
    assert_eq!(rest, [told(2, "[3]")]);
    assert_eq!(store.told(&job.id, 2, 0).await.unwrap(), []);
    applied(store.release(&job.id, 1).await.unwrap());
    assert_eq!(store.told(&job.id, 1, 0).await.unwrap(), []);
    let held = claim(&store).await;
    store.tell(&job.id, 2, &first).await.unwrap();
    applied(complete(&store, &held, "digest").await);
    assert_eq!(store.told(&job.id, 2, 0).await.unwrap(), []);
}

async fn cancelling(place: Place) {
    let store = place.open().await;
    let waiting = accept(&store, &submission("a")).await;
    let called_off = applied(store.cancel(&waiting.id).await.unwrap());
    assert_eq!(called_off.status.state, State::Cancelled);
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    let leased = accept(&store, &submission("b")).await;
    let held = claim(&store).await;
    applied(store.cancel(&leased.id).await.unwrap());
    let lost = Outcome::Refused(Refusal::LeaseLost);
    assert_eq!(complete(&store, &held, "late").await, lost);
    assert_eq!(store.result("b").await.unwrap(), None);
    let again = store.cancel(&leased.id).await.unwrap();
    assert_eq!(again, Outcome::Refused(Refusal::Ended(State::Cancelled)));
}

async fn lanes_go_in_order(place: Place) {
    let store = place.open().await;
    let mut expected = Vec::new();
    for lane in [Lane::Backfill, Lane::Draft, Lane::Publish] {
        for content in ["1", "2"] {
            let content = format!("{}{content}", lane.name());
            let submission = Submission {
                lane,
                ..submission(&content)
            };
            expected.push((lane, accept(&store, &submission).await.seq));
        }
    }
    expected.sort();
    for (lane, seq) in expected {
        let job = claim(&store).await.job;
        assert_eq!((job.lane, job.seq), (lane, seq));
    }
}

async fn a_claim_may_be_for_urgent_jobs_only(place: Place) {
    let store = place.open().await;
    for lane in Lane::ALL {
        let submission = Submission {
            lane,
            ..submission(lane.name())
        };
        accept(&store, &submission).await;
    }
    // From this lane up, and what it gets: each takes the most urgent that is left.
    for (least, gets) in [
        (Lane::Draft, Some(Lane::Publish)),
        (Lane::Publish, None),
        (Lane::Draft, Some(Lane::Draft)),
        (Lane::Draft, None),
        (Lane::Backfill, Some(Lane::Backfill)),
        (Lane::Backfill, None),
    ] {
        let claimed = store.claim_at_least(least, "w", HOUR).await.unwrap();
        assert_eq!(claimed.map(|it| it.job.lane), gets, "{least}");
    }
    // A digest that came meanwhile is shared by what waits for it in its own lane.
    let shared = Submission {
        lane: Lane::Publish,
        ..submission("publish")
    };
    let waiting = accept(&store, &shared).await;
    let first = &store.list(&Filter::default(), 10).await.unwrap()[3];
    let made = finished("publish", "d");
    applied(store.complete(&first.id, 1, &made).await.unwrap());
    let claimed = store.claim_at_least(Lane::Publish, "w", HOUR).await;
    assert_eq!(claimed.unwrap(), None);
    assert_eq!(state(&store, &waiting).await, State::Done);
}

async fn a_full_lane_refuses(place: Place) {
    let store = place.open().await;
    let small = |content: &str| Submission {
        lane_limit: 2,
        ..submission(content)
    };
    accept(&store, &small("a")).await;
    let second = accept(&store, &small("b")).await;
    let keyed = Submission {
        idempotency: Some(Idempotency {
            key: "k".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..small("c")
    };
    assert_eq!(store.submit(&keyed).await.unwrap(), Submitted::LaneFull);
    let other = Submission {
        lane: Lane::Publish,
        ..small("d")
    };
    accept(&store, &other).await;
    let load = store.load(Lane::Draft, HOUR).await.unwrap();
    assert_eq!((load.open, load.ended), (2, 0));
    store.cancel(&second.id).await.unwrap();
    // Refused before: the key was not used up.
    accept(&store, &keyed).await;
}

async fn the_same_key_gives_the_same_job(place: Place) {
    let store = place.open().await;
    let keyed = |content: &str, fingerprint: &str| Submission {
        idempotency: Some(Idempotency {
            key: "k".to_owned(),
            fingerprint: fingerprint.to_owned(),
        }),
        ..submission(content)
    };
    let job = accept(&store, &keyed("a", "1")).await;
    let again = store.submit(&keyed("a", "1")).await.unwrap();
    assert_eq!(again, Submitted::Repeated(job));
    let other = store.submit(&keyed("b", "2")).await.unwrap();
    assert_eq!(other, Submitted::KeyReused);
    assert_eq!(store.list(&Filter::default(), 10).await.unwrap().len(), 1);
}

async fn the_same_key_at_once_gives_one_job(place: Place) {
    let store = Arc::new(place.open().await);
    let keyed = Submission {
        idempotency: Some(Idempotency {
            key: "k".to_owned(),
            fingerprint: "1".to_owned(),
        }),
        ..submission("a")
    };
    let tasks = (0..8).map(|_| {
        let (store, keyed) = (store.clone(), keyed.clone());
        tokio::spawn(async move { store.submit(&keyed).await.unwrap() })
    });
    let mut ids = HashSet::new();
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Submitted::Accepted(job) | Submitted::Repeated(job) => ids.insert(job.id),
            other => panic!("{other:?}"),
        };
    }
    assert_eq!(ids.len(), 1);
}

async fn known_content_is_free(place: Place) {
    let store = place.open().await;
    accept(&store, &submission("a")).await;
    complete(&store, &claim(&store).await, "d").await;
    let full = Submission {
        lane_limit: 0,
        ..submission("a")
    };
    let again = accept(&store, &full).await;
    assert_eq!((again.status.state, again.status.attempt), (State::Done, 0));
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
}

async fn the_same_content_is_worked_on_once(place: Place) {
    let store = place.open().await;
    let first = accept(&store, &submission("a")).await;
    let second = accept(&store, &submission("a")).await;
    assert_ne!(first.id, second.id);
    let leader = claim(&store).await;
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    complete(&store, &leader, "d").await;
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    let shared = store.job(&second.id).await.unwrap().unwrap();
    assert_eq!(
        (shared.status.state, shared.status.attempt),
        (State::Done, 0)
    );
    // When the first fails for good, the second gets its chance.
    let third = accept(&store, &submission("b")).await;
    let fourth = accept(&store, &submission("b")).await;
    claim(&store).await;
    store.fail(&third.id, 1, "x", None).await.unwrap();
    assert_eq!(claim(&store).await.job.id, fourth.id);
}

async fn another_version_stores_under_its_own_key(place: Place) {
    let store = place.open().await;
    let job = accept(&store, &submission("old")).await;
    claim(&store).await;
    let newer = Finished {
        pipeline_version: "2".to_owned(),
        ..finished("new", "d")
    };
    let done = applied(store.complete(&job.id, 1, &newer).await.unwrap());
    assert_eq!(done.content_key, "new");
    let stored = store.job(&job.id).await.unwrap().unwrap();
    assert_eq!(
        (
            stored.content_key.as_str(),
            stored.pipeline_version.as_str()
        ),
        ("new", "2")
    );
    assert_eq!(store.result("old").await.unwrap(), None);
    assert!(store.result("new").await.unwrap().is_some());
}

async fn lists_are_filtered_and_paged(place: Place) {
    let store = place.open().await;
    for at in 0..10 {
        let submission = Submission {
            external_id: (at % 2 == 0).then(|| "even".to_owned()),
            url: (at % 5 == 0).then(|| "https://example.org/".to_owned()),
            lane: if at < 5 { Lane::Publish } else { Lane::Draft },
            ..submission(&at.to_string())
        };
        accept(&store, &submission).await;
    }
    claim(&store).await;
    let seen = async |filter: Filter, limit| {
        let jobs = store.list(&filter, limit).await.unwrap();
        jobs.into_iter()
            .map(|job| job.content_key)
            .collect::<Vec<_>>()
            .join("")
    };
    let all = Filter::default();
    assert_eq!(seen(all.clone(), 100).await, "9876543210");
    let even = Filter {
        external_id: Some("even".to_owned()),
        ..all.clone()
    };
    assert_eq!(seen(even.clone(), 100).await, "86420");
    let even_draft = Filter {
        lane: Some(Lane::Draft),
        ..even.clone()
    };
    assert_eq!(seen(even_draft, 100).await, "86");
    let at_url = Filter {
        url: Some("https://example.org/".to_owned()),
        ..all.clone()
    };
    assert_eq!(seen(at_url.clone(), 100).await, "50");
    let both = Filter {
        external_id: even.external_id.clone(),
        ..at_url
    };
    assert_eq!(seen(both, 100).await, "0");
    let leased = Filter {
        state: Some(State::Leased),
        ..all.clone()
    };
    assert_eq!(seen(leased, 100).await, "0");
    let first = store.list(&all, 4).await.unwrap();
    let rest = Filter {
        before: first.last().map(|job| job.seq),
        ..all
    };
    assert_eq!(seen(rest, 4).await, "5432");
}

async fn every_transition_is_recorded(place: Place) {
    let store = place.open().await;
    let job = accept(&store, &submission("a")).await;
    let id = &job.id;
    store.claim("one", NOW).await.unwrap().unwrap();
    store.heartbeat(id, 1, NOW).await.unwrap();
    store.expire(AT_ONCE).await.unwrap();
    store.claim("two", HOUR).await.unwrap().unwrap();
    store
        .fail(id, 2, "decode_failed: x", Some(NOW))
        .await
        .unwrap();
    store.claim("three", HOUR).await.unwrap().unwrap();
    store.release(id, 3).await.unwrap();
    let last = claim(&store).await;
    complete(&store, &last, "d").await;
    let history = store.history(id).await.unwrap();
    let lines = history.iter().map(|it| {
        let from = it.from.map_or("-", State::name);
        let worker = it.worker.as_deref().unwrap_or("-");
        let code = it.reason.split(':').next().unwrap();
        format!("{from} {} {} {worker} {code}", it.to, it.attempt)
    });
    let expected = [
        "- queued 0 - accepted",
        "queued leased 1 one claimed",
        "leased failed 1 one lease_expired",
        "failed leased 2 two claimed",
        "leased failed 2 two decode_failed",
        "failed leased 3 three claimed",
        "leased queued 3 three released",
        "queued leased 4 worker claimed",
        "leased done 4 worker completed",
    ];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    assert!(history.is_sorted_by_key(|it| it.at));
    assert!(history[0].at > 1_700_000_000_000, "{:?}", history[0]);
}

async fn signals_tell_of_work_and_ends(place: Place) {
    let here = place.open().await;
    let there = place.open().await;
    // Across processes only PostgreSQL tells; SQLite's other side polls.
    let listener = match place.kind {
        Kind::Sqlite => &here,
        Kind::Postgres => &there,
    };
    let (mut work, mut ended) = (listener.work(), listener.ended());
    let patience = Duration::from_secs(20);
    if place.kind == Kind::Postgres {
        // The first change says that it listens.
        let _ = tokio::time::timeout(patience, work.changed())
            .await
            .unwrap();
    }
    work.mark_unchanged();
    let job = accept(&here, &submission("a")).await;
    let told = tokio::time::timeout(patience, work.changed()).await;
    told.unwrap().unwrap();
    complete(&here, &claim(&here).await, "d").await;
    loop {
        let told = tokio::time::timeout(patience, ended.recv()).await;
        // Other tests' schemas share the channel.
        if told.unwrap().unwrap() == job.id {
            break;
        }
    }
}

async fn what_ended_is_kept_as_long_as_configured(place: Place) {
    let keyed = Submission {
        idempotency: Some(Idempotency {
            key: "k".to_owned(),
            fingerprint: "1".to_owned(),
        }),
        ..submission("a")
    };
    let store = place.open().await;
    accept(&store, &keyed).await;
    complete(&store, &claim(&store).await, "d").await;
    let open = accept(&store, &submission("b")).await;
    assert_eq!(store.sweep().await.unwrap(), Default::default());
    let strict = Retention {
        finished: NOW,
        idempotency_keys: NOW,
        ..RETENTION
    };
    let store = place.open_with(strict).await;
    let swept = store.sweep().await.unwrap();
    assert_eq!(
        (swept.jobs, swept.results, swept.idempotency_keys),
        (1, 1, 1)
    );
    assert_eq!(store.sweep().await.unwrap(), Default::default());
    let left = store.list(&Filter::default(), 10).await.unwrap();
    assert_eq!(left, [open]);
    // Its content is no longer known, its key is free.
    let again = accept(&store, &keyed).await;
    assert_eq!(again.status.state, State::Queued);
}

async fn articles_are_dropped_or_kept(place: Place) {
    let keeping = Retention {
        articles: HOUR,
        ..RETENTION
    };
    let store = place.open_with(keeping).await;
    accept(&store, &submission("a")).await;
    complete(&store, &claim(&store).await, "d").await;
    accept(&store, &submission("b")).await;
    // Opened to drop them at once, it finds one that was kept.
    let store = place.open().await;
    assert_eq!(store.sweep().await.unwrap().articles, 1);
    let held = claim(&store).await;
    assert_eq!(held.order.body, b"b");
    complete(&store, &held, "d").await;
    assert_eq!(store.sweep().await.unwrap().articles, 0);
}

async fn callbacks_are_kept_for_a_time_of_their_own(place: Place) {
    let store = place.open().await;
    for content in ["a", "b"] {
        let told = Submission {
            callback: Some("https://a.example/hook".to_owned()),
            ..submission(content)
        };
        accept(&store, &told).await;
        complete(&store, &claim(&store).await, "d").await;
    }
    let taken = store.claim_deliveries(1, HOUR).await.unwrap();
    let sent = Sent {
        answer: Some(204),
        ms: 1,
        verdict: Verdict::Taken,
    };
    let (id, attempt) = (&taken[0].id, taken[0].status.attempt);
    store.report_delivery(id, attempt, &sent).await.unwrap();
    assert_eq!(store.sweep().await.unwrap(), Default::default());
    // From now on they are kept for no time: the one that was taken goes, its job stays.
    store.keep(Retention {
        deliveries: NOW,
        ..RETENTION
    });
    let swept = store.sweep().await.unwrap();
    assert_eq!((swept.deliveries, swept.jobs), (1, 0));
    assert!(store.delivery_attempts(id).await.unwrap().is_empty());
    assert_eq!(store.sweep().await.unwrap(), Default::default());
    // The other is still to be told.
    let waits = store
        .deliveries(&DeliveryFilter::default(), 10)
        .await
        .unwrap();
    assert_eq!(waits.len(), 1);
    assert_eq!(store.list(&Filter::default(), 10).await.unwrap().len(), 2);
}

async fn a_job_names_its_request(place: Place) {
    let store = place.open().await;
    let named = Submission {
        request_id: Some("r-1".to_owned()),
        ..submission("a")
    };
    accept(&store, &named).await;
    accept(&store, &submission("b")).await;
    let ids = [claim(&store).await, claim(&store).await].map(|it| it.job.request_id);
    assert_eq!(ids, [Some("r-1".to_owned()), None]);
}

/// Several stores on one database, as several machines would be.
async fn workers_at_once_never_share_an_attempt(place: Place) {
    const JOBS: usize = 60;
    let store = place.open().await;
    for at in 0..JOBS {
        accept(&store, &submission(&(at / 2).to_string())).await;
    }
    let mut tasks = Vec::new();
    for worker in 0..4 {
        let store = place.open().await;
        tasks.push(tokio::spawn(async move {
            let mut claims = Vec::new();
            let mut idle = 0;
            while idle < 20 {
                let Some(claim) = store.claim(&worker.to_string(), HOUR).await.unwrap() else {
                    idle += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                };
                idle = 0;
                let (id, attempt) = (claim.job.id.clone(), claim.job.status.attempt);
                claims.push((id.clone(), attempt));
                if attempt == 1 && claim.job.seq % 3 == 0 {
                    store.fail(&id, attempt, "x", Some(NOW)).await.unwrap();
                } else {
                    applied(complete(&store, &claim, &format!("{id} {attempt}")).await);
                }
            }
            claims
        }));
    }
    let mut seen = HashSet::new();
    for task in tasks {
        for claim in task.await.unwrap() {
            assert!(seen.insert(claim.clone()), "{claim:?} was given out twice");
        }
    }
    let jobs = store.list(&Filter::default(), 1000).await.unwrap();
    assert_eq!(jobs.len(), JOBS);
    for job in jobs {
        assert_eq!(job.status.state, State::Done, "{job:?}");
    }
}

async fn many_open_at_once(place: Place) {
    let url: Arc<str> = place.url.as_str().into();
    let tasks = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Store::open(&url, RETENTION).await.map(drop) })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
}

/// The plan, not the time: a claim reads the index of waiting jobs, in which
/// those that ended are not.
async fn finished_jobs_do_not_slow_claims(place: Place) {
    drop(place.open().await);
    let is_claim =
        |it: &&&Statement| it.sqlite.contains("NOT EXISTS") && it.sqlite.contains("ORDER");
    let claim = STATEMENTS.iter().find(is_claim).unwrap();
    let plan = match place.kind {
        Kind::Sqlite => {
            let mut file = SqliteConnection::connect(&place.url).await.unwrap();
            let sql = format!("EXPLAIN QUERY PLAN {}", claim.sqlite);
            let query = sqlx::query(AssertSqlSafe(sql)).bind(0i64).bind(2i64);
            let rows = query.fetch_all(&mut file).await.unwrap();
            rows.iter()
                .map(|row| row.get::<String, _>("detail"))
                .collect::<Vec<_>>()
        }
        Kind::Postgres => {
            let mut server = PgConnection::connect(&place.url).await.unwrap();
            // An empty table is read whole and sorted, whatever indexes it has.
            for way in ["enable_seqscan", "enable_sort", "enable_bitmapscan"] {
                let off = AssertSqlSafe(format!("SET {way} = off"));
                server.execute(off).await.unwrap();
            }
            let sql = format!("EXPLAIN {}", claim.postgres);
            let sql = sql.replace("$1", "0").replace("$2", "2");
            let rows = server.fetch_all(AssertSqlSafe(sql)).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
    };
    let plan = plan.join("\n");
    assert!(plan.contains("jobs_ready"), "{plan}");
    assert!(
        !plan.contains("TEMP B-TREE") && !plan.contains("Sort"),
        "{plan}"
    );
}

async fn any_bytes_survive(place: Place) {
    let store = place.open().await;
    let mut odd = submission("a");
    odd.order.body = (0..=255).cycle().take(100_000).collect();
    odd.order.request = "ä \u{1F600} ' \" -- ; $1 ?".to_owned();
    odd.external_id = Some("'; DROP TABLE jobs; --".to_owned());
    accept(&store, &odd).await;
    let held = claim(&store).await;
    assert_eq!(held.order, odd.order);
    assert_eq!(held.job.external_id, odd.external_id);
}

/// A process that starts while the clock is five minutes behind what the store
/// has seen: nothing waits for the clock to catch up.
#[tokio::test]
async fn a_clock_set_back_stops_nothing() {
    let place = Place::new(Kind::Sqlite).await.unwrap();
    let store = place.open().await;
    let waiting = accept(&store, &submission("a")).await;
    jump(&place, FIVE_MINUTES).await;
    let set_back = place.open().await;
    for store in [&store, &set_back] {
        let held = store.claim("w", NOW).await.unwrap().unwrap();
        assert_eq!(store.expire(AT_ONCE).await.unwrap(), 1);
        let again = store.claim("w", HOUR).await.unwrap().unwrap();
        assert_eq!(again.job.id, waiting.id);
        assert!(again.job.status.attempt > held.job.status.attempt);
        applied(
            store
                .release(&again.job.id, again.job.status.attempt)
                .await
                .unwrap(),
        );
    }
    let history = set_back.history(&waiting.id).await.unwrap();
    assert!(history.is_sorted_by_key(|it| it.at), "{history:?}");
}

/// The server's clock is set back by five minutes in mid-work: what waits, and what a
/// worker has lost, waits so much longer, everything else goes on, and nothing is lost.
#[tokio::test]
async fn a_servers_clock_set_back_only_delays() {
    let Some(place) = Place::new(Kind::Postgres).await else {
        return;
    };
    let store = place.open().await;
    accept(&store, &submission("in work")).await;
    let in_work = claim(&store).await;
    accept(&store, &submission("lost")).await;
    let lost = store.claim("lost", NOW).await.unwrap().unwrap();
    let waiting = accept(&store, &submission("waiting")).await;
    jump(&place, -FIVE_MINUTES).await;
    assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
    assert_eq!(store.expire(AT_ONCE).await.unwrap(), 0);
    applied(complete(&store, &in_work, "digest").await);
    let new = accept(&store, &submission("new")).await;
    let held = claim(&store).await;
    assert_eq!(held.job.id, new.id);
    // Five minutes later.
    jump(&place, FIVE_MINUTES).await;
    assert_eq!(store.expire(AT_ONCE).await.unwrap(), 1);
    for held in [held, claim(&store).await, claim(&store).await] {
        applied(complete(&store, &held, "digest").await);
    }
    for job in [&in_work.job, &lost.job, &waiting, &new] {
        assert_eq!(state(&store, job).await, State::Done, "{job:?}");
    }
}

/// As if the store's time had jumped by so many milliseconds. SQLite has it in a row,
/// which never goes back; a server's is left alone, and what it is compared with moves
/// the other way.
async fn jump(place: &Place, millis: i64) {
    match place.kind {
        Kind::Sqlite => {
            let sql = format!("UPDATE clock SET at = at + {millis}");
            let mut file = SqliteConnection::connect(&place.url).await.unwrap();
            file.execute(AssertSqlSafe(sql)).await.unwrap();
            file.close().await.unwrap();
        }
        Kind::Postgres => {
            let sql = format!(
                "UPDATE jobs SET ready_at = ready_at - ({millis}), \
                 lease_until = lease_until - ({millis})"
            );
            fixture::run(&place.url, sql).await;
        }
    }
}

/// The clock jumps two hours ahead in mid-work: the lease is over early, the job is
/// worked on twice, and what counts is one result.
async fn a_clock_set_forward_makes_no_second_result(place: Place) {
    let store = place.open().await;
    let job = accept(&store, &submission("a")).await;
    let first = claim(&store).await.job.status.attempt;
    jump(&place, 24 * FIVE_MINUTES).await;
    assert_eq!(store.expire(AT_ONCE).await.unwrap(), 1);
    let second = claim(&store).await.job.status.attempt;
    let late = finished("a", "by the first");
    let late = store.complete(&job.id, first, &late).await.unwrap();
    assert!(matches!(late, Outcome::Refused(_)), "{late:?}");
    let digest = finished("a", "by the second");
    applied(store.complete(&job.id, second, &digest).await.unwrap());
    let stored = store.result("a").await.unwrap();
    assert_eq!(stored.as_deref(), Some("by the second"));
    let ends = store.history(&job.id).await.unwrap();
    assert_eq!(ends.iter().filter(|it| it.to.is_final()).count(), 1);
}
