//! Steps: what the model took for them, and those that fail.

use super::*;
use crate::engine::Usage;

#[test]
fn what_the_model_takes_is_told_apart() {
    let mut machine = machine(LIMITS);
    machine.backend.pause = std::time::Duration::from_millis(2);
    let running = submit(&mut machine, batch("please ", vec![branch("A", "3")]));
    finish(&mut machine);
    let usage = output(running).expect("it runs").usage;
    assert!(
        usage.model_ms >= 2 * machine.backend.steps.len() as u64,
        "{usage:?}"
    );
    // Each of the two is cut to whole milliseconds.
    assert!(
        usage.model_ms <= usage.prefill_ms + usage.decode_ms + 2,
        "{usage:?}"
    );
}

#[test]
fn a_step_that_fails_costs_one_batch() {
    let mut machine = machine(LIMITS);
    machine.backend.poison = Some(TokenId::from(b'#'));
    let branches = vec![branch("A", "3"), early("H", "3")];
    let sound = submit(&mut machine, batch("please ", branches));
    let poisoned = submit(&mut machine, batch("# ", vec![branch("A", "3")]));
    finish(&mut machine);
    assert_eq!(texts(&output(sound).expect("it runs")), ["ABCD", "HIJK"]);
    assert!(matches!(output(poisoned), Err(EngineError::Decode(_))));
}

#[test]
fn a_step_that_fails_once_costs_nothing() {
    let run = |fails_after: Option<usize>| {
        let mut machine = machine(LIMITS);
        machine.backend.fails_after = fails_after;
        let work = [
            batch("please ABCD ", vec![branch("A", "3"), early("H", "4")]),
            batch("now ", vec![branch("M", "5"), score("BCDE")]),
        ];
        let running = work.map(|batch| submit(&mut machine, batch));
        finish(&mut machine);
        let completions = running.map(|it| output(it).expect("it runs").completions);
        (completions, machine.backend)
    };
    let (expected, whole) = run(None);
    for step in 0..whole.steps.len() {
        let (completions, backend) = run(Some(step));
        assert_eq!(completions, expected, "step {step} failed");
        assert_eq!(backend.fails_after, None, "step {step} did not fail");
    }
}

/// Starts nine branches at once, each of which decodes six letters.
const WIDE: Limits = Limits {
    step_tokens: 64,
    running: 9,
    sequences: 9,
    slots: 2,
    cells: 300,
    kept_cells: 0,
    draft_tokens: 0,
};

/// What batches of so many branches each took, side by side.
fn usage_of<const N: usize>(branches: [usize; N]) -> [Usage; N] {
    let mut machine = machine(WIDE);
    machine.backend.pause = std::time::Duration::from_millis(2);
    let work = branches.map(|count| batch("please ", vec![branch("A", "6"); count]));
    let running = work.map(|batch| submit(&mut machine, batch));
    finish(&mut machine);
    running.map(|it| output(it).expect("it runs").usage)
}

#[test]
fn steps_of_many_branches_that_all_decode_are_told_apart() {
    // The first letter comes of the step that reads the prompts.
    let [nine] = usage_of([9]);
    assert_eq!((nine.decode_tokens, nine.wide_tokens), (54, 45));
    assert!((10..=nine.model_ms).contains(&nine.wide_ms), "{nine:?}");
    let [seven] = usage_of([7]);
    assert_eq!((seven.wide_tokens, seven.wide_ms), (0, 0));
    // Each of two has its part of a step, as it has of its time.
    let both = usage_of([6, 3]);
    assert_eq!(both.map(|usage| usage.wide_tokens), [30, 15]);
    let [more, less] = both.map(|usage| usage.wide_ms);
    assert!(more > less && less > 0, "{both:?}");
}
