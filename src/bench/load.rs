//! Clients in lanes, each with one article at a time: how long they wait when others
//! are at work, and how long the most urgent wait when nobody else is.

use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::Serialize;

use crate::eval::statistics::count;
use crate::lane::Lane;
use crate::pipeline::observe::{Event, Observer as DigestObserver};

use super::articles::Piece;
use super::figures::{Latency, ratio};
use super::own::in_lane;
use super::report::number;
use super::{BenchError, Observer, Product};

/// Seconds of an hour.
const HOUR: f64 = 3600.0;
/// Clients of a lane.
const MOST_CLIENTS: usize = 256;

/// How many clients each lane has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clients([usize; Lane::ALL.len()]);

impl Clients {
    /// Of one lane.
    #[must_use]
    pub fn of(self, lane: Lane) -> usize {
        self.0[lane as usize]
    }

    /// Of this lane only.
    fn only(self, lane: Lane) -> Self {
        let mut only = Self::default();
        only.0[lane as usize] = self.of(lane);
        only
    }
}

impl FromStr for Clients {
    type Err = String;

    /// `publish=1,backfill=4`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut clients = Self::default();
        for part in text.split(',') {
            let (lane, number) = part.split_once('=').ok_or("has to be LANE=N,...")?;
            let lane: Lane = lane
                .trim()
                .parse()
                .map_err(|error| format!("{lane:?} {error}"))?;
            let number = number.trim().parse().ok().filter(|it| *it <= MOST_CLIENTS);
            clients.0[lane as usize] = number.ok_or(format!("clients are 0 to {MOST_CLIENTS}"))?;
        }
        match clients == Self::default() {
            true => Err("there are no clients".to_owned()),
            false => Ok(clients),
        }
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Load {
    /// Seconds in which clients began digests.
    pub seconds: u64,
    /// The clients of the lane publish, alone on the machine.
    pub idle: Option<InLane>,
    /// All clients at once, by lane.
    pub lanes: Vec<InLane>,
    /// How often the p95 of publish alone goes into the one under load.
    pub publish_p95_times_idle: Option<f64>,
}

/// What the clients of a lane got.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InLane {
    /// The lane.
    pub lane: &'static str,
    /// Its clients.
    pub clients: usize,
    /// Digests per hour.
    pub per_hour: Option<f64>,
    /// Seconds for a digest.
    pub digest: Option<Latency>,
    /// Seconds to the first verified item.
    pub first_item: Option<Latency>,
}

/// Runs the most urgent clients alone and then all of them, each for so many seconds.
/// What they began then, those of publish and draft finish.
///
/// # Errors
/// [`BenchError`] when the engine fails.
pub async fn load(
    product: &Product,
    pieces: &[Piece],
    (clients, seconds): (Clients, u64),
    observer: &dyn Observer,
) -> Result<Load, BenchError> {
    observer.start(2);
    observer.step("publish alone");
    let alone = clients.only(Lane::Publish);
    let idle = run(product, pieces, alone, seconds).await?;
    observer.done();
    observer.step("all lanes");
    let lanes = run(product, pieces, clients, seconds).await?;
    observer.done();
    Ok(Load::of(seconds, idle, lanes))
}

/// What one digest took.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    seconds: f64,
    first_item: Option<f64>,
}

async fn run(
    product: &Product,
    pieces: &[Piece],
    clients: Clients,
    seconds: u64,
) -> Result<Vec<InLane>, BenchError> {
    let samples: [Mutex<Vec<Sample>>; Lane::ALL.len()] = Default::default();
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    let all = |lane: Lane| {
        let samples = &samples[lane as usize];
        let clients = (0..clients.of(lane)).map(move |at| Client {
            product,
            pieces: share(pieces, lane),
            lane,
            at,
            samples,
        });
        clients
            .map(move |client| client.run(end))
            .collect::<Vec<_>>()
    };
    let urgent = [all(Lane::Publish), all(Lane::Draft)].into_iter().flatten();
    let urgent = async {
        let ended = join_all(urgent).await;
        tokio::time::sleep_until(end.into()).await;
        ended.into_iter().collect::<Result<(), BenchError>>()
    };
    tokio::select! {
        ended = urgent => ended?,
        // Clients of archives go on as long as there is someone to disturb.
        failed = endless(all(Lane::Backfill)) => failed?,
    }
    let took = started.elapsed().as_secs_f64();
    let used = Lane::ALL.into_iter().filter(|lane| clients.of(*lane) > 0);
    Ok(used
        .map(|lane| {
            let samples = samples[lane as usize].lock();
            let samples = samples.unwrap_or_else(PoisonError::into_inner);
            InLane::of(lane, clients.of(lane), &samples, took)
        })
        .collect())
}

/// Ends only with a failure.
async fn endless<F>(clients: Vec<F>) -> Result<(), BenchError>
where
    F: Future<Output = Result<(), BenchError>>,
{
    futures_util::future::try_join_all(clients).await?;
    std::future::pending().await
}

/// The articles of a lane: an article that another lane reads at the same time would be
/// read once for both.
fn share(pieces: &[Piece], lane: Lane) -> Vec<&Piece> {
    let lanes = Lane::ALL.len();
    let own = pieces.iter().skip(lane as usize).step_by(lanes);
    let own: Vec<&Piece> = own.collect();
    match own.is_empty() {
        true => pieces.iter().collect(),
        false => own,
    }
}

struct Client<'a> {
    product: &'a Product,
    pieces: Vec<&'a Piece>,
    lane: Lane,
    /// Its place among the clients of its lane.
    at: usize,
    samples: &'a Mutex<Vec<Sample>>,
}

impl Client<'_> {
    /// Asks for one digest after the other until `end`; for archives there is no end.
    async fn run(self, end: Instant) -> Result<(), BenchError> {
        let pieces = self.pieces.iter().cycle().skip(self.at);
        let options = in_lane(self.product, self.lane);
        for piece in pieces {
            if self.lane != Lane::Backfill && Instant::now() >= end {
                break;
            }
            let first = First::new();
            let pipeline = &self.product.pipeline;
            pipeline
                .digest_observed(&piece.input, &options, &first)
                .await?;
            drop(self.product.meter.take());
            let sample = first.sample();
            let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
            samples.push(sample);
        }
        Ok(())
    }
}

/// Notes when the first verified item comes.
struct First {
    started: Instant,
    item: Mutex<Option<f64>>,
}

impl First {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            item: Mutex::default(),
        }
    }

    fn sample(&self) -> Sample {
        Sample {
            seconds: self.started.elapsed().as_secs_f64(),
            first_item: *self.item.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl DigestObserver for First {
    fn observe(&self, event: Event) {
        if matches!(event, Event::Stage(_) | Event::Refused(_)) {
            return;
        }
        let mut item = self.item.lock().unwrap_or_else(PoisonError::into_inner);
        item.get_or_insert_with(|| self.started.elapsed().as_secs_f64());
    }
}

impl InLane {
    fn of(lane: Lane, clients: usize, samples: &[Sample], took: f64) -> Self {
        let digests: Vec<f64> = samples.iter().map(|it| it.seconds).collect();
        let firsts: Vec<f64> = samples.iter().filter_map(|it| it.first_item).collect();
        Self {
            lane: lane.name(),
            clients,
            per_hour: ratio(count(samples.len()) * HOUR, took),
            digest: Latency::of(&digests),
            first_item: Latency::of(&firsts),
        }
    }

    fn line(&self, name: &str) -> String {
        let part = |latency: Option<Latency>| {
            let of = |of: fn(&Latency) -> f64| number(latency.as_ref().map(of));
            let parts = [of(|it| it.p50), of(|it| it.p95), of(|it| it.p99)];
            parts.map(|part| format!("{part:>8}")).join("")
        };
        format!(
            "{name:<14} {:>7} {:>7} {:>9}{}{}\n",
            self.clients,
            self.digest.map_or(0, |it| it.count),
            number(self.per_hour),
            part(self.digest),
            part(self.first_item),
        )
    }
}

impl Load {
    fn of(seconds: u64, idle: Vec<InLane>, lanes: Vec<InLane>) -> Self {
        let idle = idle.into_iter().next();
        let p95 = |of: &InLane| of.digest.map(|it| it.p95);
        let loaded = lanes.iter().find(|it| it.lane == Lane::Publish.name());
        let both = loaded.and_then(p95).zip(idle.as_ref().and_then(p95));
        Self {
            seconds,
            publish_p95_times_idle: both.and_then(|(loaded, idle)| ratio(loaded, idle)),
            idle,
            lanes,
        }
    }

    /// As it is printed.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<14} {:>7} {:>7} {:>9}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}\n",
            "seconds", "clients", "digests", "an hour", "p50", "p95", "p99", "first:50", "95", "99"
        );
        let idle = self.idle.iter().map(|it| it.line("publish alone"));
        let lanes = self.lanes.iter().map(|it| it.line(it.lane));
        text.extend(idle.chain(lanes));
        text += &format!(
            "p95 of publish under load, times its p95 alone: {}\n",
            number(self.publish_p95_times_idle)
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_written_by_lane() {
        let clients: Clients = "publish=1, backfill=4".parse().expect("it is right");
        let all = Lane::ALL.map(|lane| clients.of(lane));
        assert_eq!(all, [1, 0, 4]);
        assert_eq!(clients.only(Lane::Publish).of(Lane::Backfill), 0);
        for wrong in [
            "",
            "publish",
            "publish=x",
            "archive=1",
            "draft=0",
            "draft=999",
        ] {
            assert!(wrong.parse::<Clients>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_load_is_held_against_an_idle_machine() {
        let in_lane = |lane, seconds| {
            let sample = Sample {
                seconds,
                first_item: None,
            };
            InLane::of(lane, 1, &[sample, sample], 60.0)
        };
        let idle = vec![in_lane(Lane::Publish, 10.0)];
        let lanes = vec![in_lane(Lane::Publish, 14.0), in_lane(Lane::Backfill, 90.0)];
        let load = Load::of(60, idle, lanes);
        assert_eq!(load.publish_p95_times_idle, Some(1.4));
        assert_eq!(load.lanes[0].per_hour, Some(120.0));
        assert_eq!(load.lanes[0].first_item, None);
        let table = load.table();
        assert!(
            table.contains("publish alone") && table.contains("backfill"),
            "{table}"
        );
        let without = Load::of(60, Vec::new(), vec![in_lane(Lane::Backfill, 90.0)]);
        assert_eq!(without.publish_p95_times_idle, None);
    }
}
