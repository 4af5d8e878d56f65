//! Keeps figures under the names of the catalogue, and prints them as Prometheus
//! reads them. A figure costs a look-up and an atomic addition.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::catalog::{self, ALL, Kind, Metric};

/// What a figure is told apart by.
type Labels = Vec<(&'static str, String)>;

/// The figures of one process.
pub struct Figures {
    registry: Registry,
    kept: HashMap<&'static str, Kept>,
}

enum Kept {
    Counter(Family<Labels, Counter>),
    Gauge(Family<Labels, Gauge<f64, AtomicU64>>),
    Histogram(Family<Labels, Histogram, Buckets>),
}

/// Makes histograms with these bounds.
#[derive(Clone)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

impl Figures {
    /// Those of this process.
    pub(super) fn of_process() -> &'static Self {
        static FIGURES: LazyLock<Figures> = LazyLock::new(Figures::new);
        &FIGURES
    }

    pub(super) fn new() -> Self {
        let mut figures = Self {
            registry: Registry::default(),
            kept: HashMap::new(),
        };
        ALL.iter().for_each(|metric| figures.keep(metric));
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        figures.set(
            &catalog::STARTED,
            &[],
            now.unwrap_or_default().as_secs_f64(),
        );
        let engine = if cfg!(feature = "llama") {
            "llama"
        } else {
            "none"
        };
        let version = ("version", env!("CARGO_PKG_VERSION"));
        figures.set(&catalog::BUILD_INFO, &[version, ("engine", engine)], 1.0);
        figures
    }

    fn keep(&mut self, metric: &Metric) {
        // The encoder adds the ending of counters.
        let name = metric.name.strip_suffix("_total").unwrap_or(metric.name);
        let kept = match metric.kind {
            Kind::Counter => {
                let family = Family::default();
                self.registry.register(name, metric.help, family.clone());
                Kept::Counter(family)
            }
            Kind::Gauge => {
                let family = Family::default();
                self.registry.register(name, metric.help, family.clone());
                Kept::Gauge(family)
            }
            Kind::Histogram(bounds) => {
                let family = Family::new_with_constructor(Buckets(bounds));
                self.registry.register(name, metric.help, family.clone());
                Kept::Histogram(family)
            }
        };
        self.kept.insert(metric.name, kept);
    }

    pub(super) fn add(&self, metric: &Metric, labels: &[(&'static str, &str)], more: u64) {
        if let Some(Kept::Counter(family)) = self.kept.get(metric.name) {
            family.get_or_create(&owned(labels)).inc_by(more);
        }
    }

    pub(super) fn set(&self, metric: &Metric, labels: &[(&'static str, &str)], value: f64) {
        if let Some(Kept::Gauge(family)) = self.kept.get(metric.name) {
            family.get_or_create(&owned(labels)).set(value);
        }
    }

    pub(super) fn change(&self, metric: &Metric, labels: &[(&'static str, &str)], by: f64) {
        if let Some(Kept::Gauge(family)) = self.kept.get(metric.name) {
            family.get_or_create(&owned(labels)).inc_by(by);
        }
    }

    pub(super) fn observe(&self, metric: &Metric, labels: &[(&'static str, &str)], value: f64) {
        if let Some(Kept::Histogram(family)) = self.kept.get(metric.name) {
            family.get_or_create(&owned(labels)).observe(value);
        }
    }

    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        // A string takes whatever is written into it.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }
}

fn owned(labels: &[(&'static str, &str)]) -> Labels {
    let owned = labels
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    owned.collect()
}
