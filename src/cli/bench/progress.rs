//! How far a measurement is, on stderr: a bar on a terminal, a line for each step where
//! nobody watches a bar move.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::bench::Observer;
use crate::cli::stderr;

/// Time between two frames of the bar while no step ends. The bar costs what it is
/// beside: it moves seldom.
const TICK_INTERVAL: Duration = Duration::from_secs(1);

/// What suits the present stderr.
pub(in crate::cli) fn observer() -> Box<dyn Observer> {
    if io::stderr().is_terminal() {
        Box::new(Bar(ProgressBar::hidden()))
    } else {
        Box::new(Lines::default())
    }
}

/// A bar with steps, time and time left.
struct Bar(ProgressBar);

impl Observer for Bar {
    fn start(&self, steps: usize) {
        let bar = &self.0;
        bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        let template = "{spinner} {pos} of {len} [{bar:30}] {elapsed}, {eta} left: {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.reset();
        bar.set_length(steps as u64);
        bar.enable_steady_tick(TICK_INTERVAL);
    }

    fn step(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    fn done(&self) {
        self.0.inc(1);
    }

    fn note(&self, line: &str) {
        self.0.suspend(|| stderr::say(line));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Plain lines.
#[derive(Default)]
struct Lines {
    steps: AtomicUsize,
    done: AtomicUsize,
}

impl Observer for Lines {
    fn start(&self, steps: usize) {
        self.steps.store(steps, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
    }

    fn step(&self, what: &str) {
        let (done, steps) = (&self.done, &self.steps);
        let (done, steps) = (done.load(Ordering::Relaxed), steps.load(Ordering::Relaxed));
        stderr::say(&format!("{done} of {steps} done: {what}"));
    }

    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn note(&self, line: &str) {
        stderr::say(line);
    }
}
