//! `--json-progress`: a line of JSON every second, while nothing comes too.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStderr, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value;

use super::{EXTRACTIVE, Place, archive};
use crate::program::program;

/// What a line gets to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The lines of stderr as they come, on a thread: who waits for one may lose patience.
fn lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            // Nobody listens any more, and the program may go on talking.
            let _ = sender.send(line);
        }
    });
    receiver
}

#[test]
fn progress_is_json_and_goes_on_while_nothing_comes() {
    let place = Place::new();
    let articles = std::fs::read(archive(place.folder.path(), 3)).unwrap();
    let mut child = program()
        .args(["backfill", "run", "-", "--out", &place.out()])
        .arg("--json-progress")
        .args(EXTRACTIVE)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = lines(child.stderr.take().unwrap());
    let mut input = child.stdin.take().unwrap();
    input.write_all(&articles).unwrap();
    let next = || -> Value { serde_json::from_str(&said.recv_timeout(PATIENCE).unwrap()).unwrap() };
    // All are made, and nobody says that there are no more.
    let told = (0..60).map(|_| next()).find(|told| told["done"] == 3);
    let told = told.unwrap();
    let later = next();
    assert_eq!(
        (&later["articles"], &later["failed"]),
        (&3.into(), &0.into())
    );
    assert!(later["tokens_per_second"].as_f64().unwrap() > 0.0);
    assert!(later["seconds"].as_f64() > told["seconds"].as_f64());
    assert!(later["total"].is_null() && later["seconds_left"].is_null());
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(place.summary()["complete"], true);
}
