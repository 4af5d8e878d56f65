//! Writes the store of this release, with a job in each state and a row in each table, to
//! be kept in `tests/data/upgrade`: `make upgrade-fixture NAME=0.1.0`, before a release
//! goes out. That it does, and that what it writes now can be worked on, is tried always.

use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use afterword::jobs::{Conductor, Desk, Maker, NewJob, Queue, pack_item};
use afterword::lane::Lane;
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::{Input, SourceKind};
use afterword::store::{
    Claim, Deed, Finished, NewBatch, NewItem, NewKey, Sent, Submitted, Told, Verdict,
};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::set_up::sent;
use super::*;
use crate::articles::BRIDGE;
use crate::http::digest;

/// What the files are called.
const NAME: &str = "AFTERWORD_RELEASE";
const NOBODY: &str = "https://hooks.example.org/afterword";
/// In milliseconds: a batch of an old release has not run out.
const A_CENTURY: i64 = 100 * 365 * 24 * 3_600_000;
/// Who was there once, and is not called any more.
const GONE: &str = "https://gone.example.org/afterword";

struct Writer {
    store: Arc<Store>,
    queue: Queue,
    settings: Settings,
}

impl Writer {
    async fn submit(&self, name: &str) -> Job {
        self.submit_telling(name, NOBODY).await
    }

    async fn submit_telling(&self, name: &str, callback: &str) -> Job {
        let new = NewJob {
            input: input(name),
            options: self.options(),
            lane: Lane::Draft,
            external_id: Some(name.to_owned()),
            url: Some(format!("https://example.org/{name}")),
            callback: Some(callback.to_owned()),
            idempotency_key: Some(format!("key of {name}")),
            owner: None,
            generation: None,
            request_id: None,
        };
        match self.queue.submit(new).await.unwrap() {
            Submitted::Accepted(job) => job,
            other => panic!("{other:?}"),
        }
    }

    fn options(&self) -> DigestOptions {
        let request = OptionsRequest {
            count: Some(3),
            ..OptionsRequest::default()
        };
        DigestOptions::check(&request, &self.settings.limits).unwrap()
    }

    async fn claim(&self, name: &str, lease: Duration) -> Claim {
        let job = self.submit(name).await;
        let claim = self.store.claim("worker", lease).await.unwrap().unwrap();
        assert_eq!(claim.job.id, job.id);
        claim
    }

    /// A job in each state, an article, a batch, a key, a session and an entry of the
    /// audit log.
    async fn write(&self) {
        let store = &self.store;
        self.call_nobody().await;
        let done = self.claim("done", HOUR).await.job;
        let finished = Finished {
            digest: serde_json::to_string(&digest()).unwrap(),
            content_key: done.content_key.clone(),
            pipeline_version: Maker::extractive().pipeline_version,
        };
        let attempt = done.status.attempt;
        store.complete(&done.id, attempt, &finished).await.unwrap();
        let desk = Desk::new(store.clone(), &self.settings.jobs);
        desk.settle_ended(&done.id).await.unwrap();
        let dead = self.claim("dead", HOUR).await.job;
        let reason = "decode_failed: try again";
        let attempt = dead.status.attempt;
        store.fail(&dead.id, attempt, reason, None).await.unwrap();
        let failed = self.claim("failed", HOUR).await.job;
        let (attempt, soon) = (failed.status.attempt, Some(Duration::from_secs(1)));
        store.fail(&failed.id, attempt, reason, soon).await.unwrap();
        let leased = self.claim("leased", Duration::ZERO).await.job;
        let told = Told {
            first: 0,
            events: r#"[{"stage":"reading"}]"#.to_owned(),
        };
        let attempt = leased.status.attempt;
        store.tell(&leased.id, attempt, &told).await.unwrap();
        let cancelled = self.submit("cancelled").await;
        store.cancel(&cancelled.id).await.unwrap();
        self.submit("queued").await;
        self.send_batch().await;
        self.keep_access().await;
    }

    /// A callback that was answered with 410.
    async fn call_nobody(&self) {
        let job = self.submit_telling("gone", GONE).await;
        self.store.cancel(&job.id).await.unwrap();
        let claimed = self.store.claim_deliveries(1, HOUR).await.unwrap();
        let sent = Sent {
            answer: Some(410),
            ms: 5,
            verdict: Verdict::Gone,
        };
        let (id, attempt) = (&claimed[0].id, claimed[0].status.attempt);
        let reported = self.store.report_delivery(id, attempt, &sent).await;
        reported.unwrap();
    }

    /// An article that is in work, one that waits, and one that is none.
    async fn send_batch(&self) {
        let new = NewBatch {
            api_key: None,
            callback: Some(NOBODY.to_owned()),
            request_id: Some("1".to_owned()),
            lifetime: A_CENTURY,
        };
        let batch = self.store.begin_batch(&new).await.unwrap();
        let packed = |name| Ok(pack_item(input(name), &self.options()).unwrap());
        let items = [
            ("in a batch", packed("in a batch")),
            ("waiting in a batch", packed("waiting in a batch")),
            ("no article", Err("bad_json: it is none".to_owned())),
        ];
        let items = (1..).zip(items).map(|(line, (name, order))| NewItem {
            line,
            custom_id: name.to_owned(),
            title: Some(name.to_owned()),
            url: None,
            order,
        });
        let items: Vec<NewItem> = items.collect();
        self.store.add_items(&batch, &items).await.unwrap();
        self.store.start_batch(&batch.id).await.unwrap().unwrap();
        // Hands in as many as the settings allow, which is one.
        let conductor = Conductor {
            store: self.store.clone(),
            queue: queue(&self.store, &self.settings),
            settings: self.settings.batches.clone(),
        };
        conductor.look().await.unwrap();
    }

    async fn keep_access(&self) {
        let secret = Secret::parse(SecretKind::Key, KEY).unwrap();
        let new = NewKey {
            name: "newsroom".to_owned(),
            scopes: "submit,read".parse().unwrap(),
            lane: Some(Lane::Publish),
            requests_per_minute: Some(60),
            max_open_jobs: None,
            lifetime: None,
        };
        let key = self.store.create_key(&new, &secret).await.unwrap();
        let session = Secret::generate(SecretKind::Session).unwrap();
        let begun = self.store.begin_session(&session, &key, 1000).await;
        begun.unwrap();
        let deed = Deed {
            api_key: Some(key.id),
            method: "POST".to_owned(),
            route: "/v1/digests".to_owned(),
            subject: None,
            status: 202,
            code: None,
            request_id: "1".to_owned(),
            address: None,
        };
        self.store.record(&deed).await.unwrap();
    }
}

fn input(name: &str) -> Input {
    sent(
        format!("{BRIDGE}\nThe council of {name} met on Monday.\n"),
        SourceKind::Text,
    )
}

fn queue(store: &Arc<Store>, settings: &Settings) -> Queue {
    Queue::new(store.clone(), Maker::extractive(), settings.jobs.clone())
}

async fn write_to(place: &Place) {
    let settings = Settings::from_toml("[batches]\nmax_open_jobs = 1", "test").unwrap();
    let store = Arc::new(place.open_with(FOR_EVER).await);
    let writer = Writer {
        queue: queue(&store, &settings),
        store,
        settings,
    };
    writer.write().await;
    writer.store.close().await;
}

async fn sqlite(name: &str) {
    let place = Place::new(Kind::Sqlite).await.unwrap();
    write_to(&place).await;
    let mut file = SqliteConnection::connect(&place.url).await.unwrap();
    // One file, without a log beside it.
    file.execute("PRAGMA journal_mode = DELETE").await.unwrap();
    file.execute("VACUUM").await.unwrap();
    file.close().await.unwrap();
    let bytes = std::fs::read(place.url.trim_start_matches("sqlite://")).unwrap();
    let packed = File::create(data(&format!("{name}.sqlite.gz"))).unwrap();
    let mut packed = GzEncoder::new(packed, Compression::best());
    packed.write_all(&bytes).unwrap();
    packed.finish().unwrap();
}

/// As statements that make the tables in whatever schema comes first.
async fn postgres(name: &str) {
    let place = Place::new(Kind::Postgres).await.unwrap();
    write_to(&place).await;
    let (server, schema) = place.url.split_once("options[search_path]=").unwrap();
    let dumped = Command::new("pg_dump")
        .args([
            "--no-owner",
            "--no-privileges",
            "--inserts",
            "--no-comments",
        ])
        .arg(format!("--schema={schema}"))
        .arg(server.trim_end_matches(['?', '&']))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&dumped.stderr);
    assert!(dumped.status.success(), "{stderr}");
    let dump = String::from_utf8(dumped.stdout).unwrap();
    let dump = dump.replace(&format!("{schema}."), "");
    let left_out = [
        "--",
        "SET ",
        "SELECT pg_catalog.set_config",
        "CREATE SCHEMA",
        "\\",
    ];
    let lines = dump
        .lines()
        .filter(|line| !line.is_empty() && !left_out.iter().any(|start| line.starts_with(start)));
    let lines: Vec<&str> = lines.collect();
    std::fs::write(
        data(&format!("{name}.postgres.sql")),
        lines.join("\n") + "\n",
    )
    .unwrap();
}

#[tokio::test]
#[ignore = "writes files that are kept for ever"]
async fn write() {
    let name = std::env::var(NAME).unwrap();
    sqlite(&name).await;
    postgres(&name).await;
}

/// A table without a row is one whose later migration nobody tries.
async fn no_table_is_empty(url: &str) {
    let mut file = SqliteConnection::connect(url).await.unwrap();
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'";
    let names = sqlx::query_scalar(names).fetch_all(&mut file).await;
    let names: Vec<String> = names.unwrap();
    assert!(names.len() >= 20, "{names:?}");
    for name in names {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM \"{name}\""));
        let rows = sqlx::query_scalar(count).fetch_one(&mut file).await;
        let rows: i64 = rows.unwrap();
        assert!(rows > 0, "nothing is written into {name}");
    }
    file.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_now_rolls_forward_on_sqlite() {
    let place = Place::new(Kind::Sqlite).await.unwrap();
    write_to(&place).await;
    no_table_is_empty(&place.url).await;
    rolls_forward("this release", &place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_now_rolls_forward_on_postgres() {
    if let Some(place) = Place::new(Kind::Postgres).await {
        write_to(&place).await;
        rolls_forward("this release", &place).await;
    }
}
