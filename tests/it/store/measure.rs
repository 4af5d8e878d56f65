//! What the queue costs: time to claim beside a million finished jobs, and time
//! per job from submission to end. Prints the figures, which are the machine's, and
//! asserts only how they stand to each other: `make measure-store`.

// It prints, and that is what it is for.
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::fixture::{Kind, Place, submission};
use super::{HOUR, Store, accept, claim, complete};

const FINISHED: usize = 1_000_000;
const ROUNDS: usize = 200;
/// What the queue should take of a job at the median, printed beside what it takes.
const GOAL: Duration = Duration::from_millis(5);
/// How many times as long a claim may take beside finished jobs.
const SLOWER: u32 = 2;

/// Rows as the store itself would have left them.
const FILL: &str = "INSERT INTO jobs (id, state, lane, content_key, pipeline_version, \
    external_id, attempt, failures, max_failures, worker, created_at, finished_at) \
    SELECT 'old ' || n, 'done', n % 3, 'old content ' || n, '1', 'article ' || n, 1, 0, 3, \
    'worker', n, n FROM numbers";

async fn fill(place: &Place) {
    match place.kind {
        Kind::Sqlite => {
            let numbers = format!(
                "WITH RECURSIVE numbers (n) AS \
                 (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {FINISHED}) "
            );
            let sql = FILL.replace("INSERT", &format!("{numbers} INSERT"));
            let mut file = SqliteConnection::connect(&place.url).await.unwrap();
            file.execute(AssertSqlSafe(sql)).await.unwrap();
            file.close().await.unwrap();
        }
        Kind::Postgres => {
            let numbers = format!("generate_series(1, {FINISHED}) AS numbers (n)");
            let sql = FILL.replace("FROM numbers", &format!("FROM {numbers}"));
            let mut server = PgConnection::connect(&place.url).await.unwrap();
            server.execute(AssertSqlSafe(sql)).await.unwrap();
            server.execute("ANALYZE jobs").await.unwrap();
            server.close().await.unwrap();
        }
    }
}

/// The middle of all rounds, and what one of twenty takes longer than.
#[derive(Debug)]
#[expect(dead_code, reason = "printed")]
struct Spread {
    median: Duration,
    p95: Duration,
}

#[derive(Debug)]
#[expect(dead_code, reason = "printed")]
struct Times {
    submit: Spread,
    claim: Spread,
    complete: Spread,
    /// From before the claim to after the completion.
    job: Spread,
    claim_of_nothing: Spread,
}

async fn measure(store: &Store) -> Times {
    let mut times: [Vec<Duration>; 5] = Default::default();
    let mut note = |at: usize, started: Instant| times[at].push(started.elapsed());
    for _ in 0..ROUNDS {
        let content = uuid::Uuid::now_v7().to_string();
        let started = Instant::now();
        accept(store, &submission(&content)).await;
        note(0, started);
        let begun = Instant::now();
        let held = claim(store).await;
        note(1, begun);
        let started = Instant::now();
        complete(store, &held, "digest").await;
        note(2, started);
        note(3, begun);
        let started = Instant::now();
        assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
        note(4, started);
    }
    let [submit, claim, complete, job, claim_of_nothing] = times.map(|mut times| {
        times.sort();
        Spread {
            median: times[ROUNDS / 2],
            p95: times[ROUNDS * 95 / 100],
        }
    });
    Times {
        submit,
        claim,
        complete,
        job,
        claim_of_nothing,
    }
}

async fn report(kind: Kind) {
    let Some(place) = Place::new(kind).await else {
        return;
    };
    let store = place.open().await;
    let empty = measure(&store).await;
    println!("{kind:?}, empty: {empty:?}; the goal for a job is {GOAL:?}");
    fill(&place).await;
    let full = measure(&store).await;
    println!("{kind:?}, {FINISHED} finished: {full:?}");
    assert!(full.claim.median < empty.claim.median * SLOWER);
}

#[tokio::test]
#[ignore = "a measurement of a minute"]
async fn sqlite() {
    report(Kind::Sqlite).await;
}

#[tokio::test]
#[ignore = "a measurement of a minute"]
async fn postgres() {
    report(Kind::Postgres).await;
}
