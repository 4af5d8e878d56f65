//! Everything that a configuration is said by, in the order of precedence: the
//! defaults, one file, the environment, the command line. The later wins, key by
//! key. Reads the file; the environment and the flags come in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use toml::{Table, Value};

use super::contradictions::{Contradiction, contradictions};
use super::merge::{self, Merged};
use super::origin::Origin;
use super::{ConfigError, DEFAULT, Settings, checked, raw};

/// What a variable's name begins with; sections and keys follow in capitals, apart
/// by two underscores: `AFTERWORD__SERVER__LISTEN` is `server.listen`.
const PREFIX: &str = "AFTERWORD__";
/// Variables with names of their own, which the general ones win over.
const NAMED: &[(&str, &str)] = &[
    ("AFTERWORD_DATABASE_URL", "store.database_url"),
    ("AFTERWORD_CALLBACK_SECRETS", "callbacks.secrets"),
    ("AFTERWORD_LOG", "log.filter"),
    ("AFTERWORD_REMOTE_KEY", "engine.remote.key"),
];
/// Keys, or what they begin with, that hold from a reload on; the others hold from a
/// restart on.
const RELOADED: &[&str] = &[
    "access.",
    "callbacks.",
    "labels.",
    "limits.",
    "render.",
    "jobs.max_",
    "server.max_concurrent_requests",
    "server.max_event_streams",
    "server.max_request_head_bytes",
    "server.max_tls_handshakes",
    "server.max_wait_seconds",
    "server.max_waiting_requests",
    "server.request_body_timeout_seconds",
    "server.request_head_timeout_seconds",
    "server.response_timeout_seconds",
    "server.tls_",
    "server.watch_seconds",
    "store.keep_",
];
/// Exceptions: the engine's queue was made for as many as the first says, and the house
/// style is read at the start.
const NOT_RELOADED: &[&str] = &["limits.max_waiting_batches", "limits.max_house_style_bytes"];
/// Keys whose values are never shown.
const SECRET: &[&str] = &[
    "store.database_url",
    "callbacks.secrets",
    "engine.remote.key",
];

/// What a configuration is read from. It has no `Debug`: there may be passwords in it.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// The environment: names and values.
    pub environment: Vec<(String, String)>,
    /// The command line: the flag as it is called, the key, and the value.
    pub flags: Vec<(String, String, String)>,
}

/// A configuration that was checked, and how it came to be.
#[derive(Clone)]
pub struct Configuration {
    /// What holds.
    pub settings: Settings,
    /// Every key in order, with its value and who said it.
    pub entries: Vec<Entry>,
    /// What is allowed and makes no sense together.
    pub contradictions: Vec<Contradiction>,
    /// As it came together, with the secrets in it.
    table: Table,
}

impl fmt::Debug for Configuration {
    /// Without secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Configuration");
        shown.field("entries", &self.entries);
        shown.field("contradictions", &self.contradictions);
        shown.finish_non_exhaustive()
    }
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, with its section.
    pub key: String,
    /// The value in TOML; `(not shown)` where it may be secret.
    pub value: String,
    /// Who said it.
    pub origin: Origin,
}

impl Configuration {
    /// Whether a key holds from a reload on.
    #[must_use]
    pub fn reloads(key: &str) -> bool {
        let listed = RELOADED.iter().any(|known| key.starts_with(known));
        listed && !NOT_RELOADED.contains(&key)
    }

    /// The keys that another configuration has with other values, or at all.
    #[must_use]
    pub fn changed(&self, other: &Self) -> Vec<String> {
        let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
        flatten(&self.table, "", &mut ours);
        flatten(&other.table, "", &mut theirs);
        let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        let keys = keys.into_iter();
        keys.filter(|key| ours.get(*key) != theirs.get(*key))
            .cloned()
            .collect()
    }
}

impl Sources {
    /// The file named, the whole environment of the process, and no flags.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            file,
            environment: std::env::vars_os().filter_map(text).collect(),
            flags: Vec::new(),
        }
    }

    /// Adds a flag, if it was given.
    #[must_use]
    pub fn flag(mut self, flag: &str, key: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.flags
                .push((flag.to_owned(), key.to_owned(), value.to_string()));
        }
        self
    }

    /// Reads and checks them.
    ///
    /// # Errors
    /// [`ConfigError`] names who said it, the key and what is allowed.
    pub fn load(&self) -> Result<Configuration, ConfigError> {
        let mut merged = Merged::new(merge::parse(DEFAULT, &Origin::Default)?);
        if let Some(path) = &self.file {
            let origin = Origin::File(path.display().to_string());
            let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
                origin: origin.to_string(),
                source,
            })?;
            merged.overlay(merge::parse(&text, &origin)?, &origin)?;
        }
        for (name, key, value) in self.variables() {
            merged.assign(&key, value, &Origin::Variable(name.to_owned()))?;
        }
        for (flag, key, value) in &self.flags {
            merged.assign(key, value, &Origin::Flag(flag.clone()))?;
        }
        finish(merged)
    }

    /// The variables that are ours, with their keys: those with names of their own
    /// first. An empty one is as if it were not there.
    fn variables(&self) -> Vec<(&str, String, &str)> {
        let given = self
            .environment
            .iter()
            .filter(|(_, value)| !value.is_empty());
        let mut found: Vec<(bool, &str, String, &str)> = given
            .filter_map(|(name, value)| {
                let named = NAMED.iter().find(|(known, _)| known == name);
                let key = match (named, name.strip_prefix(PREFIX)) {
                    (Some((_, key)), _) => (*key).to_owned(),
                    (None, Some(rest)) => rest.to_lowercase().replace("__", "."),
                    (None, None) => return None,
                };
                Some((named.is_none(), name.as_str(), key, value.as_str()))
            })
            .collect();
        found.sort();
        let parts = |(_, name, key, value)| (name, key, value);
        found.into_iter().map(parts).collect()
    }
}

/// Checks what came together.
pub(super) fn finish(merged: Merged) -> Result<Configuration, ConfigError> {
    let raw = raw::Raw::from_table(merged.table.clone())?;
    let settings = checked::check(raw, &merged.origins)?;
    let mut values = BTreeMap::new();
    flatten(&merged.table, "", &mut values);
    let entry = |(key, value): (String, &Value)| Entry {
        value: shown(&key, value),
        origin: merged.origins.of(&key),
        key,
    };
    Ok(Configuration {
        contradictions: contradictions(&settings),
        settings,
        entries: values.into_iter().map(entry).collect(),
        table: merged.table,
    })
}

/// Every value by its whole key.
fn flatten<'a>(table: &'a Table, prefix: &str, values: &mut BTreeMap<String, &'a Value>) {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        match value {
            Value::Table(inner) => flatten(inner, &format!("{key}."), values),
            value => {
                values.insert(key, value);
            }
        }
    }
}

/// An empty secret is shown: it says that there is none.
fn shown(key: &str, value: &Value) -> String {
    let is_empty = match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    match SECRET.contains(&key) && !is_empty {
        true => "(not shown)".to_owned(),
        false => value.to_string(),
    }
}
