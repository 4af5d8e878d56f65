//! Reads the rows of a suite from `NAME.SPLIT.jsonl` files. It knows that a row
//! has an id and belongs to a document; all else is the suite's.

use crate::text::hex::hex_sha256;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::EvalError;

/// A data file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Its name without split and ending.
    pub name: String,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// Rows in it, measured or not.
    pub rows: usize,
}

/// A row of a data file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The name of its file.
    pub file: &'static str,
    /// Unique in its file.
    pub id: String,
    fields: Value,
}

impl Row {
    /// The document that the row is about: the part of its id before `#`.
    #[must_use]
    pub fn group(&self) -> &str {
        self.id.split('#').next().unwrap_or_default()
    }

    /// Unique among the rows of a suite.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}", self.file, self.id)
    }

    /// A text field; empty when it is not there.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.fields
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The fields as a suite's own type.
    ///
    /// # Errors
    /// [`EvalError::Row`] names the row and the field.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, EvalError> {
        T::deserialize(&self.fields).map_err(|error| EvalError::Row {
            path: self.file.to_owned(),
            row: self.id.clone(),
            message: error.to_string(),
        })
    }
}

/// What a suite reads: which files, which half, how much.
#[derive(Debug, Clone)]
pub struct Source {
    /// The folder.
    pub folder: PathBuf,
    /// `dev` or `heldout`: the part of the file names before `.jsonl`.
    pub split: String,
    /// Rows of each file at most, from its start.
    pub limit: Option<usize>,
}

impl Source {
    /// Where the file `name` lies.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.{}.jsonl", self.split))
    }

    /// Reads files and the rows that `takes` accepts, in their order.
    ///
    /// # Errors
    /// [`EvalError::Data`] and [`EvalError::Row`].
    pub fn load(
        &self,
        names: &[&'static str],
        takes: impl Fn(&Row) -> bool,
    ) -> Result<(Vec<DataFile>, Vec<Row>), EvalError> {
        let (mut files, mut rows) = (Vec::new(), Vec::new());
        for name in names {
            let path = self.path(name);
            let content = read(&path)?;
            let all = parse(name, &content)?;
            files.push(DataFile {
                name: (*name).to_owned(),
                sha256: hex_sha256(content.as_bytes()),
                rows: all.len(),
            });
            let taken = all.into_iter().filter(|row| takes(row));
            rows.extend(taken.take(self.limit.unwrap_or(usize::MAX)));
        }
        Ok((files, rows))
    }
}

fn read(path: &Path) -> Result<String, EvalError> {
    std::fs::read_to_string(path).map_err(|source| EvalError::Data {
        path: path.to_owned(),
        source,
    })
}

fn parse(name: &'static str, content: &str) -> Result<Vec<Row>, EvalError> {
    let mut known = HashSet::new();
    let mut rows = Vec::new();
    for (line, text) in content.lines().enumerate() {
        if text.trim().is_empty() {
            continue;
        }
        let row = row(name, text).and_then(|row| {
            let fresh = known.insert(row.id.clone());
            fresh.then_some(row).ok_or("its id is not unique".into())
        });
        rows.push(row.map_err(|message| EvalError::Row {
            path: name.to_owned(),
            row: (line + 1).to_string(),
            message,
        })?);
    }
    Ok(rows)
}

fn row(file: &'static str, text: &str) -> Result<Row, String> {
    let fields: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let id = fields.get("id").and_then(Value::as_str);
    let id = id.ok_or("it has no id")?.to_owned();
    Ok(Row { file, id, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(content: &str) -> (tempfile::TempDir, Source) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("claims.dev.jsonl"), content).unwrap();
        let source = Source {
            folder: folder.path().to_owned(),
            split: "dev".into(),
            limit: None,
        };
        (folder, source)
    }

    #[test]
    fn rows_know_their_document() {
        let (_folder, mut source) = source("{\"id\":\"d1#a\",\"x\":1}\n\n{\"id\":\"d2\"}\n");
        let (files, rows) = source.load(&["claims"], |_| true).unwrap();
        assert_eq!((files[0].rows, rows.len()), (2, 2));
        assert_eq!((rows[0].group(), rows[1].group()), ("d1", "d2"));
        assert_eq!(rows[0].key(), "claims:d1#a");
        source.limit = Some(1);
        let (files, rows) = source.load(&["claims"], |row| row.id != "d1#a").unwrap();
        assert_eq!((files[0].rows, rows[0].id.as_str()), (2, "d2"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (content, message) in [
            ("{\"id\":\"a\"}\n{", "row 2"),
            ("{}", "it has no id"),
            ("{\"id\":\"a\"}\n{\"id\":\"a\"}", "not unique"),
        ] {
            let (_folder, source) = source(content);
            let error = source.load(&["claims"], |_| true).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
        let (_folder, source) = source("{\"id\":\"a\",\"x\":1}");
        let error = source.load(&["claim"], |_| true).unwrap_err();
        assert!(error.to_string().contains("claim.dev.jsonl"), "{error}");
        let (_, rows) = source.load(&["claims"], |_| true).unwrap();
        let error = rows[0].read::<std::collections::BTreeMap<String, String>>();
        assert!(error.unwrap_err().to_string().contains("row a"));
    }
}
