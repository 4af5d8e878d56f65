//! TLS handshakes under way: so many at once, each with so much time. Nobody is kept
//! from connecting because others are slow over theirs: when there is no room, one of
//! those is closed for the next.
//!
//! An honest client says hello as soon as it is connected, and is done one round trip
//! later. So each handshake has a moment until which it is safe: a short time after it
//! began, as its hello is on the way already, and from the hello on a longer one, which a
//! round trip takes. Who is closed is whose moment passed the longest time ago. Clients who
//! come back as soon as they are closed cannot push others out before these can have
//! answered: while all are safe, the next wait where they came from, in the system's
//! queue, in their order. As who says no hello is safe for moments only, they do not wait
//! long for those.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::server::Acceptor;
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use super::port::Bounds;
use super::refusal::Refusal;
use super::stream::Stream;

/// For how long a client is safe that has not said hello: this part of
/// `tls_handshake_timeout`, so 10 ms of 10 s.
const SILENT_PART: u32 = 1000;
/// For how long one is safe that has: this part of it, so 250 ms of 10 s.
const HEARD_PART: u32 = 40;

/// Handshakes under way.
#[derive(Default)]
pub(super) struct Handshakes {
    queue: Mutex<Queue>,
    /// Told when one has ended.
    ended: Notify,
    /// Whether the log has been told that there is no room.
    told: AtomicBool,
}

/// Until when one is safe, and its number, as two may be safe until the same moment.
type Key = (Instant, u64);

#[derive(Default)]
struct Queue {
    next: u64,
    /// Whose moment comes first, first; each is told there that it is closed for another.
    pending: BTreeMap<Key, oneshot::Sender<()>>,
}

impl Handshakes {
    /// Completes when another can begin: at once, unless there is no room and all are
    /// safe.
    pub(super) async fn room(&self, bounds: &Bounds) {
        while let Some(until) = self.full_until(bounds) {
            tokio::select! {
                () = sleep_until(until) => {}
                () = self.ended.notified() => {}
            }
        }
    }

    fn full_until(&self, bounds: &Bounds) -> Option<Instant> {
        let queue = self.lock();
        if queue.pending.len() < bounds.max_tls_handshakes {
            return None;
        }
        let (&(until, _), _) = queue.pending.first_key_value()?;
        (until > Instant::now()).then_some(until)
    }

    /// Begins one, in place of another where there is no room.
    pub(super) fn begin(self: &Arc<Self>, bounds: &Bounds) -> Pending {
        let (displaced, told) = oneshot::channel();
        let time = bounds.tls_handshake_timeout;
        let mut queue = self.lock();
        self.make_room(&mut queue, bounds.max_tls_handshakes);
        let key = (Instant::now() + time / SILENT_PART, queue.next);
        queue.next += 1;
        queue.pending.insert(key, displaced);
        Pending {
            place: HandshakePlace {
                all: self.clone(),
                key,
            },
            told,
        }
    }

    fn make_room(&self, queue: &mut Queue, most: usize) {
        // Not told anew for each that comes and goes while there is hardly any room.
        if queue.pending.len() <= most / 2 {
            self.told.store(false, Ordering::Relaxed);
        }
        while queue.pending.len() >= most {
            let Some((_, displaced)) = queue.pending.pop_first() else {
                return;
            };
            // Who is gone need not be told.
            let _ = displaced.send(());
            if !self.told.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    limit = most,
                    "server.max_tls_handshakes are under way: the slowest are closed"
                );
            }
        }
    }

    /// Ends all of them: the service is stopping.
    pub(super) fn close(&self) {
        self.lock().pending.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that is under way, until it is dropped.
pub(super) struct Pending {
    place: HandshakePlace,
    told: oneshot::Receiver<()>,
}

/// Its place among the others; free again when it is dropped.
struct HandshakePlace {
    all: Arc<Handshakes>,
    key: Key,
}

impl HandshakePlace {
    /// Its client has said hello: it is safe for this long from now on.
    fn heard(&mut self, time: Duration) {
        let mut queue = self.all.lock();
        // One that was closed for another in this moment stays closed.
        if let Some(displaced) = queue.pending.remove(&self.key) {
            self.key.0 = Instant::now() + time;
            queue.pending.insert(self.key, displaced);
        }
    }
}

impl Drop for HandshakePlace {
    fn drop(&mut self) {
        self.all.lock().pending.remove(&self.key);
        self.all.ended.notify_one();
    }
}

/// Agrees on TLS with a client, in the time that `bounds` have for it.
pub(super) async fn agree(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    bounds: &Bounds,
    pending: Pending,
) -> Result<Stream, Refusal> {
    let Pending { mut place, told } = pending;
    let agreed = handshake(stream, acceptor, || {
        place.heard(bounds.tls_handshake_timeout / HEARD_PART);
    });
    tokio::select! {
        agreed = timeout(bounds.tls_handshake_timeout, agreed) => match agreed {
            Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a client does not agree on TLS");
                Err(Refusal::HandshakeFailed)
            }
            Err(_) => Err(Refusal::HandshakeTimeout),
        },
        refusal = given_up(told) => Err(refusal),
    }
}

/// A handshake in its two halves; `heard` is told of the end of the first, when the
/// client's hello is there.
async fn handshake(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    heard: impl FnOnce(),
) -> io::Result<TlsStream<TcpStream>> {
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    heard();
    hello.into_stream(acceptor.config().clone()).await
}

/// Completes when a handshake has to be given up, and says why.
async fn given_up(told: oneshot::Receiver<()>) -> Refusal {
    match told.await {
        Ok(()) => Refusal::HandshakeDisplaced,
        Err(_) => Refusal::Stopping,
    }
}

#[cfg(test)]
mod tests;
