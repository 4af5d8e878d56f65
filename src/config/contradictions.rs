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
            it.limits.max_waiting_batches < it.server.max_concurrent_requests + it.jobs.concurrency
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
        |it| it.server.max_waiting_requests == 0 && !it.server.max_wait.is_zero(),
        Contradiction {
            keys: &["server.max_waiting_requests", "server.max_wait_seconds"],
            consequence: "nobody can wait for a stored job, however long it may be",
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
];

/// Those that `settings` has.
pub(super) fn contradictions(settings: &Settings) -> Vec<Contradiction> {
    let there = RULES.iter().filter(|(is_there, _)| is_there(settings));
    there
        .map(|(_, contradiction)| contradiction.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&'static [&'static str]> {
        let settings = Settings::from_toml(text, "test").unwrap();
        contradictions(&settings).iter().map(|it| it.keys).collect()
    }

    #[test]
    fn the_defaults_contradict_nothing() {
        assert!(found("").is_empty());
    }

    #[test]
    fn each_rule_finds_its_contradiction() {
        let cases = [
            (
                "[server]\nlisten = \"0.0.0.0:1\"\n[access]\nkeys = \"never\"",
                "access.keys",
            ),
            ("[server]\nlisten = \"0.0.0.0:1\"", "server.tls_certificate"),
            (
                "[access]\nkeys = \"never\"\ntrusted_proxies = [\"127.0.0.1\"]",
                "access.keys",
            ),
            ("[metrics]\nlisten = \"0.0.0.0:1\"", "metrics.listen"),
            ("[metrics]\nlisten = \"127.0.0.1:8017\"", "metrics.listen"),
            (
                "[limits]\nmax_waiting_batches = 8",
                "limits.max_waiting_batches",
            ),
            ("[engine]\nstep_tokens = 8", "engine.step_tokens"),
            (
                "[engine]\nkept_prefix_tokens = 4097",
                "engine.kept_prefix_tokens",
            ),
            (
                "[engine.remote]\nurl = \"http://10.0.0.7:8080/v1\"",
                "engine.remote.url",
            ),
            (
                "[server]\nmax_waiting_requests = 0",
                "server.max_waiting_requests",
            ),
            ("[jobs]\ndrain_seconds = 121", "jobs.drain_seconds"),
            ("[jobs]\npoll_seconds = 61", "jobs.poll_seconds"),
            (
                "[access]\nmax_open_jobs_per_key = 102001",
                "access.max_open_jobs_per_key",
            ),
            (
                "[callbacks]\npublic_url = \"https://a.org\"",
                "callbacks.secrets",
            ),
            (
                "[callbacks]\nretry_seconds = [604800, 604800, 604800, 604800, 604800]",
                "callbacks.retry_seconds",
            ),
        ];
        for (text, key) in cases {
            let found = found(text);
            assert!(found.iter().any(|keys| keys[0] == key), "{text}: {found:?}");
        }
        // Each is there at least once, so that no rule is without a case.
        assert_eq!(cases.len(), RULES.len());
    }
}
