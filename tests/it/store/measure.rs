//! What the queue costs: time to claim beside a million finished jobs, and time
//! per job from submission to end. Prints figures and asserts none, as they are
//! the machine's: `make measure-store`.

// It prints, and that is what it is for.

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::fixture::{Kind, Place, submission};
use super::{HOUR, Store, accept, claim, complete};

const FINISHED: usize = 1_000_000;
const ROUNDS: usize = 200;

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

#[derive(Debug)]
#[expect(dead_code, reason = "printed")]
struct Medians {
    submit: Duration,
    claim: Duration,
    complete: Duration,
    claim_of_nothing: Duration,
}

async fn measure(store: &Store) -> Medians {
    let mut times: [Vec<Duration>; 4] = Default::default();
    let mut note = |at: usize, started: Instant| times[at].push(started.elapsed());
    for _ in 0..ROUNDS {
        let content = uuid::Uuid::now_v7().to_string();
        let started = Instant::now();
        accept(store, &submission(&content)).await;
        note(0, started);
        let started = Instant::now();
        let held = claim(store).await;
        note(1, started);
        let started = Instant::now();
        complete(store, &held, "digest").await;
        note(2, started);
        let started = Instant::now();
        assert_eq!(store.claim("w", HOUR).await.unwrap(), None);
        note(3, started);
    }
    let [submit, claim, complete, claim_of_nothing] = times.map(|mut times| {
        times.sort();
        times[ROUNDS / 2]
    });
    Medians {
        submit,
        claim,
        complete,
        claim_of_nothing,
    }
}

async fn report(kind: Kind) {
    let Some(place) = Place::new(kind).await else {
        return;
    };
    let store = place.open().await;
    println!("{kind:?}, empty: {:?}", measure(&store).await);
    fill(&place).await;
    println!("{kind:?}, {FINISHED} finished: {:?}", measure(&store).await);
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
