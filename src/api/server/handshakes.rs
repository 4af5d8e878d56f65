//! TLS handshakes under way: so many at once, each with so much time. Nobody is kept
//! from connecting because others are slow over theirs: when there is no room, the one
//! that has taken longest is closed for the next. An honest client needs one round trip,
//! and is younger than all who dawdle.
//!
//! Clients who come back as soon as they are closed could push others out before these
//! can have answered. So none is closed before it has had a least time: until the oldest
//! has, the next wait where they came from, in the system's queue, in their order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use super::port::Bounds;
use super::refusal::Refusal;
use super::stream::Stream;

/// What a handshake gets before it can be closed for another: this part of
/// `tls_handshake_timeout`, so 250 ms of 10 s.
const LEAST_TIME_PART: u32 = 40;

/// Handshakes under way.
#[derive(Default)]
pub(super) struct Handshakes {
    queue: Mutex<Queue>,
    /// Told when one has ended.
    ended: Notify,
    /// Whether the log has been told that there is no room.
    told: AtomicBool,
}

#[derive(Default)]
struct Queue {
    next: u64,
    /// The oldest first.
    pending: BTreeMap<u64, Waiting>,
}

struct Waiting {
    since: Instant,
    /// Told that it is closed for another.
    displaced: oneshot::Sender<()>,
}

impl Handshakes {
    /// Completes when another can begin: at once, unless there is no room and the
    /// oldest has not had its least time.
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
        let (_, oldest) = queue.pending.first_key_value()?;
        let until = oldest.since + bounds.tls_handshake_timeout / LEAST_TIME_PART;
        (until > Instant::now()).then_some(until)
    }

    /// Begins one, in place of the oldest where there is no room.
    pub(super) fn begin(self: &Arc<Self>, bounds: &Bounds) -> Pending {
        let (displaced, told) = oneshot::channel();
        let mut queue = self.lock();
        self.make_room(&mut queue, bounds.max_tls_handshakes);
        let id = queue.next;
        queue.next += 1;
        let since = Instant::now();
        queue.pending.insert(id, Waiting { since, displaced });
        Pending {
            all: self.clone(),
            id,
            told,
        }
    }

    fn make_room(&self, queue: &mut Queue, most: usize) {
        // Not told anew for each that comes and goes while there is hardly any room.
        if queue.pending.len() <= most / 2 {
            self.told.store(false, Ordering::Relaxed);
        }
        while queue.pending.len() >= most {
            let Some((_, oldest)) = queue.pending.pop_first() else {
                return;
            };
            // Who is gone need not be told.
            let _ = oldest.displaced.send(());
            if !self.told.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    limit = most,
                    "server.max_tls_handshakes are under way: the oldest are closed"
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
    all: Arc<Handshakes>,
    id: u64,
    told: oneshot::Receiver<()>,
}

impl Pending {
    /// Completes when it has to be given up, and says why.
    async fn given_up(&mut self) -> Refusal {
        match (&mut self.told).await {
            Ok(()) => Refusal::HandshakeDisplaced,
            Err(_) => Refusal::Stopping,
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.all.lock().pending.remove(&self.id);
        self.all.ended.notify_one();
    }
}

/// Agrees on TLS with a client, in the time that `bounds` have for it.
pub(super) async fn agree(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    bounds: &Bounds,
    mut pending: Pending,
) -> Result<Stream, Refusal> {
    let agreed = timeout(bounds.tls_handshake_timeout, acceptor.accept(stream));
    tokio::select! {
        agreed = agreed => match agreed {
            Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a client does not agree on TLS");
                Err(Refusal::HandshakeFailed)
            }
            Err(_) => Err(Refusal::HandshakeTimeout),
        },
        refusal = pending.given_up() => Err(refusal),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Longer than any step here takes; a test that hangs fails instead.
    const PATIENCE: Duration = Duration::from_secs(10);

    fn bounds(most: usize, time: Duration) -> Bounds {
        Bounds {
            max_tls_handshakes: most,
            tls_handshake_timeout: time,
            max_request_head_bytes: 8192,
            request_head_timeout: PATIENCE,
            response_timeout: PATIENCE,
        }
    }

    fn is_pending(pending: &mut Pending) -> bool {
        matches!(
            pending.told.try_recv(),
            Err(oneshot::error::TryRecvError::Empty)
        )
    }

    #[tokio::test]
    async fn the_oldest_makes_room() {
        let all = Arc::new(Handshakes::default());
        let bounds = bounds(2, Duration::ZERO);
        let mut first = all.begin(&bounds);
        let mut second = all.begin(&bounds);
        assert!(is_pending(&mut first) && is_pending(&mut second));
        let mut third = all.begin(&bounds);
        assert_eq!(first.given_up().await, Refusal::HandshakeDisplaced);
        assert!(is_pending(&mut second) && is_pending(&mut third));
        // One that has ended is in nobody's way, and one that was displaced takes none along.
        drop((first, second));
        let mut fourth = all.begin(&bounds);
        assert!(is_pending(&mut third) && is_pending(&mut fourth));
        assert_eq!(all.lock().pending.len(), 2);
    }

    #[tokio::test]
    async fn each_has_its_least_time_first() {
        let all = Arc::new(Handshakes::default());
        let least = Duration::from_millis(200);
        let bounds = bounds(1, least * LEAST_TIME_PART);
        timeout(PATIENCE, all.room(&bounds)).await.unwrap();
        let started = Instant::now();
        let first = all.begin(&bounds);
        timeout(PATIENCE, all.room(&bounds)).await.unwrap();
        assert!(started.elapsed() >= least);
        drop(first);
    }

    #[tokio::test]
    async fn one_that_ends_lets_the_next_in_at_once() {
        let all = Arc::new(Handshakes::default());
        let bounds = bounds(1, Duration::from_secs(3600));
        let first = all.begin(&bounds);
        let waits = tokio::spawn({
            let all = all.clone();
            async move { all.room(&bounds).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!waits.is_finished());
        drop(first);
        timeout(PATIENCE, waits).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn all_end_when_the_service_stops() {
        let all = Arc::new(Handshakes::default());
        let mut pending = all.begin(&bounds(2, PATIENCE));
        all.close();
        let refusal = timeout(PATIENCE, pending.given_up()).await.unwrap();
        assert_eq!(refusal, Refusal::Stopping);
    }
}
