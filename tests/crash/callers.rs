//! Callers of the soak test: each does something else every moment, writes down what
//! it was told, and knows which answers may be.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::Random;
use super::service::{agent, article};
use super::soak::Ledger;

/// What they ask for in turn.
const LANES: [&str; 3] = ["publish", "draft", "backfill"];
/// Not a surprise from a service that is killed and started again: it is full, or
/// about to stop or to be ready.
const BUSY: [u16; 2] = [429, 503];
/// Bodies that are no article, and what they are sent as.
const NONSENSE: [(&str, &[u8]); 6] = [
    ("application/json", b"{\"text\": \"unfinished"),
    ("application/json", b"{\"text\": 7, \"options\": []}"),
    ("text/plain", b"\x00\x01\x02\x03\xff\xfe\xfd"),
    ("text/html", b"<p>too short</p>"),
    ("image/png", b"\x89PNG"),
    ("text/plain", b""),
];

/// Who sends, asks, waits, calls off and misbehaves.
pub(crate) struct Caller {
    pub(crate) number: usize,
    pub(crate) service: String,
    pub(crate) callback: String,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) random: Random,
    pub(crate) ledger: Arc<Ledger>,
}

impl Caller {
    /// Goes on until it is told to stop.
    pub(crate) fn call(mut self) {
        let mut at = 0;
        while !self.stop.load(Ordering::Relaxed) {
            match self.random.next() % 16 {
                0..6 => {
                    self.submit(at, "respond-async");
                    at += 1;
                }
                6 => {
                    self.submit(at, "wait=2");
                    at += 1;
                }
                7 if at > 0 => self.repeat(at),
                8 => {
                    self.submit(at, "respond-async");
                    self.cancel(at);
                    at += 1;
                }
                9 => self.digest_at_once(),
                10 => self.nonsense(),
                11 => self.too_large(),
                12 => self.half_a_request(),
                13 if at > 0 => self.follow(at),
                14 => self.read("list", "/v1/digests?limit=20", &[200]),
                _ => self.read("health", "/healthz", &[200]),
            }
            std::thread::sleep(Duration::from_millis(self.random.next() % 60));
        }
    }

    fn key(&self, at: usize) -> String {
        format!("caller-{}-{at}", self.number)
    }

    /// One of the articles that were sent before.
    fn earlier(&mut self, at: usize) -> (String, Option<String>) {
        let one = (self.random.next() % at as u64) as usize;
        let key = self.key(one);
        let id = self.ledger.accepted.lock().unwrap().get(&key).cloned();
        (key, id)
    }

    /// Sends an article until it is accepted, under one key.
    fn submit(&self, at: usize, prefer: &str) {
        let key = self.key(at);
        while !self.stop.load(Ordering::Relaxed) {
            match self.post(&key, at, prefer) {
                Some(id) => {
                    let before = self.ledger.accepted.lock().unwrap().insert(key, id);
                    assert!(before.is_none());
                    return;
                }
                None => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    fn post(&self, key: &str, at: usize, prefer: &str) -> Option<String> {
        let mut body = json!({
            "text": article(self.number * 1_000_000 + at), "external_id": key,
            "lane": LANES[at % LANES.len()],
        });
        if at.is_multiple_of(4) {
            body["callback"] = json!({ "url": self.callback });
        }
        let request = agent().post(format!("{}/v1/digests", self.service));
        let request = request.header("content-type", "application/json");
        let request = request
            .header("prefer", prefer)
            .header("idempotency-key", key);
        let (answer, id) = match request.send(body.to_string()) {
            Err(_) => (None, None),
            Ok(mut answer) => {
                let place = answer.headers().get("location").cloned();
                let place =
                    place.and_then(|it| Some(it.to_str().ok()?.rsplit('/').next()?.to_owned()));
                // An answer that is cut off was not heard.
                match answer.body_mut().read_to_string() {
                    Ok(text) => (Some((answer.status().as_u16(), text)), place),
                    Err(_) => (None, None),
                }
            }
        };
        // 409: the first try is still being answered; 410 and 409: it ended otherwise.
        let status = self.note("submit", answer, &[200, 202, 409]);
        id.filter(|_| matches!(status, Some(200 | 202)))
    }

    /// The same key gives the same job.
    fn repeat(&mut self, at: usize) {
        let (key, Some(id)) = self.earlier(at) else {
            return;
        };
        let number = key.rsplit('-').next().unwrap().parse().unwrap();
        if let Some(again) = self.post(&key, number, "respond-async")
            && again != id
        {
            self.surprise(format!("{key} gave {id} and then {again}"));
        }
    }

    /// Calls off what was sent a moment ago; 409 where it is done already.
    fn cancel(&self, at: usize) {
        let id = self
            .ledger
            .accepted
            .lock()
            .unwrap()
            .get(&self.key(at))
            .cloned();
        let Some(id) = id else {
            return;
        };
        let called = agent()
            .delete(format!("{}/v1/digests/{id}", self.service))
            .call();
        let heard = called.ok().and_then(heard);
        self.note("cancel", heard, &[200, 204, 409]);
    }

    fn digest_at_once(&mut self) {
        let request = agent().post(format!("{}/v1/digests?format=html", self.service));
        let request = request.header("content-type", "text/plain");
        let text = article(self.random.next() as usize % 1000);
        self.note("at once", request.send(text).ok().and_then(heard), &[200]);
    }

    fn nonsense(&mut self) {
        let at = self.random.next() as usize % NONSENSE.len();
        let (kind, body) = NONSENSE[at];
        let request = agent().post(format!("{}/v1/digests", self.service));
        let sent = request.header("content-type", kind).send(body);
        let heard = sent.ok().and_then(heard);
        self.note("nonsense", heard, &[400, 415, 422]);
    }

    fn too_large(&self) {
        let request = agent().post(format!("{}/v1/digests", self.service));
        let body = "The bridge is long. ".repeat(300_000);
        let sent = request.header("content-type", "text/plain").send(body);
        // Who is refused before it has sent all may not hear why.
        self.note("too large", sent.ok().and_then(heard), &[413]);
    }

    /// Sends a part of a request, and goes away without a word.
    fn half_a_request(&mut self) {
        let whole = "POST /v1/digests HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
                     content-length: 100\r\n\r\nThe bridge";
        let part = self.random.next() as usize % whole.len();
        let address = self.service.trim_start_matches("http://");
        if let Ok(mut stream) = TcpStream::connect(address) {
            let _ = stream.write_all(&whole.as_bytes()[..part]);
        }
    }

    /// Looks on for a moment, and goes away.
    fn follow(&mut self, at: usize) {
        let (_, Some(id)) = self.earlier(at) else {
            return;
        };
        let called = agent()
            .get(format!("{}/v1/digests/{id}/events", self.service))
            .call();
        let Ok(mut answer) = called else { return };
        let heard = match answer.status().as_u16() {
            200 => {
                let _ = answer.body_mut().as_reader().read(&mut [0; 64]);
                Some((200, String::new()))
            }
            _ => heard(answer),
        };
        self.note("follow", heard, &[200]);
    }

    fn read(&self, what: &'static str, path: &str, expected: &[u16]) {
        let called = agent().get(format!("{}{path}", self.service)).call();
        self.note(what, called.ok().and_then(heard), expected);
    }

    /// Writes down what came back, and whether it may be.
    fn note(
        &self,
        what: &'static str,
        answer: Option<(u16, String)>,
        expected: &[u16],
    ) -> Option<u16> {
        let status = answer.as_ref().map(|(status, _)| *status);
        let mut answers = self.ledger.answers.lock().unwrap();
        *answers.entry((what, status.unwrap_or(0))).or_default() += 1;
        drop(answers);
        let (status, text) = answer?;
        if !expected.contains(&status) && !BUSY.contains(&status) {
            self.surprise(format!("{what}: {status} {text}"));
        }
        if status >= 400 && serde_json::from_str::<Value>(&text).is_err() {
            self.surprise(format!("{what}: {status} is no problem: {text}"));
        }
        Some(status)
    }

    fn surprise(&self, text: String) {
        self.ledger.surprises.lock().unwrap().push(text);
    }
}

type Heard = ureq::http::Response<ureq::Body>;

fn heard(mut answer: Heard) -> Option<(u16, String)> {
    let text = answer.body_mut().read_to_string().ok()?;
    Some((answer.status().as_u16(), text))
}
