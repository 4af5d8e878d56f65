//! Clients who are slow or greedy on purpose, against the program itself: thousands of
//! connections that send a byte a second of a head, of a body or of a TLS handshake, heads
//! without end, bodies of 100 MB. Others have to be answered meanwhile. `make measure-slow`
//! runs them and prints the figures; fewer of them are tests like others.

#![allow(clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::articles::BRIDGE;
use super::program::program;
use super::tls;
use clients::{Over, Seen, Slow, greedy};

mod clients;

/// Connections that send a byte a second.
const SLOW: usize = 2000;
const DURATION: Duration = Duration::from_secs(60);
/// What 99 of 100 callers of `/healthz` may have to wait, over TLS as well.
const HEALTH: Duration = Duration::from_millis(100);
/// Resident memory that this may take: connections × head, bodies × slots, and what
/// the program is without any.
const MOST_KIB: u64 = 400 << 10;
/// How soon an article is taken once the slow ones have left.
const SOON: Duration = Duration::from_secs(20);

/// A running service; killed when dropped.
struct Service {
    child: Child,
    way: Way,
    _data: tempfile::TempDir,
}

impl Service {
    /// With these settings, and TLS where it is to speak it.
    fn start(settings: &[&str], certificate: Option<&str>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut command = program();
        command
            .args(["serve", "--engine=extractive", "--listen=127.0.0.1:0"])
            .arg("--data-dir")
            .arg(data.path());
        for setting in settings {
            command.args(["--set", setting]);
        }
        let mut child = command
            .env("AFTERWORD_LOG", "error")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, url) = line.split_once("listening on ")?;
            url.split_once("://")?.1.parse().ok()
        });
        assert!(lines.any(|line| line.unwrap().contains("ready")));
        // Read on, so that the log never blocks the service.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let way = Way {
            address: address.unwrap(),
            tls: certificate.map(tls::connector),
        };
        Self {
            child,
            way,
            _data: data,
        }
    }

    /// One that speaks TLS, with these settings beside.
    fn start_with_tls(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (files, certificate) = tls::certify(folder.path());
        let key = format!("server.tls_key={}", files.key.display());
        let file = format!("server.tls_certificate={}", files.certificate.display());
        let settings = [settings, &[file.as_str(), key.as_str()]].concat();
        // The files are read before it is ready, and not again.
        Self::start(&settings, Some(&certificate))
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

/// How honest clients reach the service.
struct Way {
    address: SocketAddr,
    tls: Option<TlsConnector>,
}

impl Way {
    /// Status and time of one request on a connection of its own; 0 where there is no
    /// answer.
    async fn ask(&self, request: &[u8]) -> (u16, Duration) {
        let started = Instant::now();
        let answer = async {
            let stream = TcpStream::connect(self.address).await.ok()?;
            let Some(tls) = &self.tls else {
                return status(stream, request).await;
            };
            let name = ServerName::try_from("localhost").ok()?;
            status(tls.connect(name, stream).await.ok()?, request).await
        };
        let status = timeout(Duration::from_secs(30), answer).await;
        (status.ok().flatten().unwrap_or(0), started.elapsed())
    }
}

async fn status(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> Option<u16> {
    stream.write_all(request).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

const HEALTHZ: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

fn article() -> Vec<u8> {
    let length = BRIDGE.len();
    let article = format!(
        "POST /v1/digests HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{BRIDGE}"
    );
    article.into()
}

/// What honest clients saw meanwhile.
#[derive(Default)]
struct Honest {
    /// Times of `/healthz`.
    healthy: Vec<Duration>,
    digests: Vec<Duration>,
    /// Articles that were told to come back.
    busy: usize,
}

impl Honest {
    /// Asks one thing after another for so long; no answer is a failure.
    async fn ask(way: &Way, time: Duration) -> Self {
        let (mut seen, article) = (Self::default(), article());
        let started = Instant::now();
        for turn in 0.. {
            if started.elapsed() > time {
                break;
            }
            let (status, took) = way.ask(HEALTHZ).await;
            assert_eq!(status, 200, "after {:?}", started.elapsed());
            seen.healthy.push(took);
            if turn % 20 == 0 {
                match way.ask(&article).await {
                    (200, took) => seen.digests.push(took),
                    (503, _) => seen.busy += 1,
                    (other, _) => panic!("{other}"),
                }
            }
            sleep(Duration::from_millis(10)).await;
        }
        seen.healthy.sort_unstable();
        seen.digests.sort_unstable();
        seen
    }

    fn health(&self, share: usize) -> Duration {
        percentile(&self.healthy, share).unwrap()
    }

    fn print(&self) {
        let (p50, p99, worst) = (self.health(50), self.health(99), self.health(100));
        let times = self.healthy.len();
        println!("/healthz, {times} times: median {p50:?}, p99 {p99:?}, worst {worst:?}");
        println!(
            "digests: {} made, p99 {:?}, {} told to come back",
            self.digests.len(),
            percentile(&self.digests, 99),
            self.busy
        );
    }
}

fn percentile(sorted: &[Duration], share: usize) -> Option<Duration> {
    let last = sorted.len().checked_sub(1)?;
    Some(sorted[(sorted.len() * share / 100).min(last)])
}

/// Waits until an article is digested; the slow ones have left.
async fn digested(way: &Way) {
    let article = article();
    let made = async {
        while way.ask(&article).await.0 != 200 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(
        timeout(SOON, made).await.is_ok(),
        "slots are not free again"
    );
}

/// Has honest clients ask for a minute beside these, and holds the service to its
/// bounds.
async fn measured(service: &Service, slow: Over, with_greedy: bool) -> Honest {
    let (address, seen) = (service.way.address, Arc::new(Seen::default()));
    let before = service.peak_kib();
    let slow = Slow {
        over: slow,
        count: SLOW,
        pause: Duration::from_secs(1),
    };
    let mut clients = slow.start(address, &seen);
    if with_greedy {
        clients.extend(greedy(address, &seen));
    }
    let honest = Honest::ask(&service.way, DURATION).await;
    clients.iter().for_each(JoinHandle::abort);
    let count = |it: &AtomicUsize| it.load(Ordering::Relaxed);
    let (most, peak) = (count(&seen.most_open), service.peak_kib());
    println!(
        "{:?}: {most} slow connections at once, {} closed by the service; {} heads and {} \
         bodies given up",
        slow.over,
        count(&seen.closed),
        count(&seen.bombs),
        count(&seen.bodies)
    );
    honest.print();
    println!(
        "memory: {} MiB before, {} MiB at most",
        before >> 10,
        peak >> 10
    );
    assert!(
        most >= SLOW * 9 / 10,
        "only {most} connections: is `ulimit -n` too low?"
    );
    assert!(peak < MOST_KIB, "{peak} KiB");
    honest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute, and 2,000 open files"]
async fn others_are_answered_meanwhile() {
    let service = Service::start(&[], None);
    let honest = measured(&service, Over::Head, true).await;
    assert!(honest.health(99) < HEALTH);
    assert!(!honest.digests.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute, and 2,000 open files"]
async fn others_are_answered_over_tls_meanwhile() {
    let service = Service::start_with_tls(&[]);
    let honest = measured(&service, Over::Handshake, false).await;
    assert!(honest.health(99) < HEALTH);
    assert!(!honest.digests.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute, and 2,000 open files"]
async fn slow_bodies_hold_slots_and_nothing_else() {
    let service = Service::start(&[], None);
    let honest = measured(&service, Over::Body, false).await;
    assert!(honest.health(99) < HEALTH);
    digested(&service.way).await;
}

/// Fewer of them, and faster.
fn few(over: Over, count: usize) -> Slow {
    Slow {
        over,
        count,
        pause: Duration::from_millis(200),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_slow_handshakes_keep_nobody_out() {
    let settings = [
        "server.max_tls_handshakes=16",
        "server.tls_handshake_timeout_seconds=60",
    ];
    let service = Service::start_with_tls(&settings);
    let slow = few(Over::Handshake, 32);
    let clients = slow.start(service.way.address, &Arc::default());
    let honest = Honest::ask(&service.way, Duration::from_secs(3)).await;
    // Who waits for one of them to be given up waits for 60 seconds.
    assert!(honest.health(100) < Duration::from_secs(15));
    assert!(!honest.digests.is_empty());
    clients.iter().for_each(JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_slow_bodies_hold_slots_and_nothing_else() {
    let settings = [
        "server.max_concurrent_requests=2",
        "server.request_body_timeout_seconds=1",
    ];
    let service = Service::start(&settings, None);
    let slow = few(Over::Body, 8);
    let clients = slow.start(service.way.address, &Arc::default());
    sleep(Duration::from_millis(300)).await;
    let honest = Honest::ask(&service.way, Duration::from_secs(3)).await;
    assert!(honest.health(99) < Duration::from_secs(1));
    assert!(honest.busy > 0, "no slot was held");
    clients.iter().for_each(JoinHandle::abort);
    digested(&service.way).await;
}
