//! Requests as a caller may write them: the route, the query, the headers, the
//! JSON envelope. Each is answered, and every refusal is a problem that says why and
//! whose fault it is: the caller's. Nobody works on the jobs that are stored.
//!
//! An input is written as HTTP is: a line with method and address, headers, a
//! blank line, the body.

use std::sync::Arc;
use std::time::Duration;

use afterword::api::{AppState, Problem, router};
use afterword::config::Settings;
use afterword::digest::Digest;
use afterword::jobs::{DigestFuture, Digester, Maker, Queue};
use afterword::pipeline::ingest::is_charset;
use afterword::pipeline::options::DigestOptions;
use afterword::pipeline::{Input, SourceScope};
use afterword::store::{Retention, Store, sqlite_url};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use super::common::bare_digest;

/// Bytes of an answer.
const MAX_ANSWER_BYTES: usize = 1 << 24;
/// No caller waits for a job.
const SETTINGS: &str = "[server]\nmax_wait_seconds = 0\n\
    [callbacks]\nsecrets = [\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=\"]";
const HOUR: Duration = Duration::from_secs(3600);
const RETENTION: Retention = Retention {
    finished: HOUR,
    articles: HOUR,
    idempotency_keys: HOUR,
    deliveries: HOUR,
    audit: HOUR,
    named_articles: HOUR,
    current_texts: HOUR,
};

/// A service with a database of its own, which goes with it.
pub struct Service {
    runtime: Runtime,
    router: Router,
    _folder: TempDir,
}

/// Answers every article that comes through, and holds it to what was promised.
struct Writer;

impl Digester for Writer {
    fn maker(&self) -> Maker {
        Maker::extractive()
    }

    fn digest(&self, input: Input, options: DigestOptions) -> DigestFuture<'_> {
        assert!(input.charset.as_deref().is_none_or(is_charset));
        assert!(
            input
                .title
                .as_deref()
                .is_none_or(|title| !title.trim().is_empty())
        );
        assert!(options.count > 0 && options.max_answer_words > 0);
        let topic = matches!(input.scope, SourceScope::Page).then(|| "<b>page</b>".to_owned());
        Box::pin(async move { Ok(digest(topic)) })
    }
}

fn digest(topic: Option<String>) -> Digest {
    Digest {
        related: vec!["<b>".to_owned()],
        ..bare_digest(topic)
    }
}

impl Service {
    /// Starts one.
    pub fn start() -> Self {
        let settings = Settings::from_toml(SETTINGS, "fuzz").expect("sound settings");
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let database = sqlite_url(&folder.path().join("afterword.db"));
        let store = runtime.block_on(Store::open(&database, RETENTION));
        let store = Arc::new(store.expect("a store"));
        let state = Arc::new(AppState::new(&settings));
        state.keep_keys(store.clone());
        state.keep_jobs(Queue::new(store, Writer.maker(), settings.jobs));
        state.start(Arc::new(Writer));
        Self {
            runtime,
            router: router(state),
            _folder: folder,
        }
    }

    /// Tries one input.
    pub fn run(&self, bytes: &[u8]) {
        let Some(request) = request(bytes) else {
            return;
        };
        let router = self.router.clone();
        let (status, headers, body) = self.runtime.block_on(async {
            let answer = router.oneshot(request).await.expect("an answer");
            let (head, body) = answer.into_parts();
            let body = to_bytes(body, MAX_ANSWER_BYTES).await.expect("a body");
            (head.status, head.headers, body)
        });
        // The service is whole, and is asked one thing at a time: it is never too busy.
        assert!(
            !status.is_server_error(),
            "{status}: {}",
            String::from_utf8_lossy(&body)
        );
        assert_eq!(
            headers.get("x-content-type-options").expect("on all"),
            "nosniff"
        );
        if status.is_success() {
            answered(&headers, &body);
        } else {
            refused(status, &headers, &body);
        }
    }
}

/// The request that is written; `None` where no client could send it.
fn request(bytes: &[u8]) -> Option<Request<Body>> {
    let split = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = bytes.split_at_checked(split?)?;
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, uri) = first.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(uri);
    for line in lines {
        let at = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..at], line[at + 1..].trim_ascii());
    }
    request.body(Body::from(body[2..].to_vec())).ok()
}

fn answered(headers: &HeaderMap, body: &Bytes) {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return;
    };
    let kind = kind.to_str().expect("ASCII");
    if kind == "application/json" {
        serde_json::from_slice::<serde_json::Value>(body).expect("JSON");
    } else {
        assert!(
            !body.windows(3).any(|part| part == b"<b>"),
            "unescaped text"
        );
    }
}

fn refused(status: StatusCode, headers: &HeaderMap, body: &Bytes) {
    let is_problem = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/problem+json");
    // An answer to HEAD says nothing.
    if body.is_empty() {
        return;
    }
    assert!(is_problem, "{status}");
    let problem: Problem = serde_json::from_slice(body).expect("a problem");
    assert_eq!(problem.status, status.as_u16());
    assert_eq!(problem.kind, format!("/problems/{}", problem.code));
    assert!(!problem.detail.is_empty() && !problem.hint.is_empty() && !problem.title.is_empty());
}
