//! Parquet, in and out. A row's columns are named as the fields of a JSONL line.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::jsonl::Written;
use super::{ArchiveError, Bounds, Out, Problem, Source};

/// Gives the rows of a file.
pub(super) fn read(
    source: &Source,
    bounds: &Bounds,
    out: &mut Out<'_>,
) -> Result<ControlFlow<()>, ArchiveError> {
    let file = File::open(&source.path).map_err(|error| source.failed(error))?;
    let broken = |error: ParquetError| ArchiveError::Broken {
        path: source.path.clone(),
        reason: error.to_string(),
    };
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    for row in reader.get_row_iter(None).map_err(broken)? {
        let told = match row {
            Err(error) => return Err(broken(error)),
            Ok(row) => match serde_json::from_value::<Written>(row.to_json_value()) {
                Err(_) => out.put(
                    None,
                    Err(Problem::broken(
                        "bad_row",
                        "its columns are not those of an article",
                    )),
                ),
                Ok(written) => {
                    let (id, entry) = written.entry();
                    out.put(id, entry.and_then(|entry| bounded(entry, bounds)))
                }
            },
        };
        if told.is_break() {
            return Ok(told);
        }
    }
    Ok(out.end())
}

fn bounded(entry: super::Entry, bounds: &Bounds) -> Result<super::Entry, Problem> {
    if entry.input.bytes.len() <= bounds.max_item_bytes {
        return Ok(entry);
    }
    let detail = format!(
        "the row is larger than limits.max_item_bytes = {}",
        bounds.max_item_bytes
    );
    Err(Problem::broken("too_many_bytes", detail))
}

/// Columns of a result.
const COLUMNS: [&str; 5] = ["custom_id", "status", "code", "detail", "digest"];
/// Rows that are written together.
const ROWS: usize = 500;

/// One row: custom_id, status, code, detail, digest.
pub type Row = [Option<String>; 5];

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The rows cannot be read, or the file not be written.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The format.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

/// Writes rows to a file.
///
/// # Errors
/// [`WriteError`] when it cannot be written; those of `rows` are passed on.
pub fn write(
    path: &Path,
    rows: &mut dyn Iterator<Item = Result<Row, WriteError>>,
) -> Result<(), WriteError> {
    write_table(path, COLUMNS, rows)
}

/// Writes rows under the names of their columns.
fn write_table(
    path: &Path,
    names: [&str; 5],
    rows: &mut dyn Iterator<Item = Result<Row, WriteError>>,
) -> Result<(), WriteError> {
    let columns: String = names
        .iter()
        .map(|name| format!("OPTIONAL BYTE_ARRAY {name} (UTF8); "))
        .collect();
    let schema = Arc::new(parse_message_type(&format!(
        "message result {{ {columns} }}"
    ))?);
    let properties = WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .build();
    let file = File::create(path)?;
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    let mut group: Vec<Row> = Vec::new();
    for row in rows {
        group.push(row?);
        if group.len() == ROWS {
            write_group(&mut writer, &std::mem::take(&mut group))?;
        }
    }
    write_group(&mut writer, &group)?;
    writer.close()?;
    Ok(())
}

fn write_group(writer: &mut SerializedFileWriter<File>, rows: &[Row]) -> Result<(), ParquetError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut group = writer.next_row_group()?;
    let mut at = 0;
    while let Some(mut column) = group.next_column()? {
        let cells = rows.iter().map(|row| row[at].as_deref());
        let levels: Vec<i16> = cells
            .clone()
            .map(|cell| i16::from(cell.is_some()))
            .collect();
        let values: Vec<ByteArray> = cells.flatten().map(ByteArray::from).collect();
        column
            .typed::<ByteArrayType>()
            .write_batch(&values, Some(&levels), None)?;
        column.close()?;
        at += 1;
    }
    group.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{Entry, Item};

    const ARTICLE: [&str; 5] = ["custom_id", "text", "title", "url", "published_at"];

    /// What is read of a row that was written.
    fn read_back(cells: [Option<&str>; 5]) -> (String, Result<Entry, Problem>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("articles.parquet");
        let row: Result<Row, WriteError> = Ok(cells.map(|cell| cell.map(str::to_owned)));
        write_table(&path, ARTICLE, &mut std::iter::once(row)).unwrap();
        let bounds = Bounds {
            max_item_bytes: 100,
            post_types: Vec::new(),
        };
        let source = Source { path, format: None };
        let mut items: Vec<Item> = Vec::new();
        let taken = source.read(&bounds, &mut |item| {
            items.push(item);
            ControlFlow::Continue(())
        });
        taken.unwrap();
        assert_eq!(items.len(), 1);
        let item = items.remove(0);
        (item.id, item.content)
    }

    #[test]
    fn an_article_comes_back_as_it_was_written() {
        let (text, day) = ("The bridge of Århus reopened.", Some("2024-05-06"));
        let (id, entry) = read_back([Some("post-1"), Some(text), Some("Bridge"), None, day]);
        let entry = entry.unwrap();
        assert_eq!(id, "post-1");
        assert_eq!(entry.input.bytes, text.as_bytes());
        assert_eq!(entry.input.title.as_deref(), Some("Bridge"));
        assert_eq!((entry.url.as_deref(), entry.date.as_deref()), (None, day));
    }

    #[test]
    fn a_row_that_is_too_large_costs_only_itself() {
        let long = "long ".repeat(30);
        let (id, entry) = read_back([Some("post-2"), Some(long.as_str()), None, None, None]);
        assert_eq!(id, "post-2");
        assert_eq!(entry.unwrap_err().code, "too_many_bytes");
    }
}
