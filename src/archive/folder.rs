//! A folder of articles: HTML, Markdown and text, in the order of their paths. An
//! article is named by its path in the folder.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::pipeline::{Input, SourceKind, SourceScope};

use super::{ArchiveError, Bounds, Entry, Out, Problem, Source};

/// Gives the files of a folder and of those in it.
pub(super) fn read(
    source: &Source,
    bounds: &Bounds,
    out: &mut Out<'_>,
) -> Result<ControlFlow<()>, ArchiveError> {
    let mut files = Vec::new();
    collect(&source.path, &mut files).map_err(|error| source.failed(error))?;
    files.sort();
    for file in files {
        let name = file.strip_prefix(&source.path).unwrap_or(&file);
        let id = name.to_string_lossy().replace('\\', "/");
        let told = match kind(&file) {
            None => out.put(
                Some(id),
                Err(Problem::skip(
                    "not_an_article",
                    "no HTML, Markdown or text by its name",
                )),
            ),
            Some(kind) => out.put(Some(id), entry(&file, kind, bounds.max_item_bytes)),
        };
        if told.is_break() {
            return Ok(told);
        }
    }
    Ok(out.end())
}

/// Files in a folder, hidden ones left out. Links to folders are not followed: one
/// may lead back here.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else if entry.path().is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn kind(path: &Path) -> Option<SourceKind> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "html" | "htm" | "xhtml" => Some(SourceKind::Html),
        "md" | "markdown" => Some(SourceKind::Markdown),
        "txt" | "text" => Some(SourceKind::Text),
        _ => None,
    }
}

fn entry(path: &Path, kind: SourceKind, most: usize) -> Result<Entry, Problem> {
    let mut bytes = Vec::new();
    let limit = (most as u64).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| Problem::broken("unreadable", error.to_string()))?;
    if bytes.len() > most {
        let detail = format!("the file is larger than limits.max_item_bytes = {most}");
        return Err(Problem::broken("too_many_bytes", detail));
    }
    Ok(Entry {
        input: Input {
            bytes,
            kind,
            scope: SourceScope::Auto,
            title: None,
            charset: None,
            language: None,
        },
        url: None,
        date: None,
        modified: None,
        categories: Vec::new(),
    })
}
