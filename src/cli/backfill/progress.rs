//! How far a run is, on stderr: bars on a terminal, a line every half minute where
//! nobody watches a bar move, or JSON for a program that does.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::backfill::Watch;
use crate::backfill::choose::Choose;
use crate::backfill::tally::Tally;
use crate::cli::stderr;

/// Time between two lines in a log.
const LINE_EVERY: Duration = Duration::from_secs(30);
/// Time between two lines of JSON.
const JSON_EVERY: Duration = Duration::from_secs(1);
/// Time between two frames of the bar.
const TICK: Duration = Duration::from_millis(250);
/// What stands for a total that is not known.
const UNKNOWN: u64 = u64::MAX;

/// How progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Bar,
    Lines,
    Json,
}

/// Tells how far a run is.
pub(super) struct Progress {
    style: Style,
    bar: ProgressBar,
    started: Instant,
    last: Mutex<Instant>,
    total: Arc<AtomicU64>,
}

impl Progress {
    /// What suits the present stderr, or JSON.
    pub(super) fn new(json: bool) -> Self {
        let style = match (json, io::stderr().is_terminal()) {
            (true, _) => Style::Json,
            (false, true) => Style::Bar,
            (false, false) => Style::Lines,
        };
        let bar = match style {
            Style::Bar => bar(),
            Style::Lines | Style::Json => ProgressBar::hidden(),
        };
        Self {
            style,
            bar,
            started: Instant::now(),
            last: Mutex::new(Instant::now()),
            total: Arc::new(AtomicU64::new(UNKNOWN)),
        }
    }

    /// Counts the archive beside the run, so that the time left can be told. What
    /// fails here fails there too, and is told there.
    pub(super) fn count(&self, choose: Choose) {
        let total = self.total.clone();
        std::thread::spawn(move || {
            if let Ok(count) = choose.count() {
                total.store(count, Ordering::Relaxed);
            }
        });
    }

    /// The run is over.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|total| *total != UNKNOWN)
    }

    fn tokens_per_second(&self, tally: &Tally) -> f64 {
        tally.drafted_tokens() / self.started.elapsed().as_secs_f64().max(0.1)
    }

    /// Whether so much time has passed since it was last told.
    fn is_due(&self, every: Duration) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() < every {
            return false;
        }
        *last = Instant::now();
        true
    }

    fn show(&self, tally: &Tally) {
        if let Some(total) = self.total()
            && self.bar.length() != Some(total)
        {
            self.bar.set_length(total);
            self.bar.set_style(style(true));
        }
        self.bar.set_position(tally.articles());
        self.bar.set_message(format!(
            "~{:.0} tokens/s, {} refused, {} failed",
            self.tokens_per_second(tally),
            tally.refused,
            tally.failed + tally.unreadable
        ));
    }

    fn say(&self, tally: &Tally) {
        let of = self
            .total()
            .map(|total| format!(" of {total}"))
            .unwrap_or_default();
        stderr::say(&format!(
            "{}{of} articles: {} done, {} were current, {} refused, {} failed, ~{:.0} tokens/s",
            tally.articles(),
            tally.done,
            tally.current,
            tally.refused,
            tally.failed + tally.unreadable,
            self.tokens_per_second(tally),
        ));
    }

    fn say_json(&self, tally: &Tally) {
        let line = json!({
            "articles": tally.articles(),
            "total": self.total(),
            "done": tally.done,
            "current": tally.current,
            "refused": tally.refused,
            "failed": tally.failed,
            "unreadable": tally.unreadable,
            "tokens_per_second": self.tokens_per_second(tally),
            "seconds": self.started.elapsed().as_secs_f64(),
        });
        stderr::say(&line.to_string());
    }
}

impl Watch for Progress {
    fn told(&self, tally: &Tally) {
        match self.style {
            Style::Bar => self.show(tally),
            Style::Lines if self.is_due(LINE_EVERY) => self.say(tally),
            Style::Json if self.is_due(JSON_EVERY) => self.say_json(tally),
            Style::Lines | Style::Json => {}
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length().with_style(style(false));
    bar.enable_steady_tick(TICK);
    bar
}

fn style(has_total: bool) -> ProgressStyle {
    let template = if has_total {
        "{spinner} {pos} of {len} articles [{bar:30}] {elapsed}, {eta} left, {msg}"
    } else {
        "{spinner} {pos} articles, {elapsed}, {msg}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
