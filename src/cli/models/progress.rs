//! How a pull shows on stderr, or a copy that is being written: a bar on a terminal, a
//! line every few seconds where nobody watches a bar move.

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
pub(super) struct Lines {
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

/// A file that grows to nobody knows what size.
#[cfg(feature = "llama")]
pub(super) enum Growing {
    /// On a terminal.
    Spinner(ProgressBar),
    /// Elsewhere.
    Lines(Lines),
}

#[cfg(feature = "llama")]
impl Growing {
    /// What suits the present stderr. `what` is being done to the file.
    pub(super) fn new(what: &'static str) -> Self {
        if !io::stderr().is_terminal() {
            say(what);
            return Self::Lines(Lines::default());
        }
        let spinner = ProgressBar::new_spinner();
        let template = "{spinner} {msg}: {decimal_bytes} written, {elapsed}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            spinner.set_style(style);
        }
        spinner.set_message(what);
        spinner.enable_steady_tick(TICK_INTERVAL);
        Self::Spinner(spinner)
    }

    /// So many bytes are there.
    pub(super) fn tell(&self, bytes: u64) {
        match self {
            Self::Spinner(spinner) => spinner.set_position(bytes),
            Self::Lines(lines) if bytes > 0 && lines.is_due() => {
                say(&format!("{} written", DecimalBytes(bytes)));
            }
            Self::Lines(_) => {}
        }
    }
}

#[cfg(feature = "llama")]
impl Drop for Growing {
    fn drop(&mut self) {
        if let Self::Spinner(spinner) = self {
            spinner.finish_and_clear();
        }
    }
}

fn say(line: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(io::stderr(), "{line}");
}
