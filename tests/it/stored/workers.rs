//! What workers do when things go wrong, on both databases.

use afterword::jobs::{DigestFuture, Maker};
use afterword::pipeline::Input;
use afterword::pipeline::options::DigestOptions;
use afterword::store::{Lane, Submitted};

use super::*;
use crate::store::fixture::submission;

on_both![
    a_failure_is_tried_again,
    an_engine_without_room_is_asked_again,
    a_failure_for_good_is_not,
    a_panic_costs_an_attempt,
    a_digest_that_took_too_long_is_made_again,
    a_stopped_engine_hands_its_jobs_back,
    what_is_urgent_does_not_wait_for_an_archive,
    an_archive_leaves_the_reserved_slots_alone,
    draining_hands_back_what_is_not_done,
    draining_lets_work_finish,
    long_work_keeps_its_lease,
    many_jobs_by_many_workers,
    workers_of_two_versions_share_the_work,
    a_newer_request_waits_for_a_newer_worker,
];

/// The same work by another version of the program.
struct Versioned {
    version: &'static str,
    scripted: Scripted,
}

impl Digester for Versioned {
    fn maker(&self) -> Maker {
        Maker {
            pipeline_version: self.version.to_owned(),
            ..self.scripted.maker()
        }
    }

    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        self.scripted.digest(input, options)
    }
}

impl Service {
    /// Another process, with a digester of its own.
    fn work_as(&self, digester: Arc<dyn Digester>) -> JoinHandle<Ended> {
        let workers = Workers {
            store: self.store.clone(),
            digester,
            settings: self.settings.clone(),
            name: "other worker".to_owned(),
        };
        tokio::spawn(workers.run(self.stop.subscribe()))
    }
}

/// During an upgrade: the service accepts for one version, and both do the work.
async fn workers_of_two_versions_share_the_work(place: Place) {
    let service = Service::start(place, made(), "").await;
    let mut ids = Vec::new();
    for at in 0..20 {
        ids.push(accepted(&service.send(order(&at.to_string(), json!({}), ASYNC)).await).id);
    }
    service.work_as(Arc::new(Versioned {
        version: "next",
        scripted: made(),
    }));
    service.until(&ids[0], "done").await;
    service.work();
    for id in &ids {
        let job = service.until(id, "done").await;
        assert_eq!((job.attempts, job.digest), (1, Some(digest())));
    }
    let first = service.store.job(&ids[0]).await.unwrap().unwrap();
    assert_eq!(first.pipeline_version, "next");
    let made = service.store.result(&first.content_key).await.unwrap();
    assert!(made.is_some());
}

/// What an older worker cannot read it leaves to be tried again.
async fn a_newer_request_waits_for_a_newer_worker(place: Place) {
    let mut service = Service::start(place, made(), "[jobs]\nmax_failures = 100").await;
    service.settings.first_retry = Duration::from_millis(20);
    service.settings.longest_retry = Duration::from_millis(20);
    let mut newer = submission("a");
    newer.order.request = "{\"tone\": \"dry\"}".to_owned();
    newer.max_failures = 100;
    let submitted = service.store.submit(&newer).await.unwrap();
    let Submitted::Accepted(job) = submitted else {
        panic!("{submitted:?}");
    };
    service.work();
    let failed = service.until(&job.id, "failed").await;
    assert!(failed.reason.unwrap().starts_with("newer_request: "));
    // It waits, and nothing else does.
    let other = accepted(&service.send(order("b", json!({}), ASYNC)).await);
    service.until(&other.id, "done").await;
}

/// Fails as told until it was asked so often.
fn failing(times: usize, error: fn() -> PipelineError) -> Scripted {
    let asked = AtomicUsize::new(0);
    Scripted::new(move || {
        if asked.fetch_add(1, Ordering::Relaxed) < times {
            Err(error())
        } else {
            Ok(digest())
        }
    })
}

fn decode_failed() -> PipelineError {
    EngineError::Decode("at /secret/path".to_owned()).into()
}

async fn a_failure_is_tried_again(place: Place) {
    let service = Service::start(place, failing(2, decode_failed), "").await;
    service.work();
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    let done = service.until(&job.id, "done").await;
    assert_eq!(done.attempts, 3);
    let told = serde_json::to_string(&done.history).unwrap();
    assert!(told.contains("decode_failed: try again"), "{told}");
    assert!(!told.contains("secret"), "{told}");
}

/// The engine has no room: its queue is full.
async fn an_engine_without_room_is_asked_again(place: Place) {
    let full = || EngineError::Saturated { waiting: 64 }.into();
    let service = Service::start(place, failing(2, full), "").await;
    service.work();
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    service.until(&job.id, "done").await;
}

async fn a_digest_that_took_too_long_is_made_again(place: Place) {
    let late = || PipelineError::TookTooLong { seconds: 1 };
    let service = Service::start(place, failing(1, late), "").await;
    service.work();
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    let done = service.until(&job.id, "done").await;
    assert_eq!(done.attempts, 2);
    let told = serde_json::to_string(&done.history).unwrap();
    assert!(told.contains("digest_timeout: "), "{told}");
}

async fn a_failure_for_good_is_not(place: Place) {
    let too_long = || EngineError::ContextFull {
        needed: 9,
        limit: 8,
    };
    let scripted = Scripted::new(move || Err(too_long().into()));
    let service = Service::start(place, scripted, "").await;
    service.work();
    let wait = [("prefer", "wait=25")];
    let answer = service.send(order("a", json!({}), &wait)).await;
    assert_eq!(answer.refusal(), (422, "context_full".to_owned()));
    let dead = &service.list("status=dead").await.jobs[0];
    assert_eq!(dead.attempts, 1);
}

async fn a_panic_costs_an_attempt(place: Place) {
    let scripted = Scripted::new(|| panic!("as the test wants it"));
    let service = Service::start(place, scripted, "[jobs]\nmax_failures = 2").await;
    let workers = service.work();
    let wait = [("prefer", "wait=25")];
    let answer = service.send(order("a", json!({}), &wait)).await;
    assert_eq!(answer.refusal(), (500, "internal".to_owned()));
    let dead = &service.list("status=dead").await.jobs[0];
    assert_eq!(dead.attempts, 2);
    assert!(!workers.is_finished());
}

async fn a_stopped_engine_hands_its_jobs_back(place: Place) {
    let scripted = Scripted::new(|| Err(EngineError::Stopped.into()));
    let service = Service::start(place, scripted, "").await;
    let job = accepted(&service.send(order("a", archive(), ASYNC)).await);
    service.state.drain();
    let mut settings = service.settings.clone();
    settings.concurrency = 1;
    let workers = Workers {
        store: service.store.clone(),
        digester: service.scripted.clone(),
        settings,
        name: "worker".to_owned(),
    };
    // The slots that have nothing to do end with it.
    let ended = workers.run(service.stop.subscribe());
    let ended = tokio::time::timeout(PATIENCE, ended).await.unwrap();
    assert_eq!(ended, Ended::EngineStopped);
    let job = service.job(&job.id).await;
    assert_eq!((job.status.as_str(), job.attempts), ("queued", 1));
}

/// Holds what comes of an archive, each until it is let go; makes all else at once.
struct ArchiveHeld {
    archive: Scripted,
    others: Scripted,
}

impl Default for ArchiveHeld {
    fn default() -> Self {
        Self {
            archive: Scripted::gated(),
            others: made(),
        }
    }
}

impl Digester for ArchiveHeld {
    fn maker(&self) -> Maker {
        self.archive.maker()
    }

    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        match options.lane {
            Lane::Backfill => self.archive.digest(input, options),
            Lane::Publish | Lane::Draft => self.others.digest(input, options),
        }
    }
}

impl Service {
    /// Hands in so many articles of an archive, and waits until a slot of each of those
    /// that take them holds one.
    async fn fill(&self, articles: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for at in 0..articles {
            let order = order(&format!("archive {at}"), archive(), ASYNC);
            ids.push(accepted(&self.send(order).await).id);
        }
        for id in &ids[..self.settings.concurrency] {
            self.until(id, "leased").await;
        }
        ids
    }

    async fn leased(&self) -> usize {
        self.list("status=leased").await.jobs.len()
    }
}

async fn what_is_urgent_does_not_wait_for_an_archive(place: Place) {
    let service = Service::start(place, made(), "").await;
    let held = Arc::new(ArchiveHeld::default());
    service.work_as(held.clone());
    let ids = service.fill(service.settings.concurrency).await;
    for (about, lane) in [("a", "publish"), ("b", "draft"), ("c", "publish")] {
        let urgent = order(about, json!({ "lane": lane }), ASYNC);
        let job = accepted(&service.send(urgent).await);
        service.until(&job.id, "done").await;
        assert_eq!(service.leased().await, ids.len(), "{lane}");
    }
    // Both wait at the gate, in whichever order.
    held.archive.open_gate();
    held.archive.open_gate();
    for id in &ids {
        service.until(id, "done").await;
    }
}

async fn an_archive_leaves_the_reserved_slots_alone(place: Place) {
    let service = Service::start(place, made(), "").await;
    let held = Arc::new(ArchiveHeld::default());
    service.work_as(held.clone());
    let at_once = service.settings.concurrency;
    let ids = service.fill(service.settings.at_once() + 1).await;
    // Longer than it takes each slot to look several times.
    tokio::time::sleep(service.settings.poll * 6).await;
    assert_eq!(service.leased().await, at_once);
    assert_eq!(held.archive.asked.lock().unwrap().len(), at_once);
    // One ends, and the next begins in its place, in no other.
    held.archive.open_gate();
    service.until(&ids[at_once], "leased").await;
    assert_eq!(service.leased().await, at_once);
}

async fn draining_hands_back_what_is_not_done(place: Place) {
    let service = Service::start(place, Scripted::gated(), "").await;
    let workers = service.work();
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    tokio::time::timeout(PATIENCE, service.scripted.begun())
        .await
        .unwrap();
    service.stop.send_replace(true);
    let ended = tokio::time::timeout(PATIENCE, workers).await.unwrap();
    assert_eq!(ended.unwrap(), Ended::Drained);
    let job = service.job(&job.id).await;
    assert_eq!(job.status, "queued");
    let last = job.history.last().unwrap();
    assert!(last.reason.starts_with("released"), "{last:?}");
}

async fn draining_lets_work_finish(place: Place) {
    let mut service = Service::start(place, Scripted::gated(), "").await;
    service.settings.drain = PATIENCE;
    let workers = service.work();
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    tokio::time::timeout(PATIENCE, service.scripted.begun())
        .await
        .unwrap();
    service.stop.send_replace(true);
    service.scripted.open_gate();
    let ended = tokio::time::timeout(PATIENCE, workers).await.unwrap();
    assert_eq!(ended.unwrap(), Ended::Drained);
    assert_eq!(service.job(&job.id).await.status, "done");
}

/// Several leases long.
async fn long_work_keeps_its_lease(place: Place) {
    let mut service = Service::start(place, Scripted::gated(), "").await;
    service.settings.lease = Duration::from_millis(400);
    service.work();
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    tokio::time::timeout(PATIENCE, service.scripted.begun())
        .await
        .unwrap();
    tokio::time::sleep(service.settings.lease * 3).await;
    service.scripted.open_gate();
    let done = service.until(&job.id, "done").await;
    assert_eq!(done.attempts, 1, "{done:?}");
}

async fn many_jobs_by_many_workers(place: Place) {
    let service = Service::start(
        place,
        failing(20, decode_failed),
        "[jobs]\nmax_failures = 100",
    )
    .await;
    let workers: Vec<_> = (0..3).map(|_| service.work()).collect();
    let mut ids = Vec::new();
    for at in 0..100 {
        let about = (at / 2).to_string();
        ids.push(accepted(&service.send(order(&about, json!({}), ASYNC)).await).id);
    }
    for id in &ids {
        service.until(id, "done").await;
    }
    // Fifty articles and twenty failures; without sharing it were a hundred and
    // twenty. Some are asked twice: their copies wait while the first fails.
    let asked = service.scripted.asked.lock().unwrap().len();
    assert!((70..100).contains(&asked), "{asked}");
    service.stop.send_replace(true);
    for workers in workers {
        assert_eq!(workers.await.unwrap(), Ended::Drained);
    }
}
