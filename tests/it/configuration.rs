//! The configuration from outside: the reference page, what a file, the environment
//! and flags say together, and what `afterword doctor --config` tells of it.

use std::fmt::Write as _;
use std::path::Path;

use afterword::config::{ConfigError, Configuration, Origin, Settings, Sources};

use super::program::{file, program};

/// `docs/configuration.md`, written from the comments of `config/default.toml`.
fn reference() -> String {
    let mut page = String::from(HEAD);
    let mut told = String::new();
    let mut section = String::new();
    // The first comment is about the file.
    let defaults = include_str!("../../config/default.toml");
    for line in defaults.lines().skip_while(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix('#') {
            told.push_str(comment);
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            writeln!(page, "\n## {section}\n").unwrap();
            if !told.is_empty() {
                writeln!(page, "{}\n", told.trim()).unwrap();
            }
            page.push_str("| key | default | meaning | reload |\n| --- | --- | --- | --- |\n");
            told.clear();
        } else if let Some((name, value)) = line.split_once(" = ") {
            let key = format!("{section}.{name}");
            let reload = if Configuration::reloads(&key) {
                "yes"
            } else {
                "restart"
            };
            let meaning = told.trim().replace('|', "\\|").replace('<', "&lt;");
            let meaning = if meaning.is_empty() {
                "as above"
            } else {
                &meaning
            };
            writeln!(page, "| `{name}` | `{value}` | {meaning} | {reload} |").unwrap();
            told.clear();
        }
    }
    page
}

const HEAD: &str = "\
# Configuration

Written from the comments of [config/default.toml](../config/default.toml) by a test;
change them there. Nothing has to be configured.

Four places say a value, and the later wins, key by key:

1. the defaults below;
2. one file in TOML, `--config FILE` or `AFTERWORD_CONFIG`, which holds only what differs;
3. the environment: `AFTERWORD__SECTION__KEY`, so `AFTERWORD__SERVER__LISTEN` for
   `server.listen`. A list is written as in TOML, or with commas or blanks between its
   items. A variable that is empty counts as not set. `AFTERWORD_DATABASE_URL`,
   `AFTERWORD_CALLBACK_SECRETS`, `AFTERWORD_REMOTE_KEY` and `AFTERWORD_LOG` are other
   names for `store.database_url`, `callbacks.secrets`, `engine.remote.key` and
   `log.filter`;
4. the command line: `--set section.key=value` for every key, and flags such as
   `--listen` for some.

A key that there is not, a value of another type and one that is out of its bounds are
refused at the start, by their name and by who said them.
`afterword doctor --config FILE` checks a file, with the environment laid over it, and
prints every value, who said it, and what contradicts what.

SIGHUP has the file read again, and those that it names; so does a change of them where
`server.watch_seconds` is set. A configuration that is refused changes nothing, and the
log says why. Keys with *yes* in the last column hold from then on, those with *restart*
from a restart on. Requests in flight keep what they began with.
";

#[test]
fn the_reference_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let current = reference();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == current,
        "docs/configuration.md is out of date: run the tests with UPDATE_REFERENCE=1 and commit it"
    );
}

#[test]
fn the_reference_page_has_every_key() {
    let page = reference();
    for entry in Sources::default().load().unwrap().entries {
        let name = entry.key.rsplit('.').next().unwrap();
        let listed = page.contains(&format!("| `{name}` | "));
        assert!(listed, "{} is not in it", entry.key);
    }
}

/// What a file, variables and flags come to together.
fn load(
    text: &str,
    variables: &[(&str, &str)],
    flags: &[(&str, &str, &str)],
) -> Result<Configuration, ConfigError> {
    let (_folder, path) = file("afterword.toml", text.as_bytes());
    let owned = |text: &str| text.to_owned();
    let variables = variables.iter().map(|it| (owned(it.0), owned(it.1)));
    let flags = flags.iter();
    let sources = Sources {
        file: Some(path),
        environment: variables.collect(),
        flags: flags
            .map(|it| (owned(it.0), owned(it.1), owned(it.2)))
            .collect(),
    };
    sources.load()
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let text = "[jobs]\nconcurrency = 3\nlease_seconds = 30\npoll_seconds = 6\n";
    let variables = [
        ("AFTERWORD__JOBS__CONCURRENCY", "4"),
        ("AFTERWORD__JOBS__LEASE_SECONDS", "40"),
        ("AFTERWORD__SERVER__LISTEN", ""),
    ];
    let flags = [("--set", "jobs.concurrency", "5")];
    let found = load(text, &variables, &flags).unwrap();
    let jobs = &found.settings.jobs;
    assert_eq!(jobs.concurrency, 5);
    assert_eq!((jobs.lease.as_secs(), jobs.poll.as_secs()), (40, 6));
    let said = |key: &str| {
        let entry = found.entries.iter().find(|it| it.key == key).unwrap();
        (entry.value.clone(), entry.origin.clone())
    };
    assert_eq!(
        said("jobs.concurrency"),
        ("5".into(), Origin::Flag("--set".into()))
    );
    let variable = Origin::Variable("AFTERWORD__JOBS__LEASE_SECONDS".into());
    assert_eq!(said("jobs.lease_seconds"), ("40".into(), variable));
    assert!(matches!(said("jobs.poll_seconds").1, Origin::File(_)));
    // Empty is as if it were not there.
    assert_eq!(
        said("server.listen"),
        ("\"127.0.0.1:8017\"".into(), Origin::Default)
    );
}

#[test]
fn every_key_can_be_said_by_the_environment() {
    for entry in Sources::default().load().unwrap().entries {
        let name = format!("AFTERWORD__{}", entry.key.to_uppercase().replace('.', "__"));
        let written = entry.value.trim_matches(['"', '\'']);
        let said = Sources {
            environment: vec![(name.clone(), written.to_owned())],
            ..Sources::default()
        };
        let found = said
            .load()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let now = found.entries.iter().find(|it| it.key == entry.key).unwrap();
        assert_eq!(now.value, entry.value, "{name}");
        let is_empty = written.is_empty();
        assert_eq!(now.origin == Origin::Default, is_empty, "{name}");
    }
}

#[test]
fn lists_and_names_of_their_own_are_read() {
    let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let two = format!("{secret} {secret}");
    let found = load(
        "",
        &[
            ("AFTERWORD__CALLBACKS__PORTS", "443, 8443"),
            ("AFTERWORD__RENDER__PARTS", "[\"faq\", \"related\"]"),
            ("AFTERWORD__RENDER__JSON_LD", "true"),
            ("AFTERWORD__LABELS__NL__FAQ", "Vragen"),
            ("AFTERWORD_CALLBACK_SECRETS", &two),
            ("AFTERWORD_DATABASE_URL", "postgres://u:hunter2@h/d"),
            ("AFTERWORD_LOG", "debug"),
            ("AFTERWORD_MODELS_DIR", "/models"),
        ],
        &[],
    );
    let found = found.unwrap();
    let settings = &found.settings;
    assert_eq!(settings.callbacks.rules.ports, [443, 8443]);
    assert_eq!(settings.callbacks.secrets.len(), 2);
    assert_eq!(settings.render.label_sets["nl"].faq, "Vragen");
    assert_eq!(settings.log.filter, "debug");
    assert!(settings.render.json_ld && settings.store.database_url.is_some());
    let printed = format!("{found:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("whsec_"));
    for entry in &found.entries {
        assert!(
            !entry.value.contains("hunter2") && !entry.value.contains("whsec_"),
            "{entry:?}"
        );
    }
}

#[test]
fn a_refusal_says_who_said_it() {
    let refusal = |variables: &[(&str, &str)], flags: &[(&str, &str, &str)]| {
        load("[store]\nkeep_finished_days = 1\n", variables, flags)
            .unwrap_err()
            .to_string()
    };
    let message = refusal(&[("AFTERWORD__JOBS__CONCURENCY", "4")], &[]);
    assert!(message.starts_with("AFTERWORD__JOBS__CONCURENCY: unknown key jobs.concurency"));
    let message = refusal(&[("AFTERWORD__JOBS__CONCURRENCY", "many")], &[]);
    assert!(message.contains("has to be of type integer"), "{message}");
    let message = refusal(&[], &[("--listen", "server.listen", "here")]);
    assert!(message.starts_with("--listen: server.listen = \"here\" is not allowed"));
    let message = refusal(&[("AFTERWORD__SERVER", "x")], &[]);
    assert!(message.contains("has to be of type table"), "{message}");
    // A bound that another key set names that key, and who said it.
    let message = refusal(&[], &[]);
    assert!(
        message.contains("store.keep_idempotency_key_hours"),
        "{message}"
    );
    assert!(
        message.contains("as store.keep_finished_days has it"),
        "{message}"
    );
    assert!(message.contains("afterword.toml"), "{message}");
}

#[test]
fn a_line_that_cannot_be_read_is_not_shown() {
    let broken = "[store]\ndatabase_url = \"postgres://u:hunter2@h/d\n";
    let error = Settings::from_toml(broken, "site.toml").unwrap_err();
    let message = format!("{error} {error:?}");
    assert!(
        message.contains("line 2") && !message.contains("hunter2"),
        "{message}"
    );
}

#[test]
fn changed_keys_are_named() {
    let before = load("", &[], &[]).unwrap();
    let text = "[limits]\nmax_faq_pairs = 5\n[engine]\nmodel = \"x\"\n[labels.nl]\nfaq = \"V\"\n\
        [store]\ndatabase_url = \"postgres://u:p@h/d\"\n";
    let after = load(text, &[], &[]).unwrap();
    let changed = before.changed(&after);
    assert_eq!(changed.len(), 3 + 6, "{changed:?}");
    assert!(changed.contains(&"store.database_url".to_owned()));
    for key in [
        "limits.max_faq_pairs",
        "limits.max_edit_bytes",
        "limits.max_digest_seconds",
    ] {
        assert!(Configuration::reloads(key), "{key}");
    }
    for key in [
        "engine.model",
        "server.listen",
        "limits.max_waiting_batches",
        "limits.max_house_style_bytes",
    ] {
        assert!(!Configuration::reloads(key), "{key}");
    }
}

#[test]
fn the_doctor_prints_what_holds_and_who_said_it() {
    let text = "[server]\nlisten = \"0.0.0.0:8017\"\n[store]\n\
        database_url = \"postgres://u:hunter2@h/d\"\n[access]\nkeys = \"never\"\n";
    let (_folder, path) = file("site.toml", text.as_bytes());
    let config = ["doctor", "--config", path.to_str().unwrap()];
    let output = program()
        .args(config)
        .env("AFTERWORD__LIMITS__MAX_FAQ_PAIRS", "7")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    let line = |start: &str| printed.lines().find(|it| it.starts_with(start)).unwrap();
    assert!(line("limits.max_faq_pairs = 7").ends_with("# AFTERWORD__LIMITS__MAX_FAQ_PAIRS"));
    assert!(line("server.listen = \"0.0.0.0:8017\"").ends_with("site.toml"));
    assert!(line("server.watch_seconds = 0").ends_with("# default"));
    assert!(line("store.database_url = (not shown)").ends_with("site.toml"));
    assert!(line("warn  access.keys, server.listen").contains("everyone"));
    assert!(!printed.contains("hunter2"));
    let output = program().args(config).arg("--json").output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"], "warn");
    assert_eq!(report["contradictions"][0]["keys"][0], "access.keys");
}

#[test]
fn the_doctor_refuses_what_the_service_would() {
    let (_folder, path) = file("site.toml", b"[limits]\nmax_faq_pairs = 0\n");
    let config = ["doctor", "--config", path.to_str().unwrap()];
    let output = program().args(config).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("limits.max_faq_pairs = 0 is not allowed; allowed: 1 to 100"));
}
