//! `afterword bench` without a model: what is asked of whom and what is told of it, with
//! a scripted engine and a scripted server. No test looks at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use afterword::bench::articles::{self, Piece};
use afterword::bench::compare::{Questions, Rival, Row, Rows, compare};
use afterword::bench::load::load;
use afterword::bench::machine::Process;
use afterword::bench::peer::{Client, Reading};
use afterword::bench::soak::soak;
use afterword::bench::summary::Summary;
use afterword::bench::together::together;
use afterword::bench::{BenchError, Observer, Product};
use afterword::config::Settings;
use afterword::engine::scripted::ScriptedEngine;
use afterword::pipeline::render::{Format, RenderOptions, RenderRequest};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::program::run;

/// Exit codes, as the README lists them.
const USAGE: i32 = 2;
const INPUT: i32 = 3;

/// What every branch of the engine and of the server says.
const SAID: &str = "The mission compounds were abandoned.";

struct Silent;

impl Observer for Silent {
    fn start(&self, _steps: usize) {}
    fn step(&self, _what: &str) {}
    fn done(&self) {}
    fn note(&self, _line: &str) {}
}

fn product() -> (Product, Vec<Piece>) {
    let settings = Settings::load(None).unwrap();
    let engine = ScriptedEngine::new(|_, branch| format!("{}{SAID}", branch.answer_start));
    let request = RenderRequest::default();
    let rendering = RenderOptions::check(Format::Markdown, &request, &settings.render).unwrap();
    let found = articles::read(None, 1, &settings.limits).unwrap();
    let product = Product::new(Arc::new(engine), settings.limits, rendering).unwrap();
    (product, found.pieces)
}

type Heard = Arc<Mutex<Vec<Value>>>;

/// What the server says to who asks for everything at once: one answer that the article says,
/// and one that it does not.
fn whole() -> String {
    let pair = |answer: &str| json!({ "question": "What was abandoned?", "answer": answer });
    let digest = json!({
        "topic": "The legations",
        "summary": [SAID],
        "faq": [pair(SAID), pair("Nine trains of gold left Lima for Quito in 1732.")],
        "related": [],
    });
    digest.to_string()
}

/// A server that keeps what it is asked, and says the same as the engine.
async fn server(status: StatusCode) -> (Client, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(&format!("http://{}", listener.local_addr().unwrap()));
    let heard = Heard::default();
    let answer = move |State(heard): State<Heard>, Json(body): Json<Value>| async move {
        let said = match body["response_format"].is_object() {
            true => whole(),
            false => SAID.to_owned(),
        };
        heard.lock().unwrap().push(body);
        let answer = json!({
            "choices": [{ "message": { "content": said }, "finish_reason": "length" }],
            "timings": { "cache_n": 5, "prompt_n": 7, "predicted_n": 3, "predicted_ms": 1.5 },
        });
        (status, Json(answer))
    };
    let app = Router::new()
        .route("/v1/chat/completions", post(answer))
        .route("/slots/{slot}", post(slot))
        .with_state(heard.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (client, heard)
}

/// Takes what it is told of its slots.
async fn slot(
    State(heard): State<Heard>,
    Path(slot): Path<usize>,
    Query(query): Query<HashMap<String, String>>,
    Json(body): Json<Value>,
) -> Json<Value> {
    let told = json!({ "slot": slot, "action": query["action"], "file": body["filename"] });
    heard.lock().unwrap().push(told.clone());
    Json(told)
}

fn rival(questions: Questions, client: &Client) -> Rival {
    Rival {
        questions,
        client: client.clone(),
        process: Process::own(),
    }
}

/// What is measured of all of them; nobody is beside who is not asked.
async fn rows(product: &Product, rivals: &[Rival], pieces: (&[Piece], usize)) -> Vec<Row> {
    let rows = Rows::default();
    let idle = compare(product, rivals, pieces, &rows, &Silent).await;
    assert_eq!(idle.unwrap().is_some(), !rivals.is_empty());
    rows.take()
}

#[tokio::test]
async fn each_article_is_taken_by_everyone_in_turn() {
    let (product, pieces) = product();
    let (client, heard) = server(StatusCode::OK).await;
    let slots = |slots, reading| Questions::Branches { slots, reading };
    let rivals = [
        rival(Questions::Whole, &client),
        rival(slots(3, Reading::Copied), &client),
        rival(slots(2, Reading::Each), &client),
    ];
    let rows = rows(&product, &rivals, (&pieces, 2)).await;
    assert_eq!(rows.len(), 2);
    let row = &rows[0];
    let branches = row.own.work.branches;
    assert!(branches > 8, "{branches}");
    // A few questions go first, and as nothing holds of what the scripted engine says,
    // some more are asked at the end.
    let rounds = 3;
    let whole = &row.rivals["one prompt"];
    assert_eq!((whole.requests, whole.output_tokens, whole.cut), (1, 3, 1));
    let written = whole.written.unwrap();
    assert_eq!((written.pairs, written.sentences), (2, 3));
    assert_eq!((written.supported_answers, written.supported), (1, 2));
    let copied = &row.rivals["3 slots"];
    assert_eq!(copied.written, None);
    assert_eq!(copied.requests, rounds + branches);
    let prompts = (copied.prompt_tokens, copied.cached_tokens);
    assert_eq!(prompts, (7 * copied.requests, 5 * copied.requests));
    assert_eq!((whole.same_text, copied.same_text), (None, Some(1.0)));
    assert_eq!(row.rivals["2 slots, each reading"].requests, branches);
    let heard = heard.lock().unwrap();
    let slots = [(0, "save"), (1, "restore"), (2, "restore")];
    let reading = rounds * (1 + slots.len());
    assert_eq!(heard.len(), 2 * (1 + reading + 2 * branches));
    assert!(heard[0]["response_format"]["json_schema"]["schema"].is_object());
    assert_eq!(
        (&heard[1]["id_slot"], &heard[1]["max_tokens"]),
        (&json!(0), &json!(1))
    );
    for (told, (slot, action)) in heard[2..].iter().zip(slots) {
        assert_eq!(
            told,
            &json!({ "slot": slot, "action": action, "file": "prefix" })
        );
    }
    let asked: Vec<&Value> = heard
        .iter()
        .filter(|it| it["grammar"].is_string())
        .collect();
    assert_eq!(asked.len(), 2 * 2 * branches);
    for asked in asked {
        let user = asked["messages"][1]["content"].as_str().unwrap();
        let read = heard[1]["messages"][1]["content"].as_str().unwrap();
        // A question to a sentence goes on from its end, and closes the fence.
        let fence = read.trim_end().rsplit("\n\n").next().unwrap();
        let (before, _) = user.rsplit_once(&format!("\n\n{fence}\n\n")).unwrap();
        assert!(read.starts_with(before), "the prefix is another: {user}");
        assert!(before.contains("\n\n[1] "), "{user}");
        assert!(asked["grammar"].as_str().unwrap().starts_with("root ::= "));
        assert_eq!(
            (&asked["temperature"], &asked["cache_prompt"]),
            (&json!(0), &json!(true))
        );
    }
    let summary = Summary::of(&rows);
    let named = |name: &str| summary.figures.iter().find(|it| it.name == name);
    assert_eq!(
        named("3 slots: output tokens")
            .unwrap()
            .spread
            .unwrap()
            .count,
        2
    );
    assert!(named("one prompt: branches with the same text").is_none());
}

#[tokio::test]
async fn a_server_that_fails_ends_the_comparison_with_its_words() {
    let (product, pieces) = product();
    let (client, _) = server(StatusCode::INTERNAL_SERVER_ERROR).await;
    let rivals = [rival(Questions::Whole, &client)];
    let rows = Rows::default();
    let failed = compare(&product, &rivals, (&pieces, 1), &rows, &Silent).await;
    let Err(BenchError::Peer(said)) = failed else {
        panic!("{failed:?}");
    };
    assert!(said.contains("500") && said.contains(SAID), "{said}");
}

#[tokio::test]
async fn who_has_enough_keeps_what_was_measured() {
    let (product, pieces) = product();
    let rows = Rows::default();
    let endless = compare(&product, &[], (&pieces, 1000), &rows, &Silent);
    let two = std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        match rows.borrow().len() {
            0 | 1 => std::task::Poll::Pending,
            _ => std::task::Poll::Ready(()),
        }
    });
    tokio::select! {
        ended = endless => panic!("{ended:?}"),
        () = two => {}
    }
    assert!(rows.borrow().iter().all(|row| row.own.work.branches > 8));
}

#[tokio::test]
async fn articles_together_are_held_against_the_same_alone() {
    let (product, pieces) = product();
    let rows = rows(&product, &[], (&pieces, 1)).await;
    let pieces = [&pieces[..], &pieces[..]].concat();
    let found = together(&product, (&pieces, 2), &rows, &Silent).await;
    let found = found.unwrap();
    assert_eq!((found.articles, found.at_once), (2, 2));
    assert_eq!(found.work.branches, 2 * rows[0].own.work.branches);
    assert!(found.gain.is_some());
}

#[tokio::test]
async fn every_lane_gets_its_digests() {
    let (product, pieces) = product();
    let clients = "publish=2,backfill=1".parse().unwrap();
    let found = load(&product, &pieces, (clients, 1), &Silent)
        .await
        .unwrap();
    assert_eq!(found.idle.as_ref().map(|it| it.lane), Some("publish"));
    let lanes: Vec<(&str, usize)> = found.lanes.iter().map(|it| (it.lane, it.clients)).collect();
    assert_eq!(lanes, [("publish", 2), ("backfill", 1)]);
    for lane in &found.lanes {
        assert!(lane.digest.unwrap().count > 0, "{lane:?}");
        assert!(lane.first_item.unwrap().p50 <= lane.digest.unwrap().p99);
    }
    assert!(found.publish_p95_times_idle.is_some());
}

#[tokio::test]
async fn memory_is_looked_at_after_every_fifty() {
    let (product, pieces) = product();
    let found = soak(&product, &pieces, 120, &Silent).await.unwrap();
    let looks: Vec<usize> = found.resident_mib.iter().map(|(made, _)| *made).collect();
    let expected: &[usize] = if cfg!(target_os = "linux") {
        &[50, 100]
    } else {
        &[]
    };
    assert_eq!(looks, expected);
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_that_does_not_come_up_is_quoted() {
    use std::os::unix::fs::PermissionsExt as _;

    use afterword::bench::peer::{Launch, Peer};

    let (_folder, program) = super::program::file("server", b"#!/bin/sh\necho no weights >&2\n");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let launch = Launch {
        program: &program,
        model: std::path::Path::new("model.gguf"),
        threads: 1,
        flash_attention: true,
        slots: 1,
        context_tokens: 1024,
        arguments: &[],
    };
    let Err(error) = Peer::start(&launch).await else {
        panic!("it came up");
    };
    assert!(error.to_string().contains("no weights"), "{error}");
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
    for (arguments, message) in [
        (&["--load", "archive=1"][..], "archive"),
        (&["--load", "publish=1", "--together", "2"], "--together"),
        (&["--peer-slots", "4"], "--peer-server"),
        (&["--seconds", "5"], "--load"),
    ] {
        run(&[&["bench"], arguments].concat(), b"").refused_plainly(USAGE, message);
    }
}

#[test]
fn without_an_article_nothing_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(
        &["bench", "--articles", folder.path().to_str().unwrap()],
        b"",
    );
    assert_eq!(ended.code, Some(INPUT), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("there is no article to measure with"),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("loading the model"),
        "{}",
        ended.stderr
    );
}
