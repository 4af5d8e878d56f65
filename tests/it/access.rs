//! Who is let in, over HTTP, on both databases: keys, scopes, sessions, pace and
//! the audit log, with a scripted digester in the pipeline's place.

use std::sync::Arc;

use afterword::access::{Secret, SecretKind};
use afterword::api::{AppState, ArticleList, AuditList, AuditView, JobView, SessionView};
use afterword::config::Settings;
use afterword::jobs::{Digester, Queue};
use afterword::store::{NewKey, Store};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;

use super::http::{Answer, Scripted, digest, send};
use super::store::fixture::{Kind, Place};
use super::stored::on_both;

mod command;

on_both![
    without_a_key_nobody_is_let_in,
    keys_that_do_not_count,
    scopes_decide,
    a_revoked_key_is_refused_from_the_next_request_on,
    the_pace_is_kept_for_each_key,
    open_jobs_are_counted_for_each_key,
    a_session_is_as_good_as_its_key_and_asks_for_a_token,
    who_logs_in_and_for_how_long,
    what_is_changed_or_refused_is_written_down,
    logins_removals_and_exports_say_what_they_were,
    refusals_do_not_fill_the_log,
    refusals_of_a_known_key_do_not_fill_the_log,
    logins_leave_refusals_their_room,
    logins_keep_the_pace_of_their_key,
    every_key_that_is_refused_is_written_down,
    figures_are_for_keys_with_their_scope,
    what_is_over_is_swept,
];

/// A service that asks for keys.
struct Service {
    state: Arc<AppState>,
    store: Arc<Store>,
    _place: Place,
}

const ARTICLE: &str = "The council has voted to repair the old harbour bridge. ";

impl Service {
    async fn start(place: Place, more: &str) -> Self {
        let text = format!("[access]\nkeys = \"always\"\n{more}");
        let settings = Settings::from_toml(&text, "test").unwrap();
        let store = Arc::new(place.open().await);
        let state = Arc::new(AppState::new(&settings));
        let scripted = Arc::new(Scripted::new(|| Ok(digest())));
        state.keep_keys(store.clone());
        state.keep_jobs(Queue::new(store.clone(), scripted.maker(), settings.jobs));
        state.start(scripted);
        Self {
            state,
            store,
            _place: place,
        }
    }

    async fn key(&self, scopes: &str) -> Secret {
        self.keep(&new_key(scopes)).await
    }

    async fn keep(&self, new: &NewKey) -> Secret {
        let secret = Secret::generate(SecretKind::Key).unwrap();
        self.store.create_key(new, &secret).await.unwrap();
        secret
    }

    async fn get(&self, uri: &str, key: &Secret) -> Answer {
        send(&self.state, with_key(Method::GET, uri, key, "")).await
    }

    async fn submit(&self, key: &Secret, about: usize) -> Answer {
        let text = format!("{about} {}", ARTICLE.repeat(8));
        let body = json!({ "text": text }).to_string();
        let mut request = with_key(Method::POST, "/v1/digests", key, &body);
        let asynchronous = "respond-async".parse().unwrap();
        request.headers_mut().insert("prefer", asynchronous);
        send(&self.state, request).await
    }

    async fn audit(&self, query: &str) -> Vec<AuditView> {
        let admin = self.key("admin").await;
        let answer = self.get(&format!("/v1/audit?{query}"), &admin).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let list: AuditList = serde_json::from_slice(&answer.body).unwrap();
        list.entries
    }
}

fn new_key(scopes: &str) -> NewKey {
    NewKey {
        name: format!("who may {scopes}"),
        scopes: scopes.parse().unwrap(),
        lane: None,
        requests_per_minute: None,
        max_open_jobs: None,
        lifetime: None,
    }
}

fn with_key(method: Method, uri: &str, key: &Secret, body: &str) -> Request<Body> {
    let bearer = format!("Bearer {}", key.expose());
    let request = Request::builder().method(method).uri(uri);
    let request = request.header("authorization", bearer);
    let request = request.header("content-type", "application/json");
    request.body(Body::from(body.to_owned())).unwrap()
}

fn plain(method: Method, uri: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(uri);
    request.body(Body::empty()).unwrap()
}

/// Every route of the API with a method that it answers.
const ROUTES: [(Method, &str); 8] = [
    (Method::POST, "/v1/digests"),
    (Method::GET, "/v1/digests"),
    (
        Method::GET,
        "/v1/digests/01a20b0d-8ceb-7716-8cb5-10165a8ca972",
    ),
    (
        Method::DELETE,
        "/v1/digests/01a20b0d-8ceb-7716-8cb5-10165a8ca972",
    ),
    (Method::GET, "/v1/audit"),
    (Method::POST, "/v1/check"),
    (Method::GET, "/v1/session"),
    (Method::GET, "/metrics"),
];

async fn without_a_key_nobody_is_let_in(place: Place) {
    let service = Service::start(place, "").await;
    for (method, uri) in ROUTES {
        let answer = send(&service.state, plain(method, uri)).await;
        assert_eq!(answer.refusal(), (401, "key_missing".to_owned()), "{uri}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    for uri in ["/healthz", "/readyz"] {
        let answer = send(&service.state, plain(Method::GET, uri)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let nothing = send(&service.state, plain(Method::GET, "/v1/nothing")).await;
    assert_eq!(nothing.refusal(), (404, "not_found".to_owned()));
    let put = send(&service.state, plain(Method::PUT, "/v1/digests")).await;
    assert_eq!(put.refusal(), (405, "method_not_allowed".to_owned()));
    assert_eq!(put.header("allow"), "GET, HEAD, POST");
}

async fn keys_that_do_not_count(place: Place) {
    let service = Service::start(place, "").await;
    let known = service.key("submit,read").await;
    let unknown = Secret::generate(SecretKind::Key).unwrap();
    // The id of one key and the secret part of another.
    let (_, random) = unknown.expose().rsplit_once('_').unwrap();
    let forged = format!("awk_{}_{random}", known.id());
    let forged = Secret::parse(SecretKind::Key, &forged).unwrap();
    for key in [&unknown, &forged] {
        let answer = service.get("/v1/digests", key).await;
        assert_eq!(answer.refusal(), (401, "key_invalid".to_owned()));
    }
    for header in ["", "Bearer", "Bearer awk_", "Basic Zm9v", "bearer \u{7f}"] {
        let mut request = plain(Method::GET, "/v1/digests");
        let Ok(value) = header.parse() else { continue };
        request.headers_mut().insert("authorization", value);
        let answer = send(&service.state, request).await;
        assert_eq!(
            answer.refusal(),
            (401, "key_invalid".to_owned()),
            "{header}"
        );
    }
    let expired = NewKey {
        lifetime: Some(-1),
        ..new_key("read")
    };
    let expired = service.keep(&expired).await;
    let answer = service.get("/v1/digests", &expired).await;
    assert_eq!(answer.refusal(), (401, "key_expired".to_owned()));
    assert_eq!(
        service.get("/v1/digests", &known).await.status,
        StatusCode::OK
    );
    // What the store has is not what opens the door.
    let kept = format!("{:?}", service.store.keys().await.unwrap());
    assert!(!kept.contains(known.expose().rsplit_once('_').unwrap().1));
}

async fn scopes_decide(place: Place) {
    let service = Service::start(place, "").await;
    let allowed = |scope: &str, method: &Method, uri: &str| match (method.as_str(), uri) {
        (_, "/v1/session") => true,
        (_, "/v1/audit") => scope == "admin",
        (_, "/metrics") => scope == "metrics",
        (_, "/v1/check") => matches!(scope, "submit" | "edit"),
        ("GET", _) => scope == "read",
        _ => scope == "submit",
    };
    for scope in ["submit", "read", "edit", "approve", "admin", "metrics"] {
        let key = service.key(scope).await;
        for (method, uri) in ROUTES {
            let answer = send(&service.state, with_key(method.clone(), uri, &key, "{}")).await;
            let refused = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(
                !refused,
                allowed(scope, &method, uri),
                "{scope} {method} {uri}"
            );
            if refused {
                assert_eq!(answer.refusal(), (403, "scope_missing".to_owned()));
            }
        }
    }
    let reader = service.key("read").await;
    let check = with_key(Method::POST, "/v1/check", &reader, "{}");
    let refused = send(&service.state, check).await;
    let told = "the key lacks the scope submit or edit";
    assert!(refused.text().contains(told), "{}", refused.text());
}

async fn a_revoked_key_is_refused_from_the_next_request_on(place: Place) {
    let service = Service::start(place, "").await;
    let key = service.key("read").await;
    assert_eq!(
        service.get("/v1/digests", &key).await.status,
        StatusCode::OK
    );
    assert!(service.store.revoke_key(key.id()).await.unwrap());
    let answer = service.get("/v1/digests", &key).await;
    assert_eq!(answer.refusal(), (401, "key_revoked".to_owned()));
    assert!(!service.store.revoke_key("none").await.unwrap());
}

async fn the_pace_is_kept_for_each_key(place: Place) {
    let service = Service::start(place, "requests_per_minute = 3").await;
    let (one, other) = (service.key("read").await, service.key("read").await);
    let fast = NewKey {
        requests_per_minute: Some(100),
        ..new_key("read")
    };
    let fast = service.keep(&fast).await;
    for _ in 0..3 {
        assert_eq!(
            service.get("/v1/digests", &one).await.status,
            StatusCode::OK
        );
    }
    let answer = service.get("/v1/digests", &one).await;
    assert_eq!(answer.refusal(), (429, "too_many_requests".to_owned()));
    let after: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&after), "{after}");
    for _ in 0..3 {
        assert_eq!(
            service.get("/v1/digests", &other).await.status,
            StatusCode::OK
        );
    }
    for _ in 0..20 {
        assert_eq!(
            service.get("/v1/digests", &fast).await.status,
            StatusCode::OK
        );
    }
}

async fn open_jobs_are_counted_for_each_key(place: Place) {
    let service = Service::start(place, "max_open_jobs_per_key = 2").await;
    let urgent = NewKey {
        lane: Some("publish".parse().unwrap()),
        ..new_key("submit,read")
    };
    let (one, other) = (service.keep(&urgent).await, service.key("submit").await);
    let first = service.submit(&one, 1).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.text());
    let job: JobView = serde_json::from_slice(&first.body).unwrap();
    assert_eq!(job.lane, "publish");
    assert_eq!(service.submit(&one, 2).await.status, StatusCode::ACCEPTED);
    let full = service.submit(&one, 3).await;
    assert_eq!(full.refusal(), (429, "key_full".to_owned()));
    assert_eq!(service.submit(&other, 3).await.status, StatusCode::ACCEPTED);
    service.store.cancel(&job.id).await.unwrap();
    assert_eq!(service.submit(&one, 3).await.status, StatusCode::ACCEPTED);
}

const JSON: &str = "application/json";

fn login(key: &str, media: &str) -> Request<Body> {
    let request = Request::post("/v1/session").header("content-type", media);
    let body = json!({ "key": key }).to_string();
    request.body(Body::from(body)).unwrap()
}

/// Name and value of a cookie, without what is said of it.
fn pair_of(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

fn with_cookie(method: Method, uri: &str, cookie: &str) -> Request<Body> {
    let mut request = plain(method, uri);
    let cookie = cookie.parse().unwrap();
    request.headers_mut().insert("cookie", cookie);
    request
}

async fn a_session_is_as_good_as_its_key_and_asks_for_a_token(place: Place) {
    let service = Service::start(place, "").await;
    let key = service.key("submit,read").await;
    let answer = send(&service.state, login(key.expose(), JSON)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let cookie = answer.header("set-cookie").to_owned();
    for part in [
        "__Host-afterword=aws_",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Path=/;",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let view: SessionView = serde_json::from_slice(&answer.body).unwrap();
    let token = view.request_token.clone().unwrap();
    assert_eq!(view.scopes, ["submit", "read"]);
    assert!(!cookie.contains(&token));

    let cookie = pair_of(&cookie);
    let with_cookie = |method: Method, uri: &str, token: &str| {
        let mut request = with_cookie(method, uri, &cookie);
        let token = token.parse().unwrap();
        request.headers_mut().insert("x-csrf-token", token);
        request
    };
    let read = send(&service.state, with_cookie(Method::GET, "/v1/digests", "")).await;
    assert_eq!(read.status, StatusCode::OK);
    let uri = "/v1/digests/01a20b0d-8ceb-7716-8cb5-10165a8ca972";
    for wrong in ["", "x", &key.request_token()] {
        let answer = send(&service.state, with_cookie(Method::DELETE, uri, wrong)).await;
        assert_eq!(answer.refusal(), (403, "request_token_invalid".to_owned()));
    }
    let answer = send(&service.state, with_cookie(Method::DELETE, uri, &token)).await;
    assert_eq!(answer.refusal(), (404, "no_such_job".to_owned()));
    let answer = send(&service.state, with_cookie(Method::GET, "/v1/session", "")).await;
    assert_eq!(
        serde_json::from_slice::<SessionView>(&answer.body).unwrap(),
        view
    );

    let out = with_cookie(Method::DELETE, "/v1/session", &token);
    let out = send(&service.state, out).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    let gone = send(&service.state, with_cookie(Method::GET, "/v1/digests", "")).await;
    assert_eq!(gone.refusal(), (401, "session_invalid".to_owned()));
}

async fn who_logs_in_and_for_how_long(place: Place) {
    let service = Service::start(place, "").await;
    let key = service.key("submit,read").await;
    for (key, media, refusal) in [
        ("x", JSON, (401, "key_invalid")),
        (key.expose(), "text/plain", (415, "media_type_unsupported")),
        (
            key.expose(),
            "application/x-www-form-urlencoded",
            (415, "media_type_unsupported"),
        ),
    ] {
        let answer = send(&service.state, login(key, media)).await;
        assert_eq!(answer.refusal(), (refusal.0, refusal.1.to_owned()));
    }
    let begun = send(&service.state, login(key.expose(), JSON)).await;
    let cookie = pair_of(begun.header("set-cookie"));
    service.store.revoke_key(key.id()).await.unwrap();
    let request = with_cookie(Method::GET, "/v1/digests", &cookie);
    let gone = send(&service.state, request).await;
    assert_eq!(gone.refusal(), (401, "key_revoked".to_owned()));
}

async fn what_is_changed_or_refused_is_written_down(place: Place) {
    let service = Service::start(place, "").await;
    let (writer, reader) = (service.key("submit").await, service.key("read").await);
    let accepted = service.submit(&writer, 1).await;
    let job: JobView = serde_json::from_slice(&accepted.body).unwrap();
    let uri = format!("/v1/digests/{}", job.id);
    let refused = send(&service.state, with_key(Method::DELETE, &uri, &reader, "")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(service.get(&uri, &reader).await.status, StatusCode::OK);
    send(&service.state, plain(Method::DELETE, &uri)).await;

    let entries = service.audit("").await;
    let told: Vec<_> = entries
        .iter()
        .map(|it| {
            (
                it.key.as_deref(),
                it.method.as_str(),
                it.route.as_str(),
                it.status,
            )
        })
        .collect();
    let route = "/v1/digests/{id}";
    assert_eq!(
        told,
        [
            (None, "DELETE", route, 401),
            (Some(reader.id()), "DELETE", route, 403),
            (Some(writer.id()), "POST", "/v1/digests", 202),
        ]
    );
    assert_eq!(entries[1].subject.as_deref(), Some(job.id.as_str()));
    assert_eq!(entries[1].code.as_deref(), Some("scope_missing"));
    assert_eq!(entries[1].request_id, refused.header("x-request-id"));
    let of_reader = service.audit(&format!("key={}", reader.id())).await;
    assert_eq!(of_reader, [entries[1].clone()]);
    let text = serde_json::to_string(&entries).unwrap();
    assert!(!text.contains("harbour") && !text.contains(writer.expose()));
}

async fn every_key_that_is_refused_is_written_down(place: Place) {
    let service = Service::start(place, "").await;
    let (revoked, poor) = (service.key("read").await, service.key("submit").await);
    let unknown = Secret::generate(SecretKind::Key).unwrap();
    let (_, random) = unknown.expose().rsplit_once('_').unwrap();
    let forged = format!("awk_{}_{random}", poor.id());
    let forged = Secret::parse(SecretKind::Key, &forged).unwrap();
    let expired = NewKey {
        lifetime: Some(-1),
        ..new_key("read")
    };
    let expired = service.keep(&expired).await;
    assert!(service.store.revoke_key(revoked.id()).await.unwrap());
    for key in [&unknown, &forged, &revoked, &expired, &poor] {
        service.get("/v1/digests", key).await;
    }
    let told: Vec<_> = service.audit("").await.into_iter().rev().collect();
    let told: Vec<_> = told
        .iter()
        .map(|it| (it.key.as_deref(), it.status, it.code.as_deref().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (None, 401, "key_invalid"),
            // Who has not got the key is not written down as if it were theirs.
            (None, 401, "key_invalid"),
            (Some(revoked.id()), 401, "key_revoked"),
            (Some(expired.id()), 401, "key_expired"),
            (Some(poor.id()), 403, "scope_missing"),
        ]
    );
}

async fn figures_are_for_keys_with_their_scope(place: Place) {
    let service = Service::start(place, "").await;
    let (watcher, reader) = (service.key("metrics").await, service.key("read").await);
    let answer = service.get("/metrics", &watcher).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer
            .text()
            .contains("afterword_queue_jobs{lane=\"publish\"}")
    );
    let answer = service.get("/metrics", &reader).await;
    assert_eq!(answer.refusal(), (403, "scope_missing".to_owned()));
    let answer = service.get("/v1/digests", &watcher).await;
    assert_eq!(answer.refusal(), (403, "scope_missing".to_owned()));
}

async fn what_is_over_is_swept(place: Place) {
    let service = Service::start(place, "").await;
    let key = service.keep(&new_key("read")).await;
    let known = service.store.key(key.id()).await.unwrap().unwrap();
    for lifetime in [-1, 3_600_000] {
        let session = Secret::generate(SecretKind::Session).unwrap();
        let begun = service.store.begin_session(&session, &known, lifetime);
        begun.await.unwrap();
    }
    send(&service.state, plain(Method::GET, "/v1/digests")).await;
    let swept = service.store.sweep().await.unwrap();
    assert_eq!((swept.sessions, swept.audit), (1, 0));
    let retention = afterword::store::Retention {
        audit: std::time::Duration::ZERO,
        ..super::store::fixture::RETENTION
    };
    service.store.keep(retention);
    let swept = service.store.sweep().await.unwrap();
    assert_eq!((swept.sessions, swept.audit), (0, 1));
    assert_eq!(service.store.sweep().await.unwrap(), Default::default());
}

async fn refusals_do_not_fill_the_log(place: Place) {
    let service = Service::start(place, "max_recorded_refusals_per_minute = 5").await;
    for _ in 0..50 {
        send(&service.state, plain(Method::GET, "/v1/digests")).await;
    }
    let written = service.audit("").await.len();
    assert!((5..=6).contains(&written), "{written}");
}

async fn refusals_of_a_known_key_do_not_fill_the_log(place: Place) {
    let service = Service::start(place, "max_recorded_refusals_per_minute = 5").await;
    let (revoked, gone) = (service.key("read").await, service.key("read").await);
    for key in [&revoked, &gone] {
        assert!(service.store.revoke_key(key.id()).await.unwrap());
    }
    let expired = NewKey {
        lifetime: Some(-1),
        ..new_key("read")
    };
    let slow = NewKey {
        requests_per_minute: Some(1),
        ..new_key("read")
    };
    let (expired, slow) = (service.keep(&expired).await, service.keep(&slow).await);
    let poor = service.key("submit").await;
    for (key, status) in [(&revoked, 401), (&expired, 401), (&slow, 429), (&poor, 403)] {
        service.get("/v1/digests", key).await;
        for _ in 0..30 {
            let answer = service.get("/v1/digests", key).await;
            assert_eq!(answer.status.as_u16(), status);
        }
        let written = service.audit(&format!("key={}", key.id())).await.len();
        assert!((5..=7).contains(&written), "{status}: {written}");
    }
    // Nobody else's refusals are lost by that.
    service.get("/v1/digests", &gone).await;
    let written = service.audit(&format!("key={}", gone.id())).await;
    assert_eq!(written.len(), 1);
    send(&service.state, plain(Method::GET, "/v1/digests")).await;
    assert_eq!(service.audit("limit=1").await[0].key, None);
}

async fn logins_leave_refusals_their_room(place: Place) {
    let service = Service::start(place, "max_recorded_refusals_per_minute = 1").await;
    let key = service.key("read").await;
    for _ in 0..5 {
        let answer = send(&service.state, login(key.expose(), JSON)).await;
        assert_eq!(answer.status, StatusCode::CREATED);
    }
    let unknown = Secret::generate(SecretKind::Key).unwrap();
    service.get("/v1/digests", &unknown).await;
    let told = service.audit("").await;
    assert_eq!(told.len(), 6);
    assert_eq!(told[0].code.as_deref(), Some("key_invalid"));
    // What is no login at all is bounded all the same.
    for _ in 0..20 {
        let answer = send(&service.state, login("x", "text/plain")).await;
        assert_eq!(answer.status.as_u16(), 415);
    }
    assert!(service.audit("").await.len() <= 7);
}

async fn logins_keep_the_pace_of_their_key(place: Place) {
    let service = Service::start(place, "requests_per_minute = 3").await;
    let key = service.key("read").await;
    for _ in 0..3 {
        let answer = send(&service.state, login(key.expose(), JSON)).await;
        assert_eq!(answer.status, StatusCode::CREATED);
    }
    let answer = send(&service.state, login(key.expose(), JSON)).await;
    assert_eq!(answer.refusal(), (429, "too_many_requests".to_owned()));
    assert!(!answer.header("retry-after").is_empty());
    let answer = service.get("/v1/digests", &key).await;
    assert_eq!(answer.refusal(), (429, "too_many_requests".to_owned()));
}

async fn logins_removals_and_exports_say_what_they_were(place: Place) {
    let service = Service::start(place, "").await;
    let key = service.key("submit,read,admin").await;
    let revoked = service.key("read").await;
    let begun = send(&service.state, login(revoked.expose(), JSON)).await;
    let cookie = pair_of(begun.header("set-cookie"));
    assert!(service.store.revoke_key(revoked.id()).await.unwrap());
    for secret in [revoked.expose(), "awk_unknown"] {
        let answer = send(&service.state, login(secret, JSON)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let of_session = with_cookie(Method::GET, "/v1/digests", &cookie);
    send(&service.state, of_session).await;
    let name = "post 7/a";
    let body = json!({ "text": ARTICLE.repeat(8), "external_id": name }).to_string();
    let mut order = with_key(Method::POST, "/v1/digests", &key, &body);
    let asynchronous = "respond-async".parse().unwrap();
    order.headers_mut().insert("prefer", asynchronous);
    assert_eq!(
        send(&service.state, order).await.status,
        StatusCode::ACCEPTED
    );
    let list = service
        .get("/v1/articles?external_id=post%207%2Fa", &key)
        .await;
    let list: ArticleList = serde_json::from_slice(&list.body).unwrap();
    let id = &list.articles[0].id;
    for path in ["", "/export"] {
        let answer = service.get(&format!("/v1/articles/{id}{path}"), &key).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    for status in [204, 404] {
        let uri = "/v1/articles?external_id=post%207%2Fa";
        let answer = send(&service.state, with_key(Method::DELETE, uri, &key, "")).await;
        assert_eq!(answer.status.as_u16(), status);
    }
    let told: Vec<_> = service.audit("").await.into_iter().rev().collect();
    let told: Vec<_> = told
        .iter()
        .map(|it| (it.key.as_deref(), it.status, it.subject.as_deref()))
        .collect();
    let (mine, theirs) = (Some(key.id()), Some(revoked.id()));
    assert_eq!(
        told,
        [
            (theirs, 201, None),
            (theirs, 401, None),
            (None, 401, None),
            (theirs, 401, None),
            (mine, 202, None),
            // To look at it is nothing, to have all of it is something.
            (mine, 200, Some(id.as_str())),
            (mine, 204, Some(name)),
            (mine, 404, Some(name)),
        ]
    );
}

#[tokio::test]
async fn on_loopback_a_browser_is_no_way_in() {
    let state = super::http::state("");
    state.start(Arc::new(Scripted::new(|| Ok(digest()))));
    let post = |headers: &[(&str, &str)]| {
        let mut request = super::http::post("text/plain", "Some text.");
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    };
    let local = ("host", "127.0.0.1:8017");
    let foreign = ("origin", "https://example.org");
    let answer = send(&state, post(&[local, foreign])).await;
    assert_eq!(answer.refusal(), (403, "cross_site".to_owned()));
    let answer = send(&state, post(&[local, ("sec-fetch-site", "cross-site")])).await;
    assert_eq!(answer.refusal(), (403, "cross_site".to_owned()));
    let answer = send(&state, post(&[("host", "rebound.example")])).await;
    assert_eq!(answer.refusal(), (421, "wrong_host".to_owned()));
    let answer = send(&state, post(&[local, ("origin", "http://127.0.0.1:8017")])).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}
