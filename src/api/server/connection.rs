//! One connection: TLS where it is spoken, then HTTP/1.1 with bounds on what a request's
//! head may take in bytes and in time, and on a client that does not read its answer.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, Connection};
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tower::util::{Oneshot, ServiceExt as _};

use crate::api::error::ApiError;
use crate::api::problem::Problem;

use super::handshakes::{self, Pending};
use super::patience::Patient;
use super::port::{Bounds, Port};
use super::refusal::Refusal;
use super::stream::Stream;

/// What serves one connection; ends with it.
type Served = Connection<TokioIo<Patient<Stream>>, Requests>;

/// A connection that was taken in.
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) from: SocketAddr,
    pub(super) bounds: Bounds,
    /// What TLS is to be agreed on with, where it is spoken, and the place for that.
    pub(super) tls: Option<(TlsAcceptor, Pending)>,
}

/// Serves a connection to its end; an error says why the service ended it.
pub(super) async fn serve(arrival: Arrival, app: Router, stopping: Watcher) -> Result<(), Refusal> {
    let Arrival {
        stream,
        from,
        bounds,
        tls,
    } = arrival;
    // Answers are small: they are not to wait for more.
    let _ = stream.set_nodelay(true);
    let stream = match tls {
        Some((acceptor, pending)) => handshakes::agree(stream, &acceptor, &bounds, pending).await?,
        None => Stream::Plain(stream),
    };
    let asked = Arc::new(AtomicBool::new(false));
    let requests = Requests {
        app,
        from,
        asked: asked.clone(),
    };
    let Err(error) = stopping.watch(http(stream, requests, &bounds)).await else {
        return Ok(());
    };
    tracing::debug!(%error, "a connection has broken off");
    Refusal::of(&error, asked.load(Ordering::Relaxed)).map_or(Ok(()), Err)
}

fn http(stream: Stream, requests: Requests, bounds: &Bounds) -> Served {
    let stream = Patient::new(stream, bounds.response_timeout);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.request_head_timeout)
        .max_buf_size(bounds.max_request_head_bytes);
    builder.serve_connection(TokioIo::new(stream), requests)
}

/// Says that there is no room, as far as it can be said without waiting; returns the
/// problem's code.
pub(super) fn refuse(stream: &TcpStream, port: &Port) -> String {
    let problem = Problem::from(&ApiError::TooManyConnections {
        limit: port.max_connections,
        by: port.limited_by,
    });
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         content-length: {}\r\nretry-after: 10\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // Who cannot be told at once is not told.
    let _ = stream.try_write(answer.as_bytes());
    problem.code
}

/// The requests of a connection, each given to the router with where it came from.
struct Requests {
    app: Router,
    from: SocketAddr,
    /// Whether there was one.
    asked: Arc<AtomicBool>,
}

impl Service<Request<Incoming>> for Requests {
    type Response = Response;
    type Error = Infallible;
    type Future = Oneshot<Router, Request<Body>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.asked.store(true, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.from));
        self.app.clone().oneshot(request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyper_util::server::graceful::GracefulShutdown;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        max_tls_handshakes: 1,
        tls_handshake_timeout: Duration::from_secs(1),
        max_request_head_bytes: 8192,
        request_head_timeout: Duration::from_millis(300),
        response_timeout: Duration::from_millis(300),
    };
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

    /// A client that sends this and reads all, or nothing; how its connection ends.
    async fn end_of(bytes: &[u8], reads: bool) -> Result<(), Refusal> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, from) = listener.accept().await.unwrap();
        let arrival = Arrival {
            stream,
            from,
            bounds: BOUNDS,
            tls: None,
        };
        // More than the buffers of both ends take.
        let app = Router::new().fallback(async || "x".repeat(32 << 20));
        let stopping = GracefulShutdown::new();
        let served = tokio::spawn(serve(arrival, app, stopping.watcher()));
        // The service may refuse before it has read all.
        let _ = client.write_all(bytes).await;
        if reads {
            let _ = client.read_to_end(&mut Vec::new()).await;
        }
        let ended = served.await.unwrap();
        drop(client);
        ended
    }

    #[tokio::test]
    async fn what_the_service_ends_has_its_reason() {
        let large = [b"GET / HTTP/1.1\r\nx: ".as_slice(), &[b'x'; 20_000]].concat();
        let unread = Err(Refusal::AnswerUnread);
        assert_eq!(end_of(&large, true).await, Err(Refusal::HeadTooLarge));
        let nonsense = end_of(b"\0\0\0\0 nonsense\r\n\r\n", true).await;
        assert_eq!(nonsense, Err(Refusal::HeadMalformed));
        assert_eq!(end_of(b"GET /", true).await, Err(Refusal::HeadTimeout));
        assert_eq!(end_of(b"", true).await, Err(Refusal::HeadTimeout));
        assert_eq!(end_of(REQUEST, false).await, unread);
    }

    #[tokio::test]
    async fn one_that_was_kept_open_for_more_was_refused_nothing() {
        assert_eq!(end_of(REQUEST, true).await, Ok(()));
    }
}
