//! The receiver that the documentation shows refuses what it should: what was forged,
//! what is old, and what it has taken before.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};

use super::receiver::SECRET;

const BODY: &str = r#"{"type":"digest.done","data":{"id":"job-1"}}"#;

struct Example {
    child: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Example {
    /// `None`, and a line that no test runner hides, where there is no Python.
    fn start() -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/receiver.py");
        let child = Command::new("python3")
            .args([script, "127.0.0.1", "0"])
            .env("CALLBACK_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            let line = "\nSKIPPED without python3\n";
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return None;
        };
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut example = Self {
            child,
            address: String::new(),
            log,
        };
        let line = example.line();
        line.strip_prefix("listening on ")
            .unwrap()
            .clone_into(&mut example.address);
        Some(example)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.log.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// The status of the answer.
    fn call(&self, id: &str, timestamp: &str, signature: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nwebhook-id: {id}\r\nwebhook-timestamp: {timestamp}\r\n\
             webhook-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        let answer = String::from_utf8(answer.to_vec()).unwrap();
        answer[9..].parse().unwrap()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signature(id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD.decode(&SECRET[6..]).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[test]
fn the_example_believes_what_is_signed_now_and_once() {
    let Some(mut example) = Example::start() else {
        return;
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let (fresh, old) = (now.to_string(), (now - 301).to_string());
    let good = signature("msg_1", &fresh, BODY);
    let forged = format!("v1,{}", STANDARD.encode([7; 32]));
    let refused = [
        ("msg_1", fresh.as_str(), forged.as_str(), BODY, "signature"),
        // Of another id, another time, another body.
        ("msg_2", &fresh, &good, BODY, "signature"),
        ("msg_1", &(now - 1).to_string(), &good, BODY, "signature"),
        (
            "msg_1",
            &fresh,
            &good,
            &BODY.replace("job-1", "job-2"),
            "signature",
        ),
        ("msg_1", &fresh, "", BODY, "signature"),
        ("msg_1", "soon", &good, BODY, "headers"),
        ("", &fresh, &good, BODY, "headers"),
        // Recorded and played again later.
        (
            "msg_1",
            &old,
            &signature("msg_1", &old, BODY),
            BODY,
            "timestamp",
        ),
    ];
    for (id, timestamp, signature, body, why) in refused {
        assert_eq!(example.call(id, timestamp, signature, body), 401, "{why}");
        assert_eq!(example.line(), format!("401: {why}"));
    }
    // With the signature of an older secret beside it.
    let both = format!("{forged} {good}");
    assert_eq!(example.call("msg_1", &fresh, &both, BODY), 204);
    assert_eq!(example.call("msg_1", &fresh, &good, BODY), 200);
    assert_eq!(example.line(), "200: taken before");
}
