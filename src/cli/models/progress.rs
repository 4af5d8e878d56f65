//! How a pull shows on stderr: a bar on a terminal, a line every few seconds
//! where nobody watches a bar move.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};

use crate::models::pull::Observer;

/// Time between two lines in a log.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Time between two frames of the bar while no byte moves.
const TICK_INTERVAL: Duration = Duration::from_millis(250);

/// What suits the present stderr.
pub(super) fn observer() -> Box<dyn Observer> {
    if io::stderr().is_terminal() {
        Box::new(Bar::new())
    } else {
        Box::new(Lines::default())
    }
}

/// A bar with bytes, rate and time left.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::no_length();
        let template = "{spinner} {decimal_bytes:>10} of {decimal_total_bytes} [{bar:30}] {decimal_bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// The first bytes of a step may be an earlier run's: they say nothing
    /// about the rate.
    fn start(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.reset_eta();
        self.0.enable_steady_tick(TICK_INTERVAL);
    }
}

impl Observer for Bar {
    fn note(&self, line: &str) {
        self.0.suspend(|| say(line));
    }

    fn progress(&self, done: u64, total: u64) {
        if self.0.length() != Some(total) || done < self.0.position() {
            self.start(done, total);
        } else {
            self.0.set_position(done);
        }
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
    last: Mutex<Option<Instant>>,
}

impl Lines {
    /// Whether enough time has passed for the next line.
    fn is_due(&self) -> bool {
        let Ok(mut last) = self.last.lock() else {
            return false;
        };
        let due = last.is_none_or(|last| last.elapsed() >= LINE_INTERVAL);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}

impl Observer for Lines {
    fn note(&self, line: &str) {
        say(line);
    }

    fn progress(&self, done: u64, total: u64) {
        if done == total || self.is_due() {
            let (done, total) = (DecimalBytes(done), DecimalBytes(total));
            say(&format!("{done} of {total}"));
        }
    }
}

fn say(line: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(io::stderr(), "{line}");
}
