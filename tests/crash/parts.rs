//! The parts that are killed: a caller and workers, each a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use afterword::store::{Finished, Idempotency, Lane, Order, Store, Submission, Submitted};

use super::{BACKOFF, RETENTION, Random};

/// Long enough for one job, short enough that a killed worker is soon noticed.
const LEASE: Duration = Duration::from_millis(250);
const MAX_FAILURES: i64 = 4;

/// A process that is killed when it is dropped.
pub(crate) struct Part(Child);

impl Part {
    pub(crate) fn start(part: &str, url: &str, seed: u64, first: usize) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([part, url, &seed.to_string(), &first.to_string()])
            .stdout(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    /// SIGKILL: the process learns nothing of it.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The caller, and what it was told before it was killed.
pub(crate) struct Caller {
    url: String,
    part: Part,
    reader: Option<JoinHandle<()>>,
    accepted: Arc<Mutex<Vec<String>>>,
}

impl Caller {
    pub(crate) fn start(url: &str, seed: u64) -> Self {
        let accepted = Arc::default();
        let (part, reader) = Self::run(url, seed, &accepted);
        Self {
            url: url.to_owned(),
            part,
            reader: Some(reader),
            accepted,
        }
    }

    fn run(url: &str, seed: u64, accepted: &Arc<Mutex<Vec<String>>>) -> (Part, JoinHandle<()>) {
        let first = accepted.lock().unwrap().len();
        let mut part = Part::start("caller", url, seed, first);
        let lines = BufReader::new(part.0.stdout.take().unwrap()).lines();
        let accepted = accepted.clone();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // A line that was cut by the kill was not heard.
                if let Some(id) = line.strip_suffix('.') {
                    accepted.lock().unwrap().push(id.to_owned());
                }
            }
        });
        (part, reader)
    }

    pub(crate) fn kill_and_restart(&mut self, seed: u64) {
        self.end();
        let (part, reader) = Self::run(&self.url, seed, &self.accepted);
        (self.part, self.reader) = (part, Some(reader));
    }

    fn end(&mut self) {
        self.part.kill();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }

    /// The ids of all jobs that the caller was promised.
    pub(crate) fn stop(mut self) -> Vec<String> {
        self.end();
        std::mem::take(&mut self.accepted.lock().unwrap())
    }
}

/// What a part does until it is killed.
pub(crate) async fn run(part: &str, url: &str, seed: u64, first: usize) {
    let store = Store::open(url, RETENTION).await.unwrap();
    let random = Random::new(seed);
    match part {
        "caller" => call(&store, random, first).await,
        "worker" => work(&store, random).await,
        other => panic!("{other}"),
    }
}

/// Submits one article after the other. Which one it is at follows from what it
/// was told, so that after a kill it asks again with the same key.
async fn call(store: &Store, mut random: Random, first: usize) {
    for at in first.. {
        let submitted = store.submit(&submission(at)).await;
        let job = match submitted {
            Ok(Submitted::Accepted(job) | Submitted::Repeated(job)) => job,
            other => panic!("{other:?}"),
        };
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{}.", job.id).unwrap();
        stdout.flush().unwrap();
        drop(stdout);
        if random.next().is_multiple_of(10) {
            store.cancel(&job.id).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(random.next() % 10)).await;
    }
}

/// Every third article has the text of the one before it.
fn submission(at: usize) -> Submission {
    let content = if at % 3 == 2 { at - 1 } else { at };
    Submission {
        lane: Lane::ALL[at % 3],
        content_key: format!("content {content}"),
        pipeline_version: "1".to_owned(),
        external_id: None,
        url: None,
        callback: None,
        order: Order {
            body: format!("article {content}").into_bytes(),
            request: String::new(),
        },
        max_failures: MAX_FAILURES,
        lane_limit: 1_000_000,
        idempotency: Some(Idempotency {
            key: format!("key {at}"),
            fingerprint: content.to_string(),
        }),
        owner: None,
        request_id: None,
    }
}

async fn work(store: &Store, mut random: Random) {
    let worker = std::process::id().to_string();
    loop {
        store.expire(BACKOFF).await.unwrap();
        let Some(claim) = store.claim(&worker, LEASE).await.unwrap() else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let (job, attempt) = (&claim.job, claim.job.status.attempt);
        tokio::time::sleep(Duration::from_millis(random.next() % 8)).await;
        let outcome = match random.next() % 20 {
            0 => {
                let retry_in = Some(BACKOFF.after(job.status.failures + 1));
                store
                    .fail(&job.id, attempt, "scripted: failure", retry_in)
                    .await
            }
            1 => {
                store
                    .fail(&job.id, attempt, "scripted: for good", None)
                    .await
            }
            2 => store.release(&job.id, attempt).await,
            3 => store.heartbeat(&job.id, attempt, LEASE).await,
            _ => {
                let finished = Finished {
                    digest: format!("{} {attempt}", job.id),
                    content_key: job.content_key.clone(),
                    pipeline_version: "1".to_owned(),
                };
                store.complete(&job.id, attempt, &finished).await
            }
        };
        outcome.unwrap();
    }
}
