//! Pages of servers of the test's own.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;
use crate::net::{Rules, SystemResolver};

const BOUNDS: Bounds = Bounds {
    time: Duration::from_secs(10),
    answer_bytes: 1000,
};

/// A server with one answer for each path; `{port}` in it is its own.
struct Site {
    port: u16,
    _tasks: JoinSet<()>,
}

impl Site {
    async fn start(answers: &'static [(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let answer = answers.iter().find(|(at, _)| *at == path);
                let answer = answer.map_or("HTTP/1.1 404 No\r\n\r\n", |it| it.1);
                let answer = answer.replace("{port}", &port.to_string());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self {
            port,
            _tasks: tasks,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Pages of this site, and of hosts.
    fn pages(&self, hosts: &[&str]) -> Pages {
        let rules = Rules {
            ports: vec![443],
            origins: vec![self.url("").parse().unwrap()],
            networks: Vec::new(),
        };
        let client = Client::new(rules, Arc::new(SystemResolver)).unwrap();
        let hosts = hosts.iter().map(|it| it.parse().unwrap()).collect();
        Pages::new(client, hosts, BOUNDS)
    }
}

#[tokio::test]
async fn a_page_comes_with_its_charset() {
    let site = Site::start(&[
        ("/", "HTTP/1.1 302 On\r\nlocation: /story\r\n\r\n"),
        (
            "/story",
            "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=\"iso-8859-1\"\r\ncontent-length: 9\r\n\r\n<p>Hi</p>",
        ),
    ])
    .await;
    let page = site.pages(&[]).fetch(&site.url("/")).await.unwrap();
    assert_eq!(page.url, site.url("/story"));
    assert_eq!(page.media_type, "text/html");
    assert_eq!(page.charset.as_deref(), Some("iso-8859-1"));
    assert_eq!(page.bytes, b"<p>Hi</p>");
}

#[tokio::test]
async fn what_is_no_page_is_refused() {
    let site = Site::start(&[
        ("/loop", "HTTP/1.1 302 On\r\nlocation: /loop\r\n\r\n"),
        ("/nowhere", "HTTP/1.1 301 On\r\n\r\n"),
        (
            "/inside",
            "HTTP/1.1 302 On\r\nlocation: http://169.254.169.254/\r\n\r\n",
        ),
        (
            "/other-port",
            "HTTP/1.1 302 On\r\nlocation: https://127.0.0.1/\r\n\r\n",
        ),
        (
            "/elsewhere",
            "HTTP/1.1 302 On\r\nlocation: https://evil.example/\r\n\r\n",
        ),
        ("/image", "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 1\r\n\r\nx"),
        (
            "/packed",
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\nx",
        ),
    ])
    .await;
    let pages = site.pages(&["example.org"]);
    let cases = [
        ("/loop", PageError::Redirects),
        ("/nowhere", PageError::Redirects),
        ("/inside", PageError::Target(TargetError::Scheme)),
        ("/other-port", PageError::Target(TargetError::NotPublic)),
        ("/elsewhere", PageError::NotNamed("evil.example".to_owned())),
        ("/image", PageError::NotText),
        ("/packed", PageError::NotText),
        ("/missing", PageError::Status(404)),
    ];
    for (path, expected) in cases {
        assert_eq!(pages.fetch(&site.url(path)).await, Err(expected), "{path}");
    }
}

#[tokio::test]
async fn too_much_is_not_read() {
    let long = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2000\r\n\r\n{}",
        "x".repeat(2000)
    );
    let answers = Box::leak(Box::new([("/", &*long.leak())]));
    let site = Site::start(answers).await;
    let fetched = site.pages(&[]).fetch(&site.url("/")).await;
    assert_eq!(fetched, Err(PageError::TooLarge));
}

#[test]
fn hosts_are_those_that_were_named() {
    let is = |pattern: &str, host| pattern.parse::<Host>().unwrap().is(host);
    assert!(is("example.org", "EXAMPLE.org"));
    assert!(!is("example.org", "www.example.org"));
    assert!(is("*.Example.org", "www.example.org"));
    assert!(is("*.example.org", "a.b.example.org."));
    assert!(!is("*.example.org", "example.org"));
    assert!(!is("*.example.org", "badexample.org"));
    assert!(is("*", "anything.example"));
    for odd in [
        "",
        "*.",
        "http://a.org",
        "a.org/",
        "a.org:443",
        "*a.org",
        ".a.org",
        "a b",
    ] {
        assert_eq!(odd.parse::<Host>(), Err(NoHost), "{odd}");
    }
    assert_eq!("*.a.org".parse::<Host>().unwrap().to_string(), "*.a.org");
}
