//! How far a run is, on stderr: bars on a terminal, a line every half minute where
//! nobody watches a bar move, or JSON for a program that does.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::backfill::Watch;
use crate::backfill::choose::Choose;
use crate::backfill::tally::Tally;
use crate::cli::stderr;

/// Time between two lines in a log.
const LINE_EVERY: Duration = Duration::from_secs(30);
/// Time between two lines of JSON.
const JSON_EVERY: Duration = Duration::from_secs(1);
/// Time between two frames of the bar, and between two looks at what is due.
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

    fn seen<'a>(&self, tally: &'a Tally) -> Seen<'a> {
        Seen {
            tally,
            total: self.total(),
            elapsed: self.started.elapsed(),
        }
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

    fn show(&self, seen: &Seen<'_>) {
        let tally = seen.tally;
        if let Some(total) = seen.total
            && self.bar.length() != Some(total)
        {
            self.bar.set_length(total);
            self.bar.set_style(style(true));
        }
        self.bar.set_position(tally.articles());
        self.bar.set_message(format!(
            "~{:.0} tokens/s, {} refused, {} failed",
            seen.tokens_per_second(),
            tally.refused,
            tally.failed + tally.unreadable
        ));
    }
}

/// What there is to tell at one moment.
struct Seen<'a> {
    tally: &'a Tally,
    /// Articles of the archive, once they are counted.
    total: Option<u64>,
    elapsed: Duration,
}

impl Seen<'_> {
    fn tokens_per_second(&self) -> f64 {
        self.tally.drafted_tokens() / self.elapsed.as_secs_f64().max(0.1)
    }

    /// How long the rest takes, if it goes on as it went; what was current took no time.
    fn left(&self) -> Option<Duration> {
        let made = u32::try_from(self.tally.made()).ok()?;
        let rest = self.total?.saturating_sub(self.tally.articles());
        let each = self.elapsed.checked_div(made)?;
        each.checked_mul(u32::try_from(rest).ok()?)
    }

    fn line(&self) -> String {
        let tally = self.tally;
        let of = self.total.map(|total| format!(" of {total}"));
        let left = self
            .left()
            .map(|it| format!(", {:#} left", HumanDuration(it)));
        format!(
            "{}{} articles: {} done, {} were current, {} refused, {} failed, ~{:.0} tokens/s{}",
            tally.articles(),
            of.unwrap_or_default(),
            tally.done,
            tally.current,
            tally.refused,
            tally.failed + tally.unreadable,
            self.tokens_per_second(),
            left.unwrap_or_default(),
        )
    }

    fn json(&self) -> serde_json::Value {
        let tally = self.tally;
        json!({
            "articles": tally.articles(),
            "total": self.total,
            "done": tally.done,
            "current": tally.current,
            "refused": tally.refused,
            "failed": tally.failed,
            "unreadable": tally.unreadable,
            "tokens_per_second": self.tokens_per_second(),
            "seconds": self.elapsed.as_secs_f64(),
            "seconds_left": self.left().map(|it| it.as_secs_f64()),
        })
    }
}

impl Watch for Progress {
    fn told(&self, tally: &Tally) {
        let seen = self.seen(tally);
        match self.style {
            Style::Bar => self.show(&seen),
            Style::Lines if self.is_due(LINE_EVERY) => stderr::say(&seen.line()),
            Style::Json if self.is_due(JSON_EVERY) => stderr::say(&seen.json().to_string()),
            Style::Lines | Style::Json => {}
        }
    }

    fn every(&self) -> Duration {
        TICK
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Four made in a minute, and two that were current.
    fn tally() -> Tally {
        Tally {
            done: 3,
            refused: 1,
            current: 2,
            ..Tally::default()
        }
    }

    fn seen(tally: &Tally, total: Option<u64>) -> Seen<'_> {
        Seen {
            tally,
            total,
            elapsed: Duration::from_secs(60),
        }
    }

    #[test]
    fn the_line_tells_the_time_left() {
        assert_eq!(
            seen(&tally(), Some(26)).line(),
            "6 of 26 articles: 3 done, 2 were current, 1 refused, 0 failed, ~0 tokens/s, 5m left"
        );
        let uncounted = seen(&tally(), None).line();
        assert!(uncounted.starts_with("6 articles: "), "{uncounted}");
        assert!(uncounted.ends_with("tokens/s"), "{uncounted}");
    }

    #[test]
    fn the_json_tells_it_in_seconds_or_not_at_all() {
        let told = seen(&tally(), Some(26)).json();
        assert_eq!(
            (&told["articles"], &told["total"], &told["seconds_left"]),
            (&json!(6), &json!(26), &json!(300.0))
        );
        assert!(seen(&tally(), None).json()["seconds_left"].is_null());
        assert!(seen(&Tally::default(), Some(26)).json()["seconds_left"].is_null());
        // More than were counted: the archive grew.
        assert_eq!(seen(&tally(), Some(5)).json()["seconds_left"], json!(0.0));
    }
}
