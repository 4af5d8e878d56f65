//! Any interleaving of what workers and callers do, against a model of a few
//! lines: the database may not do what the model does not allow, and has to do
//! what the model says. Leases and waits are over at once, or never.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use afterword::store::{Backoff, Finished, Lane, Outcome, Refusal, State, Store, Submitted};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::fixture::{HOUR, Kind, Place, submission};

/// Contents are few, so that jobs share them.
const CONTENTS: [&str; 4] = ["a", "b", "c", "d"];
const MAX_FAILURES: i64 = 2;

#[derive(Debug, Clone)]
enum Step {
    Submit {
        lane: usize,
        content: usize,
    },
    Claim {
        over_at_once: bool,
    },
    Heartbeat {
        job: usize,
        stale: bool,
        over_at_once: bool,
    },
    Complete {
        job: usize,
        stale: bool,
    },
    Fail {
        job: usize,
        stale: bool,
        retry: Retry,
    },
    Release {
        job: usize,
        stale: bool,
    },
    Expire,
    Cancel {
        job: usize,
    },
    Reopen,
}

#[derive(Debug, Clone, Copy)]
enum Retry {
    AtOnce,
    Later,
    Never,
}

fn steps() -> impl Strategy<Value = Step> {
    let job = || 0usize..6;
    let stale = || prop::bool::weighted(0.2);
    let retry = prop_oneof![Just(Retry::AtOnce), Just(Retry::Later), Just(Retry::Never)];
    prop_oneof![
        4 => (0usize..3, 0..CONTENTS.len()).prop_map(|(lane, content)| Step::Submit { lane, content }),
        6 => any::<bool>().prop_map(|over_at_once| Step::Claim { over_at_once }),
        1 => (job(), stale(), any::<bool>())
            .prop_map(|(job, stale, over_at_once)| Step::Heartbeat { job, stale, over_at_once }),
        3 => (job(), stale()).prop_map(|(job, stale)| Step::Complete { job, stale }),
        2 => (job(), stale(), retry).prop_map(|(job, stale, retry)| Step::Fail { job, stale, retry }),
        1 => (job(), stale()).prop_map(|(job, stale)| Step::Release { job, stale }),
        2 => Just(Step::Expire),
        1 => job().prop_map(|job| Step::Cancel { job }),
        1 => Just(Step::Reopen),
    ]
}

/// What the model knows of a job.
#[derive(Debug, Clone)]
struct Known {
    id: String,
    lane: Lane,
    content: String,
    state: State,
    attempt: i64,
    failures: i64,
    /// Waiting: it may be claimed. Leased: the lease is over.
    due: bool,
}

#[derive(Default)]
struct Model {
    jobs: Vec<Known>,
    results: HashMap<String, String>,
}

impl Model {
    fn claimable(&self, job: &Known) -> bool {
        let waits = matches!(job.state, State::Queued | State::Failed) && job.due;
        let in_work = |other: &Known| other.state == State::Leased && other.content == job.content;
        waits && !self.jobs.iter().any(in_work)
    }

    /// The lane that a claim has to serve, and whether only shared jobs are left.
    fn next_lane(&self) -> Option<Lane> {
        let needs_work =
            |job: &&Known| self.claimable(job) && !self.results.contains_key(&job.content);
        self.jobs
            .iter()
            .filter(needs_work)
            .map(|job| job.lane)
            .min()
    }

    fn fail(job: &mut Known, retry: Retry) {
        job.failures += 1;
        let again = !matches!(retry, Retry::Never) && job.failures < MAX_FAILURES;
        job.state = if again { State::Failed } else { State::Dead };
        job.due = matches!(retry, Retry::AtOnce);
    }
}

fn lease(over_at_once: bool) -> Duration {
    if over_at_once { Duration::ZERO } else { HOUR }
}

/// One database, one model, step by step.
struct Run<'a> {
    place: &'a Place,
    store: Store,
    model: Model,
    /// Apart from those of other runs on the same database.
    prefix: String,
    digests: usize,
}

impl Run<'_> {
    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Submit { lane, content } => self.submit(Lane::ALL[lane], CONTENTS[content]).await,
            Step::Claim { over_at_once } => self.claim(over_at_once).await,
            Step::Expire => self.expire().await,
            Step::Cancel { job } => self.cancel(job).await,
            Step::Reopen => self.store = self.place.open().await,
            Step::Heartbeat {
                job,
                stale,
                over_at_once,
            } => {
                let Some((at, attempt)) = self.pick(job, stale) else {
                    return;
                };
                let id = self.model.jobs[at].id.clone();
                let outcome = self
                    .store
                    .heartbeat(&id, attempt, lease(over_at_once))
                    .await;
                if self.holds(at, attempt, &outcome.unwrap()) {
                    self.model.jobs[at].due = over_at_once;
                }
            }
            Step::Complete { job, stale } => self.complete(job, stale).await,
            Step::Fail { job, stale, retry } => {
                let Some((at, attempt)) = self.pick(job, stale) else {
                    return;
                };
                let id = self.model.jobs[at].id.clone();
                let retry_in = match retry {
                    Retry::AtOnce => Some(Duration::ZERO),
                    Retry::Later => Some(HOUR),
                    Retry::Never => None,
                };
                let outcome = self.store.fail(&id, attempt, "x: y", retry_in).await;
                if self.holds(at, attempt, &outcome.unwrap()) {
                    Model::fail(&mut self.model.jobs[at], retry);
                }
            }
            Step::Release { job, stale } => {
                let Some((at, attempt)) = self.pick(job, stale) else {
                    return;
                };
                let id = self.model.jobs[at].id.clone();
                let outcome = self.store.release(&id, attempt).await;
                if self.holds(at, attempt, &outcome.unwrap()) {
                    let job = &mut self.model.jobs[at];
                    (job.state, job.due) = (State::Queued, true);
                }
            }
        }
    }

    /// One of the jobs, the latest first, and an attempt of it.
    fn pick(&self, job: usize, stale: bool) -> Option<(usize, i64)> {
        let count = self.model.jobs.len();
        let at = count.checked_sub(1 + job % count.max(1))?;
        Some((at, self.model.jobs[at].attempt - i64::from(stale)))
    }

    /// Whether the lease counted, after checking that the store thinks the same.
    fn holds(&self, at: usize, attempt: i64, outcome: &Outcome) -> bool {
        let job = &self.model.jobs[at];
        let holds = job.state == State::Leased && job.attempt == attempt;
        match outcome {
            Outcome::Applied(_) => assert!(holds, "{job:?} was changed by attempt {attempt}"),
            Outcome::Refused(Refusal::LeaseLost) => assert!(!holds, "{job:?} refused {attempt}"),
            other => panic!("{other:?}"),
        }
        holds
    }

    async fn submit(&mut self, lane: Lane, content: &str) {
        let content = format!("{}{content}", self.prefix);
        let mut submission = submission(&content);
        submission.lane = lane;
        submission.max_failures = MAX_FAILURES;
        let Submitted::Accepted(job) = self.store.submit(&submission).await.unwrap() else {
            panic!("refused");
        };
        let known = self.model.results.contains_key(&content);
        let state = if known { State::Done } else { State::Queued };
        self.model.jobs.push(Known {
            id: job.id,
            lane,
            content,
            state,
            attempt: 0,
            failures: 0,
            due: true,
        });
    }

    async fn claim(&mut self, over_at_once: bool) {
        let expected = self.model.next_lane();
        let claim = self.store.claim("w", lease(over_at_once)).await.unwrap();
        let Some(claim) = claim else {
            assert_eq!(expected, None, "a job is left lying");
            self.share(None).await;
            return;
        };
        let at = self
            .model
            .jobs
            .iter()
            .position(|job| job.id == claim.job.id);
        let at = at.unwrap();
        let job = &self.model.jobs[at];
        assert!(self.model.claimable(job), "{job:?} was given out");
        assert!(
            !self.model.results.contains_key(&job.content),
            "{job:?} is known"
        );
        assert_eq!(Some(job.lane), expected);
        assert_eq!(claim.order.body, job.content.as_bytes());
        let lane = job.lane;
        let job = &mut self.model.jobs[at];
        (job.state, job.due) = (State::Leased, over_at_once);
        job.attempt += 1;
        assert_eq!(claim.job.status.attempt, job.attempt);
        self.share(Some(lane)).await;
    }

    /// A claim ends waiting jobs of known content: all in the lanes that it went
    /// through, some in the one where it found work, none behind that.
    async fn share(&mut self, lane: Option<Lane>) {
        for at in 0..self.model.jobs.len() {
            let job = &self.model.jobs[at];
            if !self.model.claimable(job) || !self.model.results.contains_key(&job.content) {
                continue;
            }
            let now = self.store.job(&job.id).await.unwrap().unwrap();
            let has_to = lane.is_none_or(|lane| job.lane < lane);
            let may = lane.is_none_or(|lane| job.lane <= lane);
            if now.status.state == State::Done {
                assert!(may, "{job:?} was shared out of turn");
                self.model.jobs[at].state = State::Done;
            } else {
                assert!(!has_to, "{job:?} was not shared");
            }
        }
    }

    async fn complete(&mut self, job: usize, stale: bool) {
        let Some((at, attempt)) = self.pick(job, stale) else {
            return;
        };
        self.digests += 1;
        let job = self.model.jobs[at].clone();
        let finished = Finished {
            digest: format!("digest {}", self.digests),
            content_key: job.content.clone(),
            pipeline_version: "1".to_owned(),
        };
        let outcome = self.store.complete(&job.id, attempt, &finished).await;
        if self.holds(at, attempt, &outcome.unwrap()) {
            self.model.jobs[at].state = State::Done;
            let results = &mut self.model.results;
            results.entry(job.content).or_insert(finished.digest);
        }
    }

    async fn expire(&mut self) {
        let backoff = Backoff {
            first: Duration::ZERO,
            most: Duration::ZERO,
        };
        let expired = self.store.expire(backoff).await.unwrap();
        let mut expected = 0;
        for job in &mut self.model.jobs {
            if job.state == State::Leased && job.due {
                Model::fail(job, Retry::AtOnce);
                expected += 1;
            }
        }
        assert_eq!(expired, expected);
    }

    async fn cancel(&mut self, job: usize) {
        let Some((at, _)) = self.pick(job, false) else {
            return;
        };
        let job = &mut self.model.jobs[at];
        let outcome = self.store.cancel(&job.id).await.unwrap();
        if job.state.is_final() {
            assert_eq!(outcome, Outcome::Refused(Refusal::Ended(job.state)));
        } else {
            assert!(matches!(outcome, Outcome::Applied(_)));
            job.state = State::Cancelled;
        }
    }

    /// Everything that can be seen is as the model has it.
    async fn compare(&self) {
        for job in &self.model.jobs {
            let stored = self.store.job(&job.id).await.unwrap().unwrap();
            let status = &stored.status;
            let seen = (status.state, status.attempt, status.failures);
            assert_eq!(seen, (job.state, job.attempt, job.failures), "{job:?}");
            let history = self.store.history(&job.id).await.unwrap();
            assert_eq!(history.last().map(|it| it.to), Some(job.state));
            let linked = history
                .windows(2)
                .all(|pair| Some(pair[0].to) == pair[1].from);
            assert!(linked && history[0].from.is_none(), "{history:?}");
        }
        let contents = self.model.jobs.iter().map(|job| (&job.content, ()));
        for content in contents.collect::<BTreeMap<_, _>>().into_keys() {
            let digest = self.store.result(content).await.unwrap();
            assert_eq!(digest.as_ref(), self.model.results.get(content));
        }
    }

    /// Leaves nothing that the next run could claim.
    async fn clear(&self) {
        for job in self.model.jobs.iter().filter(|job| !job.state.is_final()) {
            self.store.cancel(&job.id).await.unwrap();
        }
    }
}

fn check(kind: Kind, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(place) = runtime.block_on(Place::new(kind)) else {
        return;
    };
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(steps(), 1..60), |steps| {
        runtime.block_on(async {
            let mut run = Run {
                place: &place,
                store: place.open().await,
                model: Model::default(),
                prefix: uuid::Uuid::now_v7().to_string(),
                digests: 0,
            };
            for step in &steps {
                run.step(step).await;
            }
            run.compare().await;
            run.clear().await;
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn any_interleaving_is_as_the_model_says_on_sqlite() {
    check(Kind::Sqlite, 48);
}

#[test]
fn any_interleaving_is_as_the_model_says_on_postgres() {
    check(Kind::Postgres, 24);
}
