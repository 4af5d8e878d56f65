//! Event streams: what a client that looks on is told, when it comes late, when
//! another process has the job, and when there is no place left.

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use afterword::api::router;

on_both![
    who_looks_on_sees_it_come,
    who_comes_late_misses_nothing,
    another_process_has_the_job,
    every_end_is_told,
    places_are_counted,
    a_service_that_stops_ends_its_streams,
];

/// One client's stream.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn open(state: &Arc<AppState>, id: &str) -> Self {
        let request = get(&format!("/v1/digests/{id}/events"));
        let response = router(state.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.into_body(),
            text: String::new(),
        }
    }

    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(event) = parsed(&event) {
                    return Some(event);
                }
                continue;
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame());
            let frame = frame.await.unwrap()?;
            let data = frame.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// Events up to the first of this name.
    async fn until(&mut self, name: &str) -> Vec<(String, Value)> {
        let mut seen = Vec::new();
        while let Some(event) = self.next().await {
            seen.push(event);
            if seen.last().unwrap().0 == name {
                return seen;
            }
        }
        panic!("no {name} in {seen:?}")
    }
}

/// Name and data; `None` of a comment.
fn parsed(event: &str) -> Option<(String, Value)> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    let data = field("data: ")?;
    Some((
        field("event: ")?.to_owned(),
        serde_json::from_str(data).unwrap(),
    ))
}

fn names(events: &[(String, Value)]) -> Vec<&str> {
    events.iter().map(|(name, _)| name.as_str()).collect()
}

async fn who_looks_on_sees_it_come(place: Place) {
    let service = Service::start(place, Scripted::gated(), "").await;
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    let mut stream = Stream::open(&service.state, &job.id).await;
    let (name, data) = stream.next().await.unwrap();
    assert_eq!(
        (name.as_str(), &data["status"]),
        ("status", &json!("queued"))
    );
    service.work();
    let seen = stream.until("item").await;
    assert_eq!(names(&seen), ["status", "stage", "item"]);
    assert_eq!(seen[0].1["status"], "leased");
    assert_eq!(seen[1].1["stage"], "generate");
    let pair = serde_json::to_value(&digest().faq[0]).unwrap();
    assert_eq!(seen[2].1, json!({ "kind": "pair", "pair": pair }));
    // The item came while the work went on.
    assert_eq!(service.job(&job.id).await.status, "leased");
    service.scripted.open_gate();
    let rest = stream.until("end").await;
    assert_eq!(names(&rest), ["end"]);
    let told: JobView = serde_json::from_value(rest[0].1.clone()).unwrap();
    assert_eq!(told.digest, Some(digest()));
    assert_eq!(stream.next().await, None);
}

async fn who_comes_late_misses_nothing(place: Place) {
    let service = Service::start(place, Scripted::gated(), "").await;
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    service.work();
    let begun = tokio::time::timeout(PATIENCE, service.scripted.begun());
    begun.await.unwrap();
    let mut late = Stream::open(&service.state, &job.id).await;
    let seen = late.until("item").await;
    assert_eq!(names(&seen), ["status", "stage", "item"]);
    service.scripted.open_gate();
    late.until("end").await;
    let mut later = Stream::open(&service.state, &job.id).await;
    // What was told meanwhile may be there a moment longer than the work.
    let seen = later.until("end").await;
    let (name, data) = seen.last().unwrap();
    assert_eq!((name.as_str(), &data["status"]), ("end", &json!("done")));
}

async fn another_process_has_the_job(place: Place) {
    let service = Service::start(place, Scripted::gated(), "").await;
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    let mut stream = Stream::open(&service.state, &job.id).await;
    let (_, data) = stream.next().await.unwrap();
    assert_eq!(data["status"], "queued");
    let elsewhere = Workers {
        store: service.store.clone(),
        digester: service.scripted.clone(),
        settings: service.settings.clone(),
        name: "elsewhere".to_owned(),
    };
    tokio::spawn(elsewhere.run(service.stop.subscribe()));
    let seen = stream.until("item").await;
    assert_eq!(names(&seen), ["status", "stage", "item"]);
    let pair = serde_json::to_value(&digest().faq[0]).unwrap();
    assert_eq!(seen[2].1, json!({ "kind": "pair", "pair": pair }));
    assert_eq!(service.job(&job.id).await.status, "leased");
    // Who comes late misses nothing here either.
    let mut late = Stream::open(&service.state, &job.id).await;
    let seen = late.until("item").await;
    assert_eq!(names(&seen), ["status", "stage", "item"]);
    service.scripted.open_gate();
    let rest = stream.until("end").await;
    assert_eq!(names(&rest), ["end"]);
    assert_eq!(rest[0].1["status"], "done");
    let kept = service.store.told(&job.id, 1, 0).await.unwrap();
    assert_eq!(kept, [], "it is gone with the attempt");
}

async fn every_end_is_told(place: Place) {
    let broken = || Err(PipelineError::Empty);
    let service = Service::start(place, Scripted::new(broken), "").await;
    let called_off = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    let mut stream = Stream::open(&service.state, &called_off.id).await;
    stream.next().await.unwrap();
    let uri = format!("/v1/digests/{}", called_off.id);
    let delete = Request::delete(uri).body(Body::empty()).unwrap();
    assert_eq!(service.send(delete).await.status, StatusCode::OK);
    assert_eq!(stream.until("end").await[0].1["status"], "cancelled");
    service.work();
    let failing = accepted(&service.send(order("b", json!({}), ASYNC)).await);
    let mut stream = Stream::open(&service.state, &failing.id).await;
    let seen = stream.until("end").await;
    let end = &seen.last().unwrap().1;
    assert_eq!(end["status"], "dead");
    assert!(end["reason"].as_str().unwrap().starts_with("empty_input"));
}

async fn places_are_counted(place: Place) {
    let config = "[server]\nmax_event_streams = 1";
    let service = Service::start(place, made(), config).await;
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    let uri = format!("/v1/digests/{}/events", job.id);
    let unknown = format!("/v1/digests/{}/events", uuid::Uuid::now_v7());
    let answer = service.send(get(&unknown)).await;
    assert_eq!(answer.refusal(), (404, "no_such_job".to_owned()));
    let first = Stream::open(&service.state, &job.id).await;
    let refused = service.send(get(&uri)).await;
    assert_eq!(refused.refusal(), (503, "too_many_streams".to_owned()));
    assert!(
        refused
            .problem()
            .detail
            .contains("server.max_event_streams")
    );
    drop(first);
    Stream::open(&service.state, &job.id).await;
}

async fn a_service_that_stops_ends_its_streams(place: Place) {
    let service = Service::start(place, made(), "").await;
    let job = accepted(&service.send(order("a", json!({}), ASYNC)).await);
    let mut stream = Stream::open(&service.state, &job.id).await;
    stream.next().await.unwrap();
    service.state.drain();
    assert_eq!(stream.next().await, None);
}
