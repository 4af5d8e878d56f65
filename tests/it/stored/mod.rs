//! Stored jobs from a caller's side, over HTTP, on both databases, with a
//! scripted digester in the pipeline's place.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use afterword::api::{AppState, JobList, JobView};
use afterword::config::{JobSettings, Settings};
use afterword::digest::{Digest, SummaryForm};
use afterword::engine::EngineError;
use afterword::jobs::{Digester, Ended, Live, Queue, Workers, keep_house};
use afterword::pipeline::error::PipelineError;
use afterword::store::Store;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::http::{Answer, Scripted, digest, get, readiness, send};
use super::store::fixture::{HOUR, Kind, Place};

mod batches;
mod callbacks;
mod events;
mod outage;
mod scale;
mod workers;

/// Longer than any step here takes; a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(30);

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
pub(crate) use on_both;

on_both![
    an_accepted_article_gets_its_digest,
    who_waits_gets_the_digest,
    who_waits_too_short_is_told_where_to_look,
    a_key_makes_repeating_safe,
    an_unchanged_article_is_free,
    a_full_lane_says_when_to_come_back,
    calling_off,
    jobs_are_found_again,
    what_cannot_be_done_is_refused_at_once,
    without_a_worker_everything_is_stored,
];

/// A service with its store, and workers when they are wanted.
struct Service {
    state: Arc<AppState>,
    store: Arc<Store>,
    settings: JobSettings,
    scripted: Arc<Scripted>,
    live: Arc<Live>,
    stop: watch::Sender<bool>,
    /// Kept for its drop: the schema goes last.
    _place: Place,
}

/// Quick, as tests are.
fn quick(settings: &Settings) -> JobSettings {
    JobSettings {
        lease: Duration::from_secs(2),
        poll: Duration::from_millis(50),
        first_retry: Duration::ZERO,
        longest_retry: Duration::ZERO,
        drain: Duration::ZERO,
        ..settings.jobs.clone()
    }
}

impl Service {
    async fn start(place: Place, scripted: Scripted, config: &str) -> Self {
        let settings = Settings::from_toml(config, "test").unwrap();
        let store = Arc::new(place.open().await);
        let scripted = Arc::new(scripted);
        let jobs = quick(&settings);
        let state = Arc::new(AppState::new(&settings));
        let live = Arc::new(Live::default());
        let queue = Queue::new(store.clone(), scripted.maker(), jobs.clone());
        state.keep_jobs(queue.telling(live.clone()));
        state.start(scripted.clone());
        Self {
            state,
            store,
            settings: jobs,
            scripted,
            live,
            stop: watch::channel(false).0,
            _place: place,
        }
    }

    fn work(&self) -> JoinHandle<Ended> {
        let workers = Workers {
            store: self.store.clone(),
            digester: self.scripted.clone(),
            settings: self.settings.clone(),
            name: "worker".to_owned(),
        };
        tokio::spawn(keep_house(self.store.clone(), self.settings.clone()));
        tokio::spawn(workers.run_told(self.stop.subscribe(), self.live.clone()))
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let answer = send(&self.state, request);
        tokio::time::timeout(PATIENCE, answer).await.unwrap()
    }

    async fn job(&self, id: &str) -> JobView {
        let answer = self.send(get(&format!("/v1/digests/{id}"))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn until(&self, id: &str, status: &str) -> JobView {
        let reached = async {
            loop {
                let job = self.job(id).await;
                if job.status == status {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, reached).await {
            Ok(job) => job,
            Err(_) => panic!("never {status}: {:?}", self.job(id).await),
        }
    }

    async fn list(&self, query: &str) -> JobList {
        let answer = self.send(get(&format!("/v1/digests?{query}"))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }
}

fn article(about: &str) -> String {
    let sentence = format!("The council of {about} has voted to repair the old harbour bridge. ");
    sentence.repeat(8)
}

/// A request with headers.
fn order(about: &str, more: serde_json::Value, headers: &[(&str, &str)]) -> Request<Body> {
    let mut body = json!({ "text": article(about) });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let mut request = Request::post("/v1/digests").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_string())).unwrap()
}

/// For an article of an archive: no reserved slot takes it.
fn archive() -> serde_json::Value {
    json!({ "lane": "backfill" })
}

const ASYNC: &[(&str, &str)] = &[("prefer", "respond-async")];

fn made() -> Scripted {
    Scripted::new(|| Ok(digest()))
}

#[track_caller]
fn accepted(answer: &Answer) -> JobView {
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let job: JobView = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.header("location"), format!("/v1/digests/{}", job.id));
    job
}

async fn an_accepted_article_gets_its_digest(place: Place) {
    let service = Service::start(place, made(), "").await;
    let more =
        json!({ "external_id": "post-7", "url": "https://example.org/7", "lane": "publish" });
    let answer = service.send(order("Aarhus", more, ASYNC)).await;
    assert_eq!(answer.header("preference-applied"), "respond-async");
    let job = accepted(&answer);
    assert_eq!(
        (job.status.as_str(), job.lane.as_str()),
        ("queued", "publish")
    );
    service.work();
    let done = service.until(&job.id, "done").await;
    assert_eq!(done.digest, Some(digest()));
    assert_eq!(done.external_id.as_deref(), Some("post-7"));
    let steps: Vec<_> = done.history.iter().map(|it| it.status.as_str()).collect();
    assert_eq!(steps, ["queued", "leased", "done"]);
    let mut markdown = get(&format!("/v1/digests/{}", job.id));
    let accept = "text/markdown".parse().unwrap();
    markdown.headers_mut().insert("accept", accept);
    let markdown = service.send(markdown).await;
    assert!(markdown.text().contains("## "), "{}", markdown.text());
}

async fn who_waits_gets_the_digest(place: Place) {
    let service = Service::start(place, made(), "").await;
    service.work();
    let waits: [&[(&str, &str)]; 3] = [
        &[("prefer", "wait=25")],
        &[("prefer", "respond-async, wait=25")],
        &[("idempotency-key", "k")],
    ];
    for (at, headers) in waits.into_iter().enumerate() {
        let answer = service
            .send(order(&at.to_string(), json!({}), headers))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let made: Digest = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(made, digest());
        assert!(answer.header("location").starts_with("/v1/digests/"));
    }
    // Not one of them kept its slot while it waited.
    assert_eq!(service.state.free_slots(), 16);
}

async fn who_waits_too_short_is_told_where_to_look(place: Place) {
    let service = Service::start(place, made(), "[server]\nmax_wait_seconds = 0").await;
    for prefer in ["wait=0", "wait=1000", "respond-async, wait=1000"] {
        let answer = service
            .send(order(prefer, json!({}), &[("prefer", prefer)]))
            .await;
        assert_eq!(accepted(&answer).status, "queued");
    }
    let service =
        Service::start(service._place, made(), "[server]\nmax_waiting_requests = 0").await;
    let answer = service
        .send(order("x", json!({ "lane": "draft" }), &[]))
        .await;
    accepted(&answer);
}

async fn a_key_makes_repeating_safe(place: Place) {
    let service = Service::start(place, made(), "").await;
    let key = ("idempotency-key", "order-66");
    let both = [key, ASYNC[0]];
    let job = accepted(&service.send(order("a", json!({}), &both)).await);
    let again = accepted(&service.send(order("a", json!({}), &both)).await);
    assert_eq!(again.id, job.id);
    let other = service.send(order("b", json!({}), &both)).await;
    assert_eq!(other.refusal(), (422, "idempotency_key_reused".to_owned()));
    let lane = service
        .send(order("a", json!({ "lane": "publish" }), &both))
        .await;
    assert_eq!(lane.refusal(), (422, "idempotency_key_reused".to_owned()));
    let waiting = service.send(order("a", json!({}), &[key])).await;
    assert_eq!(
        waiting.refusal(),
        (409, "idempotency_key_in_flight".to_owned())
    );
    service.work();
    service.until(&job.id, "done").await;
    let answered = service.send(order("a", json!({}), &[key])).await;
    assert_eq!(answered.status, StatusCode::OK);
    assert_eq!(service.list("").await.jobs.len(), 1);
    let long = "x".repeat(256);
    let refused = service
        .send(order("a", json!({}), &[("idempotency-key", &long)]))
        .await;
    assert_eq!(refused.refusal(), (400, "invalid_parameter".to_owned()));
}

async fn an_unchanged_article_is_free(place: Place) {
    let service = Service::start(place, made(), "").await;
    service.work();
    let named = json!({ "external_id": "post-7" });
    for _ in 0..3 {
        let wait = [("prefer", "wait=25")];
        let answer = service.send(order("Aarhus", named.clone(), &wait)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    assert_eq!(service.scripted.asked.lock().unwrap().len(), 1);
    let attempts = service.list("external_id=post-7").await.jobs;
    let attempts: Vec<i64> = attempts.iter().map(|job| job.attempts).collect();
    assert_eq!(attempts, [0, 0, 1]);
    let other = json!({ "options": { "count": 3 } });
    accepted(&service.send(order("Aarhus", other, ASYNC)).await);
}

async fn a_full_lane_says_when_to_come_back(place: Place) {
    let config = "[jobs]\nmax_draft_jobs = 1";
    let service = Service::start(place, made(), config).await;
    accepted(&service.send(order("a", json!({}), ASYNC)).await);
    let full = service.send(order("b", json!({}), ASYNC)).await;
    assert_eq!(full.refusal(), (429, "lane_full".to_owned()));
    // Nothing was measured yet.
    assert_eq!(full.header("retry-after"), "60");
    assert!(
        full.problem().detail.contains("jobs.max_draft_jobs"),
        "{}",
        full.text()
    );
    let urgent = json!({ "lane": "publish" });
    accepted(&service.send(order("b", urgent, ASYNC)).await);
}

async fn calling_off(place: Place) {
    // One at a time: the next begins when the one that was called off is given up.
    let config = "[jobs]\nconcurrency = 1";
    let mut service = Service::start(place, Scripted::gated(), config).await;
    service.settings.lease = HOUR;
    let delete = |id: &str| {
        let uri = format!("/v1/digests/{id}");
        Request::delete(uri).body(Body::empty()).unwrap()
    };
    let waiting = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    for _ in 0..2 {
        let answer = service.send(delete(&waiting.id)).await;
        let job: JobView = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(job.status, "cancelled");
    }
    service.work();
    let leased = accepted(&service.send(order("b", archive(), ASYNC)).await);
    tokio::time::timeout(PATIENCE, service.scripted.begun())
        .await
        .unwrap();
    assert_eq!(
        service.send(delete(&leased.id)).await.status,
        StatusCode::OK
    );
    service.until(&leased.id, "cancelled").await;
    let next = accepted(&service.send(order("c", archive(), ASYNC)).await);
    tokio::time::timeout(PATIENCE, service.scripted.begun())
        .await
        .unwrap();
    service.scripted.open_gate();
    service.until(&next.id, "done").await;
    let ended = service.send(delete(&next.id)).await;
    assert_eq!(ended.refusal(), (409, "job_ended".to_owned()));
    let unknown = uuid::Uuid::now_v7().to_string();
    for id in [unknown.as_str(), "x", "%00", "..", "%F0%9F%98%80"] {
        let answer = service.send(delete(id)).await;
        assert_eq!(answer.refusal(), (404, "no_such_job".to_owned()), "{id}");
        let answer = service.send(get(&format!("/v1/digests/{id}"))).await;
        assert_eq!(answer.refusal(), (404, "no_such_job".to_owned()), "{id}");
    }
}

async fn jobs_are_found_again(place: Place) {
    let service = Service::start(place, made(), "").await;
    for at in 0..5 {
        let more = json!({ "external_id": (at % 2).to_string(), "url": format!("https://e.org/{at}?a=b") });
        accepted(&service.send(order(&at.to_string(), more, ASYNC)).await);
    }
    assert_eq!(service.list("").await.jobs.len(), 5);
    assert_eq!(service.list("external_id=1").await.jobs.len(), 2);
    assert_eq!(
        service
            .list("url=https%3A%2F%2Fe.org%2F3%3Fa%3Db")
            .await
            .jobs
            .len(),
        1
    );
    assert_eq!(service.list("status=done").await.jobs.len(), 0);
    assert_eq!(service.list("status=queued&lane=draft").await.jobs.len(), 5);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = service.list(&format!("limit=2{cursor}")).await;
        seen.extend(page.jobs.into_iter().map(|job| job.url.unwrap()));
        let Some(next) = page.next else { break };
        cursor = format!("&cursor={next}");
    }
    let expected = [4, 3, 2, 1, 0].map(|at| format!("https://e.org/{at}?a=b"));
    assert_eq!(seen, expected);
    for (query, name) in [
        ("status=open", "status"),
        ("lane=fast", "lane"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=x", "cursor"),
        ("page=2", "page"),
        ("external_id=%00", "external_id"),
    ] {
        let answer = service.send(get(&format!("/v1/digests?{query}"))).await;
        assert_eq!(answer.status.as_u16(), 400, "{query}");
        assert_eq!(answer.problem().invalid_params[0].name, name);
    }
}

async fn what_cannot_be_done_is_refused_at_once(place: Place) {
    let service = Service::start(place, made(), "").await;
    let cases = [
        (json!({ "text": "" }), 400, "empty_input"),
        (json!({ "text": "Too short." }), 422, "too_few_words"),
        (json!({ "lane": "fast" }), 400, "invalid_parameter"),
        (
            json!({ "external_id": "a\u{0}b" }),
            400,
            "invalid_parameter",
        ),
        (json!({ "url": "x".repeat(2001) }), 400, "invalid_parameter"),
        (json!({ "external": "x" }), 400, "invalid_json"),
    ];
    for (more, status, code) in cases {
        let answer = service.send(order("a", more, ASYNC)).await;
        assert_eq!(answer.refusal(), (status, code.to_owned()));
    }
    assert_eq!(service.list("").await.jobs, []);
}

async fn without_a_worker_everything_is_stored(place: Place) {
    let service = Service::start(place, made(), "").await;
    let state = Arc::new(AppState::new(
        &Settings::from_toml("[server]\nmax_wait_seconds = 0", "test").unwrap(),
    ));
    let maker = service.scripted.maker();
    state.keep_jobs(Queue::new(
        service.store.clone(),
        maker,
        service.settings.clone(),
    ));
    assert_eq!(readiness(&state).await, (503, "loading".to_owned()));
    state.start_without_worker();
    assert_eq!(send(&state, get("/readyz")).await.status, StatusCode::OK);
    let job = accepted(&send(&state, order("a", json!({}), &[])).await);
    service.work();
    service.until(&job.id, "done").await;
    let answer = send(&state, order("a", json!({}), &[])).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}
