//! `/openapi.json` and `/docs`: they are there without a key, and the page needs nothing
//! from elsewhere.

use std::io::Read;

use flate2::read::GzDecoder;
use regex::Regex;
use serde_json::Value;

use super::http::{get, send, state};

/// What a browser loads.
const MAX_PACKED_BYTES: usize = 600_000;

#[tokio::test]
async fn the_description_is_served() {
    let answer = send(&state(""), get("/openapi.json")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let served: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(served, afterword::api::document());
    assert_eq!(served["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_page_loads_what_is_here_and_nothing_else() {
    let state = state("");
    let folder = send(&state, get("/docs")).await;
    assert_eq!(folder.status, 308);
    assert_eq!(folder.header("location"), "docs/");
    let page = send(&state, get("/docs/")).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    let link = Regex::new(r#"(?:src|href)="([^"]+)""#).unwrap();
    let text = page.text();
    let links = link.captures_iter(text).map(|it| it.extract::<1>().1[0]);
    let links: Vec<&str> = links.collect();
    assert_eq!(links.len(), 4, "{text}");
    let mut bytes = 0;
    for link in links {
        let file = send(&state, get(&format!("/docs/{link}"))).await;
        assert_eq!(file.status, 200, "{link}");
        bytes += file.body.len();
        if file.header("content-encoding") == "gzip" {
            let mut unpacked = Vec::new();
            let mut packed = GzDecoder::new(file.body.as_ref());
            packed.read_to_end(&mut unpacked).unwrap();
            assert!(unpacked.len() > 100, "{link}");
        }
    }
    assert!(bytes < MAX_PACKED_BYTES, "{bytes}");
    let start = send(&state, get("/docs/start.js")).await;
    assert!(start.text().contains("url: \"../openapi.json\""));
    assert!(start.text().contains("validatorUrl: null"));
}

#[tokio::test]
async fn what_the_page_lacks_is_not_found() {
    for path in ["/docs/nothing.js", "/docs/..%2fCargo.toml", "/docs/%ff"] {
        let answer = send(&state(""), get(path)).await;
        assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_id_lead_nowhere() {
    for path in ["/v1/digests/%ff", "/v1/digests/%ff/events"] {
        let answer = send(&state(""), get(path)).await;
        assert!(matches!(answer.status.as_u16(), 404 | 503), "{path}");
        answer.problem();
    }
}
