//! Five hundred clients that only look on and two hundred wrong requests a second, for a
//! minute: how long `/healthz` takes meanwhile, and what memory does. `make measure-http`
//! runs it, against the program as a process of its own.

// It prints, and that is what it is for.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::program::program;

const STREAMS: usize = 500;
const WRONG_PER_SECOND: usize = 200;
const LOAD: Duration = Duration::from_secs(60);
/// What comes before is not measured: buffers and pools find their size.
const WARM_UP: Duration = Duration::from_secs(10);
const HEALTH_EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(10);
/// What has to hold.
const MAX_P99: Duration = Duration::from_millis(50);
const MAX_GROWTH_KIB: u64 = 16 * 1024;

/// The program, gone when dropped.
struct Service {
    child: Child,
    address: SocketAddr,
    _data: TempDir,
}

impl Service {
    /// Without a worker: what is stored stays as it is, and streams have nothing to tell.
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut child = program()
            .args([
                "serve",
                "--no-worker",
                "--engine=extractive",
                "--listen=127.0.0.1:0",
            ])
            .arg("--data-dir")
            .arg(data.path())
            .env("AFTERWORD_LOG", "error")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut address = None;
        for line in said.by_ref().map_while(Result::ok) {
            if let Some((_, found)) = line.split_once("listening on http://") {
                address = Some(found.parse().unwrap());
            }
            if line.contains("ready") {
                break;
            }
        }
        // Read on, so that what it says never blocks it.
        std::thread::spawn(move || said.for_each(drop));
        Self {
            child,
            address: address.unwrap(),
            _data: data,
        }
    }

    /// Memory that it has, in KiB.
    fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        line.unwrap().trim_end_matches("kB").trim().parse().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The answer to bytes that are sent, until the connection ends.
async fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // Who is refused early may find the connection closed.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    answer
}

fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The id of a job that waits.
async fn store_job(address: SocketAddr) -> String {
    let sentence = "The council voted on Monday to repair the old harbour bridge. ";
    let headers = "content-type: text/plain\r\nprefer: respond-async\r\n";
    let sent = request(
        "POST",
        "/v1/digests",
        headers,
        sentence.repeat(20).as_bytes(),
    );
    let answer = exchange(address, &sent).await;
    let answer = String::from_utf8(answer).unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let job: Value = serde_json::from_str(body).unwrap();
    job["id"].as_str().unwrap().to_owned()
}

/// A client that looks on, once it was told of the job.
async fn look_on(address: SocketAddr, job: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let sent = request("GET", &format!("/v1/digests/{job}/events"), "", b"");
    stream.write_all(&sent).await.unwrap();
    let mut told = Vec::new();
    while !told.windows(6).any(|it| it == b"event:") {
        let mut part = [0; 1024];
        let read = timeout(PATIENCE, stream.read(&mut part)).await.unwrap();
        let read = read.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&told));
        told.extend(&part[..read]);
    }
    stream
}

/// Requests that are wrong in as many ways.
fn wrong_requests() -> Vec<Vec<u8>> {
    let json = "content-type: application/json\r\n";
    let html = "content-type: text/html\r\n";
    let post = |headers: &str, body: &[u8]| request("POST", "/v1/digests", headers, body);
    let mut cut_off = post(json, &vec![b' '; 100_000]);
    cut_off.truncate(1000);
    vec![
        post(json, b"{\"text\": \"cut o"),
        post(json, &b"[".repeat(50_000)),
        post(json, b"{\"text\": 1, \"html\": {}}"),
        post(
            json,
            &[
                b"{\"text\": \"".as_slice(),
                &b"\\u0000".repeat(5000),
                b"\"}",
            ]
            .concat(),
        ),
        post(json, &[0xff; 1000]),
        post(html, &b"<div>".repeat(20_000)),
        post(html, &b"<p>short</p>".repeat(3)),
        post(html, &[0; 10_000]),
        post(
            "content-type: text/plain\r\n",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        ),
        post("content-type: image/png\r\n", b"x"),
        post("", b"no media type"),
        post(&format!("{html}content-encoding: gzip\r\n"), b"not packed"),
        post(
            &format!(
                "{json}prefer: wait=ever\r\nidempotency-key: {}\r\n",
                "x".repeat(300)
            ),
            b"{}",
        ),
        request(
            "POST",
            &format!("/v1/digests?{}", "a=b&".repeat(2000)),
            html,
            b"<p>x</p>",
        ),
        request("POST", "/v1/check", json, b"{\"sentence\": \"\"}"),
        request("GET", "/v1/digests?limit=-1&cursor=x", "", b""),
        request("GET", "/v1/digests/%ff%00/events", "", b""),
        request("GET", &format!("/{}", "x/".repeat(4000)), "", b""),
        request("PUT", "/v1/digests", json, b"{}"),
        request(
            "DELETE",
            "/v1/digests/01a20b0d-8ceb-7716-8cb5-10165a8ca972",
            "",
            b"",
        ),
        b"\0\0\0\0 nonsense\r\n\r\n".to_vec(),
        cut_off,
    ]
}

/// Sends wrong requests at an even pace; none may be answered with a failure.
async fn send_wrong(address: SocketAddr, until: Instant, failures: Arc<AtomicUsize>) -> usize {
    let mut ticks = interval(Duration::from_secs(1) / WRONG_PER_SECOND as u32);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let requests: Vec<Arc<Vec<u8>>> = wrong_requests().into_iter().map(Arc::new).collect();
    let mut sent = 0;
    while Instant::now() < until {
        ticks.tick().await;
        let (request, failures) = (requests[sent % requests.len()].clone(), failures.clone());
        tokio::spawn(async move {
            let answer = exchange(address, &request).await;
            if answer.starts_with(b"HTTP/1.1 500") {
                failures.fetch_add(1, Ordering::Relaxed);
            }
        });
        sent += 1;
    }
    sent
}

/// How long `/healthz` took, each time.
async fn ask_for_health(address: SocketAddr, until: Instant) -> Vec<Duration> {
    let mut ticks = interval(HEALTH_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut times = Vec::new();
    let sent = request("GET", "/healthz", "", b"");
    while Instant::now() < until {
        ticks.tick().await;
        let started = Instant::now();
        let answer = exchange(address, &sent).await;
        assert!(answer.starts_with(b"HTTP/1.1 200"), "it is not well");
        times.push(started.elapsed());
    }
    times.sort();
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of more than a minute"]
async fn lookers_on_and_wrong_requests_slow_nobody_down() {
    let service = Service::start();
    let address = service.address;
    let job = store_job(address).await;
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        streams.push(look_on(address, &job).await);
    }
    let failures = Arc::new(AtomicUsize::new(0));
    let until = Instant::now() + WARM_UP + LOAD;
    let wrong = tokio::spawn(send_wrong(address, until, failures.clone()));
    tokio::time::sleep(WARM_UP).await;
    let before = service.memory();
    let times = ask_for_health(address, until).await;
    let after = service.memory();
    let sent = wrong.await.unwrap();
    let at = |share: usize| times[(times.len() - 1) * share / 1000];
    println!(
        "{STREAMS} event streams, {sent} wrong requests ({WRONG_PER_SECOND} a second); /healthz, \
         asked {} times: median {:.1?}, p99 {:.1?}, longest {:.1?}; memory {before} KiB after {} s, \
         {after} KiB after {} s",
        times.len(),
        at(500),
        at(990),
        at(1000),
        WARM_UP.as_secs(),
        (WARM_UP + LOAD).as_secs(),
    );
    assert_eq!(failures.load(Ordering::Relaxed), 0);
    assert!(at(990) < MAX_P99);
    assert!(after.saturating_sub(before) < MAX_GROWTH_KIB);
    // Nobody was turned away: each stream is still open.
    for stream in &streams {
        let mut byte = [0; 1];
        let open = stream.try_read(&mut byte);
        assert!(!matches!(open, Ok(0)), "a stream was ended");
    }
}
