//! `afterword backfill push wordpress`, into a small stand-in for a site.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::extract::{Path as At, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Place, data};
use crate::program::{Ended, program};

/// `editor:one two three`, as the header has it.
const CREDENTIALS: &str = "Basic ZWRpdG9yOm9uZSB0d28gdGhyZWU=";

#[derive(Default)]
struct Posts {
    /// Content and time of the last change, by id.
    posts: HashMap<u64, (String, String)>,
    writes: usize,
}

type Shared = Arc<Mutex<Posts>>;

struct Site {
    posts: Shared,
    origin: String,
    _runtime: tokio::runtime::Runtime,
}

async fn read(
    State(posts): State<Shared>,
    At(id): At<u64>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    if headers
        .get("authorization")
        .is_none_or(|it| it != CREDENTIALS)
    {
        return Err(StatusCode::UNAUTHORIZED);
    }
    assert_eq!(query["context"], "edit");
    let posts = posts.lock().unwrap();
    let (content, modified) = posts.posts.get(&id).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(
        json!({"id": id, "content": {"raw": content}, "modified_gmt": modified}),
    ))
}

async fn write(
    State(posts): State<Shared>,
    At(id): At<u64>,
    query: Query<HashMap<String, String>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    {
        let mut posts = posts.lock().unwrap();
        posts.writes += 1;
        let modified = format!("2026-01-01T00:00:{:02}", posts.writes);
        let content = body["content"].as_str().unwrap().to_owned();
        posts.posts.insert(id, (content, modified));
    }
    read(State(posts), At(id), query, headers).await
}

impl Site {
    fn start() -> Self {
        let posts = Shared::default();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let router = Router::new()
            .route("/wp-json/wp/v2/posts/{id}", get(read).post(write))
            .with_state(posts.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            posts,
            origin,
            _runtime: runtime,
        }
    }

    fn put(&self, id: u64, content: &str, modified: &str) {
        let post = (content.to_owned(), modified.to_owned());
        self.posts.lock().unwrap().posts.insert(id, post);
    }

    fn content(&self, id: u64) -> String {
        self.posts.lock().unwrap().posts[&id].0.clone()
    }

    fn push(&self, place: &Place, arguments: &[&str]) -> Ended {
        let mut command = program();
        command.args(["backfill", "push", "wordpress", &place.out()]);
        command.args(["--site", &self.origin, "--user", "editor"]);
        command.args(arguments);
        command.env("AFTERWORD_WORDPRESS_PASSWORD", "one two three\n");
        let output = command.output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Has an editor approve a line.
fn approve(place: &Place, id: &str) {
    let path = Path::new(&place.out()).join("results.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| {
        let is_it = line.contains(&format!("\"custom_id\":\"{id}\""));
        let review = "\"review\":\"approved\"";
        let line = if is_it {
            line.replace("\"review\":\"required\"", review)
        } else {
            line.to_owned()
        };
        line + "\n"
    });
    let text: String = lines.collect();
    std::fs::write(&path, text).unwrap();
}

#[test]
fn only_approved_digests_go_into_posts_that_nobody_changed() {
    let place = Place::new();
    place.run(&data("site.xml"), &["--ordered"]).success();
    let site = Site::start();
    site.put(11, "<p>Bridge.</p>\n\n<p>End.</p>", "2024-05-07T09:30:00");
    site.put(13, "<p>Market.</p>", "2025-01-01T00:00:00");
    let none = site.push(&place, &[]);
    assert!(none.stderr.contains("2 not approved"), "{}", none.stderr);
    approve(&place, "11");
    let dry = site.push(&place, &["--dry-run"]);
    assert!(dry.stdout.contains("+<!-- wp:group"), "{}", dry.stdout);
    assert!(!dry.stdout.contains("\n-<p>End"), "{}", dry.stdout);
    assert_eq!(site.posts.lock().unwrap().writes, 0);
    site.push(&place, &[]).success();
    let pushed = site.content(11);
    assert!(
        pushed.starts_with("<p>Bridge.</p>\n\n<p>End.</p>"),
        "{pushed}"
    );
    assert!(pushed.contains("afterword-digest"), "{pushed}");
    // Again, and nothing happens: the last change was ours.
    let again = site.push(&place, &[]);
    assert!(
        again.stderr.contains("0 pushed, 1 were so already"),
        "{}",
        again.stderr
    );
    // Another format replaces the section, and only that.
    site.push(&place, &["--format", "html"]).success();
    let html = site.content(11);
    assert!(
        html.starts_with("<p>Bridge.</p>\n\n<p>End.</p>\n\n<section"),
        "{html}"
    );
    assert_eq!(
        (
            html.matches("<section").count(),
            html.matches("wp:group").count()
        ),
        (1, 0)
    );
    let ids = place.folder.path().join("ids");
    std::fs::write(&ids, "13\n").unwrap();
    let unknown = site.push(&place, &["--approved", ids.to_str().unwrap()]);
    assert!(
        unknown
            .stderr
            .contains("13: left alone: the archive does not say"),
        "{}",
        unknown.stderr
    );
    site.push(
        &place,
        &["--approved", ids.to_str().unwrap(), "--unchecked"],
    )
    .success();
    assert!(site.content(13).contains("afterword-digest"));
    // What an editor changed since is not undone.
    site.put(13, "<p>New.</p>", "2026-02-01T00:00:00");
    let undone = site.push(&place, &["--undo"]);
    assert!(undone.stderr.contains("1 put back"), "{}", undone.stderr);
    assert_eq!(site.content(11), "<p>Bridge.</p>\n\n<p>End.</p>");
    assert_eq!(site.content(13), "<p>New.</p>");
}

#[test]
fn a_post_that_was_changed_and_a_wrong_password_are_told() {
    let place = Place::new();
    place.run(&data("site.xml"), &[]).success();
    approve(&place, "11");
    let site = Site::start();
    site.put(11, "<p>Newer.</p>", "2024-05-08T00:00:00");
    let changed = site.push(&place, &[]);
    assert!(
        changed
            .stderr
            .contains("11: left alone: the post was changed"),
        "{}",
        changed.stderr
    );
    assert_eq!(site.content(11), "<p>Newer.</p>");
    let password = place.folder.path().join("password");
    std::fs::write(&password, "wrong").unwrap();
    let wrong = site.push(&place, &["--password-file", password.to_str().unwrap()]);
    wrong.refused(2, "the site refuses with 401");
    let plain = site.push(&place, &["--site", "http://example.org"]);
    assert_eq!(plain.code, Some(2), "{}", plain.stderr);
}
