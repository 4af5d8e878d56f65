//! A digest that takes longer than `limits.max_digest_seconds` is given up, whatever the
//! engine, and the engine has nobody to work for any more.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use afterword::api::AppState;
use afterword::config::Settings;
use afterword::engine::scripted::ScriptedEngine;
use afterword::engine::{Batch, Engine, EngineError, ModelDescription, Reporter, Running};
use afterword::pipeline::error::PipelineError;
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::{Author, Input, Pipeline, SourceKind};

use super::articles::BRIDGE;
use super::http::{post, send};
use super::set_up::{plain_pipeline, sent};

const CONFIG: &str = "[limits]\nmax_digest_seconds = 1";
/// Longer than the limit by far; a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes every batch and answers none.
struct Silent {
    inner: ScriptedEngine,
    taken: Mutex<Vec<Reporter>>,
}

impl Silent {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: ScriptedEngine::new(|_, _| String::new()),
            taken: Mutex::default(),
        })
    }

    /// It was asked, and nobody waits for an answer.
    fn is_left(&self) -> bool {
        let taken = self.taken.lock().unwrap();
        !taken.is_empty() && taken.iter().all(Reporter::is_abandoned)
    }
}

impl Engine for Silent {
    fn model(&self) -> &ModelDescription {
        self.inner.model()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.inner.count_tokens(text)
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        let (reporter, running) = Running::new(batch.branches.len());
        self.taken.lock().unwrap().push(reporter);
        Ok(running)
    }
}

fn pipeline(settings: &Settings, author: Author) -> Pipeline {
    plain_pipeline(settings.limits.clone(), author)
}

fn input() -> Input {
    sent(BRIDGE, SourceKind::Text)
}

#[tokio::test]
async fn an_engine_that_never_answers_is_given_up() {
    let settings = Settings::from_toml(CONFIG, "test").unwrap();
    let engine = Silent::new();
    let pipeline = pipeline(&settings, Author::Model(engine.clone()));
    let options = DigestOptions::check(&OptionsRequest::default(), &settings.limits).unwrap();
    let started = Instant::now();
    let input = input();
    let made = tokio::time::timeout(PATIENCE, pipeline.digest(&input, &options)).await;
    let error = made.expect("it is given up").unwrap_err();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert!(matches!(error, PipelineError::TookTooLong { seconds: 1 }));
    assert_eq!(error.code(), "digest_timeout");
    assert!(error.is_transient());
    assert!(engine.is_left());
    let told = error.to_string();
    assert!(told.contains("limits.max_digest_seconds = 1"), "{told}");
}

#[tokio::test]
async fn a_caller_is_told_so() {
    let settings = Settings::from_toml(CONFIG, "test").unwrap();
    let engine = Silent::new();
    let state = Arc::new(AppState::new(&settings));
    state.start(Arc::new(pipeline(&settings, Author::Model(engine.clone()))));
    let answer = send(&state, post("text/plain", BRIDGE));
    let answer = tokio::time::timeout(PATIENCE, answer).await.unwrap();
    assert_eq!(answer.refusal(), (504, "digest_timeout".to_owned()));
    let problem = answer.problem();
    assert!(problem.detail.contains("limits.max_digest_seconds"));
    assert!(problem.hint.contains("limits.max_digest_seconds"));
    assert!(engine.is_left());
    assert_eq!(state.free_slots(), settings.server.max_concurrent_requests);
}

/// What needs no engine is not broken off.
#[tokio::test]
async fn without_a_model_it_is_made_in_time() {
    let settings = Settings::from_toml(CONFIG, "test").unwrap();
    let pipeline = pipeline(&settings, Author::Extractive);
    let options = DigestOptions::check(&OptionsRequest::default(), &settings.limits).unwrap();
    pipeline.digest(&input(), &options).await.unwrap();
}
