//! The editor page and `/v1/fetch` without a browser: headers, what is kept by a
//! browser, and what is refused. `make test-browser` does the rest.

use std::sync::Arc;
use std::time::Duration;

use afterword::api::{AppState, FetchHosts, FetchedPage};
use afterword::config::Settings;
use afterword::net::{Bounds, Client, Pages, Rules, SystemResolver};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get as answers_get;
use tokio::net::TcpListener;

use super::http::{Answer, get, send, state};

async fn ask(state: &Arc<AppState>, uri: &str, header: (&str, &str)) -> Answer {
    let request = Request::get(uri).header(header.0, header.1);
    send(state, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_page_is_strict_and_kept() {
    let state = state("");
    let plain = send(&state, get("/")).await;
    assert_eq!(plain.status, StatusCode::OK);
    assert_eq!(plain.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(plain.header("cache-control"), "no-cache");
    assert_eq!(plain.header("x-content-type-options"), "nosniff");
    assert_eq!(plain.header("referrer-policy"), "no-referrer");
    let policy = plain.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let etag = plain.header("etag");
    assert!(etag.starts_with('"'), "{etag} is a strong one");
    let known = ask(&state, "/", ("if-none-match", etag)).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    assert!(known.body.is_empty());
    let packed = ask(&state, "/", ("accept-encoding", "br, gzip;q=0.8")).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_ne!(packed.header("etag"), etag, "other bytes have another tag");
    let refused = ask(&state, "/", ("accept-encoding", "gzip;q=0")).await;
    assert_eq!(refused.header("content-encoding"), "");
}

#[tokio::test]
async fn its_files_are_there_and_no_others() {
    let state = state("");
    let cases = [
        ("/ui/js/main.js", "text/javascript; charset=utf-8"),
        ("/ui/vendor/preact.mjs", "text/javascript; charset=utf-8"),
        ("/ui/style/base.css", "text/css; charset=utf-8"),
        ("/ui/vendor/source-sans-3.woff2", "font/woff2"),
    ];
    for (uri, media_type) in cases {
        let answer = send(&state, get(uri)).await;
        assert_eq!(answer.status, StatusCode::OK, "{uri}");
        assert_eq!(answer.header("content-type"), media_type);
    }
    for uri in [
        "/ui/nothing.js",
        "/ui/../Cargo.toml",
        "/ui/vendor/README.md",
        "/ui/",
    ] {
        assert_eq!(send(&state, get(uri)).await.refusal().0, 404, "{uri}");
    }
}

#[tokio::test]
async fn the_page_needs_no_key_and_tells_nothing() {
    let settings = Settings::from_toml("[access]\nkeys = \"always\"", "test").unwrap();
    let state = Arc::new(AppState::new(&settings));
    assert_eq!(send(&state, get("/")).await.status, StatusCode::OK);
    let refused = send(&state, get("/v1/fetch")).await;
    assert_eq!(refused.refusal(), (401, "key_missing".to_owned()));
}

fn fetch(url: &str) -> Request<Body> {
    let body = serde_json::json!({ "url": url }).to_string();
    Request::post("/v1/fetch")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap()
}

#[tokio::test]
async fn nothing_is_fetched_unless_hosts_are_named() {
    let state = state("");
    let hosts: FetchHosts =
        serde_json::from_slice(&send(&state, get("/v1/fetch")).await.body).unwrap();
    assert!(hosts.hosts.is_empty());
    let refused = send(&state, fetch("https://example.org/")).await;
    assert_eq!(refused.refusal(), (422, "fetch_off".to_owned()));
}

#[tokio::test]
async fn a_page_is_decoded_by_what_its_headers_say() {
    let latin = b"<p>Caf\xe9</p>".to_vec();
    let site = Router::new().route(
        "/story",
        answers_get(move || async { ([("content-type", "text/html; charset=iso-8859-1")], latin) }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, site).await });
    let rules = Rules {
        ports: vec![443],
        origins: vec![origin.parse().unwrap()],
        networks: Vec::new(),
    };
    let client = Client::new(rules, Arc::new(SystemResolver)).unwrap();
    let bounds = Bounds {
        time: Duration::from_secs(10),
        answer_bytes: 1024,
    };
    let state = state("");
    state.keep_pages(Pages::new(
        client,
        vec!["example.org".parse().unwrap()],
        bounds,
    ));
    let answer = send(&state, fetch(&format!("{origin}/story"))).await;
    let page: FetchedPage = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(page.html.as_deref(), Some("<p>Café</p>"));
    let cases = [
        (format!("{origin}/none"), 502, "fetch_failed"),
        (
            "https://elsewhere.example/".to_owned(),
            403,
            "fetch_not_allowed",
        ),
        ("https://127.0.0.1/".to_owned(), 400, "fetch_url_refused"),
        ("ftp://example.org/".to_owned(), 400, "fetch_url_refused"),
    ];
    for (url, status, code) in cases {
        let refused = send(&state, fetch(&url)).await.refusal();
        assert_eq!(refused, (status, code.to_owned()), "{url}");
    }
}
