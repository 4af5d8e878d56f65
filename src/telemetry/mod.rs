//! What the service counts and measures of itself, one function for each thing that
//! can be said: whoever has something to say calls it, and needs to know neither a
//! metric's name nor who reads it. `catalog` lists every metric, `figures` keeps them
//! and prints them for Prometheus. Knows no HTTP, and no word of an article gets in:
//! labels are routes, codes and names of the program's own.

use std::time::Duration;

use crate::lane::Lane;

mod catalog;
mod figures;
mod process;

pub use catalog::{ALL, Kind, Metric};
pub use figures::Figures;

use catalog as names;

/// Every figure of this process, as text for Prometheus.
#[must_use]
pub fn render() -> String {
    let figures = Figures::of_process();
    if let Some(bytes) = process::resident_bytes() {
        figures.set(&names::RESIDENT_BYTES, &[], float(bytes));
    }
    figures.render()
}

/// A request was answered. `route` is the route's pattern, not the path.
pub fn request(method: &str, route: &str, status: u16, took: Duration) {
    let status = status.to_string();
    let labels = [("method", method), ("route", route), ("status", &status)];
    measure(&names::REQUEST_SECONDS, &labels, took);
}

/// A request was answered with a problem.
pub fn problem(code: &str) {
    count(&names::PROBLEMS, &[("code", code)], 1);
}

/// A connection was taken in at a port: `service` or `metrics`.
pub fn connection_opened(port: &str) {
    change(&names::OPEN_CONNECTIONS, &[("port", port)], 1.0);
}

/// One that was told as opened has ended.
pub fn connection_closed(port: &str) {
    change(&names::OPEN_CONNECTIONS, &[("port", port)], -1.0);
}

/// A connection was turned away, or closed before its client was done.
pub fn connection_refused(port: &str, reason: &str) {
    let labels = [("port", port), ("reason", reason)];
    count(&names::REFUSED_CONNECTIONS, &labels, 1);
}

/// How many articles are read and answered now.
pub fn slots_in_use(slots: usize) {
    set(&names::SLOTS_IN_USE, &[], float(slots as u64));
}

/// What waits and what is worked on in a lane, and since when the oldest waits.
pub fn backlog(lane: Lane, waiting: u64, leased: u64, oldest: Duration) {
    let labels = [("lane", lane.name())];
    set(&names::QUEUE_JOBS, &labels, float(waiting));
    set(&names::LEASED_JOBS, &labels, float(leased));
    set(&names::QUEUE_OLDEST, &labels, oldest.as_secs_f64());
}

/// A job was taken in.
pub fn job_accepted(lane: Lane) {
    count(&names::JOBS_ACCEPTED, &[("lane", lane.name())], 1);
}

/// A job ended, so long after it was taken in.
pub fn job_ended(lane: Lane, state: &str, took: Duration) {
    let labels = [("lane", lane.name()), ("state", state)];
    count(&names::JOBS_ENDED, &labels, 1);
    measure(&names::JOB_SECONDS, &labels[..1], took);
}

/// A draft was refused, by the code of its reason.
pub fn refused(code: &str) {
    count(&names::REFUSALS, &[("reason", code)], 1);
}

/// A sentence was supported by evidence of this score.
pub fn supported(score: f32) {
    Figures::of_process().observe(&names::SUPPORT_SCORE, &[], f64::from(score));
}

/// An article got its digest or none; the outcome is `made` or an error's code.
pub fn digest(outcome: &str, took: Duration) {
    measure(&names::DIGEST_SECONDS, &[("outcome", outcome)], took);
}

/// A callback was attempted.
pub fn callback(result: &str, took: Duration) {
    measure(&names::CALLBACK_SECONDS, &[("result", result)], took);
}

/// The service of a remote engine was asked once.
pub fn remote_attempt(outcome: &str) {
    count(&names::REMOTE_ATTEMPTS, &[("outcome", outcome)], 1);
}

/// The configuration was read again.
pub fn reload(outcome: &str) {
    count(&names::RELOADS, &[("outcome", outcome)], 1);
}

/// How a step of the engine was filled: rows, of those that it may have.
pub fn step(rows: usize, most: usize) {
    let share = float(rows as u64) / float(most.max(1) as u64);
    Figures::of_process().observe(&names::STEP_FILL, &[], share);
}

/// Cells of the context that are promised to someone, of those that there are.
pub fn cells(in_use: usize, all: usize) {
    set(&names::CELLS_IN_USE, &[], float(in_use as u64));
    set(&names::CELLS, &[], float(all as u64));
}

/// Batches that wait for the engine.
pub fn waiting_batches(waiting: usize) {
    set(&names::WAITING_BATCHES, &[], float(waiting as u64));
}

/// What a batch took, told at its end.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    /// `done`, `failed`, or `abandoned` when nobody waited any more.
    pub outcome: &'static str,
    /// Tokens by phase.
    pub tokens: [(&'static str, usize); 5],
    /// Milliseconds by phase.
    pub ms: [(&'static str, u64); 3],
}

/// A batch ended.
pub fn batch(batch: &Batch) {
    count(&names::BATCHES, &[("outcome", batch.outcome)], 1);
    for (phase, tokens) in batch.tokens {
        count(&names::TOKENS, &[("phase", phase)], tokens as u64);
    }
    for (phase, ms) in batch.ms {
        let took = Duration::from_millis(ms);
        measure(&names::BATCH_SECONDS, &[("phase", phase)], took);
    }
}

fn count(metric: &Metric, labels: &[(&'static str, &str)], more: u64) {
    Figures::of_process().add(metric, labels, more);
}

fn set(metric: &Metric, labels: &[(&'static str, &str)], value: f64) {
    Figures::of_process().set(metric, labels, value);
}

fn change(metric: &Metric, labels: &[(&'static str, &str)], by: f64) {
    Figures::of_process().change(metric, labels, by);
}

fn measure(metric: &Metric, labels: &[(&'static str, &str)], took: Duration) {
    Figures::of_process().observe(metric, labels, took.as_secs_f64());
}

/// Exact up to 2^53, which nothing here reaches.
fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests;
