//! The store under SIGKILL: a caller that submits and two workers that claim,
//! complete, fail and hand back are killed at random points and started again,
//! and then the books have to balance. Then the same for the program itself, with
//! callbacks (`service`). `make test-crash` runs it; SQLite always,
//! PostgreSQL when `AFTERWORD_TEST_POSTGRES` names a server. `make soak` runs `soak`.
//!
//! The program starts itself for the parts that are killed.

// A test that cannot go on fails by panicking.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::time::{Duration, Instant};

use afterword::store::{Backoff, Retention};

mod books;
mod callers;
mod parts;
mod place;
#[expect(dead_code, reason = "signatures are checked in the integration tests")]
#[path = "../it/receiver.rs"]
mod receiver;
mod service;
mod soak;

use parts::{Caller, Part};
use place::Place;

/// Kills for each database.
const KILLS: usize = 200;
/// Time between two kills, at most.
const LIFE_MS: u64 = 240;
/// What the workers that are left alive get to finish what is open.
const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

pub(crate) const RETENTION: Retention = Retention {
    finished: HOUR,
    articles: Duration::ZERO,
    idempotency_keys: HOUR,
    deliveries: HOUR,
    audit: HOUR,
    named_articles: HOUR,
    current_texts: HOUR,
};
pub(crate) const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(20),
    most: Duration::from_millis(100),
};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, command, minutes] = arguments.as_slice()
        && command == "soak"
    {
        return soak_for(minutes.parse().unwrap()).await;
    }
    if let [_, part, url, seed, first] = arguments.as_slice() {
        let (seed, first) = (seed.parse().unwrap(), first.parse().unwrap());
        return parts::run(part, url, seed, first).await;
    }
    crash(&Place::sqlite()).await;
    service::crash(&Place::sqlite()).await;
    match std::env::var("AFTERWORD_TEST_POSTGRES") {
        Ok(server) => {
            crash(&Place::postgres(server.clone()).await).await;
            service::crash(&Place::postgres(server).await).await;
        }
        Err(_) => println!("SKIPPED PostgreSQL: AFTERWORD_TEST_POSTGRES is not set"),
    }
}

/// On PostgreSQL where a server is named, on SQLite elsewhere.
async fn soak_for(minutes: u64) {
    let place = match std::env::var("AFTERWORD_SOAK_POSTGRES") {
        Ok(server) => Place::postgres(server).await,
        Err(_) => Place::sqlite(),
    };
    soak::soak(&place, minutes).await;
}

/// Kills, waits until all is done, and checks the books.
async fn crash(place: &Place) {
    let started = Instant::now();
    let mut random = Random::new(u64::from(std::process::id()));
    let mut caller = Caller::start(&place.url, random.next());
    let mut workers: Vec<Part> = (0..2)
        .map(|_| Part::start("worker", &place.url, random.next(), 0))
        .collect();
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random.next() % LIFE_MS)).await;
        match kill % 3 {
            0 => caller.kill_and_restart(random.next()),
            at => {
                workers[at - 1].kill();
                workers[at - 1] = Part::start("worker", &place.url, random.next(), 0);
            }
        }
    }
    let accepted = caller.stop();
    let store = place.open().await;
    books::wait_until_all_has_ended(&store, PATIENCE).await;
    drop(workers);
    let counts = books::check(&store, &accepted).await;
    let seconds = started.elapsed().as_secs();
    println!("{}: {KILLS} kills in {seconds} s; {counts}", place.name);
}

/// A sequence that only has to be different each time.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }
}
