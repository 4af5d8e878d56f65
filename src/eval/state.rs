//! What was measured already, a line each: a run that is interrupted goes on
//! where it stopped, and one that comes again reads instead of measuring.
//!
//! A cache: a line that cannot be read, such as the last of a run that was
//! killed, is measured again.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::EvalError;

/// Files that were not written to for longer are of builds and data that are
/// gone.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Measured values by key, on disk as they come.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    file: File,
    known: HashMap<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    key: String,
    value: Value,
}

impl State {
    /// Opens (or starts) the file `name` in `folder`; `fresh` forgets what it
    /// held. Old files beside it go.
    ///
    /// # Errors
    /// [`EvalError::State`] when the folder cannot be written to.
    pub fn open(folder: &Path, name: &str, fresh: bool) -> Result<Self, EvalError> {
        let path = folder.join(name);
        let opened = std::fs::create_dir_all(folder).and_then(|()| {
            sweep(folder);
            OpenOptions::new()
                .create(true)
                .append(true)
                .read(true)
                .open(&path)
        });
        let prepared = opened.and_then(|file| {
            if fresh {
                file.set_len(0)?;
            }
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            end_last_line(&file, &text)?;
            Ok((file, known(&text)))
        });
        let (file, known) = prepared.map_err(|source| EvalError::State {
            path: path.clone(),
            source,
        })?;
        Ok(Self { path, file, known })
    }

    /// What is kept under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.known.get(key)
    }

    /// Keeps a value, on disk before it returns.
    ///
    /// # Errors
    /// [`EvalError::State`] when the file cannot be written.
    pub fn put(&mut self, key: &str, value: Value) -> Result<(), EvalError> {
        let line = Line {
            key: key.to_owned(),
            value,
        };
        let written = serde_json::to_string(&line)
            .map_err(io::Error::other)
            // One write, so that two runs at once do not mix their lines.
            .and_then(|text| self.file.write_all(format!("{text}\n").as_bytes()));
        written.map_err(|source| EvalError::State {
            path: self.path.clone(),
            source,
        })?;
        self.known.insert(line.key, line.value);
        Ok(())
    }
}

/// Ends a line that was cut off, so that the next one does not join it.
fn end_last_line(mut file: &File, text: &str) -> io::Result<()> {
    if text.is_empty() || text.ends_with('\n') {
        return Ok(());
    }
    file.write_all(b"\n")
}

fn known(text: &str) -> HashMap<String, Value> {
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines.map(|line| (line.key, line.value)).collect()
}

/// Removes what is too old to be of use. What cannot be removed stays.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let age = entry
            .metadata()
            .and_then(|data| data.modified())
            .ok()
            .and_then(|written| SystemTime::now().duration_since(written).ok());
        if is_ours(&entry.file_name().to_string_lossy()) && age.is_some_and(|age| age > KEPT) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether a name ends in a key as `state_name` gives it: the user may have
/// named a folder that holds other files too.
fn is_ours(name: &str) -> bool {
    let key = name
        .strip_suffix(".jsonl")
        .and_then(|stem| stem.rsplit('.').next());
    key.is_some_and(|key| key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn values_outlive_the_run_until_a_fresh_one() {
        let folder = tempfile::tempdir().unwrap();
        let open = |fresh| State::open(&folder.path().join("new"), "a.jsonl", fresh).unwrap();
        let mut state = open(false);
        state.put("one", json!({"f1": 0.5})).unwrap();
        state.put("one", json!({"f1": 0.7})).unwrap();
        assert_eq!(open(false).get("one"), Some(&json!({"f1": 0.7})));
        assert_eq!(open(true).get("one"), None);
        assert_eq!(open(false).get("one"), None);
    }

    #[test]
    fn a_line_cut_off_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(
            &path,
            "{\"key\":\"one\",\"value\":1}\n{\"key\":\"two\",\"va",
        )
        .unwrap();
        let mut state = State::open(folder.path(), "a.jsonl", false).unwrap();
        assert_eq!(
            (state.get("one"), state.get("two")),
            (Some(&json!(1)), None)
        );
        state.put("three", json!(3)).unwrap();
        let again = State::open(folder.path(), "a.jsonl", false).unwrap();
        assert_eq!(
            (again.get("one"), again.get("three")),
            (Some(&json!(1)), Some(&json!(3)))
        );
    }

    #[test]
    fn a_folder_that_cannot_be_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = State::open(file.path(), "a.jsonl", false).unwrap_err();
        assert!(error.to_string().contains("a.jsonl"), "{error}");
    }

    #[test]
    fn old_files_of_ours_go() {
        let folder = tempfile::tempdir().unwrap();
        let old = |name: &str| {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            file.set_modified(SystemTime::now() - 2 * KEPT).unwrap();
            path
        };
        let ours = old("support.model.0123456789abcdef.jsonl");
        let others = [old("faithfulness.dev.jsonl"), old("0123456789abcdef.json")];
        State::open(folder.path(), "new.jsonl", false).unwrap();
        assert!(!ours.exists() && others.iter().all(|path| path.exists()));
        assert!(folder.path().join("new.jsonl").exists());
    }

    proptest! {
        #[test]
        fn a_measure_is_read_back_to_the_last_bit(value in 0.0..1.0f64) {
            let line = serde_json::to_string(&Line { key: "a".into(), value: value.into() });
            let known = known(&line.unwrap());
            prop_assert_eq!(known["a"].as_f64(), Some(value));
        }
    }
}
