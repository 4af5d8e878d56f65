//! One connection: HTTP/1.1 with bounds on what a request's head may take in
//! bytes and in time, and on a client that does not read its answer.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, Connection};
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use tower::util::{Oneshot, ServiceExt as _};

use crate::api::error::ApiError;
use crate::api::problem::Problem;
use crate::config::ServerSettings;

use super::patience::Patient;
use super::stream::Stream;

/// What serves one connection; ends with it.
type Served = Connection<TokioIo<Patient<Stream>>, Requests>;

/// Serves a connection.
pub(super) fn serve(
    stream: Stream,
    from: SocketAddr,
    app: Router,
    settings: &ServerSettings,
) -> Served {
    // Answers are small: they are not to wait for more.
    let _ = stream.tcp().set_nodelay(true);
    let stream = Patient::new(stream, settings.response_timeout);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(settings.request_head_timeout)
        .max_buf_size(settings.max_request_head_bytes);
    builder.serve_connection(TokioIo::new(stream), Requests { app, from })
}

/// Says that there is no room, as far as it can be said without waiting: not through TLS.
pub(super) fn refuse(stream: &Stream, limit: usize) {
    let Stream::Plain(stream) = stream else {
        return;
    };
    let problem = Problem::from(&ApiError::TooManyConnections { limit });
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         content-length: {}\r\nretry-after: 10\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // Who cannot be told at once is not told.
    let _ = stream.try_write(answer.as_bytes());
}

/// The requests of a connection, each given to the router with where it came from.
pub(super) struct Requests {
    app: Router,
    from: SocketAddr,
}

impl Service<Request<Incoming>> for Requests {
    type Response = Response;
    type Error = Infallible;
    type Future = Oneshot<Router, Request<Body>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.from));
        self.app.clone().oneshot(request)
    }
}
