//! Which run a folder of output belongs to: `run.json`, written once and whole. Its
//! options are compared, so that nobody mixes two kinds of digests by mistake.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BackfillError, output_error};

/// Name of the file.
const FILE: &str = "run.json";

/// A run, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Names the run in the store.
    pub run: String,
    /// What it was told, by the names of the command line.
    pub options: BTreeMap<String, String>,
    /// Set when all was to be made anew: apart from what was made before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
    /// Whether it came to its end.
    #[serde(default)]
    pub complete: bool,
}

/// An option that differs: its name, and what it was and is.
pub type Change = (String, String, String);

impl State {
    /// A run that begins.
    #[must_use]
    pub fn new(options: BTreeMap<String, String>) -> Self {
        Self {
            run: Uuid::now_v7().to_string(),
            options,
            generation: None,
            complete: false,
        }
    }

    /// The run of a folder, if there was one.
    ///
    /// # Errors
    /// [`BackfillError`] when its file cannot be read.
    pub fn load(folder: &Path) -> Result<Option<Self>, BackfillError> {
        let path = path(folder);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(output_error(&path)(error)),
        };
        let state = serde_json::from_str(&text);
        state.map(Some).map_err(|error| BackfillError::Foreign {
            path,
            reason: error.to_string(),
        })
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// [`BackfillError::Output`] when it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), BackfillError> {
        let path = path(folder);
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other);
        let text = text.map_err(output_error(&path))?;
        write_whole(&path, format!("{text}\n").as_bytes())
    }

    /// What differs from `options`.
    #[must_use]
    pub fn changes(&self, options: &BTreeMap<String, String>) -> Vec<Change> {
        let names: std::collections::BTreeSet<&String> =
            self.options.keys().chain(options.keys()).collect();
        let value = |of: &BTreeMap<String, String>, name: &String| {
            of.get(name)
                .cloned()
                .unwrap_or_else(|| "not set".to_owned())
        };
        let all = names.into_iter().map(|name| {
            (
                name.clone(),
                value(&self.options, name),
                value(options, name),
            )
        });
        all.filter(|(_, old, new)| old != new).collect()
    }

    /// Has everything made anew, unless that was begun and is not done.
    pub fn force(&mut self) {
        if self.generation.is_none() || self.complete {
            self.generation = Some(Uuid::now_v7().to_string());
        }
        self.complete = false;
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Replaces a file in one step.
///
/// # Errors
/// [`BackfillError::Output`] when it cannot be written.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), BackfillError> {
    use std::io::Write as _;
    let beside = path.with_extension("new");
    let written = std::fs::File::create(&beside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    });
    written.map_err(output_error(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_and_force_is_done_once() {
        let folder = tempfile::tempdir().unwrap();
        let options = |count: &str| BTreeMap::from([("--count".to_owned(), count.to_owned())]);
        assert_eq!(State::load(folder.path()).unwrap(), None);
        let mut state = State::new(options("8"));
        state.save(folder.path()).unwrap();
        assert_eq!(State::load(folder.path()).unwrap(), Some(state.clone()));
        assert_eq!(state.changes(&options("8")), []);
        let changed = ("--count".to_owned(), "8".to_owned(), "5".to_owned());
        assert_eq!(state.changes(&options("5")), [changed]);
        state.force();
        let first = state.generation.clone();
        state.force();
        assert_eq!(state.generation, first, "begun, and not done");
        state.complete = true;
        state.force();
        assert_ne!(state.generation, first);
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(matches!(
            State::load(folder.path()),
            Err(BackfillError::Foreign { .. })
        ));
    }
}
