//! Articles of an archive at once against one at a time: what it brings a backfill that
//! the engine decodes the branches of several articles in one step.

use std::time::Instant;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use crate::eval::statistics::count;
use crate::lane::Lane;

use super::articles::Piece;
use super::compare::Row;
use super::figures::{rate, ratio};
use super::own::{Work, in_lane};
use super::report::number;
use super::{BenchError, Observer, Product};

/// Seconds of an hour.
const HOUR: f64 = 3600.0;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Together {
    /// Articles under way at once.
    pub at_once: usize,
    /// Articles.
    pub articles: usize,
    /// Seconds for all of them, one at a time.
    pub alone_seconds: Option<f64>,
    /// Seconds for all of them together.
    pub together_seconds: f64,
    /// Articles per hour, one at a time.
    pub alone_per_hour: Option<f64>,
    /// Articles per hour together.
    pub together_per_hour: Option<f64>,
    /// How often the first goes into the second.
    pub gain: Option<f64>,
    /// What the engine did.
    pub work: Work,
}

/// Measures the articles together, in the lane of archives. `rows` have measured them
/// one at a time in the same run.
///
/// # Errors
/// [`BenchError`] when the engine fails.
pub async fn together(
    product: &Product,
    (pieces, at_once): (&[Piece], usize),
    rows: &[Row],
    observer: &dyn Observer,
) -> Result<Together, BenchError> {
    observer.start(pieces.len());
    observer.step(&format!("{at_once} articles together"));
    drop(product.meter.take());
    let options = &in_lane(product, Lane::Backfill);
    let started = Instant::now();
    stream::iter(pieces)
        .map(|piece| async move {
            let made = product.pipeline.digest(&piece.input, options).await;
            made.map(|_| observer.done())
        })
        .buffer_unordered(at_once)
        .try_collect::<Vec<()>>()
        .await?;
    let seconds = started.elapsed().as_secs_f64();
    let work = Work::of(&product.meter.take());
    Ok(Together::of(
        (pieces, at_once),
        alone(pieces, rows),
        seconds,
        work,
    ))
}

/// Seconds for all articles one at a time: the mean of each, summed. `None` when one was
/// never measured.
fn alone(pieces: &[Piece], rows: &[Row]) -> Option<f64> {
    let of = |piece: &Piece| {
        let rows = rows
            .iter()
            .filter(|row| row.article == piece.name && !row.reread);
        let seconds: Vec<f64> = rows.map(|row| row.own.seconds).collect();
        crate::eval::statistics::mean(&seconds)
    };
    pieces.iter().map(of).sum()
}

impl Together {
    fn of(
        (pieces, at_once): (&[Piece], usize),
        alone_seconds: Option<f64>,
        together_seconds: f64,
        work: Work,
    ) -> Self {
        let articles = pieces.len();
        let per_hour = |seconds: f64| ratio(count(articles) * HOUR, seconds);
        Self {
            at_once,
            articles,
            alone_seconds,
            together_seconds,
            alone_per_hour: alone_seconds.and_then(per_hour),
            together_per_hour: per_hour(together_seconds),
            gain: alone_seconds.and_then(|alone| ratio(alone, together_seconds)),
            work,
        }
    }

    /// As it is printed.
    #[must_use]
    pub fn table(&self) -> String {
        let tokens = rate(self.work.decode_tokens, self.together_seconds);
        format!(
            "articles an hour, one at a time: {}\n\
             articles an hour, {} at once: {} ({} decoded tok/s over all)\n\
             together is {} times as fast, over {} articles\n",
            number(self.alone_per_hour),
            self.at_once,
            number(self.together_per_hour),
            number(tokens),
            number(self.gain),
            self.articles,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::bench::own::Own;
    use crate::config::Settings;

    fn row(article: &str, seconds: f64, reread: bool) -> Row {
        Row {
            article: article.into(),
            words: 500,
            repeat: 1,
            reread,
            own: Own {
                seconds,
                ..Own::default()
            },
            rivals: BTreeMap::new(),
        }
    }

    #[test]
    fn the_gain_is_over_the_same_articles() {
        let limits = Settings::load(None).expect("the defaults hold").limits;
        let found = crate::bench::articles::read(None, 1, &limits).expect("it is there");
        let name = found.pieces[0].name.as_str();
        let rows = [
            row(name, 40.0, false),
            row(name, 60.0, false),
            row(name, 1.0, true),
            row("another.md", 99.0, false),
        ];
        let pieces = &found.pieces;
        assert_eq!(alone(pieces, &rows), Some(50.0));
        assert_eq!(alone(pieces, &rows[2..]), None);
        let together = Together::of((pieces, 4), Some(50.0), 25.0, Work::default());
        assert_eq!(together.gain, Some(2.0));
        assert_eq!(together.together_per_hour, Some(144.0));
        assert!(together.table().contains("together is 2.00 times as fast"));
    }
}
