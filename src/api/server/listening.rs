//! Takes connections in and agrees on TLS with them, where it is spoken, each on a
//! task of its own: who takes long over it keeps nobody waiting.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use crate::api::state::AppState;

use super::stream::Stream;

/// What a client may take to agree on TLS.
const PATIENCE: Duration = Duration::from_secs(10);
/// Clients that may be at it at once; one more waits to be taken in.
const MAX_HANDSHAKES: usize = 512;

/// A socket whose connections come with TLS, where it is spoken.
pub(super) struct Listening {
    listener: TcpListener,
    state: Arc<AppState>,
    handshakes: Arc<Semaphore>,
    sender: mpsc::Sender<(Stream, SocketAddr)>,
    opened: mpsc::Receiver<(Stream, SocketAddr)>,
}

impl Listening {
    pub(super) fn new(listener: TcpListener, state: Arc<AppState>) -> Self {
        let (sender, opened) = mpsc::channel(MAX_HANDSHAKES);
        Self {
            listener,
            state,
            handshakes: Arc::new(Semaphore::new(MAX_HANDSHAKES)),
            sender,
            opened,
        }
    }
}

impl Listener for Listening {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            let room = self.handshakes.available_permits() > 0;
            let (stream, from) = tokio::select! {
                Some(opened) = self.opened.recv() => return opened,
                accepted = Listener::accept(&mut self.listener), if room => accepted,
            };
            let Some(tls) = self.state.acceptor() else {
                return (Stream::Plain(stream), from);
            };
            let Ok(place) = self.handshakes.clone().try_acquire_owned() else {
                continue;
            };
            let sender = self.sender.clone();
            tokio::spawn(async move {
                if let Some(stream) = Stream::open(stream, Some(tls), PATIENCE).await {
                    // Nobody takes it any more: the service is stopping.
                    let _ = sender.send((stream, from)).await;
                }
                drop(place);
            });
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
