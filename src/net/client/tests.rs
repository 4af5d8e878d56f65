//! The client against servers of the test's own, and a resolver that lies.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::net::resolve::Lookup;

const BOUNDS: Bounds = Bounds {
    time: Duration::from_secs(10),
    answer_bytes: 100,
};
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Loopback as well, and another address than the one above.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// Answers the first time this, later that.
struct Changing {
    first: Vec<IpAddr>,
    later: Vec<IpAddr>,
    asked: AtomicUsize,
}

impl Resolve for Changing {
    fn lookup<'a>(&'a self, _name: &'a str) -> Lookup<'a> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let found = if asked == 0 { &self.first } else { &self.later };
        Box::pin(std::future::ready(Ok(found.clone())))
    }
}

fn resolver(first: &[IpAddr], later: &[IpAddr]) -> Arc<Changing> {
    Arc::new(Changing {
        first: first.to_vec(),
        later: later.to_vec(),
        asked: AtomicUsize::new(0),
    })
}

/// A server that answers every request with the same bytes and keeps what came.
struct Server {
    port: u16,
    seen: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn start(address: IpAddr, port: u16, answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind((address, port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        let count = seen.clone();
        tasks.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer).await;
                let _ = stream.read(&mut request).await;
            }
        });
        Self {
            port,
            seen,
            _tasks: tasks,
        }
    }

    fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }
}

fn get() -> Outgoing {
    Outgoing {
        method: Method::GET,
        headers: HeaderMap::new(),
        body: Vec::new(),
    }
}

async fn send(rules: Rules, resolver: Arc<Changing>, url: &str) -> Result<Answer, SendError> {
    let client = Client::new(rules, resolver).unwrap();
    let target = Target::parse(url, client.rules()).unwrap();
    client.send(&target, get(), BOUNDS).await
}

/// Rules under which this server may be called by http.
fn exempt(server: &Server) -> Rules {
    let origin = format!("http://a.test:{}", server.port);
    Rules {
        origins: vec![origin.parse().unwrap()],
        ..Rules::default()
    }
}

async fn ask(answer: &'static [u8]) -> (Server, Result<Answer, SendError>) {
    let server = Server::start(HERE, 0, answer).await;
    let url = format!("http://a.test:{}/x?y", server.port);
    let answer = send(exempt(&server), resolver(&[HERE], &[]), &url).await;
    (server, answer)
}

#[tokio::test]
async fn an_answer_is_read() {
    let (_, answer) = ask(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
    let answer = answer.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hi"[..]));
    assert!(answer.is_whole);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let answer = b"HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n";
    let (server, answer) = ask(answer).await;
    assert_eq!(answer.unwrap().status, 302);
    assert_eq!(server.seen(), 1);
}

/// The name leads elsewhere at the check and here at any later look: the request
/// goes elsewhere, where the check was, and nobody looks again.
#[tokio::test]
async fn a_name_that_changes_after_the_check_changes_nothing() {
    let elsewhere = Server::start(ELSEWHERE, 0, b"no TLS").await;
    let here = Server::start(HERE, elsewhere.port, b"no TLS").await;
    let rules = Rules {
        ports: vec![elsewhere.port],
        networks: vec!["127.0.0.2".parse().unwrap()],
        ..Rules::default()
    };
    let resolver = resolver(&[ELSEWHERE], &[HERE]);
    let url = format!("https://a.test:{}/", elsewhere.port);
    // The server speaks no TLS: what counts is who was called.
    let outcome = send(rules.clone(), resolver.clone(), &url).await;
    assert!(matches!(outcome, Err(SendError::Tls(_))), "{outcome:?}");
    assert_eq!(resolver.asked.load(Ordering::Relaxed), 1);
    assert_eq!((elsewhere.seen(), here.seen()), (1, 0));
    // By the next request the name leads inside, and that is noticed.
    let outcome = send(rules, resolver, &url).await;
    assert_eq!(outcome, Err(SendError::NotPublic));
    assert_eq!((elsewhere.seen(), here.seen()), (1, 0));
}

#[tokio::test]
async fn one_inner_address_among_public_ones_spoils_all() {
    let public: IpAddr = "8.8.8.8".parse().unwrap();
    let rules = Rules {
        ports: vec![443],
        ..Rules::default()
    };
    for found in [vec![public, HERE], vec![HERE], vec!["::1".parse().unwrap()]] {
        let outcome = send(rules.clone(), resolver(&found, &[]), "https://a.test/").await;
        assert_eq!(outcome, Err(SendError::NotPublic));
    }
    let outcome = send(rules, resolver(&[], &[]), "https://a.test/").await;
    assert_eq!(outcome, Err(SendError::UnknownHost));
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    const ENDLESS: &[u8] = &{
        let mut answer = [b'x'; 20_000];
        let head = b"HTTP/1.1 200 OK\r\n\r\n";
        let mut at = 0;
        while at < head.len() {
            answer[at] = head[at];
            at += 1;
        }
        answer
    };
    let (_, answer) = ask(ENDLESS).await;
    let answer = answer.unwrap();
    assert_eq!((answer.body.len(), answer.is_whole), (100, false));
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    let (_, answer) = ask(b"SSH-2.0-OpenSSH_9.9\r\n").await;
    assert_eq!(answer, Err(SendError::NoAnswer));
}

#[tokio::test]
async fn silence_ends() {
    let server = Server::start(HERE, 0, b"").await;
    let client = Client::new(exempt(&server), resolver(&[HERE], &[])).unwrap();
    let url = format!("http://a.test:{}/", server.port);
    let target = Target::parse(&url, client.rules()).unwrap();
    let bounds = Bounds {
        time: Duration::from_millis(50),
        ..BOUNDS
    };
    let outcome = client.send(&target, get(), bounds).await;
    assert_eq!(outcome, Err(SendError::Timeout));
}
