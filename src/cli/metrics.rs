//! Figures of this process, told at an address of their own where `metrics.listen`
//! names one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::api::{self, AppState};
use crate::config::Settings;
use crate::store::Store;

use super::exit::Failure;
use super::stderr::say;
use super::work::failure;

/// The address of the figures, if they have one.
pub(super) async fn bind_metrics(settings: &Settings) -> Result<Option<TcpListener>, Failure> {
    let Some(address) = settings.metrics.listen else {
        return Ok(None);
    };
    let listener = bind(address, "metrics.listen").await?;
    if let Ok(address) = listener.local_addr() {
        say(&format!("metrics on http://{address}/metrics"));
    }
    Ok(Some(listener))
}

/// Listens; `by` says what to change when that fails.
pub(super) async fn bind(listen: SocketAddr, by: &str) -> Result<TcpListener, Failure> {
    let refused = |error: io::Error| {
        failure(
            format!("cannot listen on {listen}: {error}"),
            &format!("stop what uses the port, or choose another with {by}"),
        )
    };
    TcpListener::bind(listen).await.map_err(refused)
}

/// Tells figures until the process ends.
pub(super) fn start_metrics(
    listener: Option<TcpListener>,
    store: &Arc<Store>,
    state: Option<Arc<AppState>>,
    settings: &Settings,
) {
    let Some(listener) = listener else {
        return;
    };
    tokio::spawn(api::serve_metrics(listener, store.clone(), state, settings));
}
