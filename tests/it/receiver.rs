//! Whoever is called back: a server that keeps what it is told, answers as the
//! test wants it, and checks signatures with a reading of the specification of
//! its own.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// 32 bytes, as both sides know them.
pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signatures: String,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    pub(crate) fn payload(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether one of the signatures is that of the secret, and the time is now.
    pub(crate) fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(&secret[6..]).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        for part in [self.id.as_bytes(), b".", self.timestamp.as_bytes(), b"."] {
            mac.update(part);
        }
        mac.update(&self.body);
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let age = now.as_secs().abs_diff(self.timestamp.parse().unwrap());
        age < 300 && self.signatures.split(' ').any(|it| it == expected)
    }
}

#[derive(Default)]
struct Book {
    heard: Vec<Heard>,
    /// Statuses of the next answers; then 204.
    answers: VecDeque<u16>,
}

/// A server that is called back; gone when dropped.
pub(crate) struct Receiver {
    /// Scheme, host and port.
    pub(crate) origin: String,
    book: Arc<Mutex<Book>>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let book = Arc::new(Mutex::new(Book::default()));
        let app = Router::new()
            .route("/{*path}", post(hear))
            .with_state(book.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { origin, book, task }
    }

    /// Where to be called.
    pub(crate) fn url(&self) -> String {
        format!("{}/hook?of=test", self.origin)
    }

    pub(crate) fn answer_with(&self, statuses: &[u16]) {
        self.book.lock().unwrap().answers.extend(statuses);
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.book.lock().unwrap().heard.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn hear(
    State(book): State<Arc<Mutex<Book>>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    assert_eq!(header("content-type"), "application/json");
    let mut book = book.lock().unwrap();
    book.heard.push(Heard {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signatures: header("webhook-signature"),
        body: body.to_vec(),
    });
    let status = book.answers.pop_front().unwrap_or(204);
    // Where a redirect would lead, for who follows it.
    (
        StatusCode::from_u16(status).unwrap(),
        [("location", "/elsewhere")],
    )
}
