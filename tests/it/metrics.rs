//! The figures of the service: who may read them, what moves them, and that the
//! documentation and the dashboard name what there is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use afterword::api::serve_metrics;
use afterword::telemetry;
use axum::body::Body;
use axum::http::Request;
use regex::Regex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::http::{Scripted, digest, get, post, send, state};
use super::store::fixture::{Kind, Place, submission};
use super::stored::on_both;

on_both![the_queue_is_counted_when_somebody_asks];

/// The value of a figure; 0 when it was never told.
fn figure(text: &str, name: &str) -> f64 {
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
    let server = tokio::spawn(serve_metrics(listener, store, None));
    let mut client = TcpStream::connect(address).await.unwrap();
    let ask = b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    client.write_all(ask).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("text/plain; version=0.0.4"));
    assert!(answer.contains("afterword_queue_jobs{lane=\"draft\"}"));
    assert!(answer.contains("afterword_queue_oldest_seconds{lane=\"draft\"}"));
    server.abort();
}

#[tokio::test]
async fn figures_with_an_address_of_their_own_are_nowhere_else() {
    let state = state("[metrics]\nlisten = \"127.0.0.1:9017\"");
    assert_eq!(send(&state, get("/metrics")).await.refusal().0, 404);
}
