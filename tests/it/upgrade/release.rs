//! Writes the store of this release, with a job in each state, to be kept in
//! `tests/data/upgrade`: `make upgrade-fixture NAME=0.1.0`, before a release goes out.

use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use afterword::jobs::{Maker, NewJob, Queue};
use afterword::lane::Lane;
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::{Input, SourceKind, SourceScope};
use afterword::store::{Claim, Deed, Finished, NewKey, Submitted};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::articles::BRIDGE;
use crate::http::digest;

/// What the files are called.
const NAME: &str = "AFTERWORD_RELEASE";
const NOBODY: &str = "https://hooks.example.org/afterword";

struct Writer {
    store: Arc<Store>,
    queue: Queue,
    limits: afterword::config::Limits,
}

impl Writer {
    async fn submit(&self, name: &str) -> Job {
        let text = format!("{BRIDGE}\nThe council of {name} met on Monday.\n");
        let new = NewJob {
            input: Input {
                bytes: text.into_bytes(),
                kind: SourceKind::Text,
                scope: SourceScope::Auto,
                title: None,
                charset: None,
                language: None,
            },
            options: DigestOptions::check(
                &OptionsRequest {
                    count: Some(3),
                    ..OptionsRequest::default()
                },
                &self.limits,
            )
            .unwrap(),
            lane: Lane::Draft,
            external_id: Some(name.to_owned()),
            url: Some(format!("https://example.org/{name}")),
            callback: Some(NOBODY.to_owned()),
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

    async fn claim(&self, name: &str, lease: Duration) -> Claim {
        let job = self.submit(name).await;
        let claim = self.store.claim("worker", lease).await.unwrap().unwrap();
        assert_eq!(claim.job.id, job.id);
        claim
    }

    /// A job in each state, a key, a session and an entry of the audit log.
    async fn write(&self) {
        let store = &self.store;
        let done = self.claim("done", HOUR).await.job;
        let finished = Finished {
            digest: serde_json::to_string(&digest()).unwrap(),
            content_key: done.content_key.clone(),
            pipeline_version: Maker::extractive().pipeline_version,
        };
        let attempt = done.status.attempt;
        store.complete(&done.id, attempt, &finished).await.unwrap();
        let dead = self.claim("dead", HOUR).await.job;
        let reason = "decode_failed: try again";
        let attempt = dead.status.attempt;
        store.fail(&dead.id, attempt, reason, None).await.unwrap();
        let failed = self.claim("failed", HOUR).await.job;
        let (attempt, soon) = (failed.status.attempt, Some(Duration::from_secs(1)));
        store.fail(&failed.id, attempt, reason, soon).await.unwrap();
        self.claim("leased", Duration::ZERO).await;
        let cancelled = self.submit("cancelled").await;
        store.cancel(&cancelled.id).await.unwrap();
        self.submit("queued").await;
        self.keep_access().await;
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

async fn write_to(place: &Place) {
    let settings = Settings::from_toml("", "test").unwrap();
    let store = Arc::new(place.open_with(FOR_EVER).await);
    let queue = Queue::new(store.clone(), Maker::extractive(), settings.jobs);
    let writer = Writer {
        store,
        queue,
        limits: settings.limits,
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
