//! A general server with the same weights: llama.cpp's `llama-server`, started for the
//! run and stopped with it. It is asked over HTTP as any client asks, and given what
//! makes it fast: its cache of prompts, its slots, our grammars in its own language.
//!
//! Knows nothing of digests but the prompts and replies that the product's engine had.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::BenchError;
use super::machine::Process;

mod client;
mod gbnf;
mod questions;

pub use client::Client;
pub use questions::{Answered, Reading, branches, whole};

/// Time that a server gets to load its model.
const START_TIMEOUT: Duration = Duration::from_secs(180);
/// Time between two looks whether it has.
const START_INTERVAL: Duration = Duration::from_millis(200);
/// Lines of what a server says that are kept, to be shown when it fails.
const KEPT_LINES: usize = 8;

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Launch<'a> {
    /// The program.
    pub program: &'a Path,
    /// The weights.
    pub model: &'a Path,
    /// Threads that it computes with.
    pub threads: usize,
    /// Requests that it works on at once.
    pub slots: usize,
    /// Tokens that the context of each slot holds.
    pub context_tokens: usize,
    /// Whether attention is computed in one pass.
    pub flash_attention: bool,
    /// Further arguments.
    pub arguments: &'a [String],
}

/// A running server; stopped when dropped.
pub struct Peer {
    /// How it is asked.
    pub client: Client,
    /// The process.
    pub process: Process,
    child: Child,
    /// Where it keeps the contexts of slots.
    saved: PathBuf,
}

type Lines = Arc<Mutex<VecDeque<String>>>;

/// What a server says.
struct Said {
    last: Lines,
    reader: Option<JoinHandle<()>>,
}

impl Said {
    /// The last of it, once the server has ended.
    fn all(mut self) -> Vec<String> {
        if let Some(reader) = self.reader.take() {
            // A reader that panicked has kept what it had read.
            let _ = reader.join();
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().cloned().collect()
    }
}

impl Peer {
    /// Starts a server and waits until it has loaded its model.
    ///
    /// # Errors
    /// [`BenchError::Peer`] with its last words when it does not come up.
    pub async fn start(launch: &Launch<'_>) -> Result<Self, BenchError> {
        let failed = |error: std::io::Error| {
            BenchError::Peer(format!("{}: {error}", launch.program.display()))
        };
        let port = free_port().map_err(failed)?;
        let saved = std::env::temp_dir().join(format!("afterword-bench-{port}"));
        std::fs::create_dir(&saved).map_err(failed)?;
        let child = command(launch, port, &saved).spawn();
        let mut child = child.map_err(|error| {
            // Nothing is in it yet.
            let _ = std::fs::remove_dir(&saved);
            failed(error)
        })?;
        let said = listen(&mut child);
        let mut peer = Self {
            client: Client::new(&format!("http://127.0.0.1:{port}")),
            process: Process::of(child.id()),
            child,
            saved,
        };
        let started = Instant::now();
        while !peer.client.is_ready().await {
            let ended = peer.child.try_wait().map_err(failed)?;
            if ended.is_some() || started.elapsed() > START_TIMEOUT {
                // Once it is gone, the last of it can be read.
                drop(peer);
                let said = said.all().join("\n  ");
                return Err(BenchError::Peer(format!("it did not come up:\n  {said}")));
            }
            tokio::time::sleep(START_INTERVAL).await;
        }
        Ok(peer)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A folder that stays in the temporary one does no harm.
        let _ = std::fs::remove_dir_all(&self.saved);
    }
}

/// What the program says of its version; its path's last part when it says nothing.
#[must_use]
pub fn version(program: &Path) -> String {
    let output = Command::new(program).arg("--version").output();
    let said = output.map(|output| [output.stdout, output.stderr].concat());
    let said = String::from_utf8_lossy(&said.unwrap_or_default()).into_owned();
    let line = said.lines().find(|line| line.starts_with("version"));
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    format!("{name} {}", line.unwrap_or_default())
        .trim()
        .to_owned()
}

fn command(launch: &Launch<'_>, port: u16, saved: &Path) -> Command {
    let mut command = Command::new(launch.program);
    command.arg("--model").arg(launch.model);
    let numbers = [
        ("--port", usize::from(port)),
        ("--threads", launch.threads),
        ("--threads-batch", launch.threads),
        ("--parallel", launch.slots),
        ("--ctx-size", launch.context_tokens * launch.slots),
        // Prompts are kept in the slots. Kept beside them, one is copied out of the
        // context and back for each request that is unlike the last.
        ("--cache-ram", 0),
    ];
    for (name, number) in numbers {
        command.arg(name).arg(number.to_string());
    }
    command
        .arg("--slot-save-path")
        .arg(saved)
        // Apart, so that a slot's tokens attend to no cells of another.
        .args(["--host", "127.0.0.1", "--no-kv-unified"])
        .args([
            "--flash-attn",
            if launch.flash_attention { "on" } else { "off" },
        ])
        .args(launch.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// A port that was free a moment ago.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Reads what a server says, as long as it says something, and keeps the last of it.
fn listen(child: &mut Child) -> Said {
    let last = Lines::default();
    let reader = child.stderr.take().map(|stderr| {
        let last = last.clone();
        std::thread::spawn(move || keep_last(stderr, &last))
    });
    Said { last, reader }
}

fn keep_last(stderr: impl Read, said: &Lines) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == KEPT_LINES {
            said.pop_front();
        }
        said.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
}
