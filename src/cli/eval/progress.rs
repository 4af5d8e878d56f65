//! How far an evaluation is, on stderr: a bar on a terminal, a line every few
//! seconds where nobody watches a bar move.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::stderr;
use crate::eval::run::Observer;

/// Time between two lines in a log.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Time between two frames of the bar while no row ends.
const TICK_INTERVAL: Duration = Duration::from_millis(250);

/// What suits the present stderr.
pub(super) fn observer() -> Box<dyn Observer> {
    if io::stderr().is_terminal() {
        Box::new(Bar(RefCell::new(ProgressBar::hidden())))
    } else {
        Box::new(Lines::default())
    }
}

/// A bar with rows, time and time left.
struct Bar(RefCell<ProgressBar>);

impl Observer for Bar {
    fn start(&self, suite: &str, rows: usize, known: usize) {
        let bar = ProgressBar::new(rows as u64).with_message(suite.to_owned());
        let template = "{spinner} {msg} {pos} of {len} [{bar:30}] {elapsed}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        // Rows of an earlier run say nothing about the rate.
        bar.set_position(known as u64);
        bar.reset_eta();
        bar.enable_steady_tick(TICK_INTERVAL);
        self.0.replace(bar);
    }

    fn measured(&self) {
        self.0.borrow().inc(1);
    }

    fn end(&self) {
        self.0.borrow().finish_and_clear();
    }
}

/// Plain lines.
#[derive(Default)]
struct Lines {
    suite: RefCell<String>,
    rows: Cell<usize>,
    done: Cell<usize>,
    last: Cell<Option<Instant>>,
}

impl Observer for Lines {
    fn start(&self, suite: &str, rows: usize, known: usize) {
        suite.clone_into(&mut self.suite.borrow_mut());
        self.rows.set(rows);
        self.done.set(known);
        self.last.set(Some(Instant::now()));
        stderr::say(&format!(
            "{suite}: {rows} rows, {known} of them measured before"
        ));
    }

    fn measured(&self) {
        self.done.set(self.done.get() + 1);
        if self
            .last
            .get()
            .is_none_or(|last| last.elapsed() >= LINE_INTERVAL)
        {
            self.last.set(Some(Instant::now()));
            let (suite, done, rows) = (self.suite.borrow(), self.done.get(), self.rows.get());
            stderr::say(&format!("{suite}: {done} of {rows}"));
        }
    }

    fn end(&self) {
        let (suite, rows) = (self.suite.borrow(), self.rows.get());
        stderr::say(&format!("{suite}: {rows} rows measured"));
    }
}
