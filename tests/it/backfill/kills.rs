//! A run that is killed again and again gives what an undisturbed one gives, to the
//! last byte. `make test-backfill` does it at length.

// It prints what it did when it is run at length.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{EXTRACTIVE, Place, archive};
use crate::program::program;

/// What the last run gets to end.
const PATIENCE: Duration = Duration::from_secs(600);

/// SplitMix64: another sequence for each run of the tests.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self(now.as_nanos() as u64)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (value ^ (value >> 31)) % limit
    }
}

fn start(source: &Path, out: &str) -> Child {
    let source = source.to_str().unwrap();
    let mut command = program();
    command.args(["backfill", "run", source, "--out", out, "--ordered"]);
    command.args(EXTRACTIVE);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

fn end(mut child: Child) {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    panic!("the run does not end");
}

/// Kills a run so often, lets it end, and compares.
fn kill(articles: usize, kills: u32) {
    let place = Place::new();
    let source = archive(place.folder.path(), articles);
    let (disturbed, undisturbed) = (place.out(), format!("{}-undisturbed", place.out()));
    let started = Instant::now();
    end(start(&source, &undisturbed));
    // Time between two kills at most: all together leave the time that one needs.
    let mut life = started.elapsed() * 2 / kills;
    let mut random = Random::new();
    let mut killed = 0;
    let started = Instant::now();
    while killed < kills {
        let mut child = start(&source, &disturbed);
        let most = life.as_micros() as u64 + 1;
        std::thread::sleep(Duration::from_micros(random.below(most)));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            // It was done before it was killed so often: another is, and sooner.
            std::fs::remove_dir_all(&disturbed).unwrap();
            (killed, life) = (0, life * 3 / 4);
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
    }
    end(start(&source, &disturbed));
    let read = |folder: &str, name: &str| std::fs::read(Path::new(folder).join(name)).unwrap();
    for name in ["results.jsonl", "errors.jsonl"] {
        assert!(
            read(&disturbed, name) == read(&undisturbed, name),
            "{name} differs"
        );
    }
    let ids = place.ids("results.jsonl");
    let expected: Vec<String> = (0..articles).map(|at| format!("post-{at}")).collect();
    assert_eq!(ids, expected);
    println!(
        "{articles} articles, {kills} kills in {} s",
        started.elapsed().as_secs()
    );
}

#[test]
fn kills_change_nothing() {
    kill(100, 5);
}

#[test]
#[ignore = "minutes: make test-backfill"]
fn many_kills_change_nothing() {
    kill(2000, 50);
}

/// Ctrl-C, and the same command again.
#[cfg(target_os = "linux")]
#[test]
fn who_is_interrupted_goes_on() {
    let place = Place::new();
    let source = archive(place.folder.path(), 400);
    let mut child = start(&source, &place.out());
    let results = Path::new(&place.out()).join("results.jsonl");
    let started = Instant::now();
    while std::fs::metadata(&results).map_or(0, |it| it.len()) == 0 {
        assert!(started.elapsed() < PATIENCE, "nothing is written");
        std::thread::sleep(Duration::from_millis(5));
    }
    let signal = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let first = place.ids("results.jsonl").len();
    assert!(first < 400, "it was done before it could be interrupted");
    assert_eq!(place.summary()["complete"], false);
    end(start(&source, &place.out()));
    assert_eq!(place.ids("results.jsonl").len(), 400);
    assert_eq!(place.summary()["complete"], true);
}
