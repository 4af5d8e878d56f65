//! The service on a real socket: stopping lets requests in flight finish, and
//! a client that leaves takes its work with it.

use std::sync::Arc;
use std::time::Duration;

use afterword::api::{AppState, Problem, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::http::{Scripted, state};

const REQUEST: &[u8] =
    b"POST /v1/digests HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
    content-length: 5\r\n\r\nHello";
/// Longer than any step here takes; a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(10);

struct Service {
    client: TcpStream,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

/// A running service with one request in flight.
async fn busy(state: Arc<AppState>, scripted: &Arc<Scripted>) -> Service {
    state.start(scripted.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(serve(listener, state, async {
        let _ = stopped.await;
    }));
    client.write_all(REQUEST).await.unwrap();
    timeout(PATIENCE, scripted.begun()).await.unwrap();
    Service { client, stop, task }
}

#[tokio::test]
async fn a_request_in_flight_finishes() {
    let scripted = Arc::new(Scripted::gated());
    let mut service = busy(state(""), &scripted).await;
    service.stop.send(()).unwrap();
    tokio::task::yield_now().await;
    assert!(!service.task.is_finished());
    scripted.open_gate();
    let mut answer = String::new();
    let read = service.client.read_to_string(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    timeout(PATIENCE, service.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn the_grace_time_ends() {
    let scripted = Arc::new(Scripted::gated());
    let service = busy(state("shutdown_grace_seconds = 0"), &scripted).await;
    service.stop.send(()).unwrap();
    timeout(PATIENCE, service.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_client_that_leaves_gives_its_slot_back() {
    let scripted = Arc::new(Scripted::gated());
    let state = state("max_concurrent_requests = 1");
    let service = busy(state.clone(), &scripted).await;
    assert_eq!(state.free_slots(), 0);
    drop(service.client);
    let freed = async {
        while state.free_slots() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, freed).await.unwrap();
    service.stop.send(()).unwrap();
    timeout(PATIENCE, service.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let state = state("request_body_timeout_seconds = 1");
    state.start(Arc::new(Scripted::gated()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(serve(listener, state, std::future::pending()));
    let mut client = TcpStream::connect(address).await.unwrap();
    // All but the last byte of the body.
    client
        .write_all(&REQUEST[..REQUEST.len() - 1])
        .await
        .unwrap();
    let mut answer = String::new();
    let read = client.read_to_string(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("body_timeout"), "{answer}");
    task.abort();
}

/// A service on a socket, for as long as the test runs.
async fn listening(extra: &str) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, state(extra), std::future::pending()));
    address
}

/// Sends bytes and reads until the service closes the connection.
async fn exchange(client: &mut TcpStream, bytes: &[u8]) -> String {
    // The service may refuse before it has read all.
    let _ = client.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, client.read_to_end(&mut answer))
        .await
        .unwrap();
    String::from_utf8(answer).unwrap()
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_head_that_does_not_come_is_given_up() {
    let address = listening("request_head_timeout_seconds = 1").await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    let answer = exchange(&mut slow, &HEALTH[..HEALTH.len() - 1]).await;
    assert_eq!(answer, "", "it was closed without a request to answer");
    assert_eq!(exchange(&mut silent, b"").await, "");
    let mut quick = TcpStream::connect(address).await.unwrap();
    let answer = exchange(&mut quick, HEALTH).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let address = listening("max_request_head_bytes = 8192").await;
    let large = format!(
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-bomb: {}\r\n\r\n",
        "x".repeat(20_000)
    );
    let many = format!(
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\n{}\r\n",
        "x: y\r\n".repeat(200)
    );
    for bomb in [large, many] {
        let mut client = TcpStream::connect(address).await.unwrap();
        let answer = exchange(&mut client, bomb.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let address = listening("max_connections = 16").await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET").await.unwrap();
        open.push(client);
    }
    let mut refused = TcpStream::connect(address).await.unwrap();
    let answer = exchange(&mut refused, b"").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("retry-after: "), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let problem: Problem = serde_json::from_str(body).unwrap();
    assert_eq!(problem.code, "too_many_connections");
    assert!(problem.detail.contains("server.max_connections"));
    open.pop();
    let served = async {
        loop {
            let mut client = TcpStream::connect(address).await.unwrap();
            let answer = exchange(&mut client, HEALTH).await;
            if answer.starts_with("HTTP/1.1 200 ") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, served).await.unwrap();
}
