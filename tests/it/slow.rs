//! Clients who are slow or greedy on purpose, against the program itself: thousands of
//! connections that send a byte a second, heads without end, bodies of 100 MB. Others
//! have to be answered meanwhile. `make measure-slow` runs it and prints the figures.

#![allow(clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::articles::BRIDGE;
use super::program::program;

/// Connections that send a byte a second.
const SLOW: usize = 2000;
/// Of each other kind.
const GREEDY: usize = 8;
const DURATION: Duration = Duration::from_secs(60);
/// What 99 of 100 callers of `/healthz` may have to wait.
const HEALTH: Duration = Duration::from_millis(100);
/// Resident memory that this may take: connections × head, bodies × slots, and what
/// the program is without any.
const MOST_KIB: u64 = 400 << 10;
const BODY_BYTES: usize = 100 << 20;

/// A running service; killed when dropped.
struct Service {
    child: Child,
    address: SocketAddr,
    _data: tempfile::TempDir,
}

impl Service {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut child = program()
            .args([
                "serve",
                "--engine=extractive",
                "--listen=127.0.0.1:0",
                "--data-dir",
            ])
            .arg(data.path())
            .env("AFTERWORD_LOG", "error")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            line.split_once("listening on http://")?.1.parse().ok()
        });
        // Read on, so that the log never blocks the service.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self {
            child,
            address: address.unwrap(),
            _data: data,
        }
    }

    fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok())
            .unwrap_or(0)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What the hostile clients saw.
#[derive(Default)]
struct Seen {
    /// Slow connections that are open now.
    open: AtomicUsize,
    most_open: AtomicUsize,
    closed: AtomicUsize,
    bombs: AtomicUsize,
    bodies: AtomicUsize,
}

/// A request, a byte a second, again and again.
async fn drip(address: SocketAddr, seen: Arc<Seen>) {
    let request = format!(
        "POST /v1/digests HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\nx-slow: {}",
        "x".repeat(1000)
    );
    loop {
        let Ok(mut stream) = TcpStream::connect(address).await else {
            sleep(Duration::from_millis(500)).await;
            continue;
        };
        let open = seen.open.fetch_add(1, Ordering::Relaxed) + 1;
        seen.most_open.fetch_max(open, Ordering::Relaxed);
        for byte in request.as_bytes() {
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        seen.open.fetch_sub(1, Ordering::Relaxed);
        seen.closed.fetch_add(1, Ordering::Relaxed);
    }
}

/// Headers without an end, as fast as they are taken.
async fn bomb(address: SocketAddr, seen: Arc<Seen>) {
    let headers = "x-bomb: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(1000);
    loop {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let _ = stream.write_all(b"GET / HTTP/1.1\r\n").await;
            while stream.write_all(headers.as_bytes()).await.is_ok() {}
            seen.bombs.fetch_add(1, Ordering::Relaxed);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// A body of 100 MB, as fast as it is taken.
async fn body(address: SocketAddr, is_told: bool, seen: Arc<Seen>) {
    let length = match is_told {
        true => format!("content-length: {BODY_BYTES}"),
        false => "transfer-encoding: chunked".to_owned(),
    };
    let head = format!(
        "POST /v1/digests HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n{length}\r\n\r\n"
    );
    let piece = match is_told {
        true => "word ".repeat(20_000),
        false => format!("{:x}\r\n{}\r\n", 100_000, "word ".repeat(20_000)),
    };
    loop {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let _ = stream.write_all(head.as_bytes()).await;
            for _ in 0..=BODY_BYTES / piece.len() {
                if stream.write_all(piece.as_bytes()).await.is_err() {
                    break;
                }
            }
            seen.bodies.fetch_add(1, Ordering::Relaxed);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Status and time of one request on a connection of its own.
async fn ask(address: SocketAddr, request: &[u8]) -> (u16, Duration) {
    let started = Instant::now();
    let answer = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(request).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8(answer).ok()?;
        answer.split(' ').nth(1)?.parse().ok()
    };
    let status = timeout(Duration::from_secs(30), answer).await;
    (status.ok().flatten().unwrap_or(0), started.elapsed())
}

fn percentile(times: &mut [Duration], share: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * share / 100).min(times.len() - 1)]
}

fn hostile(address: SocketAddr, seen: &Arc<Seen>) -> Vec<JoinHandle<()>> {
    let mut clients = Vec::new();
    for _ in 0..SLOW {
        clients.push(tokio::spawn(drip(address, seen.clone())));
    }
    for at in 0..GREEDY {
        clients.push(tokio::spawn(bomb(address, seen.clone())));
        clients.push(tokio::spawn(body(address, at % 2 == 0, seen.clone())));
    }
    clients
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute, and 2,000 open files"]
async fn others_are_answered_meanwhile() {
    let service = Service::start();
    let address = service.address;
    let health = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let article = format!(
        "POST /v1/digests HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{BRIDGE}",
        BRIDGE.len()
    );
    let seen = Arc::new(Seen::default());
    let before = service.peak_kib();
    let clients = hostile(address, &seen);
    let (mut healthy, mut digests, mut busy) = (Vec::new(), Vec::new(), 0);
    let started = Instant::now();
    for turn in 0.. {
        if started.elapsed() > DURATION {
            break;
        }
        let (status, time) = ask(address, health).await;
        assert_eq!(status, 200, "after {:?}", started.elapsed());
        healthy.push(time);
        if turn % 20 == 0 {
            match ask(address, article.as_bytes()).await {
                (200, time) => digests.push(time),
                (503, _) => busy += 1,
                (other, _) => panic!("{other}"),
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
    clients.iter().for_each(JoinHandle::abort);
    let most = seen.most_open.load(Ordering::Relaxed);
    let count = |it: &AtomicUsize| it.load(Ordering::Relaxed);
    let (p50, p99) = (percentile(&mut healthy, 50), percentile(&mut healthy, 99));
    let worst = percentile(&mut healthy, 100);
    println!(
        "{most} slow connections at once, {} closed by the service; {} heads and {} bodies given up",
        count(&seen.closed),
        count(&seen.bombs),
        count(&seen.bodies)
    );
    println!(
        "/healthz, {} times: median {p50:?}, p99 {p99:?}, worst {worst:?}",
        healthy.len()
    );
    let digest = percentile(&mut digests, 99);
    println!(
        "digests: {} made, p99 {digest:?}, {busy} told to come back",
        digests.len()
    );
    let peak = service.peak_kib();
    println!(
        "memory: {} MiB before, {} MiB at most",
        before >> 10,
        peak >> 10
    );
    assert!(
        most >= SLOW * 9 / 10,
        "only {most} connections: is `ulimit -n` too low?"
    );
    assert!(p99 < HEALTH, "{p99:?}");
    assert!(peak < MOST_KIB, "{peak} KiB");
}
