//! The machine over a toy backend: tokens are bytes, and the model always wants
//! to say the next letter of the alphabet.

use std::sync::{Arc, Barrier};

use super::*;
use crate::engine::backend::TokenId;
use crate::engine::{BatchOutput, Branch, Finish, Goal, Prefix, Shape};
use crate::lane::Lane;

mod guesses;
mod lanes;
mod steps;
mod toy;

use toy::{Toy, bytes};

const LIMITS: Limits = Limits {
    step_tokens: 6,
    running: 3,
    sequences: 6,
    slots: 3,
    cells: 90,
    kept_cells: 40,
    draft_tokens: 2,
};

fn branch(start: &str, choice: &str) -> Branch {
    Branch {
        until: None,
        instruction: "say: ".into(),
        answer_start: start.into(),
        goal: Goal::Decode {
            shape: Shape::Choice(vec![choice.into()]),
            max_tokens: 6,
        },
    }
}

/// A branch that goes on from the system message and two letters.
fn early(start: &str, choice: &str) -> Branch {
    Branch {
        until: Some(2),
        ..branch(start, choice)
    }
}

fn score(text: &str) -> Branch {
    Branch {
        goal: Goal::Score { text: text.into() },
        ..branch("A", "1")
    }
}

fn batch(user: &str, branches: Vec<Branch>) -> Batch {
    let prefix = Prefix {
        system: "letters of the alphabet ".into(),
        user: user.into(),
    };
    Batch {
        lane: Lane::Draft,
        prefix,
        branches,
    }
}

fn machine(limits: Limits) -> Machine<Toy> {
    Machine::new(Toy::default(), limits)
}

fn submit(machine: &mut Machine<Toy>, batch: Batch) -> Running {
    let (reporter, running) = Running::new(batch.branches.len());
    machine.submit(Request {
        batch,
        turn: Waiting::new(1).join().expect("there is room"),
        reporter,
        span: tracing::Span::current(),
    });
    running
}

fn finish(machine: &mut Machine<Toy>) {
    while !machine.is_idle() {
        machine.step();
    }
}

fn output(running: Running) -> Result<BatchOutput, EngineError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("it builds").block_on(running.output())
}

fn run(limits: Limits, batch: Batch) -> (Result<BatchOutput, EngineError>, Machine<Toy>) {
    let mut machine = machine(limits);
    let running = submit(&mut machine, batch);
    finish(&mut machine);
    (output(running), machine)
}

fn texts(output: &BatchOutput) -> Vec<&str> {
    let completions = output.completions.iter();
    completions
        .map(|completion| completion.text.as_str())
        .collect()
}

#[test]
fn branches_do_not_hear_each_other() {
    let starts = ["A", "H", "M", "P", "T"];
    let branches = starts.map(|start| branch(start, "3")).to_vec();
    let (output, machine) = run(LIMITS, batch("please ", branches));
    let output = output.expect("it runs");
    assert_eq!(texts(&output), ["ABCD", "HIJK", "MNOP", "PQRS", "TUVW"]);
    let complete = |it: &crate::engine::Completion| it.finish == Finish::Complete;
    assert!(output.completions.iter().all(complete));
    assert!(
        machine
            .backend
            .steps
            .iter()
            .all(|rows| *rows <= LIMITS.step_tokens)
    );
}

#[test]
fn a_branch_of_a_part_of_the_prefix_sees_no_more_of_it() {
    let part = Branch {
        until: Some(7),
        ..branch("A", "3")
    };
    let mut machine = machine(LIMITS);
    let work = batch("please now ", vec![part, branch("H", "3")]);
    let running = submit(&mut machine, work);
    let mut seen = Vec::new();
    while !machine.is_idle() {
        machine.step();
        let branches = machine.backend.sequences.iter().skip(LIMITS.slots);
        seen.extend(branches.cloned());
    }
    let output = output(running).expect("it runs");
    assert_eq!(texts(&output), ["ABCD", "HIJK"]);
    let read = |text: &str| seen.contains(&bytes(&format!("letters of the alphabet {text}")));
    assert!(read("please say: AB") && read("please now say: HI"));
    assert!(!read("please now say: AB"));
}

#[test]
fn batches_run_together_and_alone_alike() {
    let users = ["please ", "now ", "and then "];
    let branches = || vec![branch("A", "4"), early("F", "3"), branch("K", "6")];
    let work = |at: usize| batch(users[at], branches());
    let mut machine = machine(LIMITS);
    let running: Vec<Running> = (0..3).map(|at| submit(&mut machine, work(at))).collect();
    finish(&mut machine);
    let together = machine.backend.steps.len();
    let mut alone = 0;
    for (at, running) in running.into_iter().enumerate() {
        let (expected, machine) = run(LIMITS, work(at));
        let completions = output(running).expect("it runs").completions;
        assert_eq!(completions, expected.expect("it runs").completions);
        alone += machine.backend.steps.len();
    }
    assert!(together < alone, "{together} steps together, {alone} alone");
}

#[test]
fn right_guesses_save_steps_and_change_nothing() {
    let alphabet = "ABCDEFGHIJKLM ";
    let branches = || vec![branch("ABC", "6"), branch("XYA", "3"), early("ABC", "6")];
    let work = || batch(alphabet, branches());
    let (guessed, with) = run(LIMITS, work());
    let without = Limits {
        draft_tokens: 0,
        ..LIMITS
    };
    let (plain, without) = run(without, work());
    let (guessed, plain) = (guessed.expect("it runs"), plain.expect("it runs"));
    assert_eq!(guessed.completions, plain.completions);
    assert!(guessed.usage.accepted_tokens > 0, "{:?}", guessed.usage);
    assert!(with.backend.steps.len() < without.backend.steps.len());
    assert_eq!(plain.usage.draft_tokens, 0);
    assert_eq!(guessed.usage.decode_tokens, plain.usage.decode_tokens);
}

#[test]
fn wrong_guesses_leave_nothing_behind() {
    // After "AB" the article says something that the model never would.
    let work = batch("ABCZZ ", vec![branch("AB", "6"), early("AB", "6")]);
    let (output, _) = run(LIMITS, work);
    let output = output.expect("it runs");
    assert_eq!(texts(&output), ["ABCDEFGH", "ABCDEFGH"]);
    assert!(output.usage.draft_tokens > output.usage.accepted_tokens);
}

#[test]
fn a_prefix_is_kept_for_the_next_question() {
    let mut machine = machine(LIMITS);
    for (round, cached) in [(0, 0), (1, 31)] {
        let running = submit(&mut machine, batch("please ", vec![branch("A", "3")]));
        finish(&mut machine);
        let output = output(running).expect("it runs");
        assert_eq!(texts(&output), ["ABCD"]);
        assert_eq!(output.usage.cached_tokens, cached, "round {round}");
    }
    // The system message alone.
    let running = submit(&mut machine, batch("now ", vec![branch("A", "3")]));
    finish(&mut machine);
    assert_eq!(output(running).expect("it runs").usage.cached_tokens, 24);
}

#[test]
fn a_text_is_scored_and_nothing_is_decoded() {
    let branches = vec![score("BCDEFGHIJK"), score("ZZZ"), branch("A", "3")];
    let (output, _) = run(LIMITS, batch("please ", branches));
    let output = output.expect("it runs");
    let [likely, unlikely, decoded] = &output.completions[..] else {
        panic!("{output:?}");
    };
    assert_eq!((likely.text.as_str(), likely.tokens), ("ABCDEFGHIJK", 10));
    let mean = |it: &crate::engine::Completion| it.logprobs.expect("they are told").mean;
    assert!(mean(likely) > -1.0 && mean(unlikely) < -5.0);
    assert!(unlikely.logprobs.expect("they are told").lowest <= mean(unlikely));
    assert!((mean(likely) - mean(decoded)).abs() < 1e-4);
}

#[test]
fn a_branch_that_fails_fails_alone() {
    let branches = vec![branch("A", "3"), branch("H", "!"), branch("M", "3")];
    let (output, _) = run(LIMITS, batch("please ", branches));
    let output = output.expect("it runs");
    let finishes: Vec<Finish> = output.completions.iter().map(|c| c.finish).collect();
    assert_eq!(
        finishes,
        [Finish::Complete, Finish::Failed, Finish::Complete]
    );
}

#[test]
fn the_token_limit_ends_a_branch_and_says_so() {
    let (output, _) = run(LIMITS, batch("please ", vec![branch("A", "50")]));
    let completion = &output.expect("it runs").completions[0];
    assert_eq!((completion.tokens, completion.finish), (6, Finish::Length));
}

#[test]
fn what_can_never_fit_is_refused_before_any_work() {
    let mut long = branch("A", "3");
    long.instruction = "say ".repeat(40);
    let (outcome, machine) = run(LIMITS, batch("please ", vec![long]));
    assert!(matches!(
        outcome,
        Err(EngineError::ContextFull { limit: 90, .. })
    ));
    assert!(machine.backend.steps.is_empty());
}

#[test]
fn a_bad_grammar_is_an_error() {
    let (outcome, _) = run(LIMITS, batch("please ", vec![branch("A", "?")]));
    assert!(matches!(outcome, Err(EngineError::Grammar(_))));
}

#[test]
fn nobody_waiting_stops_a_batch_before_the_next_step() {
    let mut machine = machine(LIMITS);
    let long = submit(&mut machine, batch("please ", vec![branch("A", "6")]));
    (0..7).for_each(|_| machine.step());
    drop(long);
    machine.step();
    assert!(machine.is_idle());
    assert_eq!(machine.backend.steps.len(), 7);
    // What the stopped batch left behind does not reach the next.
    let next = submit(&mut machine, batch("please ", vec![branch("A", "3")]));
    finish(&mut machine);
    assert_eq!(texts(&output(next).expect("it runs")), ["ABCD"]);
}

const SETTINGS: RuntimeSettings = RuntimeSettings {
    limits: LIMITS,
    max_waiting: 2,
};

#[tokio::test]
async fn the_thread_answers_and_refuses_what_it_cannot_load() {
    let (handle, loaded) = start(Toy::default(), "loaded");
    assert_eq!(loaded, "loaded");
    let running = handle.submit(batch("please ", vec![branch("A", "3")]));
    let output = running.expect("there is room").output().await;
    assert_eq!(texts(&output.expect("it runs")), ["ABCD"]);
    assert_eq!(handle.waiting.now(), 0);
    let failed = Handle::start(SETTINGS, |_: Runtime<()>| Err(EngineError::NoScores));
    assert!(matches!(failed, Err(EngineError::NoScores)));
    let silent = Handle::start(SETTINGS, |_: Runtime<()>| Ok(()));
    assert!(matches!(silent, Err(EngineError::Stopped)));
}

/// A thread that answers with this backend.
fn start<I: Send + 'static>(toy: Toy, info: I) -> (Handle, I) {
    let started = Handle::start(SETTINGS, move |runtime| {
        runtime.serve(toy, info);
        Ok(())
    });
    started.expect("it starts")
}

#[test]
fn what_the_thread_held_is_gone_when_it_was_closed() {
    let held = Arc::new(());
    let on_thread = held.clone();
    let (handle, ()) = Handle::start(SETTINGS, move |runtime| {
        runtime.serve(Toy::default(), ());
        drop(on_thread);
        Ok(())
    })
    .expect("it starts");
    assert_eq!(Arc::strong_count(&held), 2);
    handle.close();
    assert_eq!(Arc::strong_count(&held), 1);
}

/// One batch is at work, and as many wait as may.
#[tokio::test]
async fn a_panic_stops_the_engine_and_nobody_waits_for_it() {
    let met = Arc::new(Barrier::new(2));
    let toy = Toy {
        panics: Some(met.clone()),
        ..Toy::default()
    };
    let (handle, ()) = start(toy, ());
    let ask = || handle.submit(batch("please ", vec![branch("A", "3")]));
    let mut running = vec![ask().expect("there is room")];
    met.wait();
    let more = (0..SETTINGS.max_waiting).map(|_| ask().expect("there is room"));
    running.extend(more);
    assert!(matches!(ask(), Err(EngineError::Saturated { waiting: 2 })));
    met.wait();
    for running in running {
        assert!(matches!(running.output().await, Err(EngineError::Stopped)));
    }
    assert_eq!(handle.waiting.now(), 0);
    for _ in 0..=SETTINGS.max_waiting {
        assert!(matches!(ask(), Err(EngineError::Stopped)));
    }
}

/// What is said in a closure at the most talkative level.
fn said(talk: impl FnOnce()) -> String {
    use std::sync::Mutex;
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::fmt::writer::BoxMakeWriter;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;
        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(BoxMakeWriter::new(kept.clone()))
        .finish();
    // Beside a subscriber that is alone, what a thread without one comes to first is
    // taken for unwanted everywhere.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    tracing::subscriber::with_default(subscriber, talk);
    let kept = kept.0.lock().unwrap();
    String::from_utf8(kept.clone()).unwrap()
}

#[test]
fn the_log_names_the_request_and_no_word_of_the_prompt() {
    let log = said(|| {
        let span = tracing::info_span!("request", request_id = "of-the-test");
        let _in = span.enter();
        let fine = vec![branch("A", "3"), branch("A", "!")];
        assert!(run(LIMITS, batch("Quuxberg ", fine)).0.is_ok());
        let bad = vec![branch("A", "?")];
        assert!(run(LIMITS, batch("Quuxberg ", bad)).0.is_err());
        let mut machine = machine(LIMITS);
        machine.backend.poison = Some(TokenId::from(b'Q'));
        let poisoned = submit(&mut machine, batch("Quuxberg ", vec![branch("A", "3")]));
        finish(&mut machine);
        assert!(output(poisoned).is_err());
    });
    assert!(!log.contains("Quuxberg") && !log.contains("ABCD"), "{log}");
    for told in [
        "batch ended",
        "a branch failed",
        "batch failed",
        "a step failed",
    ] {
        let line = log.lines().find(|line| line.contains(told));
        let line = line.unwrap_or_else(|| panic!("{told} is not in the log: {log}"));
        let is_of_one = told != "a step failed";
        assert!(!is_of_one || line.contains("of-the-test"), "{line}");
    }
}
