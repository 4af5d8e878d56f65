//! The work that is measured, done by an engine of even pace, and what is made of it.

use std::sync::Mutex;

use super::*;
use crate::engine::{Completion, Finish, ModelDescription, Running, Usage};

/// Decodes all that it is asked for but `short` tokens, and takes a millisecond a token.
struct Steady {
    model: ModelDescription,
    short: usize,
    asked: Mutex<Vec<Batch>>,
}

impl Steady {
    fn new(short: usize) -> Self {
        let model = ModelDescription {
            name: "steady".to_owned(),
            sha256: None,
            source_sha256: None,
            context_tokens: CONTEXT_TOKENS,
        };
        let asked = Mutex::default();
        Self {
            model,
            short,
            asked,
        }
    }
}

impl Engine for Steady {
    fn model(&self) -> &ModelDescription {
        &self.model
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn start(&self, batch: Batch) -> Result<Running, EngineError> {
        let (reporter, running) = Running::new(batch.branches.len());
        let mut decoded = 0;
        for (index, branch) in batch.branches.iter().enumerate() {
            if let Goal::Decode { max_tokens, .. } = branch.goal {
                decoded += max_tokens - self.short;
            }
            reporter.completed(index, cut());
        }
        reporter.ended(Ok(Usage {
            decode_tokens: decoded,
            prefill_ms: self.count_tokens(&batch.prefix.user) as u64,
            decode_ms: decoded as u64,
            ..Usage::default()
        }));
        self.asked.lock().unwrap().push(batch);
        Ok(running)
    }
}

fn cut() -> Completion {
    Completion {
        text: String::new(),
        finish: Finish::Length,
        logprobs: None,
        tokens: 0,
    }
}

#[tokio::test]
async fn an_article_is_read_once_and_branches_go_on_from_it() {
    let engine = Steady::new(0);
    let turn = measure(&engine).await.unwrap();
    assert_eq!((turn.together.tokens, turn.alone.tokens), (384, 24));
    assert_eq!((turn.together.seconds, turn.alone.seconds), (0.384, 0.024));
    let read = turn.prefill.tokens;
    assert!((WORDS..WORDS + 20).contains(&read), "{read}");
    let asked = engine.asked.lock().unwrap();
    let branches: Vec<usize> = asked.iter().map(|it| it.branches.len()).collect();
    assert_eq!(branches, [1, BRANCHES, 1]);
    assert_eq!(asked[1].prefix, asked[2].prefix);
    assert!(!asked[1].prefix.user.contains("---"));
}

#[tokio::test]
async fn work_that_was_not_done_is_not_compared() {
    let error = measure(&Steady::new(1)).await.unwrap_err();
    assert!(error.to_string().contains("0 of 1 tokens"), "{error}");
}

/// A turn of so many seconds in all.
fn turn(seconds: f64) -> Turn {
    let phase = |tokens| Phase {
        tokens,
        seconds: seconds / 3.0,
    };
    Turn {
        prefill: phase(500),
        together: phase(384),
        alone: phase(24),
    }
}

fn compare(source: [f64; 3], copy: [f64; 3]) -> Comparison {
    Comparison::of(&source.map(turn), &copy.map(turn)).unwrap()
}

#[test]
fn each_round_is_compared_with_itself() {
    // Twice as slow in the last round, both of them.
    let comparison = compare([10.0, 10.0, 20.0], [9.0, 8.0, 18.0]);
    let gain = comparison.gain_percent;
    assert!((gain.median - 10.0).abs() < 1e-9, "{gain:?}");
    assert!((gain.min - 10.0).abs() < 1e-9 && (gain.max - 20.0).abs() < 1e-9);
    assert!((comparison.source.seconds.median - 10.0).abs() < 1e-9);
}

#[test]
fn a_copy_wins_by_what_was_asked_for_or_more() {
    let half = compare([8.0; 3], [4.0; 3]);
    assert!(half.wins_by(0) && half.wins_by(50) && !half.wins_by(51));
    let slower = compare([8.0; 3], [8.5; 3]);
    assert!(!slower.wins_by(0) && slower.gain_percent.median < 0.0);
    // One lucky round does not win.
    assert!(!compare([8.0; 3], [8.0, 4.0, 8.0]).wins_by(5));
}

#[test]
fn without_a_round_there_is_nothing_to_say() {
    assert_eq!(Comparison::of(&[], &[]), None);
    assert_eq!(Comparison::of(&[turn(0.0)], &[turn(0.0)]), None);
}

#[test]
fn the_table_has_both_files_and_all_phases() {
    let table = compare([10.0, 12.0, 11.0], [9.0; 3]).table("tiny+q4_0");
    assert_eq!(table.lines().count(), 6, "{table}");
    let told = [
        "tiny+q4_0",
        "prefill",
        "8 branches",
        "1 branch",
        "gain: 18.2 %",
    ];
    for part in told {
        assert!(table.contains(part), "{part}: {table}");
    }
}

#[test]
fn both_have_as_many_turns_and_none_is_always_first() {
    let turns = |side| TURNS.iter().filter(|it| **it == side).count();
    assert_eq!(turns(Side::Source), turns(Side::Copy));
    let mut rounds = TURNS.chunks(2);
    assert!(rounds.clone().all(|round| round[0] != round[1]));
    assert!(rounds.any(|round| round[0] == Side::Copy));
}
