//! Several machines on one PostgreSQL: the same command hands articles to all
//! workers, and one that is killed costs nothing.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Place as Folder, archive};
use crate::program::program;
use crate::store::fixture::{Kind, Place};

const ARTICLES: usize = 120;
const PATIENCE: Duration = Duration::from_secs(120);

fn command(place: &Place, config: &str, arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments);
    command.args(["--engine", "extractive", "--config", config]);
    command.env("AFTERWORD_DATABASE_URL", &place.url);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A process that is killed when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_workers_is_killed() {
    let Some(place) = Place::new(Kind::Postgres).await else {
        return;
    };
    // The tables are made once, and nobody is killed meanwhile.
    let store = place.open().await;
    let folder = Folder::new();
    let source = archive(folder.folder.path(), ARTICLES);
    let config = folder.folder.path().join("quick.toml");
    std::fs::write(
        &config,
        "[jobs]\nlease_seconds = 5\nfirst_retry_seconds = 0\npoll_seconds = 1\n",
    )
    .unwrap();
    let config = config.to_str().unwrap();
    let worker = || Process(command(&place, config, &["worker"]).spawn().unwrap());
    let (first, _second) = (worker(), worker());
    let (source, out) = (source.to_str().unwrap(), folder.out());
    let run = [
        "backfill",
        "run",
        source,
        "--out",
        &out,
        "--ordered",
        "--no-worker",
    ];
    let mut run = Process(command(&place, config, &run).spawn().unwrap());
    let started = Instant::now();
    let mut first = Some(first);
    let ended = loop {
        assert!(started.elapsed() < PATIENCE, "the run does not end");
        if let Some(status) = run.0.try_wait().unwrap() {
            break status;
        }
        let done = store.list(&done(), 1000).await.unwrap().len();
        if done > ARTICLES / 4 {
            first = None;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    };
    assert!(ended.success(), "{ended}");
    assert!(first.is_none(), "nobody was killed");
    let expected: Vec<String> = (0..ARTICLES).map(|at| format!("post-{at}")).collect();
    assert_eq!(folder.ids("results.jsonl"), expected);
    let jobs = store.list(&done(), 1000).await.unwrap();
    let workers: std::collections::HashSet<_> =
        jobs.iter().map(|it| it.status.worker.clone()).collect();
    assert_eq!((jobs.len(), workers.len()), (ARTICLES, 2));
}

fn done() -> afterword::store::Filter {
    afterword::store::Filter {
        state: Some(afterword::store::State::Done),
        ..afterword::store::Filter::default()
    }
}
