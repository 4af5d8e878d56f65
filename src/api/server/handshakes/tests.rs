//! Whom a new handshake takes the place of, and who waits.

use super::*;

/// Longer than any step here takes; a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);

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
    assert_eq!(given_up(first.told).await, Refusal::HandshakeDisplaced);
    assert!(is_pending(&mut second) && is_pending(&mut third));
    // One that has ended is in nobody's way, and one that was displaced takes none along.
    drop((first.place, second));
    let mut fourth = all.begin(&bounds);
    assert!(is_pending(&mut third) && is_pending(&mut fourth));
    assert_eq!(all.lock().pending.len(), 2);
}

#[tokio::test]
async fn who_has_said_hello_is_closed_after_who_has_not() {
    let all = Arc::new(Handshakes::default());
    let bounds = bounds(2, Duration::ZERO);
    let mut heard = all.begin(&bounds);
    heard.place.heard(HOUR);
    let mut silent = all.begin(&bounds);
    // However many come, it is one of them that makes room.
    for _ in 0..10 {
        let next = all.begin(&bounds);
        assert!(is_pending(&mut heard) && !is_pending(&mut silent));
        silent = next;
    }
    // Its time over, it is its turn before younger ones.
    heard.place.heard(Duration::ZERO);
    silent.place.heard(HOUR);
    let _next = all.begin(&bounds);
    assert!(!is_pending(&mut heard) && is_pending(&mut silent));
    // A hello that comes too late changes nothing.
    heard.place.heard(HOUR);
    assert_eq!(all.lock().pending.len(), 2);
}

#[tokio::test]
async fn each_has_its_time_first() {
    let least = Duration::from_millis(200);
    for (part, is_heard) in [(SILENT_PART, false), (HEARD_PART, true)] {
        let all = Arc::new(Handshakes::default());
        let bounds = bounds(1, least * part);
        timeout(PATIENCE, all.room(&bounds)).await.unwrap();
        let started = Instant::now();
        let mut first = all.begin(&bounds);
        if is_heard {
            first.place.heard(bounds.tls_handshake_timeout / HEARD_PART);
        }
        timeout(PATIENCE, all.room(&bounds)).await.unwrap();
        assert!(started.elapsed() >= least);
        drop(first);
    }
}

#[tokio::test]
async fn one_that_ends_lets_the_next_in_at_once() {
    let all = Arc::new(Handshakes::default());
    let bounds = bounds(1, HOUR);
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
    let pending = all.begin(&bounds(2, PATIENCE));
    all.close();
    let refusal = timeout(PATIENCE, given_up(pending.told)).await.unwrap();
    assert_eq!(refusal, Refusal::Stopping);
}
