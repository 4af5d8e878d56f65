//! Batches over HTTP, on both databases.

use afterword::api::{ArticleList, ArticleView, BatchList, BatchView, ExportView};
use afterword::jobs::Conductor;
use serde_json::Value;

use super::callbacks::Called;
use super::*;

on_both![
    a_batch_comes_back_line_by_line,
    a_list_is_a_batch_too,
    limits_are_named,
    paused_and_called_off,
    what_is_late_is_dropped,
    what_was_cut_off_has_failed,
    batches_are_listed,
    the_end_of_a_batch_is_told,
    a_removed_article_leaves_its_batches,
    jobs_of_a_batch_name_its_request,
    a_reload_reaches_batches,
];

impl Service {
    /// Conducts batches beside the service.
    pub(super) fn conduct(&self, config: &str) {
        let (store, maker) = (self.store.clone(), self.scripted.maker());
        self.conduct_into(Queue::new(store, maker, self.settings.clone()), config);
    }

    /// The same, by the settings of a queue that may change.
    fn conduct_into(&self, queue: Queue, config: &str) {
        let settings = Settings::from_toml(config, "test").unwrap();
        let conductor = Conductor {
            store: self.store.clone(),
            queue,
            settings: settings.batches,
        };
        tokio::spawn(conductor.run(self.stop.subscribe()));
    }

    /// Waits until so many articles of a batch are in work.
    async fn in_work(&self, id: &str, count: i64) {
        let reached = async {
            while self.batch(id).await.counts.in_work != count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap();
    }

    async fn batch(&self, id: &str) -> BatchView {
        let answer = self.send(get(&format!("/v1/batches/{id}"))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn batch_until(&self, id: &str, status: &str) -> BatchView {
        let reached = async {
            loop {
                let batch = self.batch(id).await;
                if batch.status == status {
                    return batch;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, reached).await {
            Ok(batch) => batch,
            Err(_) => panic!("never {status}: {:?}", self.batch(id).await),
        }
    }

    async fn lines(&self, path: &str) -> Vec<Value> {
        let answer = self.send(get(path)).await;
        assert_eq!(answer.header("content-type"), "application/jsonl");
        let text = answer.text().to_owned();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    async fn articles(&self, name: &str) -> Vec<ArticleView> {
        let list = self.send(get(&format!("/v1/articles?external_id={name}")));
        let list: ArticleList = serde_json::from_slice(&list.await.body).unwrap();
        list.articles
    }

    async fn export(&self, name: &str) -> ExportView {
        let found = self.articles(name).await;
        let uri = format!("/v1/articles/{}/export", found[0].id);
        serde_json::from_slice(&self.send(get(&uri)).await.body).unwrap()
    }

    async fn post(&self, path: &str) -> Answer {
        let request = Request::post(path).body(Body::empty()).unwrap();
        self.send(request).await
    }
}

fn upload(query: &str, media_type: &str, body: String) -> Request<Body> {
    Request::post(format!("/v1/batches{query}"))
        .header("content-type", media_type)
        .body(Body::from(body))
        .unwrap()
}

fn lines(count: usize) -> String {
    let line = |at: usize| {
        let line = json!({"custom_id": format!("post-{at}"), "text": article(&at.to_string())});
        format!("{line}\n")
    };
    (0..count).map(line).collect()
}

#[track_caller]
fn taken(answer: &Answer) -> BatchView {
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let batch: BatchView = serde_json::from_slice(&answer.body).unwrap();
    let place = format!("/v1/batches/{}", batch.id);
    assert_eq!(answer.header("location"), place);
    batch
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["custom_id"].as_str().unwrap())
        .collect()
}

async fn a_batch_comes_back_line_by_line(place: Place) {
    let service = Service::start(place, made(), "").await;
    let body = format!(
        "{}no json\n\n{}\n{}",
        lines(60),
        json!({"custom_id": "post-3", "text": "again"}),
        json!({"text": "nameless"})
    );
    let sent = upload("?count=3&summary=short", "application/jsonl", body);
    let batch = taken(&service.send(sent).await);
    assert_eq!(
        (batch.status.as_str(), batch.counts.total),
        ("in_progress", 63)
    );
    assert_eq!((batch.counts.waiting, batch.counts.failed), (60, 3));
    service.conduct("[batches]\nmax_open_jobs = 7");
    service.work();
    let done = service.batch_until(&batch.id, "completed").await;
    assert_eq!((done.counts.done, done.counts.failed), (60, 3));
    assert!(done.finished_at.is_some());
    let results = service.lines(&done.results).await;
    let expected: Vec<String> = (0..60).map(|at| format!("post-{at}")).collect();
    assert_eq!(ids(&results), expected);
    assert_eq!(results[0]["digest"]["topic"], "Harbour bridge");
    assert_eq!(results[0]["review"], "required");
    let errors = service.lines(&done.errors).await;
    assert_eq!(ids(&errors), ["line-61", "line-62", "line-63"]);
    let codes: Vec<&str> = errors
        .iter()
        .map(|line| line["problem"]["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["bad_json", "duplicate_id", "no_id"]);
    let asked = service.scripted.asked.lock().unwrap();
    assert!(asked.iter().all(|(_, options)| options.count == 3));
    assert!(
        asked
            .iter()
            .all(|(_, options)| options.summary == SummaryForm::Short)
    );
    let lanes = asked
        .iter()
        .all(|(_, options)| options.lane.name() == "backfill");
    assert!(lanes, "the engine is told that it can wait");
}

async fn a_list_is_a_batch_too(place: Place) {
    let service = Service::start(place, made(), "").await;
    service.conduct("");
    service.work();
    let body = json!({
        "articles": [{"custom_id": "a", "text": article("a")}, {"custom_id": 2, "html": article("b")}],
        "options": {"count": 2, "summary": "key-points"},
    });
    let sent = upload("", "application/json", body.to_string());
    let batch = taken(&service.send(sent).await);
    let done = service.batch_until(&batch.id, "completed").await;
    assert_eq!(ids(&service.lines(&done.results).await), ["a", "2"]);
}

async fn limits_are_named(place: Place) {
    let config = "[batches]\nmax_lines = 3\nmax_bytes = 2048";
    let service = Service::start(place, made(), config).await;
    let refused = |answer: Answer| answer.refusal();
    let many = (0..4).map(|at| format!("{{\"custom_id\":\"{at}\",\"text\":\"a\"}}\n"));
    let sent = upload("", "application/jsonl", many.collect());
    assert_eq!(
        refused(service.send(sent).await),
        (413, "too_many_lines".to_owned())
    );
    let sent = upload("", "application/jsonl", "x".repeat(3000));
    assert_eq!(
        refused(service.send(sent).await),
        (413, "too_many_bytes".to_owned())
    );
    let sent = upload("", "text/csv", String::new());
    assert_eq!(
        refused(service.send(sent).await),
        (415, "media_type_unsupported".to_owned())
    );
    let sent = upload("", "application/jsonl", "no json".to_owned());
    assert_eq!(
        refused(service.send(sent).await),
        (422, "empty_batch".to_owned())
    );
    let sent = upload("?counts=3", "application/jsonl", String::new());
    assert_eq!(
        refused(service.send(sent).await),
        (400, "invalid_parameter".to_owned())
    );
    let missing = service.send(get("/v1/batches/batch_0")).await;
    assert_eq!(refused(missing), (404, "no_such_batch".to_owned()));
    let list = service.send(get("/v1/batches")).await;
    let list: BatchList = serde_json::from_slice(&list.body).unwrap();
    assert_eq!(list.batches, [], "what was refused is forgotten");
}

async fn paused_and_called_off(place: Place) {
    let service = Service::start(place, made(), "").await;
    let batch = taken(
        &service
            .send(upload("", "application/jsonl", lines(5)))
            .await,
    );
    let path = |what: &str| format!("/v1/batches/{}/{what}", batch.id);
    let paused = service.post(&path("pause")).await;
    assert_eq!(paused.status, StatusCode::OK, "{}", paused.text());
    service.conduct("[batches]\nmax_open_jobs = 2");
    tokio::time::sleep(Duration::from_millis(400)).await;
    let still = service.batch(&batch.id).await;
    assert_eq!((still.paused, still.counts.waiting), (true, 5));
    service.post(&path("resume")).await;
    service.in_work(&batch.id, 2).await;
    service.post(&path("cancel")).await;
    let ended = service.batch_until(&batch.id, "cancelled").await;
    assert_eq!(ended.counts.cancelled, 5);
    let again = service.post(&path("cancel")).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(
        service.post(&path("pause")).await.refusal(),
        (409, "batch_ended".to_owned())
    );
    assert_eq!(service.list("status=cancelled").await.jobs.len(), 2);
    assert_eq!(service.lines(&ended.errors).await.len(), 5);
}

/// A batch that is being sent, and that expires after so many milliseconds.
async fn begun(service: &Service, lifetime: i64) -> afterword::store::Batch {
    let new = afterword::store::NewBatch {
        api_key: None,
        callback: None,
        request_id: None,
        lifetime,
    };
    service.store.begin_batch(&new).await.unwrap()
}

fn item() -> afterword::store::NewItem {
    afterword::store::NewItem {
        line: 1,
        custom_id: "a".to_owned(),
        title: None,
        url: None,
        order: Ok(crate::store::fixture::submission("a").order),
    }
}

async fn what_is_late_is_dropped(place: Place) {
    let service = Service::start(place, made(), "").await;
    let batch = begun(&service, 1).await;
    service.store.add_items(&batch, &[item()]).await.unwrap();
    service.store.start_batch(&batch.id).await.unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    service.conduct("");
    let ended = service.batch_until(&batch.id, "expired").await;
    assert_eq!(ended.counts.expired, 1);
    let errors = service.lines(&ended.errors).await;
    assert_eq!(errors[0]["problem"]["code"], "expired");
}

async fn what_was_cut_off_has_failed(place: Place) {
    let service = Service::start(place, made(), "").await;
    let batch = begun(&service, 3_600_000).await;
    service.store.add_items(&batch, &[item()]).await.unwrap();
    assert_eq!(service.batch(&batch.id).await.status, "validating");
    service.conduct("[batches]\nupload_timeout_seconds = 1");
    let ended = service.batch_until(&batch.id, "failed").await;
    assert!(ended.finished_at.is_some());
    let reason = ended.reason.unwrap();
    assert!(reason.starts_with("upload_cut_off: "), "{reason}");
    // No article is kept for it.
    assert_eq!((ended.counts.waiting, ended.counts.failed), (0, 1));
    let waiting = service.store.waiting_items(&batch, 10).await.unwrap();
    assert!(waiting.is_empty());
    let late = service.store.start_batch(&batch.id).await.unwrap();
    assert_eq!(late.unwrap().state.name(), "failed", "it stays what it is");
}

async fn batches_are_listed(place: Place) {
    let service = Service::start(place, made(), "").await;
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.push(
            taken(
                &service
                    .send(upload("", "application/jsonl", lines(1)))
                    .await,
            )
            .id,
        );
    }
    let list = async |query: &str| -> BatchList {
        let answer = service.send(get(&format!("/v1/batches?{query}"))).await;
        serde_json::from_slice(&answer.body).unwrap()
    };
    let first = list("limit=2").await;
    let listed: Vec<&str> = first.batches.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(listed, [&sent[2], &sent[1]]);
    let rest = list(&format!("limit=2&cursor={}", first.next.unwrap())).await;
    assert_eq!(
        (rest.batches[0].id.as_str(), rest.next),
        (sent[0].as_str(), None)
    );
    assert_eq!(list("status=completed").await.batches, []);
}

async fn the_end_of_a_batch_is_told(place: Place) {
    let called = Called::start(place, "").await;
    called.service.conduct("");
    called.service.work();
    let query = format!("?callback={}", called.receiver.url());
    let sent = upload(&query, "application/jsonl", lines(3));
    let batch = taken(&called.service.send(sent).await);
    called.service.batch_until(&batch.id, "completed").await;
    let heard = async {
        loop {
            if let Some(heard) = called.receiver.heard().pop() {
                return heard;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let heard = tokio::time::timeout(PATIENCE, heard).await.unwrap();
    let told = heard.payload();
    assert_eq!(told["type"], "batch.completed");
    assert_eq!(
        (&told["data"]["id"], &told["data"]["done"]),
        (&json!(batch.id), &json!(3))
    );
    assert_eq!(told["data"]["href"], format!("/v1/batches/{}", batch.id));
    // It hangs on a job of one of the articles.
    let mut deliveries = Vec::new();
    for at in 0..3 {
        let export = called.service.export(&format!("post-{at}")).await;
        deliveries.extend(export.deliveries);
    }
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].batch.as_ref(), Some(&batch.id));
}

async fn a_removed_article_leaves_its_batches(place: Place) {
    let service = Service::start(place, made(), "").await;
    let line = |at: usize| {
        let (id, url) = (format!("post-{at}"), format!("https://example.org/{at}"));
        let text = article(&at.to_string());
        let line = json!({"custom_id": id, "title": "News", "url": url, "text": text});
        format!("{line}\n")
    };
    let sent = upload("", "application/jsonl", (0..3).map(line).collect());
    let batch = taken(&service.send(sent).await);
    let remove = async |name: &str| {
        let uri = format!("/v1/articles?external_id={name}");
        let request = Request::delete(uri).body(Body::empty()).unwrap();
        assert_eq!(service.send(request).await.status, StatusCode::NO_CONTENT);
    };
    // While it waits, and nothing else knows of it.
    remove("post-1").await;
    service.conduct("");
    service.work();
    let ended = service.batch_until(&batch.id, "completed").await;
    assert_eq!((ended.counts.done, ended.counts.cancelled), (2, 1));
    assert_eq!(
        ids(&service.lines(&ended.results).await),
        ["post-0", "post-2"]
    );
    assert_eq!(service.articles("post-1").await, [], "it did not come back");
    let export = service.export("post-0").await;
    let place = &export.batch_items[0];
    assert_eq!(
        (place.batch.as_str(), place.line, place.status.as_str()),
        (batch.id.as_str(), 1, "done")
    );
    assert_eq!(place.title.as_deref(), Some("News"));
    // And when it is done.
    remove("post-0").await;
    let results = service.lines(&ended.results).await;
    assert_eq!(ids(&results), ["post-0", "post-2"]);
    assert_eq!(results[0]["problem"]["code"], "article_deleted");
    assert_eq!(results[0]["title"], Value::Null);
    assert_eq!(results[0]["url"], Value::Null);
    assert_eq!(results[1]["title"], "News");
    let errors = service.lines(&ended.errors).await;
    assert_eq!(ids(&errors), ["post-1"]);
    assert_eq!(errors[0]["problem"]["code"], "article_deleted");
    assert_eq!(errors[0]["title"], Value::Null);
}

async fn jobs_of_a_batch_name_its_request(place: Place) {
    let service = Service::start(place, made(), "").await;
    // Through all layers, as they give a request its id.
    let mut sent = upload("", "application/jsonl", lines(2));
    let id = "of-the-upload".parse().unwrap();
    sent.headers_mut().insert("x-request-id", id);
    let batch = taken(&service.send(sent).await);
    service.conduct("");
    service.in_work(&batch.id, 2).await;
    let filter = afterword::store::Filter::default();
    for job in service.store.list(&filter, 10).await.unwrap() {
        assert_eq!(job.request_id.as_deref(), Some("of-the-upload"));
    }
}

async fn a_reload_reaches_batches(place: Place) {
    let service = Service::start(place, made(), "").await;
    let batch = taken(
        &service
            .send(upload("", "application/jsonl", lines(5)))
            .await,
    );
    let with = |most, failures| JobSettings {
        max_backfill_jobs: most,
        max_failures: failures,
        ..service.settings.clone()
    };
    let (store, maker) = (service.store.clone(), service.scripted.maker());
    let queue = Queue::new(store, maker, with(1, 2));
    service.conduct_into(queue.clone(), "");
    service.in_work(&batch.id, 1).await;
    queue.reload(with(3, 7));
    service.in_work(&batch.id, 3).await;
    let filter = afterword::store::Filter::default();
    let jobs = service.store.list(&filter, 10).await.unwrap();
    let failures: Vec<i64> = jobs.iter().map(|job| job.status.max_failures).collect();
    assert_eq!(failures, [7, 7, 2]);
}
