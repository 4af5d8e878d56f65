//! Runs a router on a socket until it is told to stop, then lets what is in
//! flight finish, but not for ever. Connections are bounded in number from the moment
//! they are taken in, those that agree on TLS among them (`handshakes`), and each in
//! bytes and time (`connection`), so that clients who are slow on purpose neither
//! keep others out nor fill the memory.

use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::serve::Listener;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::telemetry;

use super::router;
use super::state::AppState;
use connection::Arrival;
use handshakes::Handshakes;
use port::Place;
use refusal::Refusal;

pub(super) use port::{Bounds, Port};

mod connection;
mod handshakes;
mod patience;
mod port;
mod refusal;
mod stream;

/// Serves until `stop` completes; then accepts no more connections and waits
/// for requests in flight, `server.shutdown_grace_seconds` at most.
///
/// # Errors
/// None now: a socket that fails is told in the log and tried again.
pub async fn serve(
    listener: TcpListener,
    state: Arc<AppState>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let connections = Connections::new(service(&state));
    connections.take_in(listener, stop).await;
    state.drain();
    let grace = state.terms().server.shutdown_grace;
    if tokio::time::timeout(grace, connections.end())
        .await
        .is_err()
    {
        tracing::warn!(
            seconds = grace.as_secs(),
            "requests still in flight are given up"
        );
    }
    Ok(())
}

/// Serves a port for as long as the process runs.
pub(super) async fn serve_port(listener: TcpListener, port: Port) {
    Connections::new(port).take_in(listener, pending()).await;
}

/// The port of the service itself.
fn service(state: &Arc<AppState>) -> Port {
    let terms = state.clone();
    Port {
        name: "service",
        app: router(state.clone()),
        max_connections: state.terms().server.max_connections,
        limited_by: "server.max_connections",
        terms: Box::new(move || (Bounds::from(&terms.terms().server), terms.acceptor())),
    }
}

/// The open connections of a port, and room for more.
struct Connections {
    port: Port,
    room: Arc<Semaphore>,
    handshakes: Arc<Handshakes>,
    open: GracefulShutdown,
    /// Whether the log has been told that there is no room.
    told: AtomicBool,
}

impl Connections {
    fn new(port: Port) -> Self {
        Self {
            room: Arc::new(Semaphore::new(port.max_connections)),
            handshakes: Arc::new(Handshakes::default()),
            open: GracefulShutdown::new(),
            told: AtomicBool::new(false),
            port,
        }
    }

    /// Takes connections in until `stop` completes.
    async fn take_in(&self, mut listener: TcpListener, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                (stream, from) = self.next(&mut listener) => self.take(stream, from),
                () = &mut stop => break,
            }
        }
    }

    /// The next one, as soon as its handshake can begin.
    async fn next(&self, listener: &mut TcpListener) -> (TcpStream, SocketAddr) {
        let (bounds, tls) = (self.port.terms)();
        if tls.is_some() {
            self.handshakes.room(&bounds).await;
        }
        // That of axum, which waits a moment where the system has no more files to give.
        Listener::accept(listener).await
    }

    /// Serves a connection on a task of its own, or turns it away.
    fn take(&self, stream: TcpStream, from: SocketAddr) {
        let (bounds, tls) = (self.port.terms)();
        let name = self.port.name;
        let Some(place) = Place::take(&self.room, name) else {
            return self.turn_away(&stream, tls.is_some());
        };
        tracing::trace!("a connection");
        self.told.store(false, Ordering::Relaxed);
        let arrival = Arrival {
            stream,
            from,
            bounds,
            tls: tls.map(|tls| (tls, self.handshakes.begin(&bounds))),
        };
        let served = connection::serve(arrival, self.port.app.clone(), self.open.watcher());
        tokio::spawn(async move {
            if let Err(refusal) = served.await {
                telemetry::connection_refused(name, refusal.name());
            }
            drop(place);
        });
    }

    fn turn_away(&self, stream: &TcpStream, speaks_tls: bool) {
        let limit = self.port.max_connections;
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                limit,
                "{} are open: more are turned away",
                self.port.limited_by
            );
        }
        telemetry::connection_refused(self.port.name, Refusal::TooMany.name());
        // Through TLS nothing can be said without waiting.
        if !speaks_tls {
            telemetry::problem(&connection::refuse(stream, &self.port));
        }
    }

    /// Completes when all have ended.
    async fn end(self) {
        self.handshakes.close();
        self.open.shutdown().await;
    }
}
