//! `make soak`: the program under mixed load for some minutes. Callers send articles in
//! all lanes, wait, call off, follow, repeat, and send what no service should be sent;
//! processes are killed or told to stop, and started again. It ends with an account:
//! what was accepted is done, dead or cancelled, and no answer was a surprise.

use std::collections::{BTreeMap, HashMap};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use afterword::store::{Filter, State, Store};

use super::Random;
use super::books;
use super::callers::Caller;
use super::place::Place;
use super::receiver::Receiver;
use super::service::{Process, Setup};

const CALLERS: usize = 4;
/// Time between two kills, in milliseconds: at least, and as much again at most.
const LIFE_MS: u64 = 8000;
/// One end in so many is a SIGTERM, which lets the process finish.
const GENTLE: u64 = 3;
/// What the processes that are left alive get to finish what is open.
const PATIENCE: Duration = Duration::from_secs(300);

/// What callers were told.
#[derive(Default)]
pub(crate) struct Ledger {
    /// By idempotency key: the job that it gave.
    pub(crate) accepted: Mutex<HashMap<String, String>>,
    /// By what was asked and what came back: how often.
    pub(crate) answers: Mutex<BTreeMap<(&'static str, u16), usize>>,
    /// Answers that should not be.
    pub(crate) surprises: Mutex<Vec<String>>,
}

/// The most that the service has taken, by what the system counts.
#[derive(Default)]
struct Memory {
    most_kib: u64,
    /// At the end of the longest life, after how long, and at its beginning.
    longest: Option<(Duration, u64, u64)>,
}

pub(crate) async fn soak(place: &Place, minutes: u64) {
    let mut random = Random::new(u64::from(std::process::id()) + 2);
    let receiver = Receiver::start().await;
    let setup = Setup::new(place, &receiver);
    drop(place.open().await);
    let (ledger, stop) = (
        Arc::new(Ledger::default()),
        Arc::new(AtomicBool::new(false)),
    );
    let callers = (0..CALLERS).map(|number| {
        let caller = Caller {
            number,
            service: format!("http://127.0.0.1:{}", setup.port),
            callback: receiver.url(),
            stop: stop.clone(),
            random: Random::new(random.next()),
            ledger: ledger.clone(),
        };
        tokio::task::spawn_blocking(|| caller.call())
    });
    let callers: Vec<_> = callers.collect();
    let (ends, memory) = live_and_die(&setup, minutes, &mut random).await;
    stop.store(true, Ordering::Relaxed);
    // A service that is there to the end, for calls that are under way.
    let processes = ["serve", "worker"].map(|command| setup.start(command));
    for caller in callers {
        caller.await.unwrap();
    }
    let store = place.open().await;
    books::wait_until_all_has_ended(&store, PATIENCE).await;
    drop(processes);
    println!("{}: {minutes} minutes, {ends}", place.name);
    println!("memory of the service: {}", memory.told());
    account(&store, &ledger).await;
}

/// Ends processes and starts them again, until the time is over.
async fn live_and_die(setup: &Setup, minutes: u64, random: &mut Random) -> (String, Memory) {
    let until = Instant::now() + Duration::from_secs(minutes * 60);
    let commands = ["serve", "worker"];
    let mut processes = commands.map(|command| (setup.start(command), Instant::now(), 0));
    let (mut memory, mut kills, mut stops) = (Memory::default(), 0, 0);
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(LIFE_MS / 2)).await;
        let (process, _, early_kib) = &mut processes[0];
        *early_kib = process.resident_kib().unwrap_or(*early_kib);
        tokio::time::sleep(Duration::from_millis(random.next() % LIFE_MS)).await;
        let at = usize::from(random.next().is_multiple_of(3));
        let (process, since, early_kib) = &mut processes[at];
        if at == 0 {
            memory.note(process, since.elapsed(), *early_kib);
        }
        if random.next().is_multiple_of(GENTLE) {
            stops += 1;
            terminate(process);
        } else {
            kills += 1;
            process.kill();
        }
        processes[at] = (setup.start(commands[at]), Instant::now(), 0);
    }
    let (process, since, early_kib) = &processes[0];
    memory.note(process, since.elapsed(), *early_kib);
    (format!("{kills} kills, {stops} stops"), memory)
}

/// SIGTERM, and SIGKILL if it does not help in a while.
fn terminate(process: &mut Process) {
    let id = process.0.id().to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status();
    assert!(told.unwrap().success());
    let started = Instant::now();
    while process.0.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(60) {
            panic!("a service that was told to stop did not stop");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Memory {
    fn note(&mut self, process: &Process, life: Duration, early_kib: u64) {
        let Some(now) = process.resident_kib() else {
            return;
        };
        self.most_kib = self.most_kib.max(process.peak_kib().unwrap_or(now));
        if self.longest.is_none_or(|(longest, ..)| life > longest) {
            self.longest = Some((life, early_kib, now));
        }
    }

    fn told(&self) -> String {
        let mib = |kib: u64| kib / 1024;
        let (life, early, late) = self.longest.unwrap_or_default();
        format!(
            "{} MiB at most; in its longest life of {} s, {} MiB after a few seconds and {} MiB at the end",
            mib(self.most_kib),
            life.as_secs(),
            mib(early),
            mib(late)
        )
    }
}

/// What was accepted against what there is.
async fn account(store: &Store, ledger: &Ledger) {
    for ((what, status), count) in ledger.answers.lock().unwrap().iter() {
        let status = if *status == 0 {
            "no answer".to_owned()
        } else {
            status.to_string()
        };
        println!("  {what}: {status} {count}");
    }
    let accepted = ledger.accepted.lock().unwrap().clone();
    let mut counts: HashMap<State, usize> = HashMap::new();
    for (key, id) in &accepted {
        let job = store.job(id).await.unwrap();
        let job = job.unwrap_or_else(|| panic!("{id} was accepted for {key} and is gone"));
        *counts.entry(job.status.state).or_default() += 1;
        if job.status.state == State::Done {
            assert!(store.result(&job.content_key).await.unwrap().is_some());
        }
    }
    let stored = stored(store).await;
    let count = |state| counts.get(&state).copied().unwrap_or_default();
    let (done, dead, cancelled) = (
        count(State::Done),
        count(State::Dead),
        count(State::Cancelled),
    );
    println!(
        "accepted {} = {done} done + {dead} dead + {cancelled} cancelled; {} more are stored, \
         whose answer a kill swallowed",
        accepted.len(),
        stored - accepted.len()
    );
    let surprises = ledger.surprises.lock().unwrap();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert!(accepted.len() > 50, "only {} accepted", accepted.len());
    assert_eq!(accepted.len(), done + dead + cancelled);
}

/// How many jobs there are, each of which has ended.
async fn stored(store: &Store) -> usize {
    let (mut count, mut filter) = (0, Filter::default());
    loop {
        let page = store.list(&filter, 500).await.unwrap();
        let Some(last) = page.last() else {
            return count;
        };
        filter.before = Some(last.seq);
        assert!(page.iter().all(|job| job.status.state.is_final()));
        count += page.len();
    }
}
