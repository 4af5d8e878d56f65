//! Around every request: its id, its span, one line of access log, its figures, and
//! the headers that every response carries. Logs method, path, status and time;
//! never a body, and never a query, which may hold an article's title.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, info, info_span};

use crate::telemetry;

use super::error::ProblemCode;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes of a caller's request id; a longer one is replaced.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// The id of a request, for handlers.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

pub(super) async fn observe(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let text = id.to_str().unwrap_or_default().to_owned();
    request.extensions_mut().insert(RequestId(text));
    let span = info_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        path = request.uri().path(),
    );
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let method = known_method(request.method());
    async {
        let entry = Entry::open();
        let mut response = next.run(request).await;
        let took = entry.close(response.status());
        telemetry::request(method, &route, response.status().as_u16(), took);
        if let Some(problem) = response.extensions().get::<ProblemCode>() {
            telemetry::problem(&problem.0);
        }
        add_headers(response.headers_mut(), id);
        response
    }
    .instrument(span)
    .await
}

/// A line of access log to be: `answered` when it is closed, `abandoned` when
/// it is dropped because the client has left.
struct Entry {
    opened: Instant,
    open: bool,
}

impl Entry {
    fn open() -> Self {
        Self {
            opened: Instant::now(),
            open: true,
        }
    }

    fn close(mut self, status: StatusCode) -> Duration {
        self.open = false;
        let took = self.opened.elapsed();
        info!(status = status.as_u16(), ms = millis(took), "answered");
        took
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.open {
            let ms = millis(self.opened.elapsed());
            info!(ms, "abandoned: the client left");
        }
    }
}

/// A number in JSON, which 128 bits are not.
fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

fn add_headers(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    // Only the files of the editor page say otherwise.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The method, if it is one that there is: others would fill the figures and the
/// audit log with words of the caller's own.
pub(super) fn known_method(method: &Method) -> &'static str {
    let known = [
        "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
    ];
    let found = known.into_iter().find(|it| *it == method.as_str());
    found.unwrap_or("other")
}

/// The caller's id, if it is fit for a log line; a new one otherwise.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sent = headers.get(REQUEST_ID).filter(|id| is_fit(id.as_bytes()));
    sent.cloned().unwrap_or_else(new_id)
}

fn is_fit(id: &[u8]) -> bool {
    (1..=MAX_REQUEST_ID_BYTES).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/=+".contains(byte))
}

/// Unique enough to find a request in a log: 64 bits from randomly keyed hashes.
fn new_id() -> HeaderValue {
    let id = format!("{:016x}", RandomState::new().hash_one(Instant::now()));
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
}
