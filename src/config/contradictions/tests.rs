//! Each rule finds its contradiction, and none where there is none.

use super::*;

fn found(text: &str) -> Vec<&'static [&'static str]> {
    let settings = Settings::from_toml(text, "test").unwrap();
    contradictions(&settings).iter().map(|it| it.keys).collect()
}

#[test]
fn the_defaults_contradict_nothing() {
    assert!(found("").is_empty());
}

/// A configuration for each rule, and the key that is named first.
const CASES: &[(&str, &str)] = &[
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
        "[limits]\nmax_waiting_batches = 19",
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
        "[limits]\nmax_digest_seconds = 299\n\
         [engine.remote]\nurl = \"https://10.0.0.7/v1\"",
        "limits.max_digest_seconds",
    ),
    (
        "[server]\nmax_waiting_requests = 0",
        "server.max_waiting_requests",
    ),
    ("[server]\nmax_connections = 1555", "server.max_connections"),
    (
        "[server]\nmax_tls_handshakes = 4096\ntls_certificate = \"c\"\ntls_key = \"k\"",
        "server.max_tls_handshakes",
    ),
    (
        "[batches]\nmax_open_jobs = 33\n[jobs]\nmax_backfill_jobs = 32",
        "batches.max_open_jobs",
    ),
    (
        "[store]\nkeep_finished_days = 29",
        "store.keep_delivery_days",
    ),
    (
        "[store]\nkeep_named_article_days = 29",
        "store.keep_current_text_days",
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

#[test]
fn each_rule_finds_its_contradiction() {
    for (text, key) in CASES {
        let found = found(text);
        assert!(
            found.iter().any(|keys| keys[0] == *key),
            "{text}: {found:?}"
        );
    }
    // Each is there at least once, so that no rule is without a case.
    assert_eq!(CASES.len(), RULES.len());
}

#[test]
fn what_just_fits_contradicts_nothing() {
    for text in [
        // 16 requests, two jobs of any lane, and the two that are let in beside them.
        "[limits]\nmax_waiting_batches = 20",
        "[limits]\nmax_digest_seconds = 299",
        "[server]\nmax_connections = 1556",
        "[server]\nmax_tls_handshakes = 4095\ntls_certificate = \"c\"\ntls_key = \"k\"",
        "[server]\nmax_tls_handshakes = 4096",
        "[jobs]\nmax_backfill_jobs = 99999\n[batches]\nmax_open_jobs = 10000",
        "[store]\nkeep_finished_days = 31",
        "[store]\nkeep_finished_days = 7\nkeep_delivery_days = 7",
        "[store]\nkeep_named_article_days = 30",
        // Texts of earlier versions are kept so long, though their jobs are gone.
        "[store]\nkeep_article_hours = 8760",
    ] {
        assert!(found(text).is_empty(), "{text}: {:?}", found(text));
    }
}
