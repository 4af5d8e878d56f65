//! The program under SIGKILL: `afterword serve` and two `afterword worker` on one
//! database are killed at random points while a caller sends articles and a
//! receiver is called back. Then every article that was accepted has to have
//! ended, and every end has to have been told, always under one id.

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use afterword::store::{DeliveryFilter, DeliveryState, State, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::place::Place;
use super::receiver::{Heard, Receiver, SECRET};
use super::{KILLS, Random, books};

/// Time between two kills, at most: the program has to come up in between.
const LIFE_MS: u64 = 700;
/// What the processes that are left alive get to finish what is open.
const PATIENCE: Duration = Duration::from_secs(120);
/// One answer in so many of the receiver is a refusal.
const REFUSALS: usize = 7;

/// A place for a configuration, and what every process is started with.
pub(crate) struct Setup {
    _folder: TempDir,
    config: PathBuf,
    url: String,
    pub(crate) port: u16,
}

impl Setup {
    pub(crate) fn new(place: &Place, receiver: &Receiver) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("afterword.toml");
        let retries = vec!["0"; 50].join(", ");
        let text = format!(
            "[jobs]\nlease_seconds = 5\npoll_seconds = 1\nfirst_retry_seconds = 0\n\
             max_failures = 50\n\
             [callbacks]\nsecrets = [\"{SECRET}\"]\nallow_origins = [\"{}\"]\n\
             timeout_seconds = 2\nretry_seconds = [{retries}]\n",
            receiver.origin
        );
        std::fs::write(&config, text).unwrap();
        // Free now, and taken again and again by the service.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            _folder: folder,
            config,
            url: place.url.clone(),
            port: listener.local_addr().unwrap().port(),
        }
    }

    pub(crate) fn start(&self, command: &str) -> Process {
        let mut process = Command::new(env!("CARGO_BIN_EXE_afterword"));
        process.arg(command).args(["--engine", "extractive"]);
        process.arg("--config").arg(&self.config);
        if command == "serve" {
            process.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        }
        process.env("AFTERWORD_DATABASE_URL", &self.url);
        process.env("AFTERWORD_LOG", "error");
        process.env_remove("AFTERWORD_CALLBACK_SECRETS");
        let child = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Process(child.unwrap())
    }
}

/// A process that is killed when it is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// SIGKILL: the process learns nothing of it.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Memory that it takes now, where the system tells.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        self.told("VmRSS:")
    }

    /// Memory that it took at most.
    pub(crate) fn peak_kib(&self) -> Option<u64> {
        self.told("VmHWM:")
    }

    fn told(&self, label: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(label))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills, waits until all is done and told, and checks the books.
pub(crate) async fn crash(place: &Place) {
    let started = Instant::now();
    let mut random = Random::new(u64::from(std::process::id()) + 1);
    let receiver = Receiver::start().await;
    for _ in 0..200 {
        let answers: Vec<u16> = (0..REFUSALS)
            .map(|at| if at == 0 { 500 } else { 204 })
            .collect();
        receiver.answer_with(&answers);
    }
    let setup = Setup::new(place, &receiver);
    // Once, so that nobody is killed while the tables are made.
    drop(place.open().await);
    let stop = Arc::new(AtomicBool::new(false));
    let caller = Caller {
        service: format!("http://127.0.0.1:{}/v1/digests", setup.port),
        callback: receiver.url(),
        stop: stop.clone(),
        random: Random::new(random.next()),
    };
    let caller = tokio::task::spawn_blocking(|| caller.call());
    let commands = ["serve", "worker", "worker"];
    let mut processes: Vec<Process> = commands.iter().map(|it| setup.start(it)).collect();
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random.next() % LIFE_MS)).await;
        let at = kill % commands.len();
        processes[at].kill();
        processes[at] = setup.start(commands[at]);
    }
    stop.store(true, Ordering::Relaxed);
    let accepted = caller.await.unwrap();
    let store = place.open().await;
    books::wait_until_all_has_ended(&store, PATIENCE).await;
    wait_until_all_is_told(&store).await;
    drop(processes);
    let counts = check(&store, &accepted, &receiver.heard()).await;
    let seconds = started.elapsed().as_secs();
    println!(
        "{}, the program: {KILLS} kills in {seconds} s; {counts}",
        place.name
    );
}

/// Who sends articles, one after the other, until each is accepted.
struct Caller {
    service: String,
    callback: String,
    stop: Arc<AtomicBool>,
    random: Random,
}

impl Caller {
    /// The ids that were promised.
    fn call(mut self) -> Vec<String> {
        let mut accepted = Vec::new();
        for at in 0.. {
            let id = loop {
                if self.stop.load(Ordering::Relaxed) {
                    return accepted;
                }
                match self.post(at) {
                    Some(id) => break id,
                    None => std::thread::sleep(Duration::from_millis(20)),
                }
            };
            if self.random.next().is_multiple_of(10) {
                // Perhaps too late, perhaps unheard: both are fine.
                let _ = agent().delete(format!("{}/{id}", self.service)).call();
            }
            accepted.push(id);
            std::thread::sleep(Duration::from_millis(self.random.next() % 30));
        }
        accepted
    }

    fn post(&self, at: usize) -> Option<String> {
        let body = json!({
            "text": article(at), "external_id": format!("post-{at}"),
            "callback": { "url": self.callback },
        });
        let request = agent()
            .post(&self.service)
            .header("content-type", "application/json")
            .header("prefer", "respond-async")
            .header("idempotency-key", format!("key-{at}"));
        let mut answer = request.send(body.to_string()).ok()?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().ok()?;
        match status {
            202 => {
                let view: Value = serde_json::from_str(&text).unwrap();
                Some(view["id"].as_str().unwrap().to_owned())
            }
            503 => None,
            other => panic!("{other}: {text}"),
        }
    }
}

pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(5)))
        .http_status_as_error(false)
        .build();
    config.into()
}

/// Every third article has the text of the one before it.
pub(crate) fn article(at: usize) -> String {
    let content = if at % 3 == 2 { at - 1 } else { at };
    let sentence = |number: usize| {
        format!(
            "The council of harbour {content} voted on motion {number} to repair the old bridge there. "
        )
    };
    (0..8).map(sentence).collect()
}

async fn wait_until_all_is_told(store: &Store) {
    let started = Instant::now();
    loop {
        let mut open = 0;
        for state in [DeliveryState::Waiting, DeliveryState::Sending] {
            let filter = DeliveryFilter {
                state: Some(state),
                ..DeliveryFilter::default()
            };
            open += store.deliveries(&filter, 1000).await.unwrap().len();
        }
        if open == 0 {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{open} ends are never told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn check(store: &Store, accepted: &[String], heard: &[Heard]) -> String {
    assert!(accepted.len() > 50, "only {} accepted", accepted.len());
    let distinct: HashSet<&String> = accepted.iter().collect();
    assert_eq!(distinct.len(), accepted.len(), "a key gave two jobs");
    let mut told: HashMap<String, Vec<&Heard>> = HashMap::new();
    for call in heard {
        let job = call.payload()["data"]["id"].as_str().unwrap().to_owned();
        told.entry(job).or_default().push(call);
    }
    let mut counts: HashMap<State, usize> = HashMap::new();
    for id in accepted {
        let job = store.job(id).await.unwrap();
        let job = job.unwrap_or_else(|| panic!("{id} was accepted and is gone"));
        *counts.entry(job.status.state).or_default() += 1;
        let history = store.history(id).await.unwrap();
        let ends = history.iter().filter(|it| it.to.is_final()).count();
        assert_eq!(ends, 1, "{history:?}");
        if job.status.state == State::Done {
            assert!(store.result(&job.content_key).await.unwrap().is_some());
        }
        check_told(store, id, job.status.state, told.get(id)).await;
    }
    let count = |state| counts.get(&state).copied().unwrap_or_default();
    let twice = told.values().filter(|calls| calls.len() > 1).count();
    format!(
        "{} jobs: {} done, {} dead, {} cancelled; {} calls, {twice} ends told more than once",
        accepted.len(),
        count(State::Done),
        count(State::Dead),
        count(State::Cancelled),
        heard.len(),
    )
}

/// The end of one job was told, as it was, and under one id.
async fn check_told(store: &Store, id: &str, state: State, calls: Option<&Vec<&Heard>>) {
    let filter = DeliveryFilter {
        job: Some(id.to_owned()),
        ..DeliveryFilter::default()
    };
    let deliveries = store.deliveries(&filter, 10).await.unwrap();
    assert_eq!(deliveries.len(), 1, "{deliveries:?}");
    let delivery = &deliveries[0];
    assert_eq!(
        delivery.status.state,
        DeliveryState::Delivered,
        "{delivery:?}"
    );
    let calls = calls.unwrap_or_else(|| panic!("the end of {id} was never told"));
    for call in calls {
        assert_eq!(call.id, delivery.id, "a duplicate has another id");
        assert_eq!(call.payload()["data"]["status"], state.name());
    }
}
