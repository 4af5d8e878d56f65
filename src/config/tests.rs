//! What a user's file may do, and how it is told what it may not.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::{Part, Settings, built_in_labels};

fn load(text: &str) -> Result<Settings, String> {
    Settings::from_toml(text, "site.toml").map_err(|error| error.to_string())
}

fn refusal(text: &str) -> String {
    load(text).expect_err("must be refused")
}

#[test]
fn the_defaults_are_valid() {
    let settings = Settings::load(None).unwrap();
    assert_eq!(settings.limits.max_input_bytes, 4 << 20);
    assert!(settings.limits.max_article_words >= 20_000);
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8017");
    assert_eq!(settings.server.data_dir, None);
    assert!(settings.engine.threads >= 1);
}

#[test]
fn a_file_overrides_key_by_key() {
    let default = Settings::load(None).unwrap();
    let text = "[limits]\nmax_faq_pairs = 5\n[server]\nshutdown_grace_seconds = 7\n";
    let settings = load(text).unwrap();
    assert_eq!(settings.limits.max_faq_pairs, 5);
    assert_eq!(settings.server.shutdown_grace, Duration::from_secs(7));
    assert_eq!(
        settings.limits.max_input_bytes,
        default.limits.max_input_bytes
    );
    assert_eq!(settings.engine, default.engine);
}

#[test]
fn unknown_keys_are_named() {
    assert_eq!(
        refusal("[server]\nlisten_on = \"127.0.0.1:1\""),
        "site.toml: unknown key server.listen_on; known here: data_dir, listen, \
         max_concurrent_requests, max_connections, max_event_streams, max_request_head_bytes, \
         max_tls_handshakes, max_wait_seconds, max_waiting_requests, \
         request_body_timeout_seconds, request_head_timeout_seconds, response_timeout_seconds, \
         shutdown_grace_seconds, tls_certificate, tls_handshake_timeout_seconds, tls_key, \
         watch_seconds"
    );
    assert!(refusal("[limit]\nmax_faq_pairs = 1").contains("unknown key limit;"));
}

#[test]
fn wrong_types_are_named() {
    assert_eq!(
        refusal("[limits]\nmax_faq_pairs = \"many\""),
        "site.toml: limits.max_faq_pairs has to be of type integer, not string"
    );
    assert!(refusal("limits = 3").contains("limits has to be of type table"));
}

#[test]
fn values_outside_their_bounds_are_named() {
    let cases = [
        ("limits", "max_faq_pairs = 0", "1 to 100"),
        ("limits", "max_faq_pairs = -1", "1 to 100"),
        ("limits", "max_article_words = 40", "41 to 1000000"),
        ("limits", "max_digest_seconds = 0", "1 to 86400"),
        ("engine", "context_tokens = 2047", "2048 to 1048576"),
        ("engine", "step_tokens = 8193", "1 to 8192"),
        ("server", "listen = \"localhost\"", "an IP address"),
        ("server", "max_concurrent_requests = 0", "1 to 4096"),
        ("server", "max_tls_handshakes = 0", "1 to 65536"),
        ("server", "tls_handshake_timeout_seconds = 0", "1 to 3600"),
        ("metrics", "max_connections = 129", "1 to 128"),
        ("render", "labels = \"nl\"", "de, en, es, fr"),
        ("render", "parts = []", "summary, faq, related"),
        ("render", "faq_style = \"tabs\"", "details, headings"),
        ("render", "summary_style = \"\"", "auto, paragraph, points"),
        ("render", "tag_link = \"/tags\"", "{slug}"),
        ("labels.de", "faq = \"\"", "1 to 300 characters"),
        ("labels.de", "faq = \"a {topic}\"", "{topic} nowhere in it"),
        ("labels.de", "faq_about = \"FAQ\"", "{topic} once in it"),
        ("jobs", "max_draft_jobs = 0", "1 to 10000000"),
        ("store", "keep_idempotency_key_hours = 721", "24 to 720"),
        ("jobs", "longest_retry_seconds = 9", "10 to 86400"),
        ("callbacks", "ports = [0]", "1 to 65535"),
        ("callbacks", "timeout_seconds = 0", "1 to 120"),
        ("callbacks", "max_payload_bytes = 1", "1024 to 1048576"),
        ("callbacks", "concurrency = 257", "1 to 256"),
        ("callbacks", "retry_seconds = [-1]", "0 to 604800"),
        ("callbacks", "public_url = \"example.org\"", "the URL"),
        ("access", "keys = \"sometimes\"", "auto, always, never"),
        ("access", "trusted_proxies = [\"proxy\"]", "IP addresses"),
    ];
    for (table, line, allowed) in cases {
        let message = refusal(&format!("[{table}]\n{line}"));
        assert!(
            message.starts_with(&format!("site.toml: {table}.{line} is not allowed")),
            "{message}"
        );
        assert!(message.contains(allowed), "{message}");
    }
}

#[test]
fn a_site_may_bring_its_own_labels() {
    let text = "[render]\nlabels = \"nl\"\nparts = [\"faq\"]\n\
        [labels.nl]\nfaq_about = \"Vragen over {topic}\"\n";
    let render = load(text).unwrap().render;
    let dutch = &render.label_sets[&render.labels];
    assert_eq!(dutch.faq_about, "Vragen over {topic}");
    assert_eq!(dutch.related_about, render.label_sets["en"].related_about);
    assert!(render.parts.has(Part::Faq) && !render.parts.has(Part::Summary));
    assert!(refusal("[labels.nl]\nfaqs = \"x\"").contains("unknown key labels.nl.faqs"));
    assert!(refusal("[labels]\nnl = \"x\"").contains("labels.nl has to be of type table"));
}

#[test]
fn label_sets_for_four_languages_are_built_in() {
    let names: Vec<&str> = built_in_labels().keys().map(String::as_str).collect();
    assert_eq!(names, ["de", "en", "es", "fr"]);
}

#[test]
fn extreme_integers_are_refused_without_overflow() {
    let line = format!("[limits]\nmin_article_words = {}", i64::MAX);
    assert!(refusal(&line).contains("limits.min_article_words"));
}

#[test]
fn broken_toml_says_where() {
    let message = refusal("[limits]\nmax_faq_pairs = \n");
    assert!(message.starts_with("site.toml is not valid TOML"));
    assert!(message.contains("line 2"), "{message}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Settings::load(Some(Path::new("no/such/file.toml"))).unwrap_err();
    assert!(error.to_string().contains("no/such/file.toml"));
    assert!(error.hint().contains("--config"));
}

#[test]
fn exceptions_for_callbacks_are_origins_and_networks() {
    let message = refusal("[callbacks]\nallow_origins = [\"http://a.org/path\"]");
    assert!(message.contains("callbacks.allow_origins"), "{message}");
    let message = refusal("[callbacks]\nallow_networks = [\"10.0.0.0/33\"]");
    assert!(message.contains("callbacks.allow_networks"), "{message}");
    let text = "[callbacks]\nallow_origins = [\"http://a.org\"]\nallow_networks = [\"::1\"]";
    let rules = load(text).unwrap().callbacks.rules;
    assert_eq!((rules.origins.len(), rules.networks.len()), (1, 1));
    let message = refusal("[callbacks]\nsecrets = [\"whsec_hunter2\"]");
    assert!(message.contains("callbacks.secrets") && !message.contains("hunter2"));
}

#[test]
fn a_password_is_never_shown() {
    let message = refusal("[store]\ndatabase_url = \"mysql://u:hunter2@h/d\"");
    assert!(message.contains("store.database_url"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
    let settings = load("[store]\ndatabase_url = \"postgres://u:hunter2@h/d\"").unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let url = settings.store.database_url.unwrap();
    assert_eq!(url.expose(), "postgres://u:hunter2@h/d");
}

#[test]
fn keys_are_needed_where_others_can_come() {
    let needs = |text: &str, address: &str| {
        let access = load(&format!("[access]\n{text}")).unwrap().access;
        access.needs_keys(address.parse().unwrap())
    };
    assert!(!needs("", "127.0.0.1") && !needs("", "::1"));
    assert!(needs("", "0.0.0.0") && needs("", "10.0.0.7") && needs("", "::"));
    assert!(needs("keys = \"always\"", "127.0.0.1"));
    assert!(!needs("keys = \"never\"", "0.0.0.0"));
    assert!(needs("trusted_proxies = [\"127.0.0.1\"]", "127.0.0.1"));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let _ = load(&text);
    }
}
