//! What stood in posts before: `undo.jsonl`, written before a post is. A later line
//! of a post counts; the first keeps what its owner wrote.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::exit::{Exit, Failure};

const FILE: &str = "undo.jsonl";

/// A post, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) id: u64,
    /// What stood there before the first push.
    pub(super) before: String,
    /// What stood there after the last one, hashed.
    pub(super) after_sha256: String,
    /// When the site says that it was written; unknown until it has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) modified_gmt: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Entry(Entry),
    Forgotten { forgotten: u64 },
}

/// The file, and what it says.
pub(super) struct Undo {
    path: PathBuf,
    file: File,
    entries: BTreeMap<u64, Entry>,
}

impl Undo {
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(&path);
        let read = opened.and_then(|file| Ok((file, std::fs::read_to_string(&path)?)));
        let (mut file, text) = read.map_err(|error| failed(&path, &error))?;
        let mut entries = BTreeMap::new();
        for line in text.lines() {
            // A line that was cut off was followed by no change.
            match serde_json::from_str(line) {
                Ok(Line::Entry(entry)) => drop(entries.insert(entry.id, entry)),
                Ok(Line::Forgotten { forgotten }) => drop(entries.remove(&forgotten)),
                Err(_) => {}
            }
        }
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")
                .map_err(|error| failed(&path, &error))?;
        }
        Ok(Self {
            path,
            file,
            entries,
        })
    }

    /// Keeps what stood in a post, on disk when this returns.
    pub(super) fn add(&mut self, entry: Entry) -> Result<(), Failure> {
        // What stands there now is ours, or an editor has worked on it since.
        let now = crate::text::hex::hex_sha256(entry.before.as_bytes());
        let earlier = self.entries.get(&entry.id);
        let before = earlier
            .filter(|it| it.after_sha256 == now)
            .map(|it| it.before.clone());
        let entry = Entry {
            before: before.unwrap_or(entry.before),
            ..entry
        };
        self.write(&Line::Entry(entry.clone()))?;
        self.entries.insert(entry.id, entry);
        Ok(())
    }

    /// Notes what the site made of it.
    pub(super) fn pushed(
        &mut self,
        id: u64,
        content: &str,
        modified_gmt: &str,
    ) -> Result<(), Failure> {
        let Some(entry) = self.entries.get(&id) else {
            return Ok(());
        };
        let entry = Entry {
            after_sha256: crate::text::hex::hex_sha256(content.as_bytes()),
            modified_gmt: Some(modified_gmt.to_owned()),
            ..entry.clone()
        };
        self.write(&Line::Entry(entry.clone()))?;
        self.entries.insert(id, entry);
        Ok(())
    }

    /// A post is as it was.
    pub(super) fn forget(&mut self, id: u64) -> Result<(), Failure> {
        self.write(&Line::Forgotten { forgotten: id })?;
        self.entries.remove(&id);
        Ok(())
    }

    /// When the site says that our last change of a post was.
    pub(super) fn modified(&self, id: u64) -> Option<&str> {
        self.entries.get(&id)?.modified_gmt.as_deref()
    }

    /// All posts that were pushed.
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.entries.values().cloned().collect()
    }

    fn write(&mut self, line: &Line) -> Result<(), Failure> {
        let text = serde_json::to_string(line).map_err(std::io::Error::other);
        let written = text.and_then(|text| {
            self.file.write_all(format!("{text}\n").as_bytes())?;
            self.file.sync_data()
        });
        written.map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    let hint =
        "nothing is pushed that could not be undone; check the folder's permissions and space";
    Failure::new(Exit::Usage, format!("{}: {error}", path.display()), hint)
}
