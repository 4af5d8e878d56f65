//! Spans on their way to a collector, in builds that can send them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::running::Service;

/// A collector, and what it is sent.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (sender, sent) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let lower = head.to_lowercase();
            let length = lower
                .lines()
                .find_map(|it| it.strip_prefix("content-length:"));
            let length = length.map_or(0, |it| it.trim().parse().unwrap());
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            reader.get_mut().write_all(answer).unwrap();
            let _ = sender.send((head, body));
        }
    });
    (origin, sent)
}

#[test]
fn spans_are_sent_with_their_request() {
    let (origin, sent) = collector();
    let endpoint = format!("{origin}/v1/traces");
    let variables = [("AFTERWORD__LOG__OTLP_ENDPOINT", endpoint.as_str())];
    let service = Service::start(&[], &variables);
    service.send("GET /v1/digests", "");
    // What waits is sent at the end.
    service.end();
    let (head, body) = sent.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    let text = String::from_utf8_lossy(&body);
    assert!(
        text.contains("of-the-test") && text.contains("/v1/digests"),
        "{text}"
    );
}
