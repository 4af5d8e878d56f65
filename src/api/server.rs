//! Runs the router on a socket until it is told to stop, then lets what is in
//! flight finish, but not for ever.

use std::future::{Future, IntoFuture};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::router;
use super::state::AppState;
use listening::Listening;

mod listening;
mod stream;

/// Serves until `stop` completes; then accepts no more connections and waits
/// for requests in flight, `server.shutdown_grace_seconds` at most.
///
/// # Errors
/// The system's, when the socket fails.
pub async fn serve(
    listener: TcpListener,
    state: Arc<AppState>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let grace = state.terms().server.shutdown_grace;
    let (stopped, stopping) = oneshot::channel();
    let app = router(state.clone());
    let listener = Listening::new(listener, state.clone());
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        stop.await;
        state.drain();
        // Nobody listens when the socket has failed already.
        let _ = stopped.send(());
    });
    tokio::select! {
        outcome = server.into_future() => outcome,
        () = expired(stopping, grace) => {
            tracing::warn!(seconds = grace.as_secs(), "requests still in flight are given up");
            Ok(())
        }
    }
}

/// Completes when the grace time after the signal is over.
async fn expired(stopping: oneshot::Receiver<()>, grace: Duration) {
    match stopping.await {
        Ok(()) => tokio::time::sleep(grace).await,
        // The server ended by itself and says so.
        Err(_) => std::future::pending().await,
    }
}
