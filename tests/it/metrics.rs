//! The figures of the service: who may read them, what moves them, and that the
//! documentation and the dashboard name what there is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use afterword::api::{serve, serve_metrics};
use afterword::config::Settings;
use afterword::telemetry;
use axum::body::Body;
use axum::http::Request;
use regex::Regex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::http::{Scripted, digest, get, post, send, state};
use super::store::fixture::{Kind, Place, submission};
use super::stored::on_both;

on_both![
    the_queue_is_counted_when_somebody_asks,
    the_address_of_the_figures_is_bounded,
];

const ASK: &[u8] = b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
/// Longer than any step here takes; a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends bytes and reads until the service closes the connection.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    // The service may refuse before it has read all.
    let _ = client.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = client.read_to_end(&mut answer);
    let _ = timeout(PATIENCE, read).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// A request whose head has 20,000 bytes.
fn large_head() -> Vec<u8> {
    let filling = "x".repeat(20_000);
    format!("GET /metrics HTTP/1.1\r\nhost: x\r\nx-large: {filling}\r\n\r\n").into()
}

/// The value of a figure; 0 when it was never told.
pub(crate) fn figure(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0.0, |value| value.trim().parse().unwrap())
}

const HEAD: &str = "\
# Metrics

`GET /metrics` tells them as text for Prometheus: to a key with the scope `metrics`, or
to all where callers need no keys. With `metrics.listen` they are told at an address of
their own instead, without a key; `afterword worker` tells its own there too. Labels are
routes, codes and names of the program's own: no word of an article gets in. Written
from the source by a test.

A dashboard for Grafana lies in
[deploy/grafana/afterword.json](../deploy/grafana/afterword.json).

";

fn documentation() -> String {
    let mut page = String::from(HEAD);
    page.push_str("| metric | kind | labels | |\n| --- | --- | --- | --- |\n");
    for metric in telemetry::ALL {
        let labels: Vec<String> = metric.labels.iter().map(|it| format!("`{it}`")).collect();
        let (kind, labels) = (metric.kind.name(), labels.join(", "));
        writeln!(
            page,
            "| `{}` | {kind} | {labels} | {} |",
            metric.name, metric.help
        )
        .unwrap();
    }
    page
}

#[test]
fn the_documentation_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, documentation()).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == documentation(),
        "docs/metrics.md is out of date: run the tests with UPDATE_REFERENCE=1 and commit it"
    );
}

#[test]
fn the_dashboard_names_what_there_is_and_all_of_it() {
    let dashboard = include_str!("../../deploy/grafana/afterword.json");
    let dashboard: serde_json::Value = serde_json::from_str(dashboard).unwrap();
    let mut named = BTreeSet::new();
    let metric = Regex::new(r"\b(?:afterword|process)_[a-z_]+").unwrap();
    let label = Regex::new(r"by \(([a-z, ]+)\)").unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().unwrap();
            let found: Vec<&str> = metric.find_iter(query).map(|it| it.as_str()).collect();
            assert!(!found.is_empty(), "{query}");
            let mut labels = BTreeSet::from(["le"]);
            for name in found {
                let known = telemetry::ALL.iter().find(|it| {
                    let series: &[&str] = match it.kind.name() {
                        "histogram" => &["_bucket", "_sum", "_count"],
                        _ => &[""],
                    };
                    series.iter().any(|end| name == format!("{}{end}", it.name))
                });
                let known = known.unwrap_or_else(|| panic!("{name} is no metric: {query}"));
                labels.extend(known.labels);
                named.insert(known.name);
            }
            for by in label.captures_iter(query) {
                for name in by[1].split(", ") {
                    assert!(labels.contains(name), "{name} is no label: {query}");
                }
            }
        }
    }
    let all: BTreeSet<&str> = telemetry::ALL.iter().map(|it| it.name).collect();
    assert_eq!(named, all);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let state = state("");
    state.start(Arc::new(Scripted::new(|| Ok(digest()))));
    let read = async || send(&state, get("/metrics")).await.text().to_owned();
    let before = read().await;
    let odd = Request::builder()
        .method("BREW")
        .uri("/v1/digests/secret-path");
    send(&state, odd.body(Body::empty()).unwrap()).await;
    send(&state, get("/no/such/secret-path")).await;
    send(&state, post("application/x-odd", "x")).await;
    let after = read().await;
    let more = |name: &str| figure(&after, name) - figure(&before, name);
    let request = |method: &str, route: &str, status: u16| {
        let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
        more(&format!("afterword_request_seconds_count{{{labels}}}"))
    };
    // Other tests of this process add to them.
    assert!(request("other", "/v1/digests/{id}", 405) >= 1.0);
    assert!(request("GET", "none", 404) >= 1.0);
    assert!(request("POST", "/v1/digests", 415) >= 1.0);
    assert!(request("GET", "/metrics", 200) >= 1.0);
    assert!(more("afterword_problems_total{code=\"media_type_unsupported\"}") >= 1.0);
    assert!(!after.contains("secret-path") && !after.contains("BREW"));
    assert!(!cfg!(target_os = "linux") || figure(&after, "process_resident_memory_bytes") > 1e6);
}

async fn the_queue_is_counted_when_somebody_asks(place: Place) {
    let store = Arc::new(place.open().await);
    let urgent = afterword::store::Submission {
        lane: afterword::store::Lane::Publish,
        ..submission("urgent")
    };
    for submission in [submission("a"), submission("b"), submission("c"), urgent] {
        store.submit(&submission).await.unwrap();
    }
    store.claim("w", super::store::fixture::HOUR).await.unwrap();
    let lanes = store.backlog().await.unwrap();
    let counts: Vec<_> = lanes
        .iter()
        .map(|it| (it.lane.name(), it.waiting, it.leased))
        .collect();
    assert_eq!(
        counts,
        [("publish", 0, 1), ("draft", 3, 0), ("backfill", 0, 0)]
    );
    assert!(lanes[0].oldest.is_zero());
    // At an address of their own, to whoever asks; the state of a service is not needed.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = Settings::load(None).unwrap();
    let server = tokio::spawn(serve_metrics(listener, store, None, &settings));
    let answer = exchange(address, ASK).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("text/plain; version=0.0.4"));
    assert!(answer.contains("afterword_queue_jobs{lane=\"draft\"}"));
    assert!(answer.contains("afterword_queue_oldest_seconds{lane=\"draft\"}"));
    server.abort();
}

async fn the_address_of_the_figures_is_bounded(place: Place) {
    let store = Arc::new(place.open().await);
    let text = "[metrics]\nmax_connections = 2\n[server]\nrequest_head_timeout_seconds = 1\n\
        max_request_head_bytes = 8192";
    let settings = Settings::from_toml(text, "test").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve_metrics(listener, store, None, &settings));
    let mut silent = Vec::new();
    for _ in 0..2 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    // The third is told so, at once.
    let refused = exchange(address, b"").await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("too_many_connections"), "{refused}");
    assert!(refused.contains("metrics.max_connections"), "{refused}");
    // Who sends nothing is closed after a second, and others come in.
    for client in &mut silent {
        let read = timeout(PATIENCE, client.read(&mut [0; 1])).await;
        assert!(matches!(read.unwrap(), Ok(0) | Err(_)));
    }
    let mut answer = exchange(address, ASK).await;
    while !answer.starts_with("HTTP/1.1 200 ") {
        sleep(Duration::from_millis(5)).await;
        answer = exchange(address, ASK).await;
    }
    for reason in ["head_timeout", "too_many_connections"] {
        let labels = format!("port=\"metrics\",reason=\"{reason}\"");
        let name = format!("afterword_refused_connections_total{{{labels}}}");
        assert!(figure(&answer, &name) >= 1.0, "{reason}: {answer}");
    }
    // The one that asks is open.
    let open = figure(&answer, "afterword_open_connections{port=\"metrics\"}");
    assert!(open >= 1.0, "{open}");
    let large = exchange(address, &large_head()).await;
    assert!(large.starts_with("HTTP/1.1 431 "), "{large}");
    server.abort();
}

/// How often connections to the service were refused, by reason; the last is how many
/// were told so.
fn refused_connections() -> Vec<f64> {
    let text = telemetry::render();
    let of = |reason| {
        let labels = format!("port=\"service\",reason=\"{reason}\"");
        let name = format!("afterword_refused_connections_total{{{labels}}}");
        figure(&text, &name)
    };
    let told = "afterword_problems_total{code=\"too_many_connections\"}";
    vec![
        of("head_too_large"),
        of("head_malformed"),
        of("head_timeout"),
        of("too_many_connections"),
        figure(&text, told),
    ]
}

#[tokio::test]
async fn connections_that_are_refused_are_counted() {
    let text = "max_connections = 16\nrequest_head_timeout_seconds = 1\n\
        max_request_head_bytes = 8192";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, state(text), std::future::pending()));
    let before = refused_connections();
    let large = exchange(address, &large_head()).await;
    assert!(large.starts_with("HTTP/1.1 431 "), "{large}");
    let nonsense = exchange(address, b"\0\0 nonsense\r\n\r\n").await;
    assert!(nonsense.starts_with("HTTP/1.1 400 "), "{nonsense}");
    assert_eq!(exchange(address, b"GET / HT").await, "");
    let mut silent = Vec::new();
    for _ in 0..17 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    // Other tests of this process add to them.
    let counted = async {
        while (refused_connections().iter().zip(&before)).any(|(now, before)| now <= before) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = timeout(PATIENCE, counted).await;
    let after = refused_connections();
    assert!(in_time.is_ok(), "{before:?}: {after:?}");
}

#[tokio::test]
async fn figures_with_an_address_of_their_own_are_nowhere_else() {
    let state = state("[metrics]\nlisten = \"127.0.0.1:9017\"");
    assert_eq!(send(&state, get("/metrics")).await.refusal().0, 404);
}
