//! Ctrl-C: the service ends well, a command ends at once. Sends real signals to
//! a real process.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::program::isolated;

/// What `kill` calls Ctrl-C, and what the system calls it.
const INTERRUPT: (&str, i32) = ("-INT", 2);

/// The program with its default answer to signals: a shell that starts tests in
/// the background lets them ignore Ctrl-C, and children inherit that.
fn start(arguments: &[&str]) -> Child {
    isolated("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_afterword")])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let killed = Command::new("kill").args([INTERRUPT.0, &id]).status();
    assert!(killed.unwrap().success());
}

/// How the child ends, unless it outlives `patience`.
fn wait(child: &mut Child, patience: Duration) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > patience {
            child.kill().unwrap();
            panic!("still running after {patience:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_digest_that_waits_for_its_input_ends_at_once() {
    let mut child = start(&["digest", "-", "--engine", "extractive"]);
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        child.try_wait().unwrap().is_none(),
        "it did not wait for its input"
    );
    interrupt(&child);
    let status = wait(&mut child, Duration::from_secs(1));
    assert_eq!(status.signal(), Some(INTERRUPT.1), "{status}");
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty());
}

#[test]
fn the_service_ends_well() {
    let data = tempfile::tempdir().unwrap();
    let mut child = start(&[
        "serve",
        "--engine=extractive",
        "--listen=127.0.0.1:0",
        "--data-dir",
        data.path().to_str().unwrap(),
    ]);
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = log.find_map(|line| {
        Some(
            line.unwrap()
                .split_once("listening on http://")?
                .1
                .to_owned(),
        )
    });
    TcpStream::connect(line.unwrap()).unwrap();
    interrupt(&child);
    // Read on, so that the log never blocks the service.
    let rest = std::thread::spawn(move || log.map_while(Result::ok).collect::<Vec<_>>());
    let status = wait(&mut child, Duration::from_secs(10));
    let rest = rest.join().unwrap().join("\n");
    assert_eq!(status.code(), Some(0), "{rest}");
    assert!(
        rest.contains("stopping") && !rest.contains("panicked"),
        "{rest}"
    );
}
