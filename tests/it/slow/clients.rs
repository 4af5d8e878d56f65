//! Clients who are slow or greedy on purpose, and what they saw.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Of each kind of greedy ones.
const GREEDY: usize = 8;
const BODY_BYTES: usize = 100 << 20;

/// What the hostile clients saw.
#[derive(Default)]
pub(super) struct Seen {
    /// Slow connections that are open now.
    pub(super) open: AtomicUsize,
    pub(super) most_open: AtomicUsize,
    pub(super) closed: AtomicUsize,
    pub(super) bombs: AtomicUsize,
    pub(super) bodies: AtomicUsize,
}

/// What slow clients take their time over.
#[derive(Debug, Clone, Copy)]
pub(super) enum Over {
    Head,
    Body,
    Handshake,
}

impl Over {
    /// What is sent at once.
    fn before(self) -> &'static [u8] {
        match self {
            Self::Head | Self::Handshake => b"",
            Self::Body => {
                b"POST /v1/digests HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
                content-length: 1000\r\n\r\n"
            }
        }
    }

    /// What is sent byte by byte.
    fn drops(self) -> Vec<u8> {
        match self {
            Self::Head => [
                b"POST /v1/digests HTTP/1.1\r\nhost: localhost\r\nx-slow: ".as_slice(),
                &[b'x'; 1000],
            ]
            .concat(),
            Self::Body => b"word ".repeat(200),
            // The head of a record, and of a ClientHello of 508 bytes.
            Self::Handshake => [
                [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3].as_slice(),
                &[0; 500],
            ]
            .concat(),
        }
    }
}

/// Clients that send a byte, pause, and send the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slow {
    pub(super) over: Over,
    pub(super) count: usize,
    pub(super) pause: Duration,
}

impl Slow {
    pub(super) fn start(self, address: SocketAddr, seen: &Arc<Seen>) -> Vec<JoinHandle<()>> {
        let clients = (0..self.count).map(|_| tokio::spawn(self.drip(address, seen.clone())));
        clients.collect()
    }

    /// One of them: who is closed comes again.
    async fn drip(self, address: SocketAddr, seen: Arc<Seen>) {
        let drops = self.over.drops();
        loop {
            let Ok(mut stream) = TcpStream::connect(address).await else {
                sleep(Duration::from_millis(500)).await;
                continue;
            };
            let open = seen.open.fetch_add(1, Ordering::Relaxed) + 1;
            seen.most_open.fetch_max(open, Ordering::Relaxed);
            let _ = stream.write_all(self.over.before()).await;
            for byte in &drops {
                if stream.write_all(&[*byte]).await.is_err() {
                    break;
                }
                sleep(self.pause).await;
            }
            seen.open.fetch_sub(1, Ordering::Relaxed);
            seen.closed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Headers without an end, as fast as they are taken.
async fn bomb(address: SocketAddr, seen: Arc<Seen>) {
    let headers = "x-bomb: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(1000);
    loop {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let _ = stream.write_all(b"GET / HTTP/1.1\r\n").await;
            while stream.write_all(headers.as_bytes()).await.is_ok() {}
            seen.bombs.fetch_add(1, Ordering::Relaxed);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// A body of 100 MB, as fast as it is taken.
async fn body(address: SocketAddr, is_told: bool, seen: Arc<Seen>) {
    let length = match is_told {
        true => format!("content-length: {BODY_BYTES}"),
        false => "transfer-encoding: chunked".to_owned(),
    };
    let head = format!(
        "POST /v1/digests HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n{length}\r\n\r\n"
    );
    let piece = match is_told {
        true => "word ".repeat(20_000),
        false => format!("{:x}\r\n{}\r\n", 100_000, "word ".repeat(20_000)),
    };
    loop {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let _ = stream.write_all(head.as_bytes()).await;
            for _ in 0..=BODY_BYTES / piece.len() {
                if stream.write_all(piece.as_bytes()).await.is_err() {
                    break;
                }
            }
            seen.bodies.fetch_add(1, Ordering::Relaxed);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

pub(super) fn greedy(address: SocketAddr, seen: &Arc<Seen>) -> Vec<JoinHandle<()>> {
    let mut clients = Vec::new();
    for at in 0..GREEDY {
        clients.push(tokio::spawn(bomb(address, seen.clone())));
        clients.push(tokio::spawn(body(address, at % 2 == 0, seen.clone())));
    }
    clients
}
