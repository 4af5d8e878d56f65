//! One article through the product as shipped, from its bytes to what is printed, and
//! what that took by phase.

use std::ops::Range;
use std::time::Instant;

use serde::Serialize;

use crate::lane::Lane;
use crate::pipeline::options::DigestOptions;
use crate::pipeline::render::render;

use super::articles::Piece;
use super::figures::{rate, ratio};
use super::meter::Asked;
use super::written::Written;
use super::{BenchError, Product, machine};

/// What a digest took.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Own {
    /// From the article's bytes to what is printed.
    pub seconds: f64,
    /// Of these, seconds that all but the engine had a processor: reading, planning,
    /// verifying, selecting, printing. Some of them pass while the engine works.
    pub outside_seconds: Option<f64>,
    /// What the engine says of its work.
    pub work: Work,
    /// What the digest holds.
    pub written: Written,
    /// Drafts that were refused.
    pub refused: usize,
}

/// What an engine did for a digest, over all of its batches.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Work {
    /// Branches that were asked.
    pub branches: usize,
    /// Tokens of prefixes: system message and article.
    pub prefix_tokens: usize,
    /// Tokens of the system messages among them.
    pub system_tokens: usize,
    /// Tokens of prefixes that were in the cache already.
    pub cached_tokens: usize,
    /// Tokens that were run and not decoded: prefixes and instructions.
    pub prefill_tokens: usize,
    /// Tokens decoded.
    pub decode_tokens: usize,
    /// Tokens guessed ahead.
    pub draft_tokens: usize,
    /// Guesses that were right.
    pub accepted_tokens: usize,
    /// Seconds until prefixes were in the cache.
    pub prefill_seconds: f64,
    /// Seconds after that: instructions are read and answers decoded. Batches that were
    /// under way together count once.
    pub decode_seconds: f64,
    /// Of both, seconds that the model itself took.
    pub model_seconds: f64,
    /// Tokens decoded in steps in which eight branches or more decode and nothing is
    /// read.
    pub wide_tokens: usize,
    /// Seconds that the model took for these steps.
    pub wide_seconds: f64,
}

/// Tokens that a chat template may add to a system message.
const TEMPLATE_TOKENS: usize = 64;

impl Work {
    /// The sum of what was noted.
    #[must_use]
    pub fn of(asked: &[Asked]) -> Self {
        let mut work = Self::default();
        for (at, batch) in asked.iter().enumerate() {
            let usage = &batch.usage;
            work.branches += batch.batch.branches.len();
            if asked[..at].iter().any(|it| it.shares_prefix(batch)) {
                // In the cache because it was read for this digest: only what was dropped
                // meanwhile counts once more.
                work.prefix_tokens += batch.prefix_tokens.saturating_sub(usage.cached_tokens);
            } else {
                work.prefix_tokens += batch.prefix_tokens;
                work.system_tokens += batch.system_tokens;
                work.cached_tokens += usage.cached_tokens;
            }
            work.prefill_tokens += usage.prefill_tokens;
            work.decode_tokens += usage.decode_tokens;
            work.draft_tokens += usage.draft_tokens;
            work.accepted_tokens += usage.accepted_tokens;
            work.prefill_seconds += seconds(usage.prefill_ms);
            work.model_seconds += seconds(usage.model_ms);
            work.wide_tokens += usage.wide_tokens;
            work.wide_seconds += seconds(usage.wide_ms);
        }
        let queue: f64 = asked.iter().map(|it| seconds(it.usage.queue_ms)).sum();
        work.decode_seconds = (busy_seconds(asked.iter().map(|it| it.under_way.clone()))
            - queue
            - work.prefill_seconds)
            .max(0.0);
        work
    }

    fn prefilled(&self) -> usize {
        self.prefix_tokens.saturating_sub(self.cached_tokens)
    }

    /// Tokens per second while prefixes are read.
    #[must_use]
    pub fn prefill_rate(&self) -> Option<f64> {
        rate(self.prefilled(), self.prefill_seconds)
    }

    /// Tokens decoded per second after that. The time in which instructions are read
    /// counts too.
    #[must_use]
    pub fn decode_rate(&self) -> Option<f64> {
        rate(self.decode_tokens, self.decode_seconds)
    }

    /// Tokens run per second after that: instructions, and what was decoded.
    #[must_use]
    pub fn branch_rate(&self) -> Option<f64> {
        let instructions = self.prefill_tokens.saturating_sub(self.prefilled());
        rate(self.decode_tokens + instructions, self.decode_seconds)
    }

    /// The rate of decoding as a share of that of prefill.
    #[must_use]
    pub fn decode_of_prefill(&self) -> Option<f64> {
        ratio(self.decode_rate()?, self.prefill_rate()?)
    }

    /// Tokens decoded per second of the model while eight branches or more decode and
    /// nothing is read.
    #[must_use]
    pub fn wide_rate(&self) -> Option<f64> {
        rate(self.wide_tokens, self.wide_seconds)
    }

    /// That rate as a share of that of prefill.
    #[must_use]
    pub fn wide_of_prefill(&self) -> Option<f64> {
        ratio(self.wide_rate()?, self.prefill_rate()?)
    }

    /// Share of the guesses that were right.
    #[must_use]
    pub fn acceptance(&self) -> Option<f64> {
        let share = |it: usize| crate::eval::statistics::count(it);
        ratio(share(self.accepted_tokens), share(self.draft_tokens))
    }

    /// Share of the engine's time that is not the model's. Says nothing of what digests that
    /// are made together take.
    #[must_use]
    pub fn bookkeeping(&self) -> Option<f64> {
        let engine = self.prefill_seconds + self.decode_seconds;
        let model = ratio(self.model_seconds, engine).filter(|share| *share > 0.0)?;
        Some((1.0 - model).max(0.0))
    }

    /// Whether the article itself was in the cache: a digest of it says nothing of
    /// what one takes.
    #[must_use]
    pub fn is_reread(&self) -> bool {
        self.cached_tokens > self.system_tokens + TEMPLATE_TOKENS
    }
}

/// Seconds in which at least one of them was under way.
fn busy_seconds(under_way: impl Iterator<Item = Range<Instant>>) -> f64 {
    let mut spans: Vec<Range<Instant>> = under_way.collect();
    spans.sort_by_key(|span| span.start);
    let mut until: Option<Instant> = None;
    let own = spans.into_iter().map(|span| {
        let start = until.map_or(span.start, |until| until.max(span.start));
        until = Some(until.map_or(span.end, |until| until.max(span.end)));
        span.end.saturating_duration_since(start).as_secs_f64()
    });
    own.sum()
}

fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

impl Own {
    /// Seconds per decoded token, of the whole digest.
    #[must_use]
    pub fn seconds_per_token(&self) -> Option<f64> {
        ratio(
            self.seconds,
            crate::eval::statistics::count(self.work.decode_tokens),
        )
    }

    /// Share of a digest's time that all but the engine takes.
    #[must_use]
    pub fn outside_share(&self) -> Option<f64> {
        ratio(self.outside_seconds?, self.seconds)
    }
}

/// Makes and prints one digest; also tells what the engine was asked. The whole thread
/// counts as the product's.
///
/// # Errors
/// [`BenchError::Pipeline`] when there is none.
pub async fn measure(product: &Product, piece: &Piece) -> Result<(Own, Vec<Asked>), BenchError> {
    drop(product.meter.take());
    let on_processor = machine::thread_seconds();
    let started = Instant::now();
    let digest = product
        .pipeline
        .digest(&piece.input, &product.options)
        .await?;
    std::hint::black_box(render(&digest, &product.rendering).unwrap_or_default());
    let seconds = started.elapsed().as_secs_f64();
    let outside_seconds = machine::thread_seconds().zip(on_processor);
    let asked = product.meter.take();
    let own = Own {
        seconds,
        outside_seconds: outside_seconds.map(|(after, before)| after - before),
        work: Work::of(&asked),
        written: Written::by_product(&digest, piece, &product.pipeline.limits),
        refused: digest.refused.len(),
    };
    Ok((own, asked))
}

/// The product's options in another lane.
#[must_use]
pub fn in_lane(product: &Product, lane: Lane) -> DigestOptions {
    DigestOptions {
        lane,
        ..product.options.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work() -> Work {
        Work {
            prefix_tokens: 1300,
            system_tokens: 300,
            cached_tokens: 300,
            prefill_tokens: 1600,
            decode_tokens: 900,
            draft_tokens: 400,
            accepted_tokens: 100,
            prefill_seconds: 20.0,
            decode_seconds: 30.0,
            model_seconds: 49.0,
            wide_tokens: 400,
            wide_seconds: 10.0,
            ..Work::default()
        }
    }

    #[test]
    fn what_the_model_did_not_take_is_bookkeeping() {
        let share = work().bookkeeping().expect("it is told");
        assert!((share - 0.02).abs() < 1e-9, "{share}");
        assert_eq!(Work::default().bookkeeping(), None);
    }

    #[test]
    fn what_is_under_way_together_counts_once() {
        let start = Instant::now();
        let at = |seconds: u64| start + std::time::Duration::from_secs(seconds);
        let spans = [at(0)..at(5), at(7)..at(9), at(3)..at(6), at(4)..at(5)];
        let busy = busy_seconds(spans.into_iter());
        assert!((busy - 8.0).abs() < 1e-9, "{busy}");
    }

    #[test]
    fn rates_leave_out_what_was_cached() {
        assert_eq!(work().prefill_rate(), Some(50.0));
        assert_eq!(work().decode_rate(), Some(30.0));
        assert_eq!(work().branch_rate(), Some(50.0));
        assert_eq!(work().decode_of_prefill(), Some(0.6));
        assert_eq!(work().wide_rate(), Some(40.0));
        assert_eq!(work().wide_of_prefill(), Some(0.8));
        assert_eq!(Work::default().wide_of_prefill(), None);
        assert_eq!(work().acceptance(), Some(0.25));
        assert_eq!(Work::default().acceptance(), None);
        assert_eq!(Work::default().decode_of_prefill(), None);
    }

    #[test]
    fn an_article_in_the_cache_is_no_measurement() {
        assert!(!work().is_reread());
        let cached_tokens = 1300;
        assert!(
            Work {
                cached_tokens,
                ..work()
            }
            .is_reread()
        );
    }
}
