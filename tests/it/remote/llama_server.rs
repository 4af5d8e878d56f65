//! A real service: llama-server with a model file, named by the environment. Run by
//! `make test-remote`; a model takes all cores, so that nothing else should run.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::articles::{BRIDGE, report};
use crate::program::{Ended, program};

const SERVER: &str = "AFTERWORD_TEST_LLAMA_SERVER";
const MODEL: &str = "AFTERWORD_TEST_GGUF";
/// Requests at once, and what each may hold.
const SLOTS: usize = 4;
const SLOT_TOKENS: usize = 4096;
/// To read the model.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running llama-server, ended when dropped.
struct Server {
    child: Child,
    origin: String,
}

impl Server {
    fn start() -> Self {
        let named = |variable: &str| {
            let named = std::env::var_os(variable);
            PathBuf::from(named.unwrap_or_else(|| panic!("{variable} has to name a file")))
        };
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let context = (SLOTS * SLOT_TOKENS).to_string();
        let slots = SLOTS.to_string();
        let child = Command::new(named(SERVER))
            .arg("--model")
            .arg(named(MODEL))
            .args(["--host", "127.0.0.1", "--port", &port])
            .args(["--ctx-size", &context, "--parallel", &slots])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let origin = format!("http://127.0.0.1:{port}");
        let mut server = Self { child, origin };
        server.wait();
        server
    }

    fn wait(&mut self) {
        let started = Instant::now();
        let health = format!("{}/health", self.origin);
        while ureq::get(&health).call().is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "llama-server ended: {ended:?}");
            assert!(started.elapsed() < PATIENCE, "llama-server does not answer");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// How many tokens its model makes of a text.
    fn tokens(&self, text: &str) -> usize {
        let url = format!("{}/tokenize", self.origin);
        let body = json!({ "content": text }).to_string();
        let answer = ureq::post(&url)
            .content_type("application/json")
            .send(body)
            .unwrap();
        let answer: Value = serde_json::from_reader(answer.into_body().into_reader()).unwrap();
        answer["tokens"].as_array().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs a llama-server and a model: make test-remote"]
fn a_real_service_gives_digests_that_are_backed() {
    let server = Server::start();
    let article = Path::new(env!("CARGO_MANIFEST_DIR")).join("articles/peking-legations.md");
    let started = Instant::now();
    let digest = Ended::of(
        program()
            .args(["digest", article.to_str().unwrap(), "--engine", "remote"])
            .args([
                "--model",
                "of-the-test",
                "--format",
                "json",
                "--include-source",
            ])
            .env(
                "AFTERWORD__ENGINE__REMOTE__URL",
                format!("{}/v1", server.origin),
            )
            .env(
                "AFTERWORD__ENGINE__REMOTE__CONTEXT_TOKENS",
                SLOT_TOKENS.to_string(),
            )
            .env(
                "AFTERWORD__ENGINE__REMOTE__MAX_CONCURRENT_REQUESTS",
                SLOTS.to_string(),
            )
            .env("AFTERWORD__ENGINE__REMOTE__ATTEMPT_TIMEOUT_SECONDS", "1200")
            .env("AFTERWORD__ENGINE__REMOTE__REQUEST_TIMEOUT_SECONDS", "1200")
            .env("AFTERWORD_LOG", "afterword=debug")
            .output()
            .unwrap(),
    );
    println!("{}", digest.stderr);
    let failed = digest.stderr.matches("a branch failed").count();
    let digest = digest.digest();
    println!(
        "{:.1} s, {} pairs, {} refused, {failed} branches failed\n{}",
        started.elapsed().as_secs_f32(),
        digest.faq.len(),
        digest.refused.len(),
        serde_json::to_string_pretty(&digest).unwrap()
    );
    let host = server.origin.trim_start_matches("http://");
    assert_eq!(
        digest.provenance.model,
        format!("remote:of-the-test@{host}")
    );
    // A service that holds answers to schemas leaves few branches without one.
    assert!(failed <= 2, "{failed} branches failed");
    assert!(digest.faq.len() + digest.refused.len() >= 4);
}

#[test]
#[ignore = "needs a llama-server and a model: make test-remote"]
fn no_text_takes_more_tokens_than_estimated() {
    let server = Server::start();
    let engine = super::engine(&server.origin);
    let mut texts = vec![BRIDGE.to_owned(), report(800)];
    let articles = Path::new(env!("CARGO_MANIFEST_DIR")).join("articles");
    for entry in std::fs::read_dir(articles).unwrap() {
        texts.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    for text in texts {
        let (taken, estimated) = (
            server.tokens(&text),
            afterword::engine::Engine::count_tokens(&engine, &text),
        );
        let name: String = text.chars().take(40).collect();
        println!("{name:?}: {taken} tokens, {estimated} estimated");
        assert!(
            taken <= estimated,
            "{name:?}: {taken} tokens, {estimated} estimated"
        );
    }
}
