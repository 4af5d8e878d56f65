//! Clients who connect where TLS is spoken and are slow to agree on it, or never do:
//! each has so much time, all of them have so many places, and nobody else is kept out.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use afterword::api::{AppState, Tls, serve};
use afterword::config::Settings;
use afterword::telemetry;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep, timeout};

use super::http::{Scripted, digest};
use super::metrics::figure;
use super::tls::{self, certify};

/// Longer than any step here takes; a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service that speaks TLS.
struct Service {
    address: SocketAddr,
    certificate: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Service {
    /// With this under `[server]`.
    async fn start(server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (files, certificate) = certify(folder.path());
        let settings = Settings::from_toml(&format!("[server]\n{server}"), "test").unwrap();
        let state = Arc::new(AppState::new(&settings));
        state.speak_tls(Some(Tls::load(&files).unwrap()));
        state.start(Arc::new(Scripted::new(|| Ok(digest()))));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, state, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            certificate,
            stop,
            task,
        }
    }

    /// Clients that connect and send the first byte of a handshake.
    async fn dawdlers(&self, count: usize) -> Vec<TcpStream> {
        let mut clients = Vec::new();
        for _ in 0..count {
            let mut client = TcpStream::connect(self.address).await.unwrap();
            // The service may have no room for it.
            let _ = client.write_all(&[0x16]).await;
            clients.push(client);
        }
        clients
    }

    async fn ask(&self) -> std::io::Result<String> {
        tls::ask(&self.address.to_string(), &self.certificate).await
    }
}

/// How often connections to the service were refused for this. Other tests of this
/// process add to it.
fn refused(reason: &str) -> f64 {
    let labels = format!("port=\"service\",reason=\"{reason}\"");
    let name = format!("afterword_refused_connections_total{{{labels}}}");
    figure(&telemetry::render(), &name)
}

/// Waits until one more was refused for this than before.
async fn one_more(reason: &str, before: f64) {
    let counted = async {
        while refused(reason) <= before {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let counted = timeout(PATIENCE, counted).await;
    assert!(counted.is_ok(), "{reason} is not counted");
}

/// Waits until the service has closed this one, whatever it says before.
async fn closed(client: &mut TcpStream) {
    let mut said = Vec::new();
    let read = timeout(PATIENCE, client.read_to_end(&mut said)).await;
    assert!(read.is_ok(), "it stays open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_slow_over_the_handshake_keeps_nobody_out() {
    let before = refused("tls_displaced");
    // Six times as many as there are places, who would hold these for 20 seconds.
    let service =
        Service::start("max_tls_handshakes = 4\ntls_handshake_timeout_seconds = 20").await;
    let mut slow = service.dawdlers(24).await;
    let started = Instant::now();
    let answer = timeout(PATIENCE, service.ask()).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Six rounds of a thousandth of that time each.
    let took = started.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    closed(&mut slow[0]).await;
    one_more("tls_displaced", before + 19.0).await;
}

/// A connection on which the service's answer takes a while.
struct FarAway {
    stream: TcpStream,
    delay: Pin<Box<Sleep>>,
}

impl AsyncRead for FarAway {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        ready!(self.delay.as_mut().poll(context));
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for FarAway {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_said_hello_has_time_for_its_round_trip() {
    let before = refused("tls_displaced");
    let service =
        Service::start("max_tls_handshakes = 2\ntls_handshake_timeout_seconds = 20").await;
    let far = FarAway {
        stream: TcpStream::connect(service.address).await.unwrap(),
        // Less than the fortieth of its time that it has.
        delay: Box::pin(sleep(Duration::from_millis(250))),
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connects = tls::connector(&service.certificate).connect(name, far);
    let connects = tokio::spawn(connects);
    sleep(Duration::from_millis(20)).await;
    // They push out one another, and not the one who has said hello.
    let dawdlers = service.dawdlers(6).await;
    one_more("tls_displaced", before + 4.0).await;
    let agreed = timeout(PATIENCE, connects).await.unwrap().unwrap();
    assert!(agreed.is_ok(), "{:?}", agreed.err());
    drop(dawdlers);
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_given_up() {
    let before = refused("tls_timeout");
    let service = Service::start("tls_handshake_timeout_seconds = 1").await;
    let started = Instant::now();
    let mut slow = service.dawdlers(1).await;
    closed(&mut slow[0]).await;
    assert!(started.elapsed() >= Duration::from_millis(900));
    one_more("tls_timeout", before).await;
}

#[tokio::test]
async fn who_does_not_speak_tls_is_counted() {
    let before = refused("tls_failed");
    let service = Service::start("").await;
    let mut plain = TcpStream::connect(service.address).await.unwrap();
    plain.write_all(tls::REQUEST).await.unwrap();
    closed(&mut plain).await;
    one_more("tls_failed", before).await;
}

#[tokio::test]
async fn handshakes_are_connections() {
    let before = refused("too_many_connections");
    let service = Service::start("max_connections = 16").await;
    let mut slow = service.dawdlers(16).await;
    let mut another = TcpStream::connect(service.address).await.unwrap();
    // There is nothing that could be said without a handshake.
    closed(&mut another).await;
    one_more("too_many_connections", before).await;
    let open = "afterword_open_connections{port=\"service\"}";
    assert!(figure(&telemetry::render(), open) >= 16.0);
    slow.pop();
    let served = async {
        while service.ask().await.is_err() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, served).await.unwrap();
}

#[tokio::test]
async fn a_handshake_does_not_hold_up_the_end() {
    let service = Service::start("tls_handshake_timeout_seconds = 3600").await;
    let mut slow = service.dawdlers(1).await;
    // One that is served was taken in after it.
    service.ask().await.unwrap();
    service.stop.send(()).unwrap();
    let ended = timeout(PATIENCE, service.task).await;
    ended.unwrap().unwrap().unwrap();
    closed(&mut slow[0]).await;
}
