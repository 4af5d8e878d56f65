//! What is allowed and makes no sense together: told at the start and by
//! `afterword doctor --config`, and refused nowhere. Pure.

use super::{Endpoint, KeyRule, Settings};

/// Keys that do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The keys, the one to change first.
    pub keys: &'static [&'static str],
    /// What comes of it.
    pub consequence: &'static str,
}

/// When two keys contradict each other.
type Rule = fn(&Settings) -> bool;

const RULES: &[(Rule, Contradiction)] = &[
    (
        |it| {
            let listen = it.server.listen.ip();
            !it.access.needs_keys(listen) && !listen.is_loopback()
        },
        Contradiction {
            keys: &["access.keys", "server.listen"],
            consequence: "everyone who reaches this address can use the service",
        },
    ),
    (
        |it| {
            let is_local = it.server.listen.ip().is_loopback();
            let is_behind_proxy = !it.access.trusted_proxies.is_empty();
            it.server.tls.is_none() && !is_local && !is_behind_proxy
        },
        Contradiction {
            keys: &["server.tls_certificate", "server.listen"],
            consequence: "keys and articles go over the network in the clear, unless what stands in front speaks TLS",
        },
    ),
    (
        |it| it.access.keys == KeyRule::Never && !it.access.trusted_proxies.is_empty(),
        Contradiction {
            keys: &["access.keys", "access.trusted_proxies"],
            consequence: "whoever the proxy lets through can use the service",
        },
    ),
    (
        |it| it.metrics.listen.is_some_and(|it| !it.ip().is_loopback()),
        Contradiction {
            keys: &["metrics.listen"],
            consequence: "everyone who reaches this address can read the service's figures",
        },
    ),
    (
        |it| {
            it.metrics
                .listen
                .is_some_and(|own| own.port() != 0 && own == it.server.listen)
        },
        Contradiction {
            keys: &["metrics.listen", "server.listen"],
            consequence: "one address cannot be listened on twice: the service does not start",
        },
    ),
    (
        |it| {
            let at_once = it.server.max_concurrent_requests + it.jobs.at_once();
            it.limits.max_waiting_batches < at_once
        },
        Contradiction {
            keys: &[
                "limits.max_waiting_batches",
                "server.max_concurrent_requests",
                "jobs.concurrency",
            ],
            consequence: "requests and jobs that were let in can be refused by the engine",
        },
    ),
    (
        |it| it.engine.max_sequences > it.engine.step_tokens,
        Contradiction {
            keys: &["engine.step_tokens", "engine.max_sequences"],
            consequence: "a step has no room for every branch: fewer are decoded together",
        },
    ),
    (
        |it| it.engine.kept_prefix_tokens * 2 > it.engine.context_tokens,
        Contradiction {
            keys: &["engine.kept_prefix_tokens", "engine.context_tokens"],
            consequence: "half of the context is kept at most, however much is asked for",
        },
    ),
    (
        |it| {
            let endpoint = it.engine.remote.endpoint.as_ref();
            endpoint.is_some_and(Endpoint::is_in_the_clear)
        },
        Contradiction {
            keys: &["engine.remote.url"],
            consequence: "with --engine remote articles, and the key, go over the network in the clear",
        },
    ),
    (
        |it| {
            let remote = &it.engine.remote;
            remote.endpoint.is_some() && remote.request_timeout > it.limits.max_digest
        },
        Contradiction {
            keys: &[
                "limits.max_digest_seconds",
                "engine.remote.request_timeout_seconds",
            ],
            consequence: "with --engine remote a digest is given up before a request for it is",
        },
    ),
    (
        |it| it.server.max_waiting_requests == 0 && !it.server.max_wait.is_zero(),
        Contradiction {
            keys: &["server.max_waiting_requests", "server.max_wait_seconds"],
            consequence: "nobody can wait for a stored job, however long it may be",
        },
    ),
    (
        |it| {
            let server = &it.server;
            let held = server.max_event_streams
                + server.max_waiting_requests
                + server.max_concurrent_requests
                + it.batches.max_uploads;
            server.max_connections < held
        },
        Contradiction {
            keys: &[
                "server.max_connections",
                "server.max_event_streams",
                "server.max_waiting_requests",
                "server.max_concurrent_requests",
                "batches.max_uploads",
            ],
            consequence: "those who wait and follow can hold every connection: all others are turned away",
        },
    ),
    (
        |it| it.server.tls.is_some() && it.server.max_tls_handshakes >= it.server.max_connections,
        Contradiction {
            keys: &["server.max_tls_handshakes", "server.max_connections"],
            consequence: "those who are slow to agree on TLS can hold every connection: all others are turned away",
        },
    ),
    (
        |it| it.jobs.drain > it.server.shutdown_grace,
        Contradiction {
            keys: &["jobs.drain_seconds", "server.shutdown_grace_seconds"],
            consequence: "jobs in work get longer to finish than requests in flight",
        },
    ),
    (
        |it| it.jobs.poll > it.jobs.lease,
        Contradiction {
            keys: &["jobs.poll_seconds", "jobs.lease_seconds"],
            consequence: "a job whose worker died can wait longer than its lease",
        },
    ),
    (
        |it| {
            let of_one_key = it.access.max_open_jobs_per_key as usize;
            of_one_key
                > it.jobs.max_publish_jobs + it.jobs.max_draft_jobs + it.jobs.max_backfill_jobs
        },
        Contradiction {
            keys: &["access.max_open_jobs_per_key", "jobs.max_backfill_jobs"],
            consequence: "the lanes are full before a key is: one key can fill them",
        },
    ),
    (
        |it| it.batches.max_open_jobs > it.jobs.max_backfill_jobs,
        Contradiction {
            keys: &["batches.max_open_jobs", "jobs.max_backfill_jobs"],
            consequence: "the lane is full before so many articles of a batch are handed in",
        },
    ),
    (
        |it| {
            let callbacks = &it.callbacks;
            let is_off = callbacks.secrets.is_empty() && callbacks.secrets_file.is_none();
            let rules = &callbacks.rules;
            is_off
                && !(rules.origins.is_empty()
                    && rules.networks.is_empty()
                    && callbacks.public_url.is_empty())
        },
        Contradiction {
            keys: &[
                "callbacks.secrets",
                "callbacks.allow_origins",
                "callbacks.public_url",
            ],
            consequence: "callbacks are configured, and without a secret there are none",
        },
    ),
    (
        |it| {
            let longest: std::time::Duration = it.callbacks.schedule.iter().sum();
            longest > it.store.keep_finished
        },
        Contradiction {
            keys: &["callbacks.retry_seconds", "store.keep_finished_days"],
            consequence: "jobs are kept longer than configured, until their callbacks have ended",
        },
    ),
    // A callback goes with its job at the latest, and a text with its article; but texts
    // of earlier versions outlive jobs, so that store.keep_article_hours has no rule.
    (
        |it| it.store.keep_deliveries > it.store.keep_finished,
        Contradiction {
            keys: &["store.keep_delivery_days", "store.keep_finished_days"],
            consequence: "callbacks go with their jobs, before their own days are over",
        },
    ),
    (
        |it| it.store.keep_current_texts > it.store.keep_named_articles,
        Contradiction {
            keys: &[
                "store.keep_current_text_days",
                "store.keep_named_article_days",
            ],
            consequence: "a text goes with its article, before its own days are over",
        },
    ),
];

/// Those that `settings` has.
pub(super) fn contradictions(settings: &Settings) -> Vec<Contradiction> {
    let there = RULES.iter().filter(|(is_there, _)| is_there(settings));
    there
        .map(|(_, contradiction)| contradiction.clone())
        .collect()
}

#[cfg(test)]
mod tests;
