//! A hub on 127.0.0.1: one thread, one file, one request per connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Clone, Copy)]
struct Manner {
    /// Whether `Range` is obeyed.
    ranges: bool,
    /// Bytes after which a connection is closed, whatever was announced.
    breaks_after: usize,
}

/// Serves until the test ends.
pub(super) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Obeys `Range`.
    pub(super) fn ranged(content: &'static [u8]) -> Self {
        Self::start(content, true, usize::MAX)
    }

    /// Ignores `Range`.
    pub(super) fn whole(content: &'static [u8]) -> Self {
        Self::start(content, false, usize::MAX)
    }

    /// Obeys `Range`, and closes each connection after some bytes.
    pub(super) fn breaking(content: &'static [u8], breaks_after: usize) -> Self {
        Self::start(content, true, breaks_after)
    }

    fn start(content: &'static [u8], ranges: bool, breaks_after: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let manner = Manner {
            ranges,
            breaks_after,
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let request = read_head(&stream);
                seen.lock().unwrap().push(request.clone());
                answer(stream, &request, content, manner);
            }
        });
        Self { address, requests }
    }

    pub(super) fn endpoint(&self) -> String {
        // The slash must not end up twice in the URL.
        format!("http://{}/", self.address)
    }

    /// The heads of the requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_head(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines();
    let head = lines.by_ref().map_while(Result::ok);
    head.take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn answer(mut stream: TcpStream, request: &str, content: &[u8], manner: Manner) {
    let offset = request.split("bytes=").nth(1).filter(|_| manner.ranges);
    let offset = offset.map(|rest| rest.split('-').next().unwrap().parse::<usize>().unwrap());
    let body = &content[offset.unwrap_or(0)..];
    let status = match offset {
        None => "200 OK\r\n".to_owned(),
        Some(offset) => format!(
            "206 Partial Content\r\nContent-Range: bytes {offset}-{}/{}\r\n",
            content.len() - 1,
            content.len()
        ),
    };
    let sent = &body[..body.len().min(manner.breaks_after)];
    // The client may have hung up: a test of its own checks what it made of it.
    let _ = write!(
        stream,
        "HTTP/1.1 {status}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(sent);
}
