//! The service on a real socket: stopping lets requests in flight finish, and
//! a client that leaves takes its work with it.

use std::sync::Arc;
use std::time::Duration;

use afterword::api::{AppState, serve};
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
