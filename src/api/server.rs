//! Runs the router on a socket until it is told to stop, then lets what is in
//! flight finish, but not for ever. Connections are bounded in number, and each in
//! bytes and time (`connection`), so that clients who are slow on purpose neither
//! keep others out nor fill the memory.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::serve::Listener as _;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::router;
use super::state::AppState;
use listening::Listening;
use stream::Stream;

mod connection;
mod listening;
mod patience;
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
    let connections = Connections::new(&state);
    let mut listening = Listening::new(listener, state.clone());
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            (stream, from) = listening.accept() => connections.take(stream, from),
            () = &mut stop => break,
        }
    }
    drop(listening);
    state.drain();
    let grace = state.terms().server.shutdown_grace;
    let ended = connections.open.shutdown();
    if tokio::time::timeout(grace, ended).await.is_err() {
        tracing::warn!(
            seconds = grace.as_secs(),
            "requests still in flight are given up"
        );
    }
    Ok(())
}

/// The open connections, and room for more.
struct Connections {
    app: Router,
    state: Arc<AppState>,
    room: Arc<Semaphore>,
    open: GracefulShutdown,
    /// Whether the log has been told that there is no room.
    told: AtomicBool,
}

impl Connections {
    fn new(state: &Arc<AppState>) -> Self {
        Self {
            app: router(state.clone()),
            state: state.clone(),
            room: Arc::new(Semaphore::new(state.terms().server.max_connections)),
            open: GracefulShutdown::new(),
            told: AtomicBool::new(false),
        }
    }

    /// Serves a connection on a task of its own, or turns it away.
    fn take(&self, stream: Stream, from: SocketAddr) {
        match self.room.clone().try_acquire_owned() {
            Ok(place) => {
                tracing::trace!("a connection");
                self.told.store(false, Ordering::Relaxed);
                self.serve(stream, from, place);
            }
            Err(_) => self.turn_away(&stream),
        }
    }

    fn serve(&self, stream: Stream, from: SocketAddr, place: OwnedSemaphorePermit) {
        let (app, terms) = (self.app.clone(), self.state.terms());
        let served = connection::serve(stream, from, app, &terms.server);
        let served = self.open.watch(served);
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%error, "a connection has broken off");
            }
            drop(place);
        });
    }

    fn turn_away(&self, stream: &Stream) {
        let limit = self.state.terms().server.max_connections;
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                limit,
                "server.max_connections are open: more are turned away"
            );
        }
        connection::refuse(stream, limit);
    }
}
