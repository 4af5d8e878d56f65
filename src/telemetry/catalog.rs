//! Every metric that there is, with what it says: the list that the recorder
//! describes, that docs/metrics.md prints and that the dashboard is held to.

/// How a metric is to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows, until a restart.
    Counter,
    /// What is now.
    Gauge,
    /// Counts by size: `_bucket`, `_sum` and `_count`, in buckets up to these bounds.
    Histogram(&'static [f64]),
}

impl Kind {
    /// As Prometheus calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// One metric.
#[derive(Debug, PartialEq)]
pub struct Metric {
    /// Its name; units last.
    pub name: &'static str,
    /// How it is to be read.
    pub kind: Kind,
    /// What it is told apart by.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

const SHORT: Kind = Kind::Histogram(&[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0,
]);
const LONG: Kind = Kind::Histogram(&[
    0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 21_600.0, 86_400.0,
]);
const SHARE: Kind = Kind::Histogram(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);

macro_rules! metrics {
    ($($constant:ident = $name:literal, $kind:expr, [$($label:literal),*], $help:literal;)+) => {
        $(pub(super) const $constant: Metric = Metric {
            name: $name,
            kind: $kind,
            labels: &[$($label),*],
            help: $help,
        };)+

        /// Every metric, in the order of the documentation.
        pub const ALL: &[&Metric] = &[$(&$constant),+];
    };
}

metrics! {
    REQUEST_SECONDS = "afterword_request_seconds", SHORT, ["method", "route", "status"],
        "Requests that were answered, and what it took; `route` is the pattern, or `none`";
    PROBLEMS = "afterword_problems_total", Kind::Counter, ["code"],
        "Requests that were answered with a problem, by its code";
    OPEN_CONNECTIONS = "afterword_open_connections", Kind::Gauge, ["port"],
        "Connections that are open now, TLS handshakes among them, of server.max_connections (`service`) or metrics.max_connections (`metrics`)";
    REFUSED_CONNECTIONS = "afterword_refused_connections_total", Kind::Counter, ["port", "reason"],
        "Connections that were turned away, or closed by the service before their client was done: too_many_connections, tls_failed, tls_timeout, tls_displaced, head_too_large, head_malformed, head_timeout, answer_unread, stopping";
    SLOTS_IN_USE = "afterword_slots_in_use", Kind::Gauge, [],
        "Articles that are read and answered now, of server.max_concurrent_requests";
    QUEUE_JOBS = "afterword_queue_jobs", Kind::Gauge, ["lane"],
        "Stored jobs that wait, in the whole store; read when it is asked for";
    QUEUE_OLDEST = "afterword_queue_oldest_seconds", Kind::Gauge, ["lane"],
        "Since when the oldest of them was accepted; 0 when none waits";
    LEASED_JOBS = "afterword_leased_jobs", Kind::Gauge, ["lane"],
        "Stored jobs that a worker has, in the whole store";
    JOBS_ACCEPTED = "afterword_jobs_accepted_total", Kind::Counter, ["lane"],
        "Jobs that this process took in";
    JOBS_ENDED = "afterword_jobs_ended_total", Kind::Counter, ["lane", "state"],
        "Jobs that this process brought to their end: done, dead or cancelled";
    JOB_SECONDS = "afterword_job_seconds", LONG, ["lane"],
        "From a job's acceptance to its end";
    DIGEST_SECONDS = "afterword_digest_seconds", LONG, ["outcome"],
        "Articles that were worked on, and what it took; `made`, or the code of the error";
    REFUSALS = "afterword_refusals_total", Kind::Counter, ["reason"],
        "Drafts that were refused, by the code of the reason (docs/refusals.md)";
    SUPPORT_SCORE = "afterword_support_score", SHARE, [],
        "Scores of the evidence of the sentences that were returned";
    TOKENS = "afterword_tokens_total", Kind::Counter, ["phase"],
        "Tokens of the engine: prefill, cached, decode, draft (guessed ahead), accepted (guessed right, and among those decoded)";
    BATCHES = "afterword_batches_total", Kind::Counter, ["outcome"],
        "Batches of the engine: done, failed, or abandoned by who waited";
    BATCH_SECONDS = "afterword_batch_seconds", LONG, ["phase"],
        "What a batch took: queue, prefill, decode";
    STEP_FILL = "afterword_step_fill", SHARE, [],
        "Rows of a step of the engine, as a share of engine.step_tokens";
    CELLS_IN_USE = "afterword_cells_in_use", Kind::Gauge, [],
        "Cells of the context that are promised to someone, kept prefixes included";
    CELLS = "afterword_cells", Kind::Gauge, [],
        "Cells of the context";
    WAITING_BATCHES = "afterword_waiting_batches", Kind::Gauge, [],
        "Batches that wait for the engine, of limits.max_waiting_batches";
    REMOTE_ATTEMPTS = "afterword_remote_attempts_total", Kind::Counter, ["outcome"],
        "Attempts of requests to the service of a remote engine: answered, passing (it may go better the next time) or lasting";
    CALLBACK_SECONDS = "afterword_callback_seconds", SHORT, ["result"],
        "Attempts at callbacks, and what they took: taken, refused, gone (410), unreachable";
    RELOADS = "afterword_reloads_total", Kind::Counter, ["outcome"],
        "Reloads of the configuration: done or refused";
    RESIDENT_BYTES = "process_resident_memory_bytes", Kind::Gauge, [],
        "Memory of the process; the model's file, which is mapped, counts as far as it is read";
    STARTED = "process_start_time_seconds", Kind::Gauge, [],
        "When the process started, in seconds since 1970";
    BUILD_INFO = "afterword_build_info", Kind::Gauge, ["version", "engine"],
        "1; the version, and whether llama.cpp is in the build";
}
