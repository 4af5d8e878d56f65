//! The loop over a toy backend: tokens are bytes, and the model always wants
//! to say the next letter of the alphabet.

use std::cell::Cell;

use super::*;
use crate::engine::sampling::Mask;
use crate::engine::{Branch, Prefix};

const VOCABULARY: usize = 128;

/// Keeps, per sequence, the tokens that its cells hold.
#[derive(Default)]
struct Toy {
    sequences: Vec<Vec<TokenId>>,
    logits: Vec<Vec<f32>>,
    largest_step: usize,
    decodes: usize,
}

/// Allows capital letters until its end mark; "!" forbids everything.
struct Letters {
    left: usize,
    broken: bool,
}

impl Constraint for Letters {
    fn allowed(&mut self) -> Result<Mask, EngineError> {
        if self.broken {
            return Err(EngineError::Grammar("broken".into()));
        }
        Ok(Mask(vec![0, 0, 0x07ff_fffe, 0]))
    }

    fn accept(&mut self, _token: TokenId) -> Result<State, EngineError> {
        self.left -= 1;
        Ok(if self.left == 0 {
            State::Ended
        } else {
            State::Continues
        })
    }
}

fn bytes(text: &str) -> Vec<TokenId> {
    text.bytes().map(TokenId::from).collect()
}

impl Backend for Toy {
    type Constraint = Letters;

    fn prefix_tokens(&self, prefix: &Prefix) -> Vec<TokenId> {
        bytes(&format!("{}{}", prefix.system, prefix.user))
    }

    fn branch_tokens(&self, branch: &Branch) -> Vec<TokenId> {
        bytes(&format!("{}{}", branch.instruction, branch.answer_start))
    }

    /// The grammar is the number of letters, or "!".
    fn constraint(&self, grammar: &str) -> Result<Letters, EngineError> {
        match grammar {
            "!" => Ok(Letters {
                left: 1,
                broken: true,
            }),
            letters => letters
                .parse()
                .map(|left| Letters {
                    left,
                    broken: false,
                })
                .map_err(|_| EngineError::Grammar(letters.into())),
        }
    }

    fn clear(&mut self) {
        self.sequences = vec![Vec::new(); 4];
    }

    fn fork(&mut self, sequence: usize) -> Result<(), EngineError> {
        assert!(
            self.sequences[sequence].is_empty(),
            "cells of sequence {sequence} leaked"
        );
        self.sequences[sequence] = self.sequences[PREFIX_SEQUENCE].clone();
        Ok(())
    }

    fn release(&mut self, sequence: usize) -> Result<(), EngineError> {
        self.sequences[sequence].clear();
        Ok(())
    }

    fn decode(&mut self, rows: &[Row]) -> Result<(), EngineError> {
        self.decodes += 1;
        self.largest_step = self.largest_step.max(rows.len());
        self.logits.clear();
        for row in rows {
            let cells = &mut self.sequences[row.sequence];
            assert_eq!(
                cells.len(),
                row.position,
                "a gap in sequence {}",
                row.sequence
            );
            cells.push(row.token);
            let mut logits = vec![0.0; VOCABULARY];
            logits[(row.token as usize + 1) % VOCABULARY] = 5.0;
            self.logits.push(logits);
        }
        Ok(())
    }

    fn logits(&self, row: usize) -> &[f32] {
        &self.logits[row]
    }

    fn piece(&self, token: TokenId) -> Vec<u8> {
        u8::try_from(token).into_iter().collect()
    }
}

const SETTINGS: RuntimeSettings = RuntimeSettings {
    step_tokens: 5,
    max_sequences: 3,
    context_tokens: 60,
    max_waiting: 2,
};

fn branch(start: &str, grammar: &str) -> Branch {
    Branch {
        instruction: "say: ".into(),
        answer_start: start.into(),
        grammar: grammar.into(),
        max_tokens: 6,
    }
}

fn batch(branches: Vec<Branch>) -> Batch {
    let prefix = Prefix {
        system: "letters ".into(),
        user: "please ".into(),
    };
    Batch { prefix, branches }
}

fn texts(output: &BatchOutput) -> Vec<&str> {
    output
        .completions
        .iter()
        .map(|completion| completion.text.as_str())
        .collect()
}

#[test]
fn branches_do_not_hear_each_other() {
    let starts = ["A", "H", "M", "P", "T"];
    let mut toy = Toy::default();
    let output = run_batch(
        &mut toy,
        SETTINGS,
        &batch(starts.map(|s| branch(s, "3")).to_vec()),
        || false,
    )
    .expect("it runs");
    assert_eq!(texts(&output), ["ABCD", "HIJK", "MNOP", "PQRS", "TUVW"]);
    assert!(
        output
            .completions
            .iter()
            .all(|c| c.finish == Finish::Complete)
    );
    assert!(toy.largest_step <= SETTINGS.step_tokens);
}

#[test]
fn more_at_once_takes_fewer_steps() {
    let work = batch(["A", "H", "M"].map(|s| branch(s, "5")).to_vec());
    let steps = |max_sequences| {
        let mut toy = Toy::default();
        let settings = RuntimeSettings {
            max_sequences,
            ..SETTINGS
        };
        run_batch(&mut toy, settings, &work, || false).expect("it runs");
        toy.decodes
    };
    assert!(steps(3) < steps(1));
}

#[test]
fn a_branch_that_fails_fails_alone() {
    let branches = vec![branch("A", "3"), branch("H", "!"), branch("M", "3")];
    let output =
        run_batch(&mut Toy::default(), SETTINGS, &batch(branches), || false).expect("it runs");
    let finishes: Vec<Finish> = output.completions.iter().map(|c| c.finish).collect();
    assert_eq!(
        finishes,
        [Finish::Complete, Finish::Failed, Finish::Complete]
    );
}

#[test]
fn the_token_limit_ends_a_branch_and_says_so() {
    let output = run_batch(
        &mut Toy::default(),
        SETTINGS,
        &batch(vec![branch("A", "50")]),
        || false,
    );
    let completion = &output.expect("it runs").completions[0];
    assert_eq!((completion.tokens, completion.finish), (6, Finish::Length));
}

#[test]
fn what_can_never_fit_is_refused_before_any_work() {
    let mut toy = Toy::default();
    let long = Branch {
        max_tokens: 100,
        ..branch("A", "3")
    };
    let outcome = run_batch(&mut toy, SETTINGS, &batch(vec![long]), || false);
    assert!(matches!(
        outcome,
        Err(EngineError::ContextFull { limit: 60, .. })
    ));
    assert_eq!(toy.decodes, 0);
}

#[test]
fn a_bad_grammar_is_an_error() {
    let outcome = run_batch(
        &mut Toy::default(),
        SETTINGS,
        &batch(vec![branch("A", "?")]),
        || false,
    );
    assert!(matches!(outcome, Err(EngineError::Grammar(_))));
}

#[test]
fn nobody_waiting_stops_the_batch_at_the_next_step() {
    let mut toy = Toy::default();
    let polls = Cell::new(0);
    let cancelled = || {
        polls.set(polls.get() + 1);
        polls.get() > 4
    };
    let outcome = run_batch(
        &mut toy,
        SETTINGS,
        &batch(vec![branch("A", "6")]),
        cancelled,
    );
    assert!(matches!(outcome, Err(EngineError::Stopped)));
    assert_eq!(toy.decodes, 4);
    // What the stopped batch left behind does not reach the next.
    let next = run_batch(&mut toy, SETTINGS, &batch(vec![branch("A", "3")]), || false);
    assert_eq!(texts(&next.expect("it runs")), ["ABCD"]);
}

#[tokio::test]
async fn the_thread_answers_and_refuses_what_it_cannot_load() {
    let (handle, loaded) =
        Handle::start(SETTINGS, || Ok((Toy::default(), "loaded"))).expect("it starts");
    assert_eq!(loaded, "loaded");
    let output = handle
        .run(batch(vec![branch("A", "3")]))
        .await
        .expect("it runs");
    assert_eq!(texts(&output), ["ABCD"]);
    let failed = Handle::start(SETTINGS, || Err::<(Toy, ()), _>(EngineError::Stopped));
    assert!(matches!(failed, Err(EngineError::Stopped)));
}
