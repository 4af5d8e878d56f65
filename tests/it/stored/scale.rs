//! Ten thousand jobs by two workers with a store of their own each, as two
//! machines would have: nothing is done twice, and what the queue costs is
//! printed. All slots ask at once and never rest, so that a job costs its slot more
//! than in `store::measure`, where one asks alone. `make measure-store` runs it.

// It prints, and that is what it is for.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::time::Instant;

use afterword::digest::SummaryForm;
use afterword::jobs::NewJob;
use afterword::pipeline::options::{DigestOptions, ReadingLevel, Tone};
use afterword::pipeline::{Input, SourceKind, SourceScope};
use afterword::store::{Filter, Lane, Millis, State, Submitted};

use super::*;

const JOBS: usize = 10_000;
const CALLERS: usize = 8;
const SLOTS: usize = 4;

fn new_job(at: usize) -> NewJob {
    NewJob {
        owner: None,
        request_id: None,
        input: Input {
            bytes: article(&at.to_string()).into_bytes(),
            kind: SourceKind::Text,
            scope: SourceScope::Auto,
            title: None,
            charset: Some("utf-8".to_owned()),
            language: None,
        },
        options: DigestOptions {
            count: 3,
            max_answer_words: 60,
            include_source: false,
            summary: SummaryForm::Medium,
            summary_sentences: 4,
            tone: Tone::Neutral,
            reading_level: ReadingLevel::Default,
            without_model: false,
            house_style: None,
            lane: Lane::default(),
        },
        // What the reserved slots leave alone: they would claim under the same names.
        lane: Lane::Backfill,
        external_id: Some(format!("post-{at}")),
        url: None,
        callback: None,
        idempotency_key: Some(format!("key-{at}")),
        generation: None,
    }
}

async fn submit_all(queue: Arc<Queue>) {
    let callers = (0..CALLERS).map(|caller| {
        let queue = queue.clone();
        tokio::spawn(async move {
            for at in (caller..JOBS).step_by(CALLERS) {
                let submitted = queue.submit(new_job(at)).await.unwrap();
                assert!(matches!(submitted, Submitted::Accepted(_)), "{submitted:?}");
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
}

async fn until_all_is_done(store: &Store) {
    loop {
        let mut open = 0;
        for lane in Lane::ALL {
            open += store.load(lane, HOUR).await.unwrap().open;
        }
        if open == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Each job ended once, by one attempt, and is done. When each slot claimed.
async fn check(store: &Store) -> BTreeMap<Option<String>, Vec<Millis>> {
    let (mut filter, mut seen) = (Filter::default(), 0);
    let mut claims: BTreeMap<_, Vec<_>> = BTreeMap::new();
    loop {
        let page = store.list(&filter, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.before = Some(last.seq);
        for job in &page {
            assert_eq!((job.status.state, job.status.attempt), (State::Done, 1));
            let history = store.history(&job.id).await.unwrap();
            let ends = history.iter().filter(|it| it.to.is_final()).count();
            assert_eq!((history.len(), ends), (3, 1), "{history:?}");
            let claim = &history[1];
            let of_slot = claims.entry(claim.worker.clone()).or_default();
            of_slot.push(claim.at);
        }
        seen += page.len();
    }
    assert_eq!(seen, JOBS);
    claims
}

/// What each job cost its slot, sorted: from its claim to the next one, between which
/// nothing but the queue takes time.
fn costs(claims: BTreeMap<Option<String>, Vec<Millis>>) -> Vec<Millis> {
    let mut costs = Vec::new();
    for mut claims in claims.into_values() {
        claims.sort_unstable();
        costs.extend(claims.windows(2).map(|pair| pair[1] - pair[0]));
    }
    costs.sort_unstable();
    costs
}

async fn ten_thousand_jobs(kind: Kind) {
    let Some(place) = Place::new(kind).await else {
        return;
    };
    let settings = Settings::from_toml(
        "[jobs]\nmax_publish_jobs = 20000\nmax_draft_jobs = 20000\nmax_backfill_jobs = 20000",
        "test",
    );
    // Each slot under a name of its own, so that the history tells them apart.
    let settings = JobSettings {
        concurrency: 1,
        ..quick(&settings.unwrap())
    };
    let scripted = Arc::new(made());
    let stores = [Arc::new(place.open().await), Arc::new(place.open().await)];
    let queue = Queue::new(stores[0].clone(), scripted.maker(), settings.clone());
    let started = Instant::now();
    submit_all(Arc::new(queue)).await;
    let submitted = started.elapsed();
    let (stop, stopping) = watch::channel(false);
    let started = Instant::now();
    let workers = (0..SLOTS * stores.len()).map(|at| {
        let workers = Workers {
            store: stores[at % stores.len()].clone(),
            digester: scripted.clone(),
            settings: settings.clone(),
            name: format!("slot {at}"),
        };
        tokio::spawn(workers.run(stopping.clone()))
    });
    let workers: Vec<_> = workers.collect();
    until_all_is_done(&stores[0]).await;
    let worked = started.elapsed();
    stop.send_replace(true);
    for workers in workers {
        assert_eq!(workers.await.unwrap(), Ended::Drained);
    }
    assert_eq!(scripted.asked.lock().unwrap().len(), JOBS);
    let costs = costs(check(&stores[0]).await);
    let each = |time: Duration| time.as_secs_f64() * 1000.0 / JOBS as f64;
    println!(
        "{kind:?}: {JOBS} jobs, two workers of {SLOTS} slots: {:.2} ms each to submit, \
         {:.2} ms each to claim and complete, {:.0} a second; of all slots at once, a job \
         cost one {} ms at the median and {} ms at the 95th percentile; none done twice",
        each(submitted),
        each(worked),
        JOBS as f64 / worked.as_secs_f64(),
        costs[costs.len() / 2],
        costs[costs.len() * 95 / 100]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of a minute"]
async fn sqlite() {
    ten_thousand_jobs(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of a minute"]
async fn postgres() {
    ten_thousand_jobs(Kind::Postgres).await;
}
