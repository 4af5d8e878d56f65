//! PostgreSQL goes away in mid-run, and comes back: callers are told clearly,
//! and nothing is lost. A proxy stands between the service and the server, so
//! that the server of other tests is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::callbacks::Called;
use super::*;
use crate::receiver::Heard;

/// A way to the server that can be cut.
struct Proxy {
    address: String,
    open: watch::Sender<bool>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

async fn connect(server: &PgConnectOptions) -> Box<dyn Stream> {
    let port = server.get_port();
    match server.get_socket() {
        Some(folder) => {
            let path = folder.join(format!(".s.PGSQL.{port}"));
            Box::new(UnixStream::connect(path).await.unwrap())
        }
        None => Box::new(TcpStream::connect((server.get_host(), port)).await.unwrap()),
    }
}

impl Proxy {
    async fn start(url: &str) -> Self {
        let server = PgConnectOptions::from_str(url).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let open = watch::channel(true).0;
        let state = open.subscribe();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (server, mut state) = (server.clone(), state.clone());
                tokio::spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let mut upstream = connect(&server).await;
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut upstream) => {}
                        _ = state.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { address, open }
    }

    /// The URL by way of the proxy.
    fn url(&self, url: &str) -> String {
        let server = PgConnectOptions::from_str(url).unwrap();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let kept = query.split('&').filter(|pair| pair.starts_with("options"));
        format!(
            "postgres://{}@{}/{}?sslmode=disable&{}",
            server.get_username(),
            self.address,
            server.get_database().unwrap_or_default(),
            kept.collect::<Vec<_>>().join("&")
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_goes_and_comes_back() {
    let Some(mut place) = Place::new(Kind::Postgres).await else {
        return;
    };
    let proxy = Proxy::start(&place.url).await;
    place.url = proxy.url(&place.url);
    let service = Service::start(place, Scripted::gated(), "[jobs]\nconcurrency = 1").await;
    service.work();
    let in_work = accepted(&service.send(order("a", archive(), ASYNC)).await);
    tokio::time::timeout(PATIENCE, service.scripted.begun())
        .await
        .unwrap();
    let waiting = accepted(&service.send(order("b", archive(), ASYNC)).await);
    proxy.open.send_replace(false);
    let refused = service.send(order("c", json!({}), ASYNC)).await;
    assert_eq!(refused.refusal(), (503, "store_unavailable".to_owned()));
    let unseen = service
        .send(get(&format!("/v1/digests/{}", waiting.id)))
        .await;
    assert_eq!(unseen.refusal(), (503, "store_unavailable".to_owned()));
    // The work ends while there is nobody to tell.
    service.scripted.open_gate();
    tokio::time::sleep(Duration::from_millis(300)).await;
    proxy.open.send_replace(true);
    service.scripted.open_gate();
    reached_again(&service, &in_work.id).await;
    service.until(&in_work.id, "done").await;
    let_through(&service, &waiting.id).await;
    assert_eq!(service.list("").await.jobs.len(), 2);
}

/// Opens the gate to the next job, and waits for its digest.
async fn let_through(service: &Service, id: &str) {
    tokio::time::timeout(PATIENCE, service.scripted.begun())
        .await
        .unwrap();
    service.scripted.open_gate();
    service.until(id, "done").await;
}

/// Waits until the store can be reached: the first request after an outage may still
/// meet a connection that has broken off.
async fn reached_again(service: &Service, id: &str) {
    let reached = async {
        let job = format!("/v1/digests/{id}");
        while service.send(get(&job)).await.status != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.unwrap();
}

/// A minute without its database in mid-run: callers are told so, what was
/// accepted is done afterwards, and every end is told, always under one id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes more than a minute"]
async fn postgres_is_gone_for_a_minute() {
    const OUTAGE: Duration = Duration::from_secs(60);
    let Some(mut place) = Place::new(Kind::Postgres).await else {
        return;
    };
    let proxy = Proxy::start(&place.url).await;
    place.url = proxy.url(&place.url);
    let called = Called::start(place, "").await;
    let service = &called.service;
    service.work();
    let callback = json!({ "callback": { "url": called.receiver.url() } });
    let (mut accepted_ids, mut refused) = (Vec::new(), 0);
    let started = std::time::Instant::now();
    let mut at = 0;
    while started.elapsed() < OUTAGE + Duration::from_secs(20) {
        let is_out =
            (Duration::from_secs(5)..Duration::from_secs(5) + OUTAGE).contains(&started.elapsed());
        proxy.open.send_replace(!is_out);
        let key = format!("key-{at}");
        let headers = [ASYNC[0], ("idempotency-key", key.as_str())];
        let answer = service
            .send(order(&at.to_string(), callback.clone(), &headers))
            .await;
        if answer.status == StatusCode::ACCEPTED {
            accepted_ids.push(accepted(&answer).id);
            at += 1;
        } else {
            // The same article with the same key, until it is accepted.
            assert_eq!(answer.refusal(), (503, "store_unavailable".to_owned()));
            refused += 1;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    proxy.open.send_replace(true);
    assert!(refused > 0 && accepted_ids.len() > 50, "{refused} {at}");
    for id in &accepted_ids {
        service.until(id, "done").await;
        called.until(id, "delivered").await;
    }
    let distinct: BTreeSet<_> = accepted_ids.iter().cloned().collect();
    assert_eq!(distinct.len(), accepted_ids.len());
    let told = told_by_job(&called.receiver.heard());
    assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), distinct);
    assert!(told.values().all(|ids| ids.len() == 1), "{told:?}");
}

/// The jobs whose end was told, and under which ids.
fn told_by_job(heard: &[Heard]) -> BTreeMap<String, BTreeSet<String>> {
    let mut told: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for call in heard {
        let job = call.payload()["data"]["id"].as_str().unwrap().to_owned();
        told.entry(job).or_default().insert(call.id.clone());
    }
    told
}

/// A file system of four megabytes, filled to the last while a job is in work, whose
/// digest has to wait until it is made larger. Needs root, and says so where it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "mounts a file system"]
async fn a_disk_that_is_full_is_got_over() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |arguments: &[&str]| {
        let command = std::process::Command::new("mount")
            .args(arguments)
            .arg(folder.path())
            .status();
        command.is_ok_and(|status| status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=4m", "tmpfs"]) {
        eprintln!("SKIPPED: no file system can be mounted here");
        return;
    }
    let url = afterword::store::sqlite_url(&folder.path().join("afterword.db"));
    let mut place = Place::new(Kind::Sqlite).await.unwrap();
    place.url = url;
    // Larger than an article below: where that finds no room, it finds none either.
    let scripted = Scripted::new(|| {
        Ok(Digest {
            related: vec!["Ferries".repeat(200_000)],
            ..digest()
        })
    });
    let scripted = scripted.behind_a_gate();
    let mut service = Service::start(place, scripted, "[jobs]\nconcurrency = 1").await;
    // A lease that needs no sign of life, for which there is no room.
    service.settings.lease = HOUR;
    service.work();
    let in_work = accepted(&service.send(order("first", archive(), ASYNC)).await);
    tokio::time::timeout(PATIENCE, service.scripted.begun())
        .await
        .unwrap();
    let mut ids = Vec::new();
    let refusal = loop {
        let about = format!("{} {}", ids.len(), "a".repeat(100_000));
        let answer = service.send(order(&about, archive(), ASYNC)).await;
        if answer.status != StatusCode::ACCEPTED {
            break answer.refusal();
        }
        ids.push(accepted(&answer).id);
        assert!(ids.len() < 100, "the disk is never full");
    };
    assert_eq!(refusal, (503, "store_full".to_owned()));
    assert!(!ids.is_empty());
    service.scripted.open_gate();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(service.job(&in_work.id).await.status, "leased");
    assert!(mount(&["-o", "remount,size=64m"]));
    service.until(&in_work.id, "done").await;
    for id in &ids {
        let_through(&service, id).await;
    }
    let after = accepted(&service.send(order("after", archive(), ASYNC)).await);
    let_through(&service, &after.id).await;
    service.store.close().await;
    let unmounted = std::process::Command::new("umount")
        .arg("-l")
        .arg(folder.path())
        .status();
    assert!(unmounted.unwrap().success());
}
