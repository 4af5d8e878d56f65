//! The books: what was promised against what there is.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use afterword::store::{Filter, Job, Lane, State, Store};

/// Waits until no job is open.
pub(crate) async fn wait_until_all_has_ended(store: &Store, patience: Duration) {
    let started = Instant::now();
    loop {
        let mut open = 0;
        for lane in Lane::ALL {
            open += store.load(lane, patience).await.unwrap().open;
        }
        if open == 0 {
            return;
        }
        assert!(started.elapsed() < patience, "{open} jobs never end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Checks every job, and says how many ended how.
pub(crate) async fn check(store: &Store, accepted: &[String]) -> String {
    let jobs: HashMap<String, Job> = all(store).await;
    assert!(accepted.len() > 100, "only {} accepted", accepted.len());
    let distinct: HashSet<&String> = accepted.iter().collect();
    assert_eq!(distinct.len(), accepted.len(), "a key gave two jobs");
    for id in accepted {
        assert!(jobs.contains_key(id), "{id} was accepted and is gone");
    }
    // One more may have been accepted in the moment of the last kill.
    assert!(jobs.len() <= accepted.len() + 1);
    let mut counts: HashMap<State, usize> = HashMap::new();
    let mut makers: HashMap<String, String> = HashMap::new();
    for job in jobs.values() {
        *counts.entry(job.status.state).or_default() += 1;
        check_job(store, job, &mut makers).await;
    }
    let count = |state| counts.get(&state).copied().unwrap_or_default();
    let ended = count(State::Done) + count(State::Dead) + count(State::Cancelled);
    assert_eq!(ended, jobs.len());
    format!(
        "{} jobs: {} done from {} digests, {} dead, {} cancelled",
        jobs.len(),
        count(State::Done),
        makers.len(),
        count(State::Dead),
        count(State::Cancelled)
    )
}

async fn check_job(store: &Store, job: &Job, makers: &mut HashMap<String, String>) {
    let history = store.history(&job.id).await.unwrap();
    let ends = history.iter().filter(|it| it.to.is_final());
    assert_eq!(ends.count(), 1, "{history:?}");
    let linked = history
        .windows(2)
        .all(|pair| Some(pair[0].to) == pair[1].from);
    assert!(linked, "{history:?}");
    let claims = history.iter().filter(|it| it.to == State::Leased);
    let attempts: Vec<i64> = claims.map(|it| it.attempt).collect();
    assert!(attempts.is_sorted_by(|a, b| a < b), "{history:?}");
    match job.status.state {
        State::Dead => assert!(job.status.reason.is_some()),
        State::Done => {
            let digest = store.result(&job.content_key).await.unwrap().unwrap();
            let (maker, attempt) = digest.split_once(' ').unwrap();
            let earlier = makers.insert(job.content_key.clone(), maker.to_owned());
            assert!(earlier.is_none_or(|earlier| earlier == maker));
            if maker == job.id {
                // The digest is that of the attempt which was let through.
                assert_eq!(job.status.attempt.to_string(), attempt);
            }
        }
        _ => {}
    }
}

async fn all(store: &Store) -> HashMap<String, Job> {
    let mut jobs = HashMap::new();
    let mut filter = Filter::default();
    loop {
        let page = store.list(&filter, 500).await.unwrap();
        let Some(last) = page.last() else {
            return jobs;
        };
        filter.before = Some(last.seq);
        jobs.extend(page.into_iter().map(|job| (job.id.clone(), job)));
    }
}
