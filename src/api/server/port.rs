//! A port that is served: what answers there, how many may be connected to it, and
//! what each of them is held to.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::config::ServerSettings;
use crate::telemetry;

/// What connections are held to from now on, and what TLS is spoken with.
pub(in crate::api) type Terms = (Bounds, Option<TlsAcceptor>);

/// A port that is to be served.
pub(in crate::api) struct Port {
    /// Its name, for the figures.
    pub(in crate::api) name: &'static str,
    /// What answers there.
    pub(in crate::api) app: Router,
    /// Connections that may be open at once.
    pub(in crate::api) max_connections: usize,
    /// The key of the configuration that says so.
    pub(in crate::api) limited_by: &'static str,
    /// Asked for each connection, as a reload may change them.
    pub(in crate::api) terms: Box<dyn Fn() -> Terms + Send + Sync>,
}

/// What a connection may take.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct Bounds {
    /// TLS handshakes under way at once.
    pub(super) max_tls_handshakes: usize,
    /// Time for one of them.
    pub(super) tls_handshake_timeout: Duration,
    /// Bytes of a request's head.
    pub(super) max_request_head_bytes: usize,
    /// Time for a head, and between two requests.
    pub(super) request_head_timeout: Duration,
    /// Time for which a client may read nothing.
    pub(super) response_timeout: Duration,
}

impl From<&ServerSettings> for Bounds {
    fn from(settings: &ServerSettings) -> Self {
        Self {
            max_tls_handshakes: settings.max_tls_handshakes,
            tls_handshake_timeout: settings.tls_handshake_timeout,
            max_request_head_bytes: settings.max_request_head_bytes,
            request_head_timeout: settings.request_head_timeout,
            response_timeout: settings.response_timeout,
        }
    }
}

/// A place among the open connections of a port; free again when it is dropped.
pub(super) struct Place {
    port: &'static str,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    /// One of those in `room`, if one is free.
    pub(super) fn take(room: &Arc<Semaphore>, port: &'static str) -> Option<Self> {
        let permit = room.clone().try_acquire_owned().ok()?;
        telemetry::connection_opened(port);
        Some(Self {
            port,
            _permit: permit,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        telemetry::connection_closed(self.port);
    }
}
